from io import BytesIO

import openpyxl
import pytest

from analytics.jobs.export.table import Column, Formula, Table
from analytics.jobs.export.workbook import workbook

COLUMNS = (
    Column("名称", "Name"), Column("消费量", "Amount", "amount"), Column("标煤", "tce", "tonnes"),
)  # fmt: skip
ROWS = (
    ("照明与插座", 1234.56789, Formula("=B{row}*0.1229/1000", 1234.56789 * 0.1229 / 1000)),
    ("=1+1", None, None),
    ("空调", 0.0, -2.5),
)


def opened(*, values: bool = False):
    content = workbook([Table("分项 Items", COLUMNS, ROWS)], 1_790_000_000_000, "groundwatt")
    return openpyxl.load_workbook(BytesIO(content), data_only=values)["分项 Items"]


def test_numbers_are_numbers_with_all_their_digits_and_display_alone_rounds():
    cell = opened()["B2"]
    assert (cell.value, cell.data_type, cell.number_format) == (1234.56789, "n", "#,##0.0")


def test_a_product_is_a_formula_that_carries_its_value():
    assert opened()["C2"].value == "=B2*0.1229/1000"
    assert opened(values=True)["C2"].value == pytest.approx(0.15172839)


def test_a_missing_value_is_an_empty_cell_and_a_zero_is_a_zero():
    sheet = opened()
    assert (sheet["B3"].value, sheet["C3"].value, sheet["B4"].value) == (None, None, 0)


def test_a_name_that_looks_like_a_formula_is_a_text():
    cell = opened()["A3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_the_heading_is_one_frozen_row_in_both_languages_and_nothing_is_merged():
    sheet = opened()
    assert sheet["B1"].value == "消费量\nAmount"
    assert sheet.freeze_panes == "B2"
    assert not sheet.merged_cells.ranges
    assert sheet.auto_filter.ref == "A1:C4"


def test_columns_are_as_wide_as_their_chinese_text():
    assert opened().column_dimensions["A"].width >= 12


def test_a_number_that_is_none_is_refused():
    table = Table("t", COLUMNS[:2], (("a", float("nan")),))
    with pytest.raises(ValueError, match="row 2, column 2"):
        workbook([table], 0, "t")
