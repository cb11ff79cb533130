"""Tables as vendors send them: dialects, encodings, titles above the header, workbooks."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from collector.errors import ConfigError
from collector.spreadsheet import normalised, read_table

HEADERS = {
    "address": ["register", "寄存器地址"],
    "name": ["parameter", "参数名称"],
    "scale": ["系数"],
}


def read(file, settings=("map",)):
    return read_table(file, HEADERS, ("address", "name"), settings)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_any_usual_delimiter(tmp_path, mark):
    file = tmp_path / "t.csv"
    file.write_text(f"Register{mark}Parameter{mark}extra\n4{mark}Power, total{mark}x\n".replace(
        "Power, total", '"Power, total"'))  # fmt: skip
    (row,) = read(file).rows
    assert row.cells == {"address": "4", "name": "Power, total"}
    assert row.number == 2


def test_semicolons_with_decimal_commas(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("Register;Parameter;系数\n4;P;0,1\n6;Q;0,1\n", encoding="utf-8")
    assert [row.get("scale") for row in read(file).rows] == ["0,1", "0,1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_in_the_usual_encodings(tmp_path, encoding):
    file = tmp_path / "t.csv"
    file.write_bytes("寄存器地址,参数名称\n4,总有功功率\n".encode(encoding))
    (row,) = read(file).rows
    assert row.cells == {"address": "4", "name": "总有功功率"}


def test_lines_above_the_header_give_settings_and_titles_are_passed_over(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("A meter,,\nMap,my_meter\n,,\nRegister,Parameter\n1,P\n\n3,Q\n")
    table = read(file)
    assert table.settings == {"map": "my_meter"}
    assert [(row.number, row.get("address")) for row in table.rows] == [(5, "1"), (7, "3")]


def test_workbook_is_read_like_a_text_and_whole_numbers_stay_whole(tmp_path):
    book = Workbook()
    book.active.append(["only a cover sheet"])
    sheet = book.create_sheet("registers")
    sheet.append(["Register Address (dec)", "Parameter", "系数"])
    sheet.append([4127.0, "Power", 0.1])
    file = tmp_path / "t.xlsx"
    book.save(file)
    headers = {**HEADERS, "address": ["register address"]}
    (row,) = read_table(file, headers, ("address", "name")).rows
    assert row.cells == {"address": "4127", "name": "Power", "scale": "0.1"}


def test_table_without_the_columns_tells_which_headings_are_known(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="known headings: address: register"):
        read(file)


@pytest.mark.parametrize("name", ["missing.csv", "missing.xlsx"])
def test_file_that_is_not_there(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / name)


def test_workbook_that_is_none(tmp_path):
    file = tmp_path / "t.xlsx"
    file.write_bytes(b"PK not really")
    with pytest.raises(ConfigError, match="cannot be read"):
        read(file)


def test_bytes_that_are_no_text(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(b"\xff\xfe\x00\x81\xff\xff")
    with pytest.raises(ConfigError, match="neither UTF-8 nor GB 18030"):
        read(file)


def test_headings_are_compared_without_case_spaces_and_brackets():
    assert normalised(" Register_Address（HEX） ") == normalised("register address")
