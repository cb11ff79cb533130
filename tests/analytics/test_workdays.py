"""The working calendar: holidays, make-up days, and years that nobody has arranged yet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.buckets import day_number
from analytics.calendar_days import PLAIN_WEEK, day_numbers, weekday
from analytics.workdays import calendar, read_calendar
from collector.errors import ConfigError

DAYS_2025 = np.arange(day_number(date(2025, 1, 1)), day_number(date(2026, 1, 1)))


def worked(day: str) -> bool:
    return bool(calendar().workdays(day_numbers([date.fromisoformat(day)]))[0])


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-01-26", True),  # a Sunday worked for the Spring Festival
        ("2025-01-28", False),
        ("2025-10-08", False),  # a Wednesday
        ("2025-10-09", True),
        ("2026-02-28", True),  # a Saturday
        ("2026-10-10", True),
        ("2024-02-09", True),  # New Year's Eve: leave was recommended, not ordered
        ("2023-10-06", False),
        ("2026-11-21", False),  # a plain Saturday
    ],
)
def test_the_notices_of_the_state_council_hold(day, expected):
    assert worked(day) is expected


@pytest.mark.parametrize(
    ("year", "statutory"),
    [(2023, 11), (2024, 11), (2025, 13), (2026, 13)],
)
def test_make_up_days_leave_the_year_the_statutory_days_off(year, statutory):
    """An arrangement moves days; a lost or doubled make-up day would show here."""
    days = np.arange(day_number(date(year, 1, 1)), day_number(date(year + 1, 1, 1)))
    assert int(calendar().workdays(days).sum()) == int((weekday(days) < 5).sum()) - statutory


def test_a_day_off_has_its_name():
    assert calendar().names[day_number(date(2026, 2, 17))].zh == "春节"


def test_a_year_without_notice_is_a_plain_week_and_told():
    days = day_numbers([date(2031, 10, 1), date(2031, 10, 4)])
    assert calendar().workdays(days).tolist() == [True, False]
    (found,) = calendar().findings(days)
    assert found.code == "calendar.plain-week"
    assert "2031" in found.sentence.zh
    assert "2031" in found.sentence.en


def test_a_year_with_statutory_days_only_is_told_as_such():
    days = day_numbers([date(2026, 12, 31), date(2027, 1, 1)])
    assert calendar().standing_of(days) == {2026: "published", 2027: "statutory_days_only"}
    assert [found.code for found in calendar().findings(days)] == ["calendar.statutory-days-only"]


def test_published_years_are_told_nothing():
    assert calendar().findings(DAYS_2025) == ()


def test_weekdays_count_from_monday():
    assert weekday(day_numbers([date(2026, 11, 23), date(2026, 11, 29)])).tolist() == [0, 6]


def test_a_plain_week_knows_no_holiday():
    assert int(PLAIN_WEEK.workdays(DAYS_2025).sum()) == 261


def test_a_country_without_calendar_is_refused():
    with pytest.raises(KeyError, match="zz"):
        calendar("zz")


YEAR = """\
country: CN
years:
  2030:
    status: published
    source: made up
    read_in: nowhere
    off:
      - {{zh: 元旦, en: New Year, first: {first}, last: 2030-01-01}}
    worked: [{worked}]
"""


@pytest.mark.parametrize(
    ("first", "day", "line", "word"),
    [
        ("2030-01-02", "2030-01-05", 8, "before the first day"),
        ("2030-01-01", "2030-01-04", 9, "Saturday or Sunday"),  # a Friday
        ("2029-12-29", "2029-12-29", 9, "not off"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(first, day, line, word):
    with pytest.raises(ConfigError, match=word) as told:
        read_calendar(YEAR.format(first=first, worked=day), Path("cn.yaml"))
    assert told.value.problems[0].line == line


@pytest.mark.parametrize(
    ("day", "like"),
    [
        ("2025-10-08", 6),  # a Wednesday off
        ("2025-10-11", 4),  # a Saturday worked: like the Friday before it
        ("2025-01-26", 0),  # a Sunday worked: like the Monday behind it
        ("2025-10-12", 6),
        ("2025-10-14", 1),
    ],
)
def test_a_day_is_worked_like_a_day_of_the_plain_week(day, like):
    days = day_numbers([date.fromisoformat(day)])
    assert calendar().worked_like(days).tolist() == [like]
    assert PLAIN_WEEK.worked_like(days).tolist() == weekday(days).tolist()


def test_days_that_are_worked_are_like_days_that_are_worked():
    for its in (calendar(), PLAIN_WEEK):
        np.testing.assert_array_equal(its.worked_like(DAYS_2025) < 5, its.workdays(DAYS_2025))
