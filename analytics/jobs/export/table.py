"""What a sheet holds, before it is a workbook or a CSV file: columns, cells, formulas. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.model import Title

Form = Literal["text", "amount", "money", "factor", "tonnes", "share", "ratio", "whole"]
"""How a cell is displayed; the number itself is never rounded."""

FIRST_ROW = 2
"""Row of a sheet in which the data begin: the heading is one row, and nothing is merged."""

_EVALUATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Formula:
    """A product or sum that the reader's program recalculates, and what it comes to.

    `{row}` in the text is the number of the row that the cell stands in.
    """

    text: str
    value: float

    def on(self, row: int) -> str:
        """Return the text as it stands in a row."""
        return self.text.replace("{row}", str(row))


Cell = str | float | int | Formula | None
"""None is an empty cell: a figure without a value, never a zero."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its headings, and how its cells are displayed."""

    zh: str
    en: str
    form: Form = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: a heading row and rows under it, without merged cells."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the heading."""
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                wording = f"rows: row {place} of {self.name} has {len(row)} cells"
                raise ValueError(f"{wording}, not {len(self.columns)}")


def letter(place: int) -> str:
    """Letter of a column by its place from 0.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def column_of(columns: Sequence[Column], en: str) -> str:
    """Letter of the column with an English heading.

    Raises
    ------
    StopIteration
        There is none.
    """
    return letter(next(place for place, column in enumerate(columns) if column.en == en))


def evaluated(text: str) -> bool:
    """Whether a spreadsheet program would take a text for a formula."""
    return text.startswith(_EVALUATED)


def harmless(text: str) -> str:
    """Text of a CSV field that no spreadsheet program evaluates: `=1+1` becomes `'=1+1`."""
    return f"'{text}" if evaluated(text) else text


def both(title: Title | None) -> str:
    """A sentence in both languages, for a column that holds either."""
    return f"{title.zh} / {title.en}" if title else ""


def joined(titles: Iterable[Title | None]) -> str:
    """Several sentences in both languages, each once."""
    return "；".join(dict.fromkeys(both(title) for title in titles if title))


def width(text: str) -> int:
    """Cells of a fixed-width font that the widest line of a text takes; Chinese takes two."""
    lines = text.split("\n")
    return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in ln) for ln in lines)
