"""One poller serves all streams: what they get, and when they are ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from collector.store.sqlite import SqliteStore
from dashboards.web import live as live_module
from dashboards.web.live import Live, Stream, TooManyStreams
from tests.dashboards.office import NOW_MS, office, sample, store_of
from tests.dashboards.web.serving import SteppedClock


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def running(tmp_path: Any, clock: SteppedClock) -> AsyncIterator[tuple[Live, SqliteStore]]:
    """A poller at work on a store that the test may write to."""
    configuration = office(tmp_path)
    store = store_of(configuration, tmp_path)
    await store.open()
    live = Live(configuration.site, store, clock)
    task = asyncio.create_task(live.run())
    yield live, store
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()


async def event(stream: AsyncIterator[bytes]) -> dict[str, Any]:
    """The body of the next event."""
    text = await asyncio.wait_for(anext(stream), 10)
    body: dict[str, Any] = orjson.loads(text.partition(b"data: ")[2])
    return body


async def change(stream: AsyncIterator[bytes], device: str) -> dict[str, Any]:
    """What the next event that concerns the device says of it."""
    while True:
        devices = (await event(stream))["devices"]
        if device in devices:
            found: dict[str, Any] = devices[device]
            return found


async def test_a_stream_begins_with_everything_and_goes_on_with_changes(
    running: tuple[Live, SqliteStore], clock: SteppedClock, tmp_path: Any
) -> None:
    live, store = running
    configuration = office(tmp_path)
    device = configuration.site.devices["em-main"]
    stream = live.stream()
    events = aiter(stream)
    first = await event(events)
    assert set(first["devices"]) == set(configuration.site.devices)
    await store.write([sample(device, NOW_MS)])
    clock.at = NOW_MS + 1_000
    body = await change(events, "em-main")
    assert body["at"] == NOW_MS
    assert body["condition"] == "good"
    stream.close()


async def test_all_streams_get_the_very_same_bytes(running: tuple[Live, SqliteStore]) -> None:
    live, _ = running
    streams = [live.stream() for _ in range(3)]
    iterators = [aiter(stream) for stream in streams]
    for iterator in iterators:
        await anext(iterator)
    live._tell(b"data: {}\n\n")
    received = [await anext(iterator) for iterator in iterators]
    assert received[0] is received[1] is received[2]
    for stream in streams:
        stream.close()


async def test_a_viewer_that_does_not_keep_up_is_ended() -> None:
    registered: set[Stream] = set()
    stream = Stream(registered)
    for _ in range(live_module.MOST_WAITING + 1):
        stream.send(b"x")
    assert registered == set()
    assert [event async for event in stream] == []


async def test_as_many_viewers_as_allowed_and_no_more(running: tuple[Live, SqliteStore]) -> None:
    live, _ = running
    streams = [live.stream() for _ in range(live_module.MOST_STREAMS)]
    with pytest.raises(TooManyStreams):
        live.stream()
    streams[0].close()
    live.stream()
    live.close()
    assert live.streams == 0


async def test_closing_ends_every_stream(running: tuple[Live, SqliteStore]) -> None:
    live, _ = running
    stream = live.stream()
    live.close()
    assert [event async for event in stream] == []


async def test_polling_that_fails_does_not_look_alive(
    running: tuple[Live, SqliteStore], caplog: pytest.LogCaptureFixture
) -> None:
    live, _ = running

    async def broken() -> None:
        raise ZeroDivisionError

    task = asyncio.create_task(broken())
    await asyncio.gather(task, return_exceptions=True)
    live.ended(task)
    assert "stopped" in (live.outage or "")
    assert "polling has stopped" in caplog.text


async def test_an_outage_is_told_and_its_end_too(tmp_path: Any, clock: SteppedClock) -> None:
    configuration = office(tmp_path)
    blocked = tmp_path / "store"
    blocked.write_text("a file where a folder should be")
    store = SqliteStore(
        blocked / "office.sqlite", configuration.site.devices.values(), configuration.site.id
    )
    live = Live(configuration.site, store, clock)
    stream = live.stream()
    events = aiter(stream)
    task = asyncio.create_task(live.run())
    try:
        await event(events)
        while "store" not in ((await event(events))["outage"] or ""):
            pass
        blocked.unlink()
        while (await event(events))["outage"] is not None:
            pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stream.close()
        await store.close()
