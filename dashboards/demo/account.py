"""What has become of the demo's samples, from the same ledger as `groundwatt ledger`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.ledger import DayAccount, totals
from collector.settlement import read_held_back, settle
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.choice import store_for

RATE_SPAN_MS = 300_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a demo that has ended."""

    devices: int
    expected: int
    answered: int
    stored: int
    refused: int
    pending: int
    lost: int
    points_per_s: float
    undelivered: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether every device delivered and nothing is lost or under way."""
        return not (self.undelivered or self.lost or self.pending)

    def sentence(self) -> str:
        """Say it in words."""
        words = (
            f"{self.devices} devices: {self.expected} samples expected, {self.answered} answered, "
            f"{self.stored} stored, {self.refused} refused, {self.pending} pending, "
            f"{self.lost} lost, {self.points_per_s} points/s"
        )
        if self.undelivered:
            words += f"; nothing came from {', '.join(self.undelivered)}"
        return words


async def final_outcome(configuration: Configuration, data: Path, start: int, end: int) -> Outcome:
    """Account for everything that was polled in [start, end) [ms since epoch, UTC]."""
    held_back = read_held_back(data)
    accounts = await settle(configuration, store_for(configuration, data), held_back, (start, end))
    rate = await _points_per_s(configuration, store_for(configuration, data), start, end)
    return outcome(configuration, accounts, rate)


def outcome(
    configuration: Configuration, accounts: Sequence[DayAccount], points_per_s: float
) -> Outcome:
    """Sum up; a polled device without an answer has not delivered."""
    polled = [entry.id for entry in configuration.settings.devices]
    answered = {entry.device for entry in accounts if entry.answered}
    total = totals(accounts)
    return Outcome(
        devices=len(polled),
        expected=total.expected,
        answered=total.answered,
        stored=total.stored,
        refused=total.refused,
        pending=total.pending,
        lost=total.lost,
        points_per_s=round(points_per_s, 1),
        undelivered=tuple(name for name in polled if name not in answered),
    )


async def _points_per_s(configuration: Configuration, store: Store, start: int, end: int) -> float:
    """Values stored per second of the last minutes, counted in the store itself."""
    start = max(start, end - RATE_SPAN_MS)
    count, first, last = 0, end, start
    await store.open()
    try:
        for device in configuration.site.devices.values():
            found = await store.readings(device, list(device.points), start, end)
            for readings in found.values():
                times = [reading.at for reading in readings if reading.value is not None]
                if times:
                    count += len(times)
                    first, last = min(first, times[0]), max(last, times[-1] + device.interval_ms)
    finally:
        await store.close()
    return count * 1000 / (last - first) if last > first else 0.0
