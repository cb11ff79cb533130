"""Brings the samples of a few devices to the store's side, whoever makes them.

What polls meters and what computes live figures both hand their samples over here: outbox on disk,
broker connection, introductions, receipts, and a while at the end for the last receipts to come.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.clock import Clock
from collector.delivery import Delivery
from collector.errors import WireError
from collector.model import Device
from collector.mqtt import Connection, LastWill, connect, stay_connected
from collector.outbox import OutboxFile
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


@dataclass(frozen=True, slots=True)
class Origin:
    """A device whose samples are sent, and what its introduction says of where they come from."""

    device: Device
    map: str
    serial: str | None = None


class Sender:
    """Delivers what is put into `delivery`, under one name of the site.

    Parameters
    ----------
    configuration : Configuration
        The site, its broker and the bounds of the outbox.
    data : Path
        Folder of the outbox file, `outbox-<name>.sqlite`.
    name : str
        Who sends: the collector's name, also in its status topic.
    origins : sequence of Origin
        The devices.
    clock : Clock
    drain_ms : int
        How long the end waits for receipts. [ms]
    """

    def __init__(
        self,
        configuration: Configuration,
        data: Path,
        name: str,
        origins: Sequence[Origin],
        clock: Clock,
        drain_ms: int = DRAIN_MS,
    ) -> None:
        self._drain_ms = drain_ms
        self._mqtt = configuration.settings.mqtt
        self._site = configuration.site.id
        self._name = name
        self._origins = origins
        self._clock = clock
        self._started = clock.now_ms()
        self.run = new_run()
        outbox = configuration.settings.outbox
        file = OutboxFile(data / f"outbox-{name}.sqlite", outbox.max_bytes)
        self._previous = file.last_sequences()
        window = Window(outbox.window, outbox.resend_after)
        self.delivery = Delivery(file, window, self._site, clock)

    async def while_running(self, work: Coroutine[None, None, None]) -> None:
        """Deliver while `work` runs; when it ends or is cancelled, wait for the last receipts."""
        jitter = random.Random(self.run)
        try:
            async with asyncio.TaskGroup() as tasks:
                delivering = [
                    tasks.create_task(self.delivery.keep()),
                    tasks.create_task(stay_connected(self._deliver, self._clock, jitter)),
                ]
                try:
                    await work
                finally:
                    await self._drain()
                    for task in delivering:
                        task.cancel()
        finally:
            self.delivery.close()

    async def _drain(self) -> None:
        """Wait for the last receipts, not for ever: the disk keeps what has none."""
        for _ in range(self._drain_ms // DRAIN_LOOK_MS):
            if not self.delivery.depth:
                return
            await self._clock.sleep(DRAIN_LOOK_MS / 1000)

    async def _deliver(self) -> None:
        status = status_topic(self._site, self._name)
        will = LastWill(status, encode_status("offline", self.run))
        identifier = f"groundwatt-{self._site}-{self._name}-{self.run}"
        async with connect(self._mqtt, identifier, will) as connection:
            # A device that has left the site file may still have samples in the outbox.
            everyone = {origin.device.id for origin in self._origins} | self._previous.keys()
            await connection.subscribe(
                [topic(self._site, device, "receipt") for device in sorted(everyone)]
            )
            # Receiving goes on from the start: it is what notices a lost connection.
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(connection))
                tasks.create_task(self._send(connection, status))

    async def _send(self, connection: Connection, status: str) -> None:
        for origin in self._origins:
            meta = encode_meta(self._meta(origin))
            await connection.publish(topic(self._site, origin.device.id, "meta"), meta, retain=True)
        await connection.publish(status, encode_status("online", self.run), retain=True)
        await self.delivery.send(connection)

    def _meta(self, origin: Origin) -> Meta:
        device = origin.device
        previous_run, previous_seq = self._previous.get(device.id, (None, None))
        return Meta(
            device=device.id,
            run=self.run,
            started=self._started,
            map=origin.map,
            previous_run=previous_run,
            previous_seq=previous_seq,
            interval_ms=device.interval_ms,
            serial=origin.serial,
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
