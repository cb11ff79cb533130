import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from analytics.jobs.export.commaseparated import comma_separated
from analytics.jobs.export.table import Column, Formula, Table

COLUMNS = (Column("名称", "Name"), Column("数值", "Value", "amount"))


def lines(*rows):
    return comma_separated(Table("t", COLUMNS, rows)).decode("utf-8-sig").split("\r\n")


def test_excel_in_china_reads_it_as_utf_8():
    assert comma_separated(Table("t", COLUMNS, ())).startswith(b"\xef\xbb\xbf\xe5\x90\x8d")


def test_a_missing_value_is_an_empty_field_and_a_number_has_all_its_digits():
    assert lines(("照明", None), ("空调", 0.1 + 0.2), ("零", 0.0), ("算", Formula("=1", 2.5))) == [
        "名称 Name,数值 Value", "照明,", "空调,0.30000000000000004", "零,0.0", "算,2.5", "",
    ]  # fmt: skip


def test_a_name_is_never_a_formula_and_a_negative_number_stays_one():
    assert lines(('=HYPERLINK("x")', -1.5))[1] == '"\'=HYPERLINK(""x"")",-1.5'


@given(st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False))))
def test_what_is_written_is_read_back(rows):
    text = comma_separated(Table("t", COLUMNS, tuple(rows))).decode("utf-8-sig")
    _, *found = csv.reader(StringIO(text, newline=""))
    assert [float(value) for _, value in found] == [value for _, value in rows]
    for (name, _), (read, _) in zip(rows, found, strict=True):
        assert read in (name, "'" + name)
