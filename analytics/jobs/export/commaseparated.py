"""The same figures as one CSV file: a row for each figure, for programs and for Excel in China.

UTF-8 with a byte order mark, because Excel on a Chinese Windows takes a file without it for GBK.
Comma separated, lines end with CR LF (RFC 4180); numbers have all their digits and a point.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from analytics.jobs.export.table import Cell, Formula, Table, harmless


def comma_separated(table: Table) -> bytes:
    """Bytes of a CSV file of one table; its heading is one row in both languages."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([f"{column.zh} {column.en}" for column in table.columns])
    writer.writerows(_fields(row) for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _fields(row: Iterable[Cell]) -> list[str]:
    return [_field(cell) for cell in row]


def _field(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        return repr(cell.value)
    return harmless(cell) if isinstance(cell, str) else repr(cell)
