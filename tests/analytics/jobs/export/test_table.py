import pytest

from analytics.jobs.export.table import Column, Formula, Table, evaluated, harmless, letter, width


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "＝1", "＠a"])
def test_a_text_that_would_be_evaluated_is_not(text):
    assert evaluated(text)
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "照明", "e-main − e-light", "A=B", "1 − 2"])
def test_an_ordinary_text_stays_as_it_is(text):
    assert harmless(text) == text


@pytest.mark.parametrize(("place", "expected"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_a_column_has_the_letter_of_its_place(place, expected):
    assert letter(place) == expected


def test_chinese_takes_twice_the_width():
    assert (width("电量"), width("kWh"), width("电\nElectricity")) == (4, 3, 11)


def test_a_formula_names_its_own_row():
    assert Formula("=A{row}*B{row}/1000", 1.0).on(7) == "=A7*B7/1000"


def test_a_row_that_does_not_fit_the_heading_is_refused():
    with pytest.raises(ValueError, match="row 0 of Sheet has 2 cells, not 1"):
        Table("Sheet", (Column("甲", "A"),), (("a", "b"),))
