"""The plant's live figures as samples of a virtual device: they travel like all others.

In every slot of the device the newest values of the plant's meters are read from the store, figures
are made of them and handed to the sender. A slot in which nothing can be known yields a sample that
says so. Nothing is remembered between slots, so a restart changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from analytics.live.moment import Moment
from analytics.live.momentary import Momentary
from collector.clock import Clock
from collector.errors import StoreError
from collector.model import ALL_FIELDS, Device, Reading, Sample
from collector.schedule import Slots
from collector.sending import DRAIN_MS, Origin, Sender
from collector.sitefile import Configuration
from collector.store import Store
from collector.topology import Plant
from collector.virtual import ANALYSE

LOG = logging.getLogger(__name__)

AFTER_SLOT_MS = 4_000
"""How long after its slot a moment is read: the meters' samples of the slot are stored by then."""

HELD_INTERVALS = 3
"""A value is fresh for so many of its own intervals."""

STORE_ANSWERS_WITHIN_S = 4.0
"""With `AFTER_SLOT_MS` inside one interval: the next slot is not made to wait."""

NOTHING_KNOWN = {ALL_FIELDS: "bad:no-answer"}
NOT_COMPUTED = {ALL_FIELDS: "bad:missed"}


class LiveFigures:
    """Gives the plant's figures of every slot to a sink, whatever the store does.

    Parameters
    ----------
    configuration : Configuration
        The site.
    plant : Plant
        Its plant.
    store : Store
        Where the samples are; open.
    run : str
        Run of the samples.
    sink : callable
        Takes them.
    """

    def __init__(
        self,
        configuration: Configuration,
        plant: Plant,
        store: Store,
        run: str,
        sink: Callable[[Sample], None],
    ) -> None:
        devices = configuration.site.devices
        accuracy = {entry.id: entry.accuracy for entry in configuration.settings.devices}
        measured = {name: device.points.keys() for name, device in devices.items()}
        self._momentary = Momentary(plant, measured, accuracy)
        self._devices = devices
        self._store = store
        self._device = devices[plant.id]
        self._run = run
        self._sink = sink
        self._seq = 0
        self._outage: str | None = None

    async def run(self, clock: Clock) -> None:
        """Give a sample for every slot until cancelled."""
        # the first slot is one that begins from now on: of an earlier one nothing may be known
        begin_ms = clock.now_ms() + AFTER_SLOT_MS
        slots = Slots.beginning(self._device.interval_ms, AFTER_SLOT_MS, begin_ms)
        while True:
            for at in slots.missed(clock.now_ms()):
                self._give(at, 0, {}, NOT_COMPUTED)
            wait_ms = slots.turn_ms - clock.now_ms()
            if wait_ms > 0:  # in steps, for the clock may be set meanwhile
                await clock.sleep(min(wait_ms, slots.interval_ms) / 1000)
                continue
            values, flags = await self._figures(slots.at)
            self._give(slots.at, clock.now_ms() - slots.at, values, flags)
            slots.advance()

    def _give(
        self, at: int, lag: int, values: Mapping[str, float], flags: Mapping[str, str]
    ) -> None:
        self._seq += 1
        self._sink(Sample(self._device.id, at, self._run, self._seq, lag, values, flags))

    async def _figures(self, at: int) -> tuple[Mapping[str, float], Mapping[str, str]]:
        """Values and flags of one slot. [ms since epoch, UTC]"""
        moment = await self._moment(at)
        if moment is None or not moment.values:
            return {}, NOTHING_KNOWN
        told = self._momentary.figures(moment)
        return told.values, told.flags

    async def _moment(self, at: int) -> Moment | None:
        """What the meters show in a slot; None while the store does not answer."""
        values: dict[str, dict[str, float]] = {}
        doubtful: set[str] = set()
        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN_S):
                for name, fields in self._momentary.wanted.items():
                    fresh = await self._fresh(self._devices[name], fields, at)
                    if fresh:
                        values[name] = {f: r.value for f, r in fresh.items() if r.value is not None}
                    if any(reading.flag for reading in fresh.values()):
                        doubtful.add(name)
        except StoreError as error:
            self._say(str(error))
            return None
        except TimeoutError:
            self._say(f"no answer within {STORE_ANSWERS_WITHIN_S:.0f} s")
            return None
        self._say(None)
        return Moment(values, doubtful)

    async def _fresh(self, device: Device, fields: Sequence[str], at: int) -> dict[str, Reading]:
        """Newest value of each field up to a slot, as far as it is fresh."""
        held = {name: HELD_INTERVALS * device.points[name].interval_ms for name in fields}
        found = await self._store.readings(device, fields, at - max(held.values()), at + 1)
        fresh = {}
        for name, readings in found.items():
            known = [r for r in readings if r.value is not None and r.at >= at - held[name]]
            if known:
                fresh[name] = known[-1]
        return fresh

    def _say(self, outage: str | None) -> None:
        """Log once when the store goes and once when it is back."""
        if (outage is None) == (self._outage is None):
            return
        self._outage = outage
        if outage:
            LOG.error("the plant's live figures have no readings: %s", outage)
        else:
            LOG.info("the plant's live figures have readings again")


class LivePlant:
    """Samples the plant's live figures and delivers them like a collector does its readings.

    Parameters
    ----------
    configuration, plant, store
        As for `LiveFigures`.
    data : Path
        Folder of the outbox.
    clock : Clock
    drain_ms : int
        How long the end waits for receipts. [ms]
    """

    def __init__(
        self,
        configuration: Configuration,
        plant: Plant,
        store: Store,
        data: Path,
        clock: Clock,
        drain_ms: int = DRAIN_MS,
    ) -> None:
        origins = [Origin(configuration.site.devices[plant.id], "plant")]
        self._clock = clock
        self._sender = Sender(configuration, data, ANALYSE, origins, clock, drain_ms)
        sink = self._sender.delivery.put
        self._figures = LiveFigures(configuration, plant, store, self._sender.run, sink)

    async def run(self) -> None:
        """Sample and deliver until cancelled; then let the last receipts come."""
        await self._sender.while_running(self._figures.run(self._clock))
