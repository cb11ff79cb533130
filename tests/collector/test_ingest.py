"""An ingest worker stores what it is sent, and releases nothing that is kept nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson
import pytest

from collector.clock import SystemClock
from collector.commands.ingest import store_samples
from collector.config import Mqtt
from collector.errors import StoreError, Unavailable
from collector.ingest import Ingest, open_patiently
from collector.mqtt import Connection, Received, connect
from collector.setaside import SetAside, read_asides
from collector.sitefile import load_site
from collector.store import Run
from collector.store.sqlite import SqliteStore
from collector.wire import Receipt, decode_receipt, topic
from tests.collector.test_judgement import METER, SITE, body
from tests.servers import Server

AT = 1_790_000_000_000
META = topic("office", "meter", "meta")
SAMPLE = topic("office", "meter", "sample")


class SteppedClock:
    """Stands still; what waits goes on at once, after `on_sleep` has been told."""

    def __init__(self, on_sleep: Callable[[float], None] = lambda _: None) -> None:
        self.slept: list[float] = []
        self._on_sleep = on_sleep

    def now_ms(self) -> int:
        return AT

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._on_sleep(seconds)
        await asyncio.sleep(0)


def description(run: str, previous: object = None) -> Received:
    content = {"run": run, "started": AT, "map": "m", "interval_ms": 10_000}
    return Received(META, orjson.dumps(content | {"previous": previous}))


def sample(seq: int, **changes: object) -> Received:
    return Received(SAMPLE, body(at=AT + seq, seq=seq, **changes))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.sqlite", [METER], "office")
    await store.open()
    yield store
    await store.close()


@contextlib.asynccontextmanager
async def working(broker: Server, store: SqliteStore, aside: SetAside) -> AsyncIterator[Ingest]:
    """A worker for the length of the context."""
    ingest = Ingest(SITE, Mqtt(port=broker.port), store, aside, "1", SystemClock())
    task = asyncio.create_task(ingest.run())
    try:
        yield ingest
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def sender(broker: Server) -> AsyncIterator[Connection]:
    async with connect(Mqtt(port=broker.port), "sender") as connection:
        await connection.subscribe([topic("office", "+", "receipt")])
        yield connection


async def send_until(
    connection: Connection, messages: list[Received], expected: set[Receipt]
) -> list[Receipt]:
    """Send again what has no receipt yet, as a collector does, until `expected` has come."""

    async def send() -> None:
        while True:
            for message in messages:
                await connection.publish(message.topic, message.payload)
            await asyncio.sleep(0.5)

    found: list[Receipt] = []
    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(30):
            async for batch in connection.batches():
                found += [decode_receipt("meter", m.payload) for m in batch]
                if expected <= set(found):
                    break
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
    return found


async def test_stored_and_refused_samples_get_receipts(mosquitto: Server, store, tmp_path):
    aside = SetAside(tmp_path / "refused", "1")
    misfit = Received(SAMPLE, body(at=5, seq=9))
    async with working(mosquitto, store, aside), sender(mosquitto) as connection:
        receipt = Receipt("meter", "k3f9", ((1, 2),), ((9, 9),))
        await send_until(connection, [sample(1), sample(2), misfit], {receipt})
    assert [row.seq async for row in store.rows(METER, 0, AT * 2)] == [1, 2]
    assert {entry.seq for entry in read_asides(tmp_path / "refused")} == {9}


@pytest.mark.parametrize("previous", [{"run": "a", "seq": "abc"}, {"run": ["a"], "seq": 1}])
async def test_a_bad_retained_description_holds_up_nothing(
    mosquitto: Server, store, tmp_path, previous
):
    async with sender(mosquitto) as connection:
        bad = description("x", previous)
        await connection.publish(bad.topic, bad.payload, retain=True)
        async with working(mosquitto, store, SetAside(tmp_path / "refused", "1")):
            for messages in ([sample(1)], [description("k3f9"), sample(2)]):
                seq = len(messages)
                receipt = Receipt("meter", "k3f9", ((seq, seq),))
                await send_until(connection, messages, {receipt})
    assert [run.run for run in await store.runs(METER)] == ["k3f9"]


def worker(store, aside: SetAside, clock: SteppedClock | None = None) -> Ingest:
    return Ingest(SITE, Mqtt(), store, aside, "1", clock or SteppedClock())


async def test_a_run_that_the_store_never_takes_is_left_out_and_the_others_are_kept(
    store, tmp_path, caplog
):
    clock = SteppedClock()
    ingest = worker(store, SetAside(tmp_path / "refused", "1"), clock)
    ingest._take(sample(1), AT)
    bad = Run("meter", "bad", "soon", None, None)
    with pytest.raises(StoreError):
        await store.write_runs([bad])
    runs = [Run("meter", "r1", 1, None, None), bad, Run("meter", "r2", 2, "r1", 5)]
    with caplog.at_level(logging.ERROR):
        await ingest._write(ingest._pending, runs)
    assert [run.run for run in await store.runs(METER)] == ["r1", "r2"]
    assert ["bad" in record.message for record in caplog.records] == [True]
    assert ingest._outcomes[("meter", "k3f9")].stored == [1]
    assert clock.slept == []


async def test_runs_wait_for_a_store_that_is_out_of_reach(tmp_path):
    class Reappearing(SqliteStore):
        tries = 0

        async def write_runs(self, runs):
            self.tries += 1
            if self.tries < 3:
                raise Unavailable("the disk is full")
            await super().write_runs(runs)

    store = Reappearing(tmp_path / "s.sqlite", [METER], "office")
    await store.open()
    clock = SteppedClock()
    ingest = worker(store, SetAside(tmp_path / "refused", "1"), clock)
    await ingest._write([], [Run("meter", "r1", 1, None, None)])
    assert [run.run for run in await store.runs(METER)] == ["r1"]
    assert clock.slept == [1.0, 2.0]
    await store.close()


def test_what_cannot_be_set_aside_is_not_released_and_not_stored_in_part(tmp_path, caplog):
    (tmp_path / "refused").touch()
    ingest = worker(None, SetAside(tmp_path / "refused", "1"))
    with caplog.at_level(logging.ERROR):
        ingest._take(sample(1, values={"power_kw": 1.0, "bogus_kw": 2.0}), AT)
        ingest._take(sample(2, values={"bogus_kw": 2.0}), AT)
        ingest._take(Received(SAMPLE, body(at=5, seq=3)), AT)
    assert ingest._pending == []
    assert dict(ingest._outcomes) == {}
    assert len(caplog.records) == 1
    (tmp_path / "refused").unlink()
    ingest._take(sample(1, values={"power_kw": 1.0, "bogus_kw": 2.0}), AT)
    assert [dict(s.values) for s in ingest._pending] == [{"power_kw": 1.0}]


def test_every_refusal_that_a_receipt_tells_of_is_on_disk(tmp_path):
    ingest = worker(None, SetAside(tmp_path / "refused", "1", most_bytes=1_000))
    for seq in range(40):
        ingest._take(Received(SAMPLE, body(at=5, seq=seq)), AT)
    told = ingest._outcomes[("meter", "k3f9")].refused
    assert 0 < len(told) < 40
    assert [entry.seq for entry in read_asides(tmp_path / "refused")] == told
    assert ingest.counts.refused == len(told)


async def test_a_store_that_is_out_of_reach_at_the_start_is_waited_for(tmp_path, caplog):
    folder = tmp_path / "not-mounted-yet"
    folder.touch()
    store = SqliteStore(folder / "s.sqlite", [METER], "office")
    with pytest.raises(Unavailable):
        await store.open()

    def mount(_: float) -> None:
        if len(clock.slept) == 3:
            folder.unlink()

    clock = SteppedClock(mount)
    with caplog.at_level(logging.WARNING):
        await open_patiently(store, clock)
    assert clock.slept == [1.0, 2.0, 4.0]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    await store.write_runs([Run("meter", "r1", 1, None, None)])
    await store.close()


async def test_a_store_that_will_never_open_is_not_waited_for(store, tmp_path):
    another = SqliteStore(tmp_path / "s.sqlite", [METER], "elsewhere")
    clock = SteppedClock()
    with pytest.raises(StoreError):
        await open_patiently(another, clock)
    assert clock.slept == []
    await another.close()


SITE_FILE = """\
site: {{id: office, name: {{zh: 办公区, en: Office}}}}
mqtt: {{host: 127.0.0.1, port: {port}}}
store: {{kind: sqlite}}
buses:
  - {{id: main, kind: tcp, host: 127.0.0.1, port: 502}}
