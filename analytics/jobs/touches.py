"""Which windows of a device have to be computed, and why. Pure.

A touch is a span of raw data that is new or counts differently. It concerns every window that it
overlaps, once it has been widened by as far as the edges of windows depend on their surroundings:
a register reading also moves the neighbouring window whose edge it brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.series import BoolArray, IntArray

Width = Literal["15min", "1h", "1d"]
LATE_SAMPLE = "late sample"
LATER_READING = "later reading"
"""What came just behind a window and still moved it: out of order, or a missing edge."""

WIDTHS: tuple[Width, ...] = ("15min", "1h", "1d")


@dataclass(frozen=True, slots=True)
class Touch:
    """A half-open span of one device that is to be computed, and why. [ms since epoch, UTC]"""

    start: int
    end: int
    cause: str

    def widened(self, by_ms: int) -> Touch:
        """The same with its surroundings. [ms]"""
        return replace(self, start=self.start - by_ms, end=self.end + by_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some local days of a device that are computed together.

    Parameters
    ----------
    end : int
        Where its days end. [ms since epoch, UTC]
    edges : mapping of width to array of int64, shape (n + 1,)
        Windows that cover what is to be computed; a width without any is absent.
    chosen : mapping of width to array of bool, shape (n,)
        Which of them are.
    """

    end: int
    edges: Mapping[Width, IntArray]
    chosen: Mapping[Width, BoolArray]

    @property
    def span(self) -> tuple[int, int]:
        """From the first to the last edge. [ms since epoch, UTC]"""
        borders = self.edges.values()
        return min(int(b[0]) for b in borders), max(int(b[-1]) for b in borders)


def since(touches: Sequence[Touch], start: int) -> list[Touch]:
    """Touches, as far as they lie at or behind an instant. [ms since epoch, UTC]"""
    return [replace(t, start=max(t.start, start)) for t in touches if t.end > start]


def merged(touches: Sequence[Touch]) -> list[Touch]:
    """Touches of the same cause that meet, as one; by cause, then time."""
    found: list[Touch] = []
    for touch in sorted(touches, key=lambda t: (t.cause, t.start)):
        last = found[-1] if found else None
        if last and last.cause == touch.cause and touch.start <= last.end:
            found[-1] = replace(last, end=max(last.end, touch.end))
        else:
            found.append(touch)
    return found


def chunks(touches: Sequence[Touch], limit: int, zone: ZoneInfo, most_days: int) -> Iterator[Chunk]:
    """Divide what is touched into chunks of whole local days, by time.

    Parameters
    ----------
    touches : sequence of Touch
        Widened already.
    limit : int
        Windows that end later are not complete yet. [ms since epoch, UTC]
    zone : ZoneInfo
        The site's zone.
    most_days : int
        Longest chunk. [days]
    """
    group: list[tuple[int, int]] = []
    for day in _touched_days(touches, limit, zone):
        if group and (len(group) == most_days or group[-1][1] != day[0]):
            yield from _chunk(group, touches, limit, zone)
            group = []
        group.append(day)
    if group:
        yield from _chunk(group, touches, limit, zone)


def cause_of(touches: Sequence[Touch], start: int, end: int) -> str:
    """Why a window is computed again: the causes of all touches that overlap it.

    What is looked at again anyway is a cause only when there is no other.
    """
    overlapping = (t.cause for t in touches if t.start < end and t.end > start)
    causes = dict.fromkeys(cause for cause in overlapping if cause)
    if len(causes) > 1:
        causes.pop(LATER_READING, None)
    return "; ".join(causes)


def by_act(touches: Sequence[Touch], start: int, end: int) -> bool:
    """Whether a repair or exchange is among what touches [start, end). [ms since epoch, UTC]"""
    others = {"", LATE_SAMPLE, LATER_READING}
    return any(t.start < end and t.end > start and t.cause not in others for t in touches)


def _touched_days(
    touches: Sequence[Touch], limit: int, zone: ZoneInfo
) -> Iterator[tuple[int, int]]:
    spans = [(touch.start, min(touch.end, limit)) for touch in touches if touch.start < limit]
    days: set[tuple[int, int]] = set()
    for start, end in spans:
        borders = buckets.edges(start, end, "1d", zone).tolist()
        days.update(pairwise(borders))
    yield from sorted(days)


def _chunk(
    days: Sequence[tuple[int, int]], touches: Sequence[Touch], limit: int, zone: ZoneInfo
) -> Iterator[Chunk]:
    start, end = days[0][0], days[-1][1]
    edges: dict[Width, IntArray] = {}
    chosen: dict[Width, BoolArray] = {}
    for width in WIDTHS:
        borders = buckets.edges(start, end, width, zone)
        wanted = _overlapping(borders, touches) & (borders[1:] <= limit)
        places = np.flatnonzero(wanted)
        if places.size:
            first, last = int(places[0]), int(places[-1]) + 1
            edges[width] = borders[first : last + 1]
            chosen[width] = wanted[first:last]
    if edges:
        yield Chunk(end, edges, chosen)


def _overlapping(edges: IntArray, touches: Sequence[Touch]) -> BoolArray:
    mask = np.zeros(edges.size - 1, np.bool_)
    for touch in touches:
        mask |= (edges[:-1] < touch.end) & (edges[1:] > touch.start)
    return mask
