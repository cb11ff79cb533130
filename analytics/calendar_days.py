"""Which local days are worked, and how sure that is.

The working calendar is the State Council's: holidays and the weekend days worked in exchange,
never weekday numbers alone. The days themselves are data, see `workdays`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from analytics.series import BoolArray, IntArray
from collector.model import Finding, Title

Standing = Literal["published", "statutory_days_only", "plain_week"]

_THURSDAY = 3  # 1970-01-01
_WEEKEND, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Days on which the plain week does not hold.

    Parameters
    ----------
    off : array of int64, shape (n,)
        Days off, sorted. [days since 1970-01-01]
    worked : array of int64, shape (m,)
        Saturdays and Sundays that are worked, sorted. [days since 1970-01-01]
    standing : mapping of int to str
        What the days of each year rest on; a year that is missing is `plain_week`.
    names : mapping of int to Title
        Name of each day off. [days since 1970-01-01]
    """

    off: IntArray
    worked: IntArray
    standing: Mapping[int, Standing]
    names: Mapping[int, Title]

    def workdays(self, days: IntArray) -> BoolArray:
        """Tell which local days are worked.

        Parameters
        ----------
        days : array of int64
            Local days, see `buckets.local_days`. [days since 1970-01-01]

        Returns
        -------
        array of bool, the shape of `days`
        """
        plain = weekday(days) < _WEEKEND
        return (plain & ~np.isin(days, self.off)) | np.isin(days, self.worked)

    def worked_like(self, days: IntArray) -> IntArray:
        """Weekday that each local day is worked like, Monday is 0.

        A day off is like a Sunday; a Saturday that is worked like the Friday before it, a Sunday
        like the Monday behind it.

        Parameters
        ----------
        days : array of int64
            [days since 1970-01-01]

        Returns
        -------
        array of int64, the shape of `days`
            0 to 6.
        """
        plain = weekday(days)
        made_up = np.where(plain == _WEEKEND, _WEEKEND - 1, 0)
        like = np.where(np.isin(days, self.worked), made_up, plain)
        return np.where(np.isin(days, self.off), _SUNDAY, like).astype(np.int64)

    def standing_of(self, days: IntArray) -> dict[int, Standing]:
        """Say for every year that the days touch what its calendar rests on."""
        years = np.unique(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64))
        return {year: self.standing.get(year, "plain_week") for year in (years + 1970).tolist()}

    def findings(self, days: IntArray) -> tuple[Finding, ...]:
        """Tell each year among the days whose official calendar is not known."""
        return tuple(
            _unknown(year, standing)
            for year, standing in self.standing_of(days).items()
            if standing != "published"
        )


PLAIN_WEEK = WorkingCalendar(np.array([], dtype=np.int64), np.array([], dtype=np.int64), {}, {})
"""Monday to Friday, where no country's calendar is at hand."""


def weekday(days: IntArray) -> IntArray:
    """Weekday of local days, Monday is 0. [days since 1970-01-01]"""
    return (days + _THURSDAY) % 7


def day_numbers(days: Iterable[date]) -> IntArray:
    """Dates as sorted day numbers. [days since 1970-01-01]"""
    return np.unique(np.array(list(days), dtype="datetime64[D]").astype(np.int64))


def _unknown(year: int, standing: Standing) -> Finding:
    if standing == "plain_week":
        sentence = Title(
            f"{year}年没有工作日历，按普通周一至周五计算，未计法定节假日和调休。",
            f"No working calendar for {year}: Monday to Friday are taken as worked, "
            "without holidays and make-up days.",
        )
    else:
        sentence = Title(
            f"{year}年的放假安排尚未收录，仅计法定节假日，未计调休。",
            f"The arrangement for {year} is not known yet: only the statutory holidays are "
            "taken, without make-up days.",
        )
    code = "calendar.plain-week" if standing == "plain_week" else "calendar.statutory-days-only"
    return Finding(code, "info", sentence, {"year": float(year)})