devices:
  - id: meter
    name: {{zh: 热量表, en: Heat meter}}
    bus: main
    unit: 1
    map: generic_heat_meter
    interval: 10s
"""


async def test_the_command_takes_nothing_before_its_store_is_open(
    mosquitto: Server, tmp_path, caplog
):
    (tmp_path / "site.yaml").write_text(SITE_FILE.format(port=mosquitto.port), encoding="utf-8")
    configuration, data = load_site(tmp_path / "site.yaml"), tmp_path / "data"
    data.touch()  # a file where the folder should be: as long as it is there, nothing opens
    told = asyncio.Event()
    waiting = _telling(told)
    logging.getLogger("collector.ingest").addHandler(waiting)
    serving = asyncio.create_task(store_samples(configuration, data, "1"))
    try:
        async with asyncio.timeout(30), sender(mosquitto) as connection:
            await told.wait()
            assert not serving.done()
            data.unlink()
            receipt = Receipt("meter", "k3f9", ((1, 1),))
            await send_until(connection, [sample(1, values={})], {receipt})
    finally:
        logging.getLogger("collector.ingest").removeHandler(waiting)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _telling(event: asyncio.Event) -> logging.Handler:
    """A log handler that tells when the store was found out of reach."""

    class Telling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "until it opens" in record.getMessage():
                event.set()

    return Telling()
