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
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.model import Device, Reading, Sample


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

    async def write_runs(self, runs: Sequence[Run]) -> None:
        """Keep what collectors say of their runs; the same (device, run) overwrites itself."""

    async def readings(
        self, device: Device, fields: Sequence[str], start: int, end: int, limit: int | None = None
    ) -> dict[str, list[Reading]]:
        """Readings of a device's fields in [start, end), oldest first, bad values as None.

        `limit` is the greatest number of slots that are looked at, from the oldest on.
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
