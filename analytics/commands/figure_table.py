"""Figures on a terminal: a table for each subject, with names in full and, where it fits, in words.

Piped, the same figures are one tab-separated table with a header, always in English.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analytics.commands import figures
from analytics.figures import Figure
from analytics.jobs.formulas import formula_of

_GAP = 2
_NUMBERS, _WORDS = (1, 3), 4
"""Columns of numbers, and that of names in words."""
_REMARK = {False: 40, True: 24}
"""Room that names in words must leave to the remark; English remarks are longer."""
_TIGHT = 14
"""With less room for the remark, names are broken as well."""
_HEADS = {
    False: ("figure", "value", "unit", "coverage", "what", "remark"),
    True: ("指标", "数值", "单位", "覆盖率", "名称", "说明"),
}


def show(found: Sequence[Figure], title: str) -> None:
    """Print figures: by subject when somebody looks at it, else tab-separated."""
    if not sys.stdout.isatty():
        rows = (figures.COLUMNS, *figures.rows(found))
        typer.echo("\n".join([title, *("\t".join(row) for row in rows)]))
        return
    chinese = speaks_chinese(os.environ)
    console = Console()
    console.print(Text(title, "bold"))
    for table in tables(found, console.width, chinese=chinese):
        console.print(table)


def speaks_chinese(environment: Mapping[str, str]) -> bool:
    """Whether the locale of the terminal is Chinese."""
    first = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in first if name), "").startswith("zh")


def tables(found: Sequence[Figure], width: int, *, chinese: bool = False) -> list[Table]:
    """One table for each subject.

    Parameters
    ----------
    found : sequence of Figure
    width : int
        Of the terminal. [characters]
    chinese : bool
        Names, reasons and heads in Chinese.
    """
    told = [(figure, _cells(figure, chinese=chinese)) for figure in found]
    heads = _HEADS[chinese]
    widest = sum(_widths([heads, *(row for _, row in told)]))
    in_words = widest + _REMARK[chinese] + _GAP * len(heads) <= width
    columns = range(len(heads)) if in_words else [i for i in range(len(heads)) if i != _WORDS]
    made = []
    for subject, group in groupby(told, key=lambda pair: pair[0].subject):
        its = [(figure, [row[i] for i in columns]) for figure, row in group]
        table = _table(subject, [heads[i] for i in columns], [row for _, row in its], width)
        for figure, row in its:
            table.add_row(*map(Text, row), style="dim" if figure.value is None else "")
        made.append(table)
    return made


def _table(subject: str, heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """An empty table for these rows; only the remark is broken, names as well where it is tight."""
    table = Table(title=subject, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  padding=(0, _GAP, 0, 0), pad_edge=False)  # fmt: skip
    widths = _widths([heads, *rows])
    tight = sum(widths) + _GAP * len(heads) + _TIGHT > width
    for index, (head, least) in enumerate(zip(heads[:-1], widths, strict=True)):
        whole = index > 0 or not tight
        table.add_column(
            head,
            min_width=least if whole else None,
            no_wrap=whole,
            overflow="fold",
            justify="right" if index in _NUMBERS else "left",
        )
    table.add_column(heads[-1], overflow="fold")
    return table


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Width that each column needs, without the last. [characters]"""
    return [max(cell_len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]


def _cells(figure: Figure, *, chinese: bool) -> tuple[str, ...]:
    """Name as `--explain` takes it, value, unit, coverage, name in words, remark."""
    title = formula_of(figure.name).title
    boundary = f"  {figures.boundary(figure)}" if figure.boundary else ""
    return (
        figure.name + boundary, figures.shown(figure), figure.unit, figures.covered(figure),
        title.zh if chinese else title.en, figures.remark(figure, chinese=chinese),
    )  # fmt: skip
