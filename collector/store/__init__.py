"""One interface to the time-series store, whichever kind stands behind it.

Rules that every kind keeps
- One row per device and slot; writing the same (device, at) again overwrites it.
- `write` returns only after the commit. It raises `Unavailable` when nothing is known to be
  stored (retry the whole batch) and `Rejected` when some samples can never be stored: all the
  others are stored then.
- A gap stays a gap: a field without value is None, never zero. A value flagged bad is no value.
- A field that is polled more rarely than its device has readings in its own slots only.
- Unknown devices, names that are no field names and numbers that are not finite are rejected by
  every kind alike (`admission`).
- Times are integer milliseconds UTC; ranges are half open, [start, end).
- What was stored late leaves a mark; marks are read in the order in which they came, each for
  certain: one that is under way while others are read stands behind them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from collector.model import ALL_FIELDS, Device, Reading, Sample

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a collector for one device, and where the run before it ended."""

    device: str
    run: str
    started: int
    previous_run: str | None
    previous_seq: int | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What the readings of one field come to in [at, at + width): for a chart that thins out.

    Parameters
    ----------
    at : int
        Start of the bucket, a multiple of its width. [ms since epoch, UTC]
    count : int
        Readings with a value; in a gap 0, and then there is no low, mean or high.
    low, mean, high : float or None
        Least, mean and greatest value. [unit of the field]
    """

    at: int
    count: int
    low: float | None
    mean: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """What the ledger needs of a stored sample, without its values."""

    at: int
    run: str
    seq: int
    lag: int
    flags: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The readings of a device as arrays: one axis of slots, a column of values per field.

    Parameters
    ----------
    at : array of int64, shape (n,)
        All stored slots, strictly increasing, whichever fields they have. [ms since epoch, UTC]
    values : mapping of str to array of float64, shape (n,)
        By field; NaN where it has no value: not due in the slot, not delivered, or flagged bad.
        [unit of the field]
    flags : mapping of str to mapping of int to str
        By field, what is flagged: index into `at` to the text, indexes increasing. Under
        `ALL_FIELDS` stand the flags for all fields; a flag of a field's own counts before them.
    """

    at: IntArray
    values: Mapping[str, FloatArray]
    flags: Mapping[str, Mapping[int, str]]

    def __len__(self) -> int:
        """Return the number of slots."""
        return int(self.at.size)

    def flag(self, field: str, index: int) -> str:
        """Flag that concerns a field in one slot; empty when nothing does."""
        own = self.flags.get(field, {}).get(index)
        return own or self.flags.get(ALL_FIELDS, {}).get(index, "")

    def uncertain(self, field: str) -> BoolArray:
        """Whether each slot has a value that is flagged, shape (n,)."""
        return self._flagged(field, ALL_FIELDS) & ~np.isnan(self.values[field])

    @property
    def answered(self) -> BoolArray:
        """Whether each slot has no flag for all fields, shape (n,): the device answered."""
        return ~self._flagged(ALL_FIELDS)

    def _flagged(self, *fields: str) -> BoolArray:
        mask = np.zeros(len(self), np.bool_)
        for field in fields:
            mask[list(self.flags.get(field, ()))] = True
        return mask


@dataclass(frozen=True, slots=True)
class Touched:
    """A mark: samples of a device in the slots first to last were stored late.

    Parameters
    ----------
    first, last : int
        Oldest and newest slot, both included. [ms since epoch, UTC]
    noted : int
        When the mark was made, by the clock of who made it. [ms since epoch, UTC]
    number : int
        Place in the store's order of marks, which it gives; 0 before it has.
    """

    device: str
    first: int
    last: int
    noted: int
    number: int = 0


class Store(Protocol):
    """Where samples are kept. Every method may raise `Unavailable`."""

    async def open(self) -> None:
        """Connect and prepare tables or databases; harmless when they exist."""

    async def close(self) -> None:
        """Release connections; nothing is pending afterwards."""

    async def write(self, samples: Sequence[Sample]) -> None:
        """Store samples of known devices, all in one commit where the kind allows it.

        Raises
        ------
        Rejected
            Some samples can never be stored; the others are.
        """

    async def write_columns(self, device: Device, run: str, columns: Columns) -> None:
        """Store a sample of a known device for each slot, given as arrays: what jobs compute.

        The same as `write`, without sequence numbers and much faster. Where a value is NaN there
        is none afterwards, whatever stood there. Of `flags` those that start with `uncertain:`
        are kept.

        Raises
        ------
        ValueError
            The device or a field is none of this store's, or a value is infinite.
        Rejected
            Some slots can never be stored; the others are.
        """

    async def write_runs(self, runs: Sequence[Run]) -> None:
        """Keep what collectors say of their runs; the same (device, run) overwrites itself."""

    async def write_touched(self, marks: Sequence[Touched]) -> None:
        """Keep marks of late samples; those of one call concern different devices.

        To be called once the samples are stored. Writing a mark again, when it is not known
        whether it was kept, does no harm: it is told twice then.
        """

    async def touched(self, after: int) -> list[Touched]:
        """Marks with a number above `after`, in the order of their numbers; 0 tells all.

        Who asks for more than the greatest number that it has been told never misses a mark,
        however many write at the same time; marks may come with a delay of half a minute.
        """

    async def readings(
        self, device: Device, fields: Sequence[str], start: int, end: int, limit: int | None = None
    ) -> dict[str, list[Reading]]:
        """Readings of a device's fields in [start, end), oldest first, bad values as None.

        `limit` is the greatest number of slots that are looked at, from the oldest on.
        """

    async def columns(self, device: Device, fields: Sequence[str], start: int, end: int) -> Columns:
        """Readings of a device's fields in [start, end) as arrays.

        The same as `readings` and much faster: for whole days, months, years. Of fields that do
        not exist no slot has a value.
        """

    async def thinned(
        self, device: Device, fields: Sequence[str], start: int, end: int, buckets: int
    ) -> dict[str, list[Bucket]]:
        """Least, mean and greatest value of a device's fields in about `buckets` buckets.

        The width is the same for all buckets of a field and a multiple of its interval, so that
        an empty bucket is a gap in the data; the first bucket may begin before `start`, but only
        readings in [start, end) count.
        """

    async def span(self, device: Device) -> tuple[int, int] | None:
        """First and last slot that is stored of a device."""

    async def latest(self, device: Device) -> Sample | None:
        """Return the newest sample of a device."""

    def rows(self, device: Device, start: int, end: int) -> AsyncGenerator[Row, None]:
        """Rows of a device in [start, end), oldest first, without their values."""

    async def runs(self, device: Device) -> list[Run]:
        """Runs of a device, oldest first."""
