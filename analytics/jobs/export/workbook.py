"""The doorway to XlsxWriter: tables in, the bytes of a workbook out.

Numbers are numbers with all their digits, display alone rounds; texts are texts, whatever they
begin with; a missing value is an empty cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from analytics.jobs.export.table import Cell, Form, Formula, Table, evaluated, width

NUMBER_FORMATS: dict[Form, str] = {
    "text": "General",
    "amount": "#,##0.0",
    "money": "#,##0.00",
    "factor": "0.######",
    "tonnes": "#,##0.0000",
    "share": "0.0%",
    "ratio": "0.000",
    "whole": "0",
}
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10}
_NARROWEST, _WIDEST = 9, 60
_OPTIONS = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_format_properties": _FONT,
}


class _Formats:
    """Cell formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        heading = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDE7F0"}
        self.heading = book.add_format({**_FONT, **heading, "bottom": 1})
        text = {**_FONT, "text_wrap": True, "valign": "top"}
        self.text = book.add_format(text)
        self.quoted = book.add_format({**text, "quote_prefix": True})
        self.number = {
            form: book.add_format({**_FONT, "num_format": pattern, "valign": "top"})
            for form, pattern in NUMBER_FORMATS.items()
        }


def workbook(tables: Sequence[Table], made: int, title: str) -> bytes:
    """Bytes of an XLSX file with one sheet for each table.

    Parameters
    ----------
    tables : sequence of Table
        In the order of the sheets.
    made : int
        When it is made, for the file's properties. [ms since epoch, UTC]
    title : str
        For the file's properties.

    Raises
    ------
    ValueError
        A number is not finite: such a figure has no value and a reason.
    """
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        created = datetime.fromtimestamp(made / 1000, UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "created": created, "author": "groundwatt"})
        formats = _Formats(book)
        for table in tables:
            _fill(book.add_worksheet(table.name), table, formats)
    return buffer.getvalue()


def _fill(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, f"{column.zh}\n{column.en}", formats.heading)
        sheet.set_column(place, place, _width(table, place))
    for number, row in enumerate(table.rows, start=1):
        for place, cell in enumerate(row):
            _write(sheet, number, place, cell, table.columns[place].form, formats)
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(
    sheet: Worksheet, row: int, place: int, cell: Cell, form: Form, formats: _Formats
) -> None:
    number = formats.number[form]
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, formats.quoted if evaluated(cell) else formats.text)
    elif isinstance(cell, Formula):
        _finite(cell.value, row, place)
        sheet.write_formula(row, place, cell.on(row + 1), number, cell.value)
    else:
        _finite(cell, row, place)
        sheet.write_number(row, place, cell, number)


def _finite(number: float, row: int, place: int) -> None:
    if not math.isfinite(number):
        raise ValueError(f"tables: {number} in row {row + 1}, column {place + 1} is no number")


def _width(table: Table, place: int) -> float:
    """Width by the widest text of a column, within what can still be read beside others."""
    column = table.columns[place]
    texts = [row[place] for row in table.rows]
    widest = max((width(text) for text in texts if isinstance(text, str) and text), default=0)
    heading = max(width(word) for word in (column.zh, *column.en.split()))
    return min(max(_NARROWEST, widest, heading) + 2, _WIDEST)
