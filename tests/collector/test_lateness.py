"""Late samples leave marks: exactly those, and with no crash in between that loses one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import Mqtt
from collector.errors import StoreError, Unavailable
from collector.importer import Importer
from collector.ingest import Ingest
from collector.lateness import LATE_AFTER_MS, late
from collector.model import Sample
from collector.mqtt import Received
from collector.setaside import SetAside
from collector.store import Touched
from collector.store.sqlite import SqliteStore
from collector.wire import encode_line
from tests.collector.test_ingest import AT, SAMPLE, SteppedClock
from tests.collector.test_judgement import METER, SITE, body

LATE = AT - LATE_AFTER_MS - 1


def at(slot: int, device: str = "meter", **changes: object) -> Sample:
    return replace(Sample(device, slot, "k3f9", 1, 0, {"power_kw": 1.0}), **changes)


def received(slot: int, seq: int) -> Received:
    return Received(SAMPLE, body(at=slot, seq=seq))


def test_live_samples_leave_no_mark():
    assert late([at(AT), at(AT + 60_000), at(AT - LATE_AFTER_MS)], AT) == []


def test_a_mark_reaches_from_the_oldest_to_the_newest_late_sample_of_its_device():
    samples = [at(LATE - 5), at(AT), at(LATE), at(LATE - 9), at(LATE - 1, "other")]
    assert late(samples, AT) == [
        Touched("meter", LATE - 9, LATE, AT),
        Touched("other", LATE - 1, LATE - 1, AT),
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2 * AT))))
def test_every_late_sample_lies_in_the_one_mark_of_its_device(slots):
    marks = {mark.device: mark for mark in late((at(slot, name) for name, slot in slots), AT)}
    old = [(name, slot) for name, slot in slots if slot < AT - LATE_AFTER_MS]
    assert set(marks) == {name for name, _ in old}
    assert all(marks[name].first <= slot <= marks[name].last for name, slot in old)
    assert all(mark.last < AT - LATE_AFTER_MS for mark in marks.values())


class Weak(SqliteStore):
    """A store whose marks fail as often as it is told to; each write is kept in `order`."""

    def __init__(self, path: Path, *failures: Exception) -> None:
        super().__init__(path, [METER], "office")
        self.failures = list(failures)
        self.order: list[str] = []

    async def write(self, samples):
        await super().write(samples)
        self.order.append("samples")

    async def write_touched(self, marks):
        self.order.append("marks")
        if self.failures:
            raise self.failures.pop(0)
        await super().write_touched(marks)


@contextlib.asynccontextmanager
async def ingesting(tmp_path: Path, *failures: Exception, clock: SteppedClock | None = None):
    store = Weak(tmp_path / "s.sqlite", *failures)
    await store.open()
    aside = SetAside(tmp_path / "refused", "1")
    yield store, Ingest(SITE, Mqtt(), store, aside, "1", clock or SteppedClock())
    await store.close()


async def take(ingest: Ingest, *messages: Received) -> None:
    for message in messages:
        ingest._take(message, AT)
    batch, ingest._pending = ingest._pending, []
    await ingest._write(batch, [])


def receipts(ingest: Ingest) -> list[int]:
    return ingest._outcomes[("meter", "k3f9")].stored


async def test_ingest_marks_what_comes_late_and_not_what_is_live(tmp_path):
    async with ingesting(tmp_path) as (store, ingest):
        await take(ingest, received(AT, 1), received(AT - 60_000, 2))
        assert store.order == ["samples"]
        await take(ingest, received(LATE, 3), received(AT, 4), received(LATE - 86_400_000, 5))
        assert await store.touched(0) == [Touched("meter", LATE - 86_400_000, LATE, AT, 1)]
        assert receipts(ingest) == [1, 2, 3, 4, 5]


async def test_a_mark_that_cannot_be_written_holds_back_the_receipt(tmp_path):
    gone = Unavailable("the disk is full")
    clock = SteppedClock(lambda _: held.append(list(receipts(ingest))))
    held: list[list[int]] = []
    async with ingesting(tmp_path, gone, gone, clock=clock) as (store, ingest):
        await take(ingest, received(LATE, 3))
        assert store.order == ["samples", "marks", "marks", "marks"]
        assert held == [[], []]
        assert receipts(ingest) == [3]
        assert len(await store.touched(0)) == 1


async def test_after_a_crash_between_commit_and_mark_the_sample_comes_again_and_is_marked(
    tmp_path,
):
    class Killed(BaseException):
        pass

    async with ingesting(tmp_path, Killed()) as (store, ingest):
        with pytest.raises(Killed):
            await take(ingest, received(LATE, 3))
        assert await store.span(METER) == (LATE, LATE)
        assert await store.touched(0) == []
        assert receipts(ingest) == []
    async with ingesting(tmp_path) as (store, ingest):
        await take(ingest, received(LATE, 3))
        assert await store.touched(0) == [Touched("meter", LATE, LATE, AT, 1)]
        assert receipts(ingest) == [3]


async def test_how_old_a_sample_is_is_judged_when_it_is_stored(tmp_path):
    """Live when it came, late when the store took it: the job may have passed in between."""

    class Later(SteppedClock):
        def now_ms(self) -> int:
            return AT + 600_000 * len(self.slept)

    async with ingesting(tmp_path, clock=Later()) as (store, ingest):
        write, outage = store.write, [Unavailable("gone")]

        async def failing(samples):
            if outage:
                raise outage.pop()
            await write(samples)

        store.write = failing
        await take(ingest, received(AT - 1, 3))
        assert await store.touched(0) == [Touched("meter", AT - 1, AT - 1, AT + 600_000, 1)]


async def test_a_mark_that_is_never_taken_keeps_no_sample_waiting(tmp_path, caplog):
    async with ingesting(tmp_path, StoreError("of another type")) as (_, ingest):
        with caplog.at_level(logging.ERROR):
            await take(ingest, received(LATE, 3))
        assert receipts(ingest) == [3]
    assert ["of another type" in record.message for record in caplog.records] == [True]


async def test_samples_that_were_rejected_leave_no_mark(tmp_path):
    async with ingesting(tmp_path) as (store, ingest):
        ingest._pending = [at(LATE), at(LATE - 5, run='no "id"')]
        await take(ingest)
        assert [(m.first, m.last) for m in await store.touched(0)] == [(LATE, LATE)]


async def test_an_import_marks_each_batch_of_history(tmp_path):
    async with ingesting(tmp_path) as (store, _):
        lines = [
            encode_line("office", "meter", body(at=LATE - 10_000 * n, seq=n)) for n in range(6_000)
        ]
        aside = SetAside(tmp_path / "refused", "import")
        await Importer(SITE, store, aside, SteppedClock()).load(lines)
        marks = [(mark.first, mark.last) for mark in await store.touched(0)]
        assert marks == [
            (LATE - 39_990_000, LATE),
            (LATE - 59_990_000, LATE - 40_000_000),
        ]


async def test_an_import_that_ends_between_commit_and_mark_marks_when_it_is_repeated(tmp_path):
    line = encode_line("office", "meter", body(at=LATE))
    async with ingesting(tmp_path, Unavailable("gone")) as (store, _):
        importer = Importer(SITE, store, SetAside(tmp_path / "r", "import"), SteppedClock())
        with pytest.raises(Unavailable):
            await importer.load([line])
        assert await store.touched(0) == []
        await importer.load([line])
        assert [(m.first, m.last) for m in await store.touched(0)] == [(LATE, LATE)]


async def test_cancelling_a_worker_while_it_marks_leaves_no_receipt(tmp_path):
    async with ingesting(tmp_path) as (store, ingest):
        begun, never = asyncio.Event(), asyncio.Event()

        async def stuck(_):
            begun.set()
            await never.wait()

        store.write_touched = stuck
        working = asyncio.create_task(take(ingest, received(LATE, 3)))
        await begun.wait()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        assert receipts(ingest) == []
