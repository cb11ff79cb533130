"""Polls the devices of one bus, slot by slot, and gives every slot's sample to the sink.

One task per physical bus, since a bus cannot be shared. Every scheduled slot yields a sample, also
when the device is silent, backed off or its turn was missed, so that what was expected is never in
doubt. Device errors are caught here and nowhere else.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from collector.clock import Clock
from collector.errors import DeviceError
from collector.modbus import Line
from collector.model import ALL_FIELDS, Device, Sample
from collector.reader import DeviceReader
from collector.schedule import BackOff, Slots

LOG = logging.getLogger(__name__)

Sink = Callable[[Sample], None]


@dataclass(slots=True)
class Tally:
    """What has happened to a device's slots since the start."""

    slots: int = 0
    answered: int = 0
    missed: int = 0
    latency_ms: int = 0


@dataclass(slots=True)
class PolledDevice:
    """One device on the bus with everything that its polling needs to remember."""

    device: Device
    reader: DeviceReader
    slots: Slots
    run: str
    back_off: BackOff = field(default_factory=BackOff)
    tally: Tally = field(default_factory=Tally)
    seq: int = 0


class BusPoller:
    """Polls all devices of one bus, one request at a time."""

    def __init__(
        self, line: Line, devices: Sequence[PolledDevice], sink: Sink, clock: Clock
    ) -> None:
        self._line = line
        self._devices = devices
        self._sink = sink
        self._clock = clock

    async def run(self) -> None:
        """Poll until cancelled."""
        turns = [(polled.slots.turn_ms, i) for i, polled in enumerate(self._devices)]
        heapq.heapify(turns)
        try:
            while not _cancelled():
                turn_ms, index = turns[0]
                polled = self._devices[index]
                if (wait_ms := turn_ms - self._clock.now_ms()) > 0:
                    await self._clock.sleep(min(wait_ms, polled.slots.interval_ms) / 1000)
                if self._clock.now_ms() >= turn_ms or polled.slots.clock_went_back(
                    self._clock.now_ms()
                ):
                    await self.take_turn(polled)
                    heapq.heapreplace(turns, (polled.slots.turn_ms, index))
        finally:
            self._line.close()
        raise asyncio.CancelledError

    async def take_turn(self, polled: PolledDevice) -> None:
        """Tell the missed slots of a device, poll its current one, go on to the next."""
        now_ms = self._clock.now_ms()
        for at in polled.slots.missed(now_ms):
            polled.tally.missed += 1
            self._emit(polled, at, 0, {}, {ALL_FIELDS: "bad:missed"})
        if polled.slots.turn_ms > now_ms:
            return
        at = polled.slots.at
        if polled.back_off.holds(now_ms):
            self._emit(polled, at, 0, {}, {ALL_FIELDS: "bad:backed-off"})
        else:
            values, flags = await self._poll(polled, at)
            self._emit(polled, at, self._clock.now_ms() - at, values, flags)
        polled.slots.advance()

    def _emit(
        self, polled: PolledDevice, at: int, lag: int, values: dict[str, float],
        flags: dict[str, str] | None,
    ) -> None:  # fmt: skip
        polled.seq += 1
        polled.tally.slots += 1
        self._sink(Sample(polled.device.id, at, polled.run, polled.seq, lag, values, flags or {}))

    async def _poll(
        self, polled: PolledDevice, at: int
    ) -> tuple[dict[str, float], dict[str, str] | None]:
        started_ms = self._clock.now_ms()
        try:
            values, flags = await polled.reader.read(at)
        except DeviceError as error:
            self._went_silent(polled, error)
            return {}, {ALL_FIELDS: f"bad:{error.reason}"}
        polled.tally.latency_ms = self._clock.now_ms() - started_ms
        self._came_back(polled)
        return values, flags

    def _went_silent(self, polled: PolledDevice, error: DeviceError) -> None:
        polled.back_off.failed(self._clock.now_ms())
        if polled.back_off.failures == 1:
            LOG.warning("%s went silent: %s", polled.device.id, error.detail)

    def _came_back(self, polled: PolledDevice) -> None:
        polled.tally.answered += 1
        if polled.back_off.failures:
            LOG.warning(
                "%s answers again after %d failed polls",
                polled.device.id, polled.back_off.failures,
            )  # fmt: skip
            polled.back_off.succeeded()


def _cancelled() -> bool:
    """Whether this task was cancelled while an answer came in at the same moment.

    `asyncio.wait_for` of Python 3.11, which pymodbus uses, then returns the answer and swallows
    the cancellation: a busy poller would never end.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
