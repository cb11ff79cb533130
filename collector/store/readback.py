"""Stored rows back into the central types, and the buckets of a chart.

Pure. Every kind of store reads rows of (at, flags, value, value, …) and hands them over here, so
that masks, gaps and rhythms mean the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from collector.model import ALL_FIELDS, Device, Reading, Sample
from collector.store import Bucket
from collector.store.admission import LAST_AT_MS, unmasked

_NO_FLAGS: Mapping[str, str] = MappingProxyType({})
_UNREADABLE: Mapping[str, str] = MappingProxyType({ALL_FIELDS: "uncertain:unreadable-flags"})


@lru_cache(maxsize=4096)
def flags_of(text: str | None) -> Mapping[str, str]:
    """Flags of a row from the text that is stored; text that is no JSON object casts doubt."""
    if not text:
        return _NO_FLAGS
    try:
        flags = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _UNREADABLE
    return MappingProxyType(flags) if isinstance(flags, dict) else _UNREADABLE


def storable(at: int) -> int:
    """Return the bound of a range, moved to where slots can be when it lies beyond."""
    return min(max(at, 0), LAST_AT_MS + 1)


def readings_of(
    device: Device, fields: Sequence[str], rows: Sequence[Sequence[Any]]
) -> dict[str, list[Reading]]:
    """Readings by field from rows of (at, flags, *values in the order of `fields`)."""
    return {
        field: list(_column(rows, column, field, interval_of(device, field)))
        for column, field in enumerate(fields, start=2)
    }


def _column(
    rows: Sequence[Sequence[Any]], column: int, field: str, interval_ms: int | None
) -> Iterator[Reading]:
    """Readings of one field; a slot in which the field is not polled has none."""
    for row in rows:
        at, value = row[0], row[column]
        if row[1]:
            flags = flags_of(row[1])
            own = flags.get(field, "")
            flag = own or flags.get(ALL_FIELDS, "")
            if flag.startswith("bad:"):
                value = None
        else:
            own = flag = ""
        if value is not None or own or (interval_ms and at % interval_ms == 0):
            yield Reading(at, value, flag)


def interval_of(device: Device, field: str) -> int | None:
    """How often a field is polled; None when the device has no such point (any more)."""
    point = device.points.get(field)
    return point.interval_ms if point else None


def sample_of(
    device: Device, head: tuple[int, str, int, int, str | None], values: Mapping[str, float | None]
) -> Sample:
    """A sample from (at, run, seq, lag, flags) and all values of its row."""
    at, run, seq, lag, text = head
    flags = flags_of(text)
    present = {name: value for name, value in values.items() if value is not None}
    return Sample(device.id, at, run, seq, lag, unmasked(present, flags), flags)


@dataclass(frozen=True, slots=True)
class Grid:
    """Buckets of equal width that cover [start, end).

    The width is a multiple of the field's interval, since otherwise a healthy series would show
    empty buckets; buckets begin at multiples of the width, so that a moving window of the same
    length keeps them.
    """

    start: int
    end: int
    width_ms: int

    @classmethod
    def over(cls, start: int, end: int, buckets: int, interval_ms: int) -> Grid:
        """Cover [start, end) with at most `buckets` + 1 buckets.

        Raises
        ------
        ValueError
            Less than one bucket.
        """
        if buckets < 1:
            raise ValueError(f"{buckets} buckets are too few")
        slots = -(-max(end - start, 1) // (buckets * interval_ms))
        return cls(start, end, slots * interval_ms)

    def edges(self) -> range:
        """Starts of the buckets. [ms since epoch, UTC]"""
        if self.end <= self.start:
            return range(0)
        return range(self.start - self.start % self.width_ms, self.end, self.width_ms)

    def filled(self, found: Iterable[Bucket]) -> list[Bucket]:
        """All buckets of the grid: those found, and empty ones for the gaps between them."""
        by_start = {bucket.at: bucket for bucket in found}
        return [by_start.get(at) or Bucket(at, 0, None, None, None) for at in self.edges()]


def grids(
    device: Device, fields: Iterable[str], start: int, end: int, buckets: int
) -> dict[Grid, list[str]]:
    """Fields of a device by the grid that suits their interval."""
    start, end = storable(start), storable(end)
    by_grid: dict[Grid, list[str]] = {}
    for field in dict.fromkeys(fields):
        interval_ms = interval_of(device, field) or device.interval_ms
        by_grid.setdefault(Grid.over(start, end, buckets, interval_ms), []).append(field)
    return by_grid
