"""A running collector: its lines, pollers, outbox and broker connection under one roof."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from pathlib import Path

from collector.clock import Clock
from collector.config import health_device
from collector.delivery import Delivery
from collector.errors import WireError
from collector.health import Health
from collector.layout import Layout
from collector.modbus import Line
from collector.model import Device
from collector.mqtt import Connection, LastWill, connect, stay_connected
from collector.outbox import OutboxFile
from collector.poller import BusPoller, PolledDevice, Sink
from collector.reader import DeviceReader
from collector.schedule import Slots, offsets
from collector.sitefile import Configuration
from collector.window import Window
from collector.wire import (
    Meta,
    decode_receipt,
    encode_meta,
    encode_status,
    parse_topic,
    points_of,
    status_topic,
    topic,
)

LOG = logging.getLogger(__name__)

DRAIN_MS = 5_000
DRAIN_LOOK_MS = 50
RUN_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_run() -> str:
    """Make up the identifier of a run."""
    return "".join(secrets.choice(RUN_ALPHABET) for _ in range(8))


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
        self._drain_ms = drain_ms
        self._configuration = configuration
        self._site = configuration.site.id
        self._name = name
        self._clock = clock
        self._run = new_run()
        self._started = clock.now_ms()
        outbox = configuration.settings.outbox
        self._file = OutboxFile(data / f"outbox-{name}.sqlite", outbox.max_bytes)
        self._previous = self._file.last_sequences()
        window = Window(outbox.window, outbox.resend_after)
        self.delivery = Delivery(self._file, window, self._site, clock)
        self.buses, self.polled, lines = assemble(
            configuration, name, self._run, self.delivery.put, clock
        )
        self._health = Health(health_device(name), self._run, self.polled, lines, self.delivery)
        self._devices = [polled.device for polled in self.polled] + [health_device(name)]

    async def run(self) -> None:
        """Collect until cancelled; then stop polling and let receipts come for a while."""
        self._announce()
        jitter = random.Random(self._run)
        try:
            async with asyncio.TaskGroup() as tasks:
                delivering = [
                    tasks.create_task(self.delivery.keep()),
                    tasks.create_task(stay_connected(self._deliver, self._clock, jitter)),
                ]
                try:
                    await self._poll()
                finally:
                    await self._drain()
                    for task in delivering:
                        task.cancel()
        finally:
            self.delivery.close()

    async def _poll(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for bus in self.buses:
                tasks.create_task(bus.run())
            tasks.create_task(self._health.run(self._clock))

    async def _drain(self) -> None:
        """Wait for the last receipts, not for ever: the disk keeps what has none."""
        for _ in range(self._drain_ms // DRAIN_LOOK_MS):
            if not self.delivery.depth:
                return
            await self._clock.sleep(DRAIN_LOOK_MS / 1000)

    def _announce(self) -> None:
        for polled in self.polled:
            LOG.info("%s: %s", polled.device.id, polled.reader.extent)
        LOG.info(
            "collector %s, run %s: %d devices on %d buses",
            self._name, self._run, len(self.polled), len(self.buses),
        )  # fmt: skip

    async def _deliver(self) -> None:
        status = status_topic(self._site, self._name)
        will = LastWill(status, encode_status("offline", self._run))
        identifier = f"groundwatt-{self._site}-{self._name}-{self._run}"
        async with connect(self._configuration.settings.mqtt, identifier, will) as connection:
            # A device that has left the site file may still have samples in the outbox.
            everyone = {device.id for device in self._devices} | self._previous.keys()
            await connection.subscribe(
                [topic(self._site, device, "receipt") for device in sorted(everyone)]
            )
            # Receiving goes on from the start: it is what notices a lost connection.
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(connection))
                tasks.create_task(self._send(connection, status))

    async def _send(self, connection: Connection, status: str) -> None:
        for device in self._devices:
            meta = encode_meta(self._meta(device))
            await connection.publish(topic(self._site, device.id, "meta"), meta, retain=True)
        await connection.publish(status, encode_status("online", self._run), retain=True)
        await self.delivery.send(connection)

    def _meta(self, device: Device) -> Meta:
        previous_run, previous_seq = self._previous.get(device.id, (None, None))
        polled = device.kind != "collector"
        entry = self._configuration.entry(device.id) if polled else None
        return Meta(
            device=device.id,
            run=self._run,
            started=self._started,
            map=entry.map if entry else "collector",
            previous_run=previous_run,
            previous_seq=previous_seq,
            interval_ms=device.interval_ms,
            serial=entry.serial if entry else None,
            points=points_of(
                [(p.field, p.quantity.unit, p.quantity.kind) for p in device.points.values()]
            ),
        )

    async def _receive(self, connection: Connection) -> None:
        async for batch in connection.batches():
            for message in batch:
                try:
                    _, device = parse_topic(message.topic, "receipt")
                    self.delivery.receipt(decode_receipt(device, message.payload))
                except WireError as error:
                    LOG.warning("a receipt that is none: %s", error)


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
