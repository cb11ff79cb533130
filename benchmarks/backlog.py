"""Ingest alone drains a backlog: how fast samples that wait at the broker reach SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import time
from pathlib import Path

import aiomqtt

from benchmarks.mixed import FIELDS
from benchmarks.plant import Plant, plant, wait_for_rows
from collector.model import Sample
from collector.wire import encode_sample, topic

MESSAGES = 20_000
DEVICES = 200
GOAL = 100_000.0


def measure() -> dict[str, float]:
    """Points per second from the broker's queue into SQLite, and CPU per million points."""
    with (
        tempfile.TemporaryDirectory(prefix="groundwatt-bench-") as folder,
        plant(Path(folder), DEVICES, "1h") as running,
    ):
        port = int(_setting(Path(folder) / "mosquitto.conf"))
        _wait_for_subscription(running, port)
        ingest = running.processes["ingest"]
        ingest.send_signal(signal.SIGSTOP)
        asyncio.run(_publish(port, 1, MESSAGES))
        return _drained(running)


def _wait_for_subscription(running: Plant, port: int) -> None:
    """Publish one sample a device until they are stored; without a subscriber they are lost."""
    for _ in range(60):
        asyncio.run(_publish(port, 0, DEVICES))
        with contextlib.suppress(TimeoutError):
            wait_for_rows(running, DEVICES, 1)
            return
    raise TimeoutError("ingest never subscribed")


def _drained(running: Plant) -> dict[str, float]:
    used = running.cpu_s("ingest")
    started = time.perf_counter()
    running.processes["ingest"].send_signal(signal.SIGCONT)
    wait_for_rows(running, DEVICES + MESSAGES, 120)
    elapsed = time.perf_counter() - started
    points = MESSAGES * len(FIELDS)
    cpu = (running.cpu_s("ingest") - used) / points * 1e6
    return {"points_per_s": points / elapsed, "cpu_s_per_million": cpu}


def _setting(config: Path) -> str:
    return config.read_text().split()[1]


async def _publish(port: int, first: int, count: int) -> None:
    values = {name: 12.5 + index for index, name in enumerate(FIELDS)}
    now_ms = time.time_ns() // 1_000_000
    async with aiomqtt.Client("127.0.0.1", port, max_inflight_messages=500) as client:
        client.pending_calls_threshold = 10_000
        limit = asyncio.Semaphore(200)

        async def publish(number: int) -> None:
            device = f"meter-{number % DEVICES}"
            at = now_ms - 86_400_000 + (first * count + number) // DEVICES * 1000
            sample = Sample(device, at, "bench", first * count + number + 1, 5, values)
            async with limit:
                await client.publish(topic("bench", device, "sample"), encode_sample(sample), 1)

        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(publish(number))


if __name__ == "__main__":
    result = measure()
    print(
        f"backlog: {result['points_per_s']:,.0f} points/s into SQLite "
        f"({result['cpu_s_per_million']:.1f} CPU-s per million; goal {GOAL:,.0f})"
    )
