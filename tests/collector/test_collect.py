"""A whole collector against brokers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from collector.clock import SystemClock
from collector.collect import Collector
from collector.sitefile import load_site
from tests.collector.gateway import gateway, registers
from tests.e2e.counting import write_site

CONNACK = bytes([0x20, 2, 0, 0])


async def test_a_broker_lost_while_the_collector_introduces_itself_is_connected_again(
    tmp_path: Path,
):
    """It accepts the subscription and closes at the first message, so no PUBACK ever comes."""
    handlers: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []
    again = asyncio.Event()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.append(task)
        writers.append(writer)
        if len(handlers) > 2:
            again.set()
        try:
            if await reader.read(4096):
                writer.write(CONNACK)
            if packet := await reader.read(65536):
                topics = packet.count(b"receipt")
                identifier = packet[3:5] if packet[1] & 0x80 else packet[2:4]
                writer.write(bytes([0x90, 2 + topics]) + identifier + bytes([1] * topics))
                await reader.read(1)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with gateway(lambda *_: (0, registers(0, 1, 2)), "tcp") as (_, bus):
        site = load_site(write_site(tmp_path, [int(bus.port or 0)], port))
        running = asyncio.create_task(
            Collector(site, tmp_path, "main", SystemClock(), drain_ms=0).run()
        )
        try:
            async with asyncio.timeout(30):
                await again.wait()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            server.close()
            await server.wait_closed()
            for writer in writers:  # a client cancelled while connecting closes only later
                writer.transport.abort()
            await asyncio.gather(*handlers, return_exceptions=True)
