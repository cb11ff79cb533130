"""The collector's delivery against a real broker: window, receipts, resending, full disks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.config import Mqtt
from collector.delivery import Delivery
from collector.model import Sample
from collector.mqtt import Connection, connect
from collector.outbox import OutboxFile
from collector.window import Window
from collector.wire import Receipt, decode_sample, parse_topic, shared_samples
from tests.servers import Server


def sample(seq: int) -> Sample:
    return Sample("meter", 1_800_000_000_000 + seq * 1000, "run1", seq, 5, {"power_kw": 1.0 * seq})


@pytest.fixture
def delivery(tmp_path: Path):
    file = OutboxFile(tmp_path / "outbox-main.sqlite", 2**31)
    made = Delivery(file, Window(20, 300), "office", SystemClock())
    yield made
    made.close()


async def seen(connection: Connection, count: int) -> list[int]:
    """Sequence numbers in the order in which they arrive."""
    numbers: list[int] = []
    async for batch in connection.batches():
        for message in batch:
            _, device = parse_topic(message.topic, "sample")
            numbers.append(decode_sample(device, message.payload).seq)
        if len(numbers) >= count:
            return numbers
    return numbers


async def cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_window_bounds_what_is_under_way_until_receipts_come(
    delivery: Delivery, mosquitto: Server
):
    settings = Mqtt(port=mosquitto.port)
    async with connect(settings, "ingest") as ingest, connect(settings, "collector") as sender:
        await ingest.subscribe([shared_samples("office")])
        keeping = asyncio.create_task(delivery.keep())
        sending = asyncio.create_task(delivery.send(sender))
        for seq in range(1, 101):
            delivery.put(sample(seq))
        async with asyncio.timeout(20):
            first = await seen(ingest, 20)
            assert first[:20] == list(range(1, 21))
            assert delivery.depth == 100
            arrived = set(first)
            while len(arrived) < 100:
                delivery.receipt(Receipt("meter", "run1", stored=((1, max(arrived)),)))
                arrived |= set(await seen(ingest, 1))
            assert arrived == set(range(1, 101))
            delivery.receipt(Receipt("meter", "run1", stored=((1, 100),)))
            while delivery.depth:
                await asyncio.sleep(0)
        await cancelled(keeping, sending)


async def test_a_sample_without_receipt_is_sent_again(delivery: Delivery, mosquitto: Server):
    settings = Mqtt(port=mosquitto.port)
    async with connect(settings, "ingest") as ingest, connect(settings, "collector") as sender:
        await ingest.subscribe([shared_samples("office")])
        keeping = asyncio.create_task(delivery.keep())
        sending = asyncio.create_task(delivery.send(sender))
        delivery.put(sample(1))
        async with asyncio.timeout(20):
            assert await seen(ingest, 2) == [1, 1]
        await cancelled(keeping, sending)


async def test_what_was_put_is_committed_even_when_everything_ends_at_once(tmp_path: Path):
    file = OutboxFile(tmp_path / "outbox-main.sqlite", 2**31)
    delivery = Delivery(file, Window(20, 300), "office", SystemClock())
    keeping = asyncio.create_task(delivery.keep())
    await asyncio.sleep(0)
    for seq in range(1, 51):
        delivery.put(sample(seq))
    await cancelled(keeping)
    delivery.close()
    again = OutboxFile(tmp_path / "outbox-main.sqlite", 2**31)
    assert [message.seq for message in again.load(0, 100)] == list(range(1, 51))
    again.close()


async def test_a_full_disk_holds_samples_in_memory_and_declares_what_overflows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("collector.delivery.MOST_PENDING", 30)
    monkeypatch.setattr("collector.delivery.DISK_RETRY_S", 0.01)
    file = OutboxFile(tmp_path / "outbox-main.sqlite", 2**31)
    delivery = Delivery(file, Window(20, 300), "office", SystemClock())
    file._db.execute("PRAGMA max_page_count = 1")
    keeping = asyncio.create_task(delivery.keep())
    for seq in range(1, 301):
        delivery.put(sample(seq))
    async with asyncio.timeout(20):
        while delivery.dropped < 270:
            await asyncio.sleep(0)
        file._db.execute("PRAGMA max_page_count = 100000")
        while delivery.committed < 30:
            await asyncio.sleep(0)
    await cancelled(keeping)
    (gone,) = file.dropped()
    assert (gone.first_seq, gone.last_seq, gone.reason) == (1, 270, "disk-full")
    assert [m.seq for m in file.load(0, 100)] == list(range(271, 301))
    delivery.close()
