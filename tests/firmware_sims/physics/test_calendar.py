from datetime import date, timedelta

import numpy as np
import pytest

from firmware_sims.physics.calendar import chinese_calendar, day_number


def worked(day: date) -> bool:
    return bool(chinese_calendar().is_workday(np.array([day_number(day)]))[0])


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 2, 4),
        date(2024, 10, 12),
        date(2025, 1, 26),
        date(2025, 10, 11),
        date(2026, 9, 20),
    ],
)
def test_make_up_days_are_worked_although_they_fall_on_a_weekend(day):
    assert day.weekday() >= 5
    assert worked(day)


@pytest.mark.parametrize(
    "day",
    [date(2024, 2, 12), date(2025, 5, 5), date(2025, 10, 8), date(2026, 2, 23), date(2026, 10, 7)],
)
def test_holidays_are_off_although_they_fall_on_a_weekday(day):
    assert day.weekday() < 5
    assert not worked(day)


def test_plain_weeks_stay_as_they_are():
    assert worked(date(2026, 3, 12))
    assert not worked(date(2026, 3, 14))


@pytest.mark.parametrize(("year", "workdays"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_workdays_as_the_law_leaves(year, workdays):
    # 11 statutory days off until 2024, 13 from 2025; make-up days only move workdays around.
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    assert sum(worked(day) for day in days) == workdays


def test_every_make_up_day_falls_on_a_weekend():
    days = np.array(sorted(chinese_calendar().make_up_workdays))
    assert np.all((days + 3) % 7 >= 5)


def test_a_year_says_how_sure_it_is():
    calendar = chinese_calendar()
    assert [calendar.year_status(year) for year in (2024, 2025, 2026)] == ["published"] * 3
    assert calendar.year_status(2027) == "statutory_days_only"
    assert calendar.year_status(2031) == "plain_week"
