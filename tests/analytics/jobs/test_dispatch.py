"""Messages go out once, in order; what fails is tried again, what was sent never."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.jobs.dispatch import GIVE_UP_MS, LEASE_MS, Dispatcher, Sent
from analytics.jobs.notify import Channel, NotifyError
from analytics.records import Records, alarms, notifications, open_records
from analytics.records.alarms import Event, Raised
from analytics.records.notifications import Message
from collector.accounts import Records as RecordSettings
from collector.model import Title
from tests.analytics.jobs.sinks import webhook

AT = 1_767_319_200_000


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = AT

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(0)


class Way:
    """A channel that does as it is told."""

    def __init__(self, key: str = "way-1") -> None:
        self.key = key
        self.told: list[str] = []
        self.fails = False

    def send(self, message: Message) -> None:
        if self.fails:
            raise NotifyError(f"{self.key}: nobody there")
        self.told.append(f"{message.change} {message.alarm}")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(RecordSettings(), tmp_path)
    yield opened
    opened.close()


def ask(records: Records, *channels: str, number: int = 1) -> None:
    """Raise and return an alarm whose news have to go out."""
    raised = Raised(f"r-{number}", "d", "alarm", Title("警", "a"), Title("述", "s"), AT, AT)
    with records.transaction() as connection:
        alarm = alarms.raise_alarm(connection, raised, AT)
        message = Message(alarm, "raised", "alarm", "title", "body")
        notifications.add(connection, message, channels, AT)
        returned = replace(message, change="returned", tone="returned")
        notifications.add(connection, returned, channels, AT + 1)


def events(records: Records, number: int = 1) -> list[Event]:
    with records.reading() as connection:
        return alarms.events(connection, number)


async def test_every_channel_is_told_once_in_order(records: Records) -> None:
    one, two, clock = Way("way-1"), Way("way-2"), Clock()
    ask(records, "way-1", "way-2")
    clock.now += 5
    dispatcher = Dispatcher(records, [one, two], clock, "me")
    assert await dispatcher.send_due() == Sent(4, 0)
    assert await dispatcher.send_due() == Sent()
    assert await Dispatcher(records, [one, two], clock, "restarted").send_due() == Sent()
    assert one.told == two.told == ["raised 1", "returned 1"]
    told = {(event.kind, event.who, event.note) for event in events(records)}
    assert ("notified", "way-2", "returned") in told


async def test_what_fails_is_tried_again_later_and_later(records: Records, caplog) -> None:
    way, clock = Way(), Clock()
    ask(records, way.key)
    way.fails = True
    dispatcher = Dispatcher(records, [way], clock, "me")
    tried = []
    with caplog.at_level(logging.INFO, "analytics.jobs.dispatch"):
        for _ in range(600):
            if (await dispatcher.send_due()).failed:
                tried.append((clock.now - AT) // 1000)
            clock.now += 10_000
        way.fails = False
        clock.now += 900_000
        assert await dispatcher.send_due() == Sent(2, 0)
    assert tried == [0, 10, 30, 70, 150, 310, 630, 1270, 2170, 3070, 3970, 4870, 5770]
    assert way.told == ["raised 1", "returned 1"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "nobody there" in caplog.records[0].message


async def test_a_clock_set_back_delays_no_message(records: Records) -> None:
    way, clock = Way(), Clock()
    ask(records, way.key)
    clock.now = AT - 30 * GIVE_UP_MS
    assert await Dispatcher(records, [way], clock, "me").send_due() == Sent(2, 0)


async def test_one_channel_that_fails_keeps_no_other_waiting(records: Records) -> None:
    bad, good = Way("way-1"), Way("way-2")
    bad.fails = True
    ask(records, "way-1", "way-2")
    clock = Clock()
    clock.now += 5
    assert await Dispatcher(records, [bad, good], clock, "me").send_due() == Sent(2, 1)
    assert good.told == ["raised 1", "returned 1"]


async def test_after_a_day_a_message_is_given_up(records: Records, caplog) -> None:
    way, clock = Way(), Clock()
    way.fails = True
    ask(records, way.key)
    clock.now += GIVE_UP_MS
    dispatcher = Dispatcher(records, [way], clock, "me")
    await dispatcher.send_due()
    assert ("not_notified", "way-1: nobody there") in {(e.kind, e.note) for e in events(records)}
    assert "given up after a day" in caplog.text


async def test_a_channel_that_is_gone_keeps_its_messages_for_a_day(records: Records) -> None:
    ask(records, "way-old")
    clock = Clock()
    await Dispatcher(records, [Way()], clock, "me").send_due()
    with records.reading() as connection:
        assert notifications.waiting(connection) == {"way-old": 2}
    clock.now += GIVE_UP_MS + 2
    await Dispatcher(records, [Way()], clock, "me").send_due()
    with records.reading() as connection:
        assert notifications.waiting(connection) == {}


async def test_who_died_after_sending_leaves_a_message_that_comes_twice(records: Records) -> None:
    ask(records, "way-1")
    with records.transaction() as connection:
        assert notifications.claim(connection, "way-1", "killed", AT, LEASE_MS) is not None
    way, clock = Way(), Clock()
    dispatcher = Dispatcher(records, [way], clock, "me")
    assert await dispatcher.send_due() == Sent()
    clock.now += LEASE_MS
    assert await dispatcher.send_due() == Sent(2, 0)


async def test_a_message_on_its_way_is_marked_before_the_end(records: Records) -> None:
    with webhook() as sink:
        channel = Channel(sink.url)
        ask(records, channel.key)
        sink.hold, arrived = threading.Event(), threading.Event()
        send = channel.send

        def sending(message: Message) -> None:
            arrived.set()
            send(message)

        channel.send = sending
        task = asyncio.create_task(Dispatcher(records, [channel], Clock(), "me").send_due())
        await asyncio.to_thread(arrived.wait, 20)
        task.cancel()
        sink.hold.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        with records.reading() as connection:
            assert notifications.waiting(connection) == {channel.key: 1}  # the return
        assert [body["type"] for body in sink.received] == ["failure"]


async def test_two_dispatchers_send_everything_once(records: Records) -> None:
    way, clock = Way(), Clock()
    for number in range(1, 21):
        ask(records, way.key, number=number)
    clock.now += 5
    both = [Dispatcher(records, [way], clock, name) for name in ("one", "two")]
    sent = await asyncio.gather(*(each.send_due() for each in both))
    assert sum(each.sent for each in sent) == 40
    assert len(way.told) == len(set(way.told)) == 40
