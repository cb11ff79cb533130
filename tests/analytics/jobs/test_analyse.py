"""The service: works that repeat, outages told once, everything done once with --once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.jobs.analyse import Keeper, service
from analytics.jobs.notify import Channel
from analytics.jobs.works import Doors, Tally, Work, Works
from analytics.records import RecordsError, open_records
from collector.errors import Unavailable
from tests.analytics.jobs.sinks import webhook
from tests.analytics.jobs.watched_site import MINUTE, START, STEP, Scene, configuration

LEAVING = "source_leaving_temp_c"


class Ended(Exception):
    """The test has seen enough."""


class SteppedClock:
    """Time passes when somebody waits; it ends at a moment."""

    def __init__(self, end_s: float) -> None:
        self.now = START
        self.end = START + round(end_s * 1000)
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1000)
        if self.now >= self.end:
            raise Ended
        await asyncio.sleep(0)


def failing(times: int, error: Exception) -> tuple[list[int], Callable]:
    done: list[int] = []

    async def once(now: int) -> None:
        done.append((now - START) // 1000)
        if len(done) <= times:
            raise error

    return done, once


async def run(keeper: Keeper) -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        await keeper.run()
    assert caught.group_contains(Ended)


async def test_a_work_is_repeated_in_its_rhythm():
    done, once = failing(0, Ended())
    await run(Keeper([Work("w", 10, once)], SteppedClock(45)))
    assert done == [0, 10, 20, 30, 40]


async def test_an_outage_is_told_once_and_its_end_once(caplog):
    caplog.set_level(logging.INFO)
    done, once = failing(5, Unavailable("the disk is gone"))
    await run(Keeper([Work("w", 10, once)], SteppedClock(60)))
    assert done[:7] == [0, 1, 3, 7, 15, 31, 41]
    assert [record.message for record in caplog.records] == [
        "store: the disk is gone; trying again", "the store can be worked with again",
    ]  # fmt: skip


async def test_two_works_that_miss_the_same_say_so_once(caplog):
    clock = SteppedClock(120)
    works = [
        Work(name, 10, failing(times, RecordsError("no answer"))[1])
        for name, times in (("one", 1), ("two", 4))
    ]
    await run(Keeper(works, clock))
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_an_error_of_a_group_is_an_outage_too():
    done, once = failing(0, Ended())

    async def grouped(now: int) -> None:
        await once(now)
        if len(done) == 1:
            raise ExceptionGroup("tasks", [Unavailable("gone")])

    await run(Keeper([Work("w", 10, grouped)], SteppedClock(15)))
    assert done == [0, 1, 11]


async def test_a_mistake_of_ours_is_told_once_and_stops_no_other_work(caplog):
    caplog.set_level(logging.INFO)
    tried, once = failing(3, ExceptionGroup("tasks", [ZeroDivisionError("division by zero")]))
    done, sound = failing(0, Ended())
    await run(Keeper([Work("figures", 10, once), Work("alarms", 5, sound)], SteppedClock(100)))
    assert len(tried) > 4
    assert len(done) > 5
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "figures: a mistake of groundwatt's; tried again"),
        ("WARNING", "figures: done again, after a mistake"),
    ]
    assert "ZeroDivisionError" in caplog.text


async def test_once_does_everything_in_order_and_tells_what_fails():
    done: list[str] = []

    def work(name: str) -> Work:
        async def once(_: int) -> None:
            done.append(name)

        return Work(name, 1, once)

    await Keeper([work("a"), work("b")], SteppedClock(9)).once()
    assert done == ["a", "b"]
    _, away = failing(1, ExceptionGroup("tasks", [Unavailable("gone")]))
    with pytest.raises(Unavailable):
        await Keeper([Work("w", 1, away)], SteppedClock(9)).once()


async def test_a_fault_reaches_the_webhook_once_and_its_return_once(tmp_path: Path):
    site = configuration(tmp_path)
    with webhook() as sink:
        channel = Channel(sink.url)
        clock, tally = SteppedClock(1e9), Tally()
        doors = Doors(site, tmp_path)
        records = open_records(site.settings.records, tmp_path)
        await doors.open()
        scene = Scene(site, doors.store, records)

        async def pass_time(duration: int, shows: dict[str, float | None]) -> None:
            end = scene.now + duration
            while scene.now < end:  # the service is started anew every time
                await scene.pass_time(
                    STEP, lambda device, _: shows if device == "hp-1" else {}, look=None
                )
                clock.now = scene.now
                works = Works(site, doors, records, [channel], clock, tally).all
                await Keeper([work for work in works if work.every_s < 60], clock).once()

        await pass_time(2 * MINUTE, {})
        await pass_time(5 * MINUTE, {LEAVING: 3.0})
        await pass_time(12 * MINUTE, {})
        await doors.close()
        records.close()
    assert [body["type"] for body in sink.received] == ["failure", "success"]
    raised, returned = sink.received
    assert raised["title"].startswith("【报警 #1】设备hp-1：源侧结冰风险 | ALARM Device hp-1: ")
    assert "低于防冻限值4 °C" in raised["message"]
    assert "What to do: At once check the source pump" in raised["message"]
    assert "RETURNED" in returned["title"]
    assert (tally.raised, tally.returned, tally.notified) == (1, 1, 2)


async def test_the_service_opens_and_closes_everything(tmp_path: Path):
    tally = Tally()
    async with service(configuration(tmp_path), tmp_path, (), SteppedClock(9), tally) as its:
        await its.keeper.once()
    assert tally.looks == 1
    assert (tmp_path / "records.sqlite").exists()
