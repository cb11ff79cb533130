"""Reads the tables that vendors and engineers send: CSV in any usual dialect, or XLSX.

A table may begin with lines of its own (title, `key, value` pairs) before the header; the header
is the first line in which enough columns are recognised. Every cell keeps its row and column, so
that mistakes can be told where they stand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from collector.errors import ConfigError, Problem

HEADER_WITHIN = 40
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",;\t|"

Headers = Mapping[str, Sequence[str]]
"""Our column names, each with the headings that mean it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file and its filled cells by our column names."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Text of a cell; '' when it is empty."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table with its settings above the header, and the headings as the file has them."""

    file: Path
    settings: Mapping[str, str]
    headings: Mapping[str, str]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()
    """What stands in and above the header."""

    def problem(self, row: Row, column: str, wording: str) -> Problem:
        """A mistake in one cell; the column is named as in the file."""
        heading = self.headings.get(column, column)
        text = row.get(column)
        return Problem(self.file, row.number, heading, f"{wording} (found {text!r})")


def read_table(
    file: Path, headers: Headers, required: Sequence[str], settings: Sequence[str] = ()
) -> SheetTable:
    """Read the first sheet that has the required columns.

    Raises
    ------
    ConfigError
        The file cannot be read, or no line is a header.
    """
    workbook = file.suffix.lower() in (".xlsx", ".xlsm")
    for lines in _workbook(file) if workbook else _text_tables(file):
        if table := _table(file, lines, headers, required, settings):
            return table
    known = "; ".join(f"{name}: {', '.join(headers[name][:4])}" for name in required)
    wording = f"no line has the columns {', '.join(required)} (known headings: {known})"
    raise ConfigError([Problem(file, None, "", wording)])


def normalised(heading: str) -> str:
    """Heading without case, spaces, punctuation and what stands in brackets.

    >>> normalised(" Register Address (Hex) "), normalised("数据 类型")
    ('registeraddress', '数据类型')
    """
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", heading)
    return re.sub(r"[\W_]+", "", bare).casefold()


def _table(
    file: Path,
    lines: list[list[str]],
    headers: Headers,
    required: Sequence[str],
    settings: Sequence[str],
) -> SheetTable | None:
    meaning = {normalised(word): name for name, words in headers.items() for word in (name, *words)}
    found: dict[str, str] = {}
    for index, line in enumerate(lines[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for place, heading in enumerate(line):
            if name := meaning.get(normalised(heading)):
                columns.setdefault(name, place)
        if all(name in columns for name in required):
            headings = {name: line[place].strip() for name, place in columns.items()}
            rows = _rows(lines[index + 1 :], columns, index + 2)
            remarks = tuple(cell.strip() for above in lines[: index + 1] for cell in above if cell)
            return SheetTable(file, found, headings, rows, remarks)
        if len(line) >= 2 and (key := line[0].strip().casefold()) in settings:
            found[key] = line[1].strip()
    return None


def _rows(lines: list[list[str]], columns: Mapping[str, int], first: int) -> tuple[Row, ...]:
    rows = []
    for number, line in enumerate(lines, start=first):
        texts = {n: line[place].strip() for n, place in columns.items() if place < len(line)}
        if cells := {name: text for name, text in texts.items() if text}:
            rows.append(Row(number, cells))
    return tuple(rows)


def _text_tables(file: Path) -> list[list[list[str]]]:
    """Lines of a text file, cut at every mark that may be its delimiter."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(file, None, "", f"cannot be read: {error}")]) from error
    text = _decoded(file, raw)
    try:
        return [
            list(csv.reader(io.StringIO(text, newline=""), delimiter=mark)) for mark in DELIMITERS
        ]
    except csv.Error as error:
        raise ConfigError([Problem(file, None, "", f"not a table: {error}")]) from error


def _decoded(file: Path, raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError([Problem(file, None, "", "is neither UTF-8 nor GB 18030 text")])


def _workbook(file: Path) -> list[list[list[str]]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ConfigError([Problem(file, None, "", f"cannot be read: {error}")]) from error
    try:
        return [
            [[_cell_text(value) for value in line] for line in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        ]
    finally:
        book.close()


def _cell_text(value: object) -> str:
    """Text of a workbook's cell; a whole number has no decimals."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
