"""A running collector: its lines and pollers, and the sender of their samples, under one roof."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from collector.clock import Clock
from collector.health import Health
from collector.layout import Layout
from collector.modbus import Line
from collector.poller import BusPoller, PolledDevice, Sink
from collector.reader import DeviceReader
from collector.schedule import Slots, offsets
from collector.sending import DRAIN_MS, Origin, Sender
from collector.sitefile import Configuration
from collector.virtual import health_device

LOG = logging.getLogger(__name__)


class Collector:
    """Polls the buses of one collector name and delivers what they answer."""

    def __init__(
        self,
        configuration: Configuration,
        data: Path,
        name: str,
        clock: Clock,
        drain_ms: int = DRAIN_MS,
    ) -> None:
        self._name = name
        self._clock = clock
        health = health_device(name)
        origins = [*_origins(configuration, name), Origin(health, "collector")]
        self._sender = Sender(configuration, data, name, origins, clock, drain_ms)
        delivery, run = self._sender.delivery, self._sender.run
        self.buses, self.polled, lines = assemble(configuration, name, run, delivery.put, clock)
        self._health = Health(health, run, self.polled, lines, delivery)

    async def run(self) -> None:
        """Collect until cancelled; then stop polling and let receipts come for a while."""
        self._announce()
        await self._sender.while_running(self._poll())

    async def _poll(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for bus in self.buses:
                tasks.create_task(bus.run())
            tasks.create_task(self._health.run(self._clock))

    def _announce(self) -> None:
        for polled in self.polled:
            LOG.info("%s: %s", polled.device.id, polled.reader.extent)
        LOG.info(
            "collector %s, run %s: %d devices on %d buses",
            self._name, self._sender.run, len(self.polled), len(self.buses),
        )  # fmt: skip


def _origins(configuration: Configuration, name: str) -> list[Origin]:
    return [
        Origin(configuration.site.devices[entry.id], entry.map, entry.serial)
        for entry in configuration.settings.devices
        if configuration.bus(entry.bus).collector == name
    ]


def assemble(
    configuration: Configuration, name: str, run: str, sink: Sink, clock: Clock
) -> tuple[list[BusPoller], list[PolledDevice], list[Line]]:
    """Build the pollers of one collector's buses, devices staggered over all of them."""
    settings = configuration.settings
    entries = [e for e in settings.devices if configuration.bus(e.bus).collector == name]
    places = dict(zip([e.id for e in entries], offsets([e.interval for e in entries]), strict=True))
    pollers: list[BusPoller] = []
    everyone: list[PolledDevice] = []
    lines: list[Line] = []
    for bus in settings.buses:
        mine = [entry for entry in entries if entry.bus == bus.id]
        if not mine:
            continue
        line = Line(bus)
        polled = [
            PolledDevice(
                configuration.site.devices[entry.id],
                DeviceReader(
                    entry.id, entry.unit, Layout(configuration.maps[entry.map], entry),
                    line, clock, bus.pause,
                ),
                Slots.beginning(entry.interval, places[entry.id], clock.now_ms()),
                run,
            )
            for entry in mine
        ]  # fmt: skip
        pollers.append(BusPoller(line, polled, sink, clock))
        everyone += polled
        lines.append(line)
    return pollers, everyone, lines
