"""Polling 50 devices as fast as they answer: our poller with a null sink against a bare loop.

Both read the same blocks of the same servers with the same concurrency, in turn; the bare loop is
pymodbus alone and throws the registers away.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from benchmarks.mixed import mixed_map, mixed_words
from collector.config import Bus, DeviceEntry, Names, device_of
from collector.layout import Layout
from collector.modbus import Line
from collector.model import Sample
from collector.poller import BusPoller, PolledDevice
from collector.reader import DeviceReader
from collector.schedule import Slots

DEVICES = 50
ROUNDS = 5
SECONDS = 2.0
GOAL = 0.8


class RacingClock:
    """A clock on which every turn has come as soon as it is waited for."""

    def __init__(self) -> None:
        self._now_ms = 0

    def now_ms(self) -> int:
        """Time of day. [ms]"""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once. [s]"""
        self._now_ms += round(seconds * 1000)


def _poller(port: int, seen: list[int]) -> BusPoller:
    clock = RacingClock()
    bus = Bus(id=f"bus-{port}", kind="tcp", host="127.0.0.1", port=port)
    entry = DeviceEntry(
        id=f"meter-{port}", name=Names(zh="表", en="Meter"), bus=bus.id, unit=1,
        map="mixed_meter", interval="1s",
    )  # fmt: skip
    its_map = mixed_map()
    line = Line(bus)
    reader = DeviceReader(entry.id, 1, Layout(its_map, entry), line, clock)

    def null_sink(sample: Sample) -> None:
        assert sample.answered
        seen[0] += 1

    polled = PolledDevice(device_of(entry, its_map), reader, Slots(1000, 0, 1000), "bench")
    return BusPoller(line, [polled], null_sink, clock)


async def ours(ports: list[int]) -> float:
    """Requests per second of our pollers."""
    seen = [0]
    tasks = [asyncio.create_task(_poller(port, seen).run()) for port in ports]
    return await _rate(tasks, seen)


async def bare(ports: list[int]) -> float:
    """Requests per second of bare pymodbus loops."""
    seen = [0]
    count = sum(word.count for word in mixed_words())

    async def loop(port: int) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=port, retries=0)
        await client.connect()
        try:
            while not _ended():
                await client.read_holding_registers(0, count=count, device_id=1)
                seen[0] += 1
        finally:
            client.close()

    return await _rate([asyncio.create_task(loop(port)) for port in ports], seen)


def _ended() -> bool:
    """Whether this task has been cancelled; `asyncio.wait_for` of Python 3.11 can swallow it."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def _rate(tasks: list[asyncio.Task[None]], seen: list[int]) -> float:
    await asyncio.sleep(0.3)
    before, started = seen[0], time.perf_counter()
    await asyncio.sleep(SECONDS)
    rate = (seen[0] - before) / (time.perf_counter() - started)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return rate


def measure() -> dict[str, float]:
    """Requests per second of both and the ratio, medians of interleaved rounds."""
    command = [sys.executable, "-m", "benchmarks.devices", str(DEVICES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd()) as devices:
        assert devices.stdout is not None
        ports = json.loads(devices.stdout.readline())
        pairs = [(asyncio.run(ours(ports)), asyncio.run(bare(ports))) for _ in range(ROUNDS)]
        devices.terminate()
    return {
        "ours_per_s": statistics.median(pair[0] for pair in pairs),
        "bare_per_s": statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(pair[0] / pair[1] for pair in pairs),
    }


if __name__ == "__main__":
    result = measure()
    print(
        f"polling: {result['ours_per_s']:.0f} requests/s, bare pymodbus "
        f"{result['bare_per_s']:.0f}: ratio {result['ratio']:.2f} (goal {GOAL})"
    )
