"""Local days, months, seasons and the spans that figures are told for.

Everything inside is milliseconds UTC; only here does the building's clock enter. A bucket is half
open, `[edges[k], edges[k + 1])`. On the two days of the year on which a clock is moved, a day has
23 or 25 hours; an hour or a quarter of an hour never gets longer than its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from analytics.series import DAY_MS, HOUR_MS, IntArray
from collector.topology import Season

Width = Literal["15min", "1h", "1d", "1mo", "1y"]

QUARTER_MS = HOUR_MS // 4
QUARTER_H = QUARTER_MS / HOUR_MS
"""The step of the figures, and of the finest roll-ups. [ms], [h]"""
_STEP_MS = {"15min": QUARTER_MS, "1h": HOUR_MS}
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """One named stretch of time.

    Parameters
    ----------
    name : str
        Year of a season, `2026`, or both years that it touches, `2025/26`.
    start, end : int
        Half open. [ms since epoch, UTC]
    """

    name: str
    start: int
    end: int

    @property
    def edges(self) -> IntArray:
        """The two edges, for everything that takes buckets. [ms since epoch, UTC]"""
        return np.array((self.start, self.end), dtype=np.int64)


def edges(start: int, end: int, width: Width, zone: ZoneInfo) -> IntArray:
    """Edges of the whole local buckets that together cover a span.

    Parameters
    ----------
    start, end : int
        Half-open span; the first edge is not after `start`, the last one not before `end`.
        [ms since epoch, UTC]
    width : {"15min", "1h", "1d", "1mo", "1y"}
        Quarters and hours of the local clock, local days, calendar months, calendar years.
    zone : ZoneInfo
        The building's zone.

    Returns
    -------
    array of int64, shape (n + 1,)
        Strictly increasing. [ms since epoch, UTC]

    Raises
    ------
    ValueError
        The span is empty or the width unknown.
    """
    if start >= end:
        raise ValueError(f"end: {end} is not after start {start}")
    if width in _STEP_MS:
        inside = _clock_edges(start, end, _STEP_MS[width], zone)
    elif width in _NEXT:
        inside = _calendar_edges(start, end, _NEXT[width], zone)
    else:
        raise ValueError(f"width: {width!r} is none of 15min, 1h, 1d, 1mo, 1y")
    low = int(np.searchsorted(inside, start, side="right")) - 1
    high = int(np.searchsorted(inside, end, side="left"))
    return inside[low : high + 1]


def seasons(start: int, end: int, season: Season, zone: ZoneInfo) -> tuple[Span, ...]:
    """Heating or cooling seasons that a span touches, each whole.

    Parameters
    ----------
    start, end : int
        Half-open span. [ms since epoch, UTC]
    season : Season
        First and last local day, both included; one that passes New Year ends in the next year.
    zone : ZoneInfo
        The building's zone.

    Returns
    -------
    tuple of Span
        In order of time; none when the span lies between two seasons.

    Raises
    ------
    ValueError
        The span is empty.
    """
    if start >= end:
        raise ValueError(f"end: {end} is not after start {start}")
    years = range(local_date(start, zone).year - 1, local_date(end, zone).year + 1)
    every = (_season(year, season, zone) for year in years)
    return tuple(span for span in every if span.start < end and span.end > start)


def locate(at: IntArray, edges: IntArray) -> IntArray:
    """Bucket of each instant; -1 outside all of them.

    Parameters
    ----------
    at : array of int64
        [ms since epoch, UTC]
    edges : array of int64, shape (n + 1,)
        [ms since epoch, UTC]

    Returns
    -------
    array of int64, the shape of `at`
        0 to n - 1, or -1.
    """
    if edges.size < 2:
        return np.full(at.shape, -1, dtype=np.int64)
    place = np.searchsorted(edges, at, side="right") - 1
    return np.where(place >= edges.size - 1, -1, place).astype(np.int64)


def due(edges: IntArray, interval_ms: int) -> IntArray:
    """Number of slots due in each bucket: those at whole multiples of the interval.

    Raises
    ------
    ValueError
        The interval is not positive.
    """
    if interval_ms <= 0:
        raise ValueError(f"interval_ms: {interval_ms} ms is no rhythm")
    return np.diff(-(-edges // interval_ms))


def local_days(at: IntArray, zone: ZoneInfo) -> IntArray:
    """Local day of each instant, in any order. [days since 1970-01-01]"""
    if not at.size:
        return np.empty(at.shape, dtype=np.int64)
    starts = edges(int(at.min()), int(at.max()) + 1, "1d", zone)
    days = np.array([day_number(local_date(int(start), zone)) for start in starts[:-1]])
    return days[locate(at, starts)]


def time_of_day(at: IntArray, zone: ZoneInfo) -> IntArray:
    """What the building's clock shows, since midnight, in any order. [ms]

    On the days on which the clock is moved this is not the time that has passed since midnight.
    """
    if not at.size:
        return np.empty(at.shape, dtype=np.int64)
    starts = edges(int(at.min()), int(at.max()) + 1, "1d", zone)
    place = locate(at, starts)
    shown = at - starts[place]
    moved = np.diff(starts)[place] != DAY_MS
    shown[moved] = [_clock(int(instant), zone) for instant in at[moved]]
    return shown


def local_date(at: int, zone: ZoneInfo) -> date:
    """Local day of one instant. [ms since epoch, UTC]"""
    return _local(at, zone).date()


def day_start(day: date, zone: ZoneInfo) -> int:
    """First instant of a local day, also where the clock skips midnight. [ms since epoch, UTC]"""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return round(midnight.timestamp()) * 1000


def days_span(first: date, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """Half-open span of local days, both included. [ms since epoch, UTC]"""
    return day_start(first, zone), day_start(_next_day(last), zone)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)


_NEXT: dict[str, Callable[[date], date]] = {
    "1d": _next_day,
    "1mo": _next_month,
    "1y": _next_year,
}


def _calendar_edges(
    start: int, end: int, following: Callable[[date], date], zone: ZoneInfo
) -> IntArray:
    """Starts of the local days, months or years from before `start` to after `end`."""
    day = local_date(start, zone)
    if following is not _next_day:
        day = day.replace(day=1) if following is _next_month else day.replace(month=1, day=1)
    found = [day_start(day, zone)]
    while found[-1] < end:
        day = following(day)
        found.append(day_start(day, zone))
    return np.unique(np.array(found, dtype=np.int64))  # a day that a zone skips has no length


def _clock_edges(start: int, end: int, step_ms: int, zone: ZoneInfo) -> IntArray:
    """Hours or quarters of the local clock over the local days that a span touches."""
    days = _calendar_edges(start, end, _next_day, zone)
    plain = np.diff(days) == DAY_MS
    regular = days[:-1][plain][:, None] + np.arange(0, DAY_MS, step_ms, dtype=np.int64)
    moved = [
        _moved_clock_edges(int(days[place]), int(days[place + 1]), step_ms, zone)
        for place in np.flatnonzero(~plain)
    ]
    return np.sort(np.concatenate([regular.ravel(), days[-1:], *moved]))


def _moved_clock_edges(first: int, last: int, step_ms: int, zone: ZoneInfo) -> IntArray:
    """The same on a day on which the clock is moved: a bucket also ends at that moment."""
    found = []
    before: tuple[int, timedelta | None] | None = None
    for at in range(first, last, QUARTER_MS):
        shown = (_clock(at, zone) // step_ms, _local(at, zone).utcoffset())
        if shown != before:
            found.append(at)
        before = shown
    return np.array(found, dtype=np.int64)


def _season(year: int, season: Season, zone: ZoneInfo) -> Span:
    """The season that begins in a year."""
    first = date.fromisoformat(f"{year}-{season.first}")
    last = date.fromisoformat(f"{year}-{season.last}")
    name = str(year)
    if last < first:
        last = date.fromisoformat(f"{year + 1}-{season.last}")
        name = f"{year}/{(year + 1) % 100:02d}"
    return Span(name, *days_span(first, last, zone))


def _local(at: int, zone: ZoneInfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(zone)


def _clock(at: int, zone: ZoneInfo) -> int:
    shown = _local(at, zone)
    since_midnight = timedelta(
        hours=shown.hour,
        minutes=shown.minute,
        seconds=shown.second,
        microseconds=shown.microsecond,
    )
    return since_midnight // timedelta(milliseconds=1)
