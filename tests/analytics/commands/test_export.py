from __future__ import annotations

import shutil

import openpyxl
import pytest

MONTH = ("--month", "2026-05")


def test_a_month_is_written_as_a_workbook(groundwatt, tmp_path) -> None:
    file = tmp_path / "may.xlsx"
    code, out, err = groundwatt("export", "monthly", *MONTH, "-o", file)
    assert (code, err) == (0, "")
    assert out.startswith(f"{file}: 0 of ")
    assert "封面 Cover" in openpyxl.load_workbook(file).sheetnames


def test_a_month_is_written_as_a_table(answer, tmp_path) -> None:
    file = tmp_path / "may.CSV"
    told = answer("export", "monthly", *MONTH, "--output", file)
    assert told["file"] == str(file)
    assert {figure["value"] for figure in told["figures"]} == {None}
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_folder_without_a_store_is_told_and_not_made(groundwatt, tmp_path) -> None:
    """A mistyped --data would else give a workbook of empty cells."""
    shutil.rmtree(tmp_path / "data")
    code, out, err = groundwatt("export", "monthly", *MONTH, "-o", tmp_path / "may.csv")
    assert (code, out) == (2, "")
    assert "--data: nothing is stored here" in err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (("--month", "2026-05", "-o", "may.pdf"), "--output: may.pdf must end with .xlsx or .csv"),
        (("--month", "May", "-o", "may.csv"), "--month: 'May' is no month; write 2026-10"),
        (("--month", "2999-05", "-o", "may.csv"), "--month: 2999-05 has not begun"),
        (("--month", "2026-05", "-o", "nowhere/may.csv"), "nowhere/may.csv: cannot be written"),
    ],
)
def test_what_cannot_be_meant_is_refused(groundwatt, arguments, wording) -> None:
    code, _, err = groundwatt("export", "monthly", *arguments)
    assert code == 2
    assert wording in err
