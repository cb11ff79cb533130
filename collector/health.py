"""The collector's own health as samples of a virtual device: they travel like all others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from collector.clock import Clock
from collector.delivery import Delivery
from collector.modbus import Line
from collector.model import Device, Sample
from collector.poller import PolledDevice
from collector.schedule import Slots

LOG = logging.getLogger(__name__)


class Health:
    """Samples what the collector knows of itself, every slot of its virtual device."""

    def __init__(
        self, device: Device, run: str, polled: Sequence[PolledDevice], lines: Sequence[Line],
        delivery: Delivery,
    ) -> None:  # fmt: skip
        self._device = device
        self._run = run
        self._polled = polled
        self._lines = lines
        self._delivery = delivery
        self._seq = 0

    async def run(self, clock: Clock) -> None:
        """Give a sample to the outbox in every slot until cancelled."""
        slots = Slots.beginning(self._device.interval_ms, 0, clock.now_ms())
        while True:
            slots.missed(clock.now_ms())
            wait_ms = slots.turn_ms - clock.now_ms()
            if wait_ms > 0:  # in steps, for the clock may be set meanwhile
                await clock.sleep(min(wait_ms, slots.interval_ms) / 1000)
                continue
            self._seq += 1
            self._delivery.put(
                Sample(self._device.id, slots.at, self._run, self._seq, 0, self.values())
            )
            slots.advance()

    def values(self) -> Mapping[str, float]:
        """Return the present figures."""
        tallies = [polled.tally for polled in self._polled]
        answering = [t.latency_ms for t in tallies if t.answered]
        values = {
            "devices": len(self._polled),
            "devices_silent": sum(p.back_off.failures > 0 for p in self._polled),
            "slots": sum(t.slots for t in tallies),
            "answered": sum(t.answered for t in tallies),
            "missed": sum(t.missed for t in tallies),
            "refused": self._delivery.refused,
            "dropped": self._delivery.dropped,
            "outbox_depth": self._delivery.depth,
            "outbox_bytes": self._delivery.bytes,
            "latency_ms": sum(answering) / len(answering) if answering else 0.0,
            "reconnects": sum(max(0, line.connects - 1) for line in self._lines),
        }
        return {name: float(value) for name, value in values.items()}
