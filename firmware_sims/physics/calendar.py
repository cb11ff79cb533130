"""The Chinese working calendar: which days are worked, and how sure that is."""

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import yaml

BoolArray = npt.NDArray[np.bool_]
DayArray = npt.NDArray[np.int64]
CalendarStatus = Literal["published", "statutory_days_only", "plain_week"]

_EPOCH = date(1970, 1, 1)
_THURSDAY = 3


def day_number(day: date) -> int:
    """Count days since 1970-01-01."""
    return (day - _EPOCH).days


@dataclass(frozen=True)
class WorkingCalendar:
    """Days that differ from the plain week, and the standing of each year.

    Attributes
    ----------
    holidays, make_up_workdays : frozenset of int
        Local days off and worked weekend days. [days since 1970-01-01]
    status : tuple of (int, str)
        Year and its standing, see the data file.
    """

    holidays: frozenset[int]
    make_up_workdays: frozenset[int]
    status: tuple[tuple[int, CalendarStatus], ...]

    def year_status(self, year: int) -> CalendarStatus:
        """Say what the days of `year` rest on."""
        return dict(self.status).get(year, "plain_week")

    def is_workday(self, days: DayArray) -> BoolArray:
        """Tell which local days are worked.

        Parameters
        ----------
        days : array of int64
            Local days. [days since 1970-01-01]

        Returns
        -------
        array of bool
        """
        weekday = (days + _THURSDAY) % 7
        worked = (weekday < 5) & ~_is_in(days, self.holidays)
        return worked | _is_in(days, self.make_up_workdays)


def _is_in(days: DayArray, members: frozenset[int]) -> BoolArray:
    return np.isin(days, np.fromiter(sorted(members), dtype=np.int64, count=len(members)))


@functools.cache
def chinese_calendar() -> WorkingCalendar:
    """Read the packaged calendar."""
    packaged = resources.files("firmware_sims").joinpath("data", "working_calendar_cn.yaml")
    years: dict[int, dict[str, Any]] = yaml.safe_load(packaged.read_text("utf-8"))["years"]
    holidays: set[int] = set()
    make_up: set[int] = set()
    for entry in years.values():
        for span in entry["holidays"]:
            holidays.update(_days_between(span["first"], span["last"]))
        make_up.update(day_number(day) for day in entry["make_up_workdays"])
    status = tuple((year, entry["status"]) for year, entry in years.items())
    return WorkingCalendar(frozenset(holidays), frozenset(make_up), status)


def _days_between(first: date, last: date) -> list[int]:
    return [day_number(first + timedelta(days=n)) for n in range((last - first).days + 1)]
