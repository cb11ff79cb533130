"""Modbus TCP meters that count their own readings: every answer carries a number never used before.

So the rows in the store tell by themselves whether a reading was lost, doubled or mixed up. The
meters run on a thread of their own and keep running while everything around them is killed.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAP = """\
map: counting_meter
kind: electricity_meter
maker: groundwatt tests
models: [counting meter]
source: tests/e2e/counting.py
trust: field-verified
address_base: 0
function: 3
registers:
  - {field: energy_kwh, address: 0, type: u32, unit: kWh, low: 0, high: 4294967295}
  - {field: power_kw, address: 2, type: u16, unit: kW, low: 0, high: 65535}
"""


class CountingMeters:
    """Meters by port; `readings[port]` is how many answers each has given."""

    def __init__(self) -> None:
        self.readings: dict[int, int] = {}
        self.functions: set[int] = set()
        self.silent: set[int] = set()
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, count: int) -> list[asyncio.Server]:
        servers = []
        for _ in range(count):
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.readings[server.sockets[0].getsockname()[1]] = 0
            servers.append(server)
        return servers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readexactly(12)
                self.functions.add(head[7])
                if port in self.silent:
                    continue
                self.readings[port] += 1
                data = struct.pack(">IH", self.readings[port], port)
                pdu = bytes([head[7], len(data)]) + data
                writer.write(head[:4] + struct.pack(">HB", len(pdu) + 1, head[6]) + pdu)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._writers.discard(writer)
            writer.close()

    def run(self, count: int, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        servers = self._loop.run_until_complete(self.listen(count))
        ready.set()
        self._loop.run_forever()
        for server in servers:
            server.close()
        for writer in self._writers:
            writer.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextmanager
def counting_meters(count: int) -> Iterator[CountingMeters]:
    """Run so many meters, each on a free loopback port."""
    meters = CountingMeters()
    ready = threading.Event()
    thread = threading.Thread(target=meters.run, args=(count, ready), name="meters")
    thread.start()
    try:
        assert ready.wait(10)
        yield meters
    finally:
        meters.stop()
        thread.join(10)


def write_site(
    directory: Path, ports: list[int], broker_port: int, interval: str = "200ms", extra: str = ""
) -> Path:
    """Write a site file (and its map) with one device `meter-N` per port."""
    (directory / "maps").mkdir(exist_ok=True)
    (directory / "maps" / "counting_meter.yaml").write_text(MAP)
    buses, devices = [], []
    for number, port in enumerate(ports):
        buses.append(f"  - {{id: bus-{number}, kind: tcp, host: 127.0.0.1, port: {port}}}")
        devices.append(
            f"  - {{id: meter-{number}, name: {{zh: 表{number}, en: Meter {number}}}, "
            f"bus: bus-{number}, unit: 1, map: counting_meter, interval: {interval}}}"
        )
    site = directory / "site.yaml"
    site.write_text(
        "site: {id: office, name: {zh: 办公区, en: Office}}\n"
        f"mqtt: {{port: {broker_port}}}\n{extra}\n"
        "buses:\n" + "\n".join(buses) + "\ndevices:\n" + "\n".join(devices) + "\n"
    )
    return site
