"""How the sub-commands print tables: framed on a terminal, tab-separated when piped, or JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Listing:
    """A table for people and programs; cells may be coloured by `styles` [row, column]."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    styles: tuple[tuple[int, int, str], ...] = ()
    last_is_total: bool = False


def show(listing: Listing) -> None:
    """Print a listing, framed when somebody looks at it."""
    if not sys.stdout.isatty():
        typer.echo(listing.title)
        for row in listing.rows:
            typer.echo("\t".join(_written(cell) for cell in row))
        return
    styles = {(row, column): style for row, column, style in listing.styles}
    table = Table(title=listing.title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in listing.columns:
        table.add_column(column)
    for index, row in enumerate(listing.rows):
        if listing.last_is_total and index == len(listing.rows) - 1:
            table.add_section()
        cells = [Text(_written(c), styles.get((index, i), "")) for i, c in enumerate(row)]
        table.add_row(*cells)
    Console().print(table)


def _written(cell: object) -> str:
    """A cell for people: nothing where there is nothing, yes and no for true and false."""
    if cell is None:
        return ""
    return ("no", "yes")[cell] if isinstance(cell, bool) else str(cell)


def show_json(content: object) -> None:
    """Print one JSON value."""
    typer.echo(json.dumps(content, ensure_ascii=False))


def as_objects(listing: Listing) -> list[dict[str, object]]:
    """Rows of a listing as objects keyed by column."""
    return [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
