"""What the demo's terminal shows of the running pipeline, read from the store like any viewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.clock import Clock
from collector.errors import StoreError
from collector.model import ALL_FIELDS, Device, Site
from collector.store import Store
from dashboards.web.condition import Condition, Newest, points_per_s
from dashboards.web.live import Live

SPAN_MS = 300_000
EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Polls:
    """How a device has answered in the last minutes."""

    slots: int = 0
    answered: int = 0
    lag_ms: float = 0.0

    @property
    def success(self) -> float | None:
        """Share of slots that were answered."""
        return self.answered / self.slots if self.slots else None


@dataclass(frozen=True, slots=True)
class Picture:
    """The pipeline at one moment."""

    newest: Mapping[str, tuple[Newest, Condition]]
    polls: Mapping[str, Polls]
    points_per_s: float
    outbox_depth: float | None
    outage: str | None

    def delivering(self) -> int:
        """How many devices deliver values now."""
        lively = (Condition.GOOD, Condition.DOUBTFUL)
        return sum(condition in lively for _, condition in self.newest.values())


class Tally:
    """Keeps the picture up to date."""

    def __init__(self, site: Site, store: Store, clock: Clock, start_ms: int) -> None:
        self.live = Live(site, store, clock)
        self._site = site
        self._store = store
        self._clock = clock
        self._start_ms = start_ms
        self._polls: Mapping[str, Polls] = {}

    async def run(self) -> None:
        """Count until cancelled; `live` must be running beside."""
        while True:
            if self.live.outage is None:
                try:
                    self._polls = {
                        device.id: await self._count(device)
                        for device in self._site.devices.values()
                    }
                except StoreError as error:
                    self.live.outage = str(error)
            await self._clock.sleep(EVERY_S)

    def picture(self) -> Picture:
        """Return what is known now."""
        newest = self.live.newest()
        devices = self._site.devices
        depths = [
            newest[name][0].readings["outbox_depth"].value
            for name, device in devices.items()
            if device.kind == "collector" and "outbox_depth" in newest[name][0].readings
        ]
        known = [depth for depth in depths if depth is not None]
        rate = sum(points_per_s(devices[name], *newest[name]) for name in devices)
        return Picture(newest, self._polls, rate, sum(known) if known else None, self.live.outage)

    async def _count(self, device: Device) -> Polls:
        now_ms = self._clock.now_ms()
        slots = answered = lag_ms = 0
        start = max(self._start_ms, now_ms - SPAN_MS)
        async for row in self._store.rows(device, start, now_ms + device.interval_ms):
            slots += 1
            if ALL_FIELDS not in row.flags:
                answered += 1
                lag_ms += row.lag
        return Polls(slots, answered, lag_ms / answered if answered else 0.0)
