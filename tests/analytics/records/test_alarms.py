from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.faults import Phase, State
from analytics.records import Records, alarm_states, alarms, notifications, open_records
from analytics.records.alarm_states import Kept, Overtaken
from analytics.records.alarms import Raised
from analytics.records.notifications import Message
from collector.accounts import Records as RecordSettings
from collector.model import Title

AT = 1_767_240_000_000
KEY = ("freeze-risk", "hp-1")
RAISED = Raised(
    *KEY, "alarm", Title("1号热泵：结冰风险", "Heat pump 1: freeze risk"),
    Title("3.2 °C", "3.2 °C"), AT - 60_000, AT, {"value": 3.2, "at": [1, 2], "values": [3.3, 3.2]},
)  # fmt: skip
MESSAGE = Message(1, "raised", "alarm", "标题 title", "正文 body")


def raise_it(records: Records, raised: Raised = RAISED) -> int:
    with records.transaction() as connection:
        return alarms.raise_alarm(connection, raised, AT + 5)


def test_a_state_survives_as_it_is(records: Records) -> None:
    state = State(Phase.PENDING, AT, True, 30_000, AT - 30_000, "source_leaving_temp_c")
    with records.transaction() as connection:
        alarm_states.keep(connection, {KEY: (Kept(), state)})
    with records.transaction() as connection:
        assert alarm_states.read(connection) == {KEY: Kept(state, 1)}
        alarm_states.keep(connection, {KEY: (Kept(state, 1), State())})
        assert alarm_states.read(connection) == {KEY: Kept(State(), 2)}
        assert alarm_states.forget(connection, {KEY}) == []
        assert alarm_states.forget(connection, frozenset()) == [KEY]
        assert alarm_states.read(connection) == {}


@pytest.mark.parametrize("known", [Kept(), Kept(State(), 7)])
def test_who_has_not_seen_the_newest_state_writes_nothing(records: Records, known: Kept) -> None:
    with records.transaction() as connection:
        alarm_states.keep(connection, {KEY: (Kept(), State())})

    def write() -> None:
        with records.transaction() as connection:
            alarms.raise_alarm(connection, RAISED, AT)
            alarm_states.keep(connection, {KEY: (known, State(Phase.RAISED, AT))})

    with pytest.raises(Overtaken, match="freeze-risk of hp-1"):
        write()
    with records.reading() as connection:
        assert alarms.listed(connection) == []


def test_an_alarm_from_its_raise_to_its_return(records: Records) -> None:
    number = raise_it(records)
    with records.transaction() as connection:
        [alarm] = alarms.listed(connection)
        assert (alarm.id, alarm.raised, alarm.open) == (number, RAISED, True)
        back = alarms.return_alarm(connection, KEY, AT + 1_000, AT + 1_005)
        assert back == replace(alarm, returned=AT + 1_000)
        assert alarms.return_alarm(connection, KEY, AT + 2_000, AT + 2_005) is None
        kinds = [(event.kind, event.at) for event in alarms.events(connection, number)]
    assert kinds == [("raised", AT + 5), ("returned", AT + 1_005)]


def test_one_alarm_is_open_and_the_next_comes_after_its_return(records: Records) -> None:
    raise_it(records)
    later = replace(RAISED, raised=AT + 10_000)
    with pytest.raises(Overtaken):
        raise_it(records, later)
    with records.transaction() as connection:
        alarms.return_alarm(connection, KEY, AT + 5_000, AT + 5_000)
    raise_it(records, later)
    with pytest.raises(Overtaken):  # not even when it has returned
        raise_it(records, RAISED)


def test_what_no_rule_watches_any_more_is_closed(records: Records) -> None:
    number = raise_it(records)
    with records.transaction() as connection:
        alarms.tidy(connection, {KEY}, AT + 9)
        assert alarms.listed(connection)[0].open
        alarms.tidy(connection, frozenset(), AT + 9)
        assert not alarms.listed(connection)[0].open
        last = alarms.events(connection, number)[-1]
    assert (last.kind, last.note) == ("returned", "no rule watches it any more")


def test_an_alarm_leaves_the_list_when_it_is_over_and_known(records: Records) -> None:
    number = raise_it(records)
    with records.transaction() as connection:
        alarms.return_alarm(connection, KEY, AT + 1, AT + 1)
        assert len(alarms.listed(connection)) == 1
        first = alarms.acknowledge(connection, number, "Li", "strainer cleaned", AT + 9)
        second = alarms.acknowledge(connection, number, "Wang", "", AT + 10)
        assert alarms.listed(connection) == []
        assert len(alarms.listed(connection, everything=True)) == 1
        told = [(e.who, e.note) for e in alarms.events(connection, number)][2:]
    assert first == second
    assert first is not None
    assert (first.acknowledged_by, first.acknowledged) == ("Li", AT + 9)
    assert told == [("Li", "strainer cleaned"), ("Wang", "")]


def test_an_acknowledgement_needs_an_alarm_and_a_name(records: Records) -> None:
    with records.transaction() as connection:
        assert alarms.acknowledge(connection, 9, "Li", "", AT) is None
        with pytest.raises(ValueError, match="by"):
            alarms.acknowledge(connection, 9, " ", "", AT)


def test_a_message_is_claimed_once_and_sent_once(records: Records) -> None:
    raise_it(records)
    with records.transaction() as connection:
        notifications.add(connection, MESSAGE, ("json-1", "mail-2"), AT)
        claimed = notifications.claim(connection, "json-1", "me", AT, 60_000)
        assert claimed is not None
        assert (claimed.message, claimed.attempts) == (MESSAGE, 1)
        assert notifications.claim(connection, "json-1", "other", AT + 59_999, 60_000) is None
        notifications.sent(connection, claimed, AT + 3)
        assert notifications.claim(connection, "json-1", "other", AT + 10**9, 60_000) is None
        assert notifications.waiting(connection) == {"mail-2": 1}
        notifications.sent(connection, claimed, AT + 4)  # by one whose lease was over
        told = [event.kind for event in alarms.events(connection, 1)]
    assert told == ["raised", "notified"]


def test_what_nobody_finished_is_sent_when_the_lease_is_over(records: Records) -> None:
    raise_it(records)
    with records.transaction() as connection:
        notifications.add(connection, MESSAGE, ("json-1",), AT)
        assert notifications.claim(connection, "json-1", "dead", AT, 60_000) is not None
        again = notifications.claim(connection, "json-1", "me", AT + 60_000, 60_000)
    assert again is not None
    assert again.attempts == 2


def test_a_return_waits_for_its_raise_and_other_alarms_do_not(records: Records) -> None:
    raise_it(records)
    raise_it(records, replace(RAISED, subject="hp-2"))
    with records.transaction() as connection:
        notifications.add(connection, MESSAGE, ("json-1",), AT)
        notifications.add(connection, replace(MESSAGE, change="returned"), ("json-1",), AT + 1)
        notifications.add(connection, replace(MESSAGE, alarm=2), ("json-1",), AT + 2)
        first = notifications.claim(connection, "json-1", "me", AT + 9, 1)
        assert first is not None
        notifications.postpone(connection, first, AT + 100, "no answer")
        other = notifications.claim(connection, "json-1", "me", AT + 9, 1_000)
        assert other is not None
        assert other.message.alarm == 2
        assert notifications.claim(connection, "json-1", "me", AT + 99, 1) is None
        first = notifications.claim(connection, "json-1", "me", AT + 100, 1)
        assert first is not None
        notifications.give_up(connection, first, AT + 101, "no answer for a day")
        last = notifications.claim(connection, "json-1", "me", AT + 102, 1)
        assert last is not None
        assert last.message.change == "returned"
        notes = [(e.kind, e.note) for e in alarms.events(connection, 1)]
    assert notes[-1] == ("not_notified", "no answer for a day")


def _raise_and_claim(url: str, folder: str, queue: multiprocessing.SimpleQueue) -> None:
    opened = open_records(RecordSettings(url=url), Path(folder))
    for step in range(20):
        raised = replace(RAISED, subject=f"hp-{step}")
        try:
            with opened.transaction() as connection:
                number = alarms.raise_alarm(connection, raised, AT)
                notifications.add(connection, replace(MESSAGE, alarm=number), ("json-1",), AT)
        except Overtaken:
            pass
        with opened.transaction() as connection:
            claimed = notifications.claim(connection, "json-1", "someone", AT, 60_000)
        if claimed is not None:
            queue.put(claimed.message.alarm)
    opened.close()


def test_two_processes_raise_and_send_everything_once(
    settings: RecordSettings, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    processes = [
        context.Process(target=_raise_and_claim, args=(settings.url, str(tmp_path), queue))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    claimed = []
    while not queue.empty():
        claimed.append(queue.get())
    opened = open_records(settings, tmp_path)
    with opened.reading() as connection:
        numbers = sorted(alarm.id for alarm in alarms.listed(connection))
    opened.close()
    assert len(numbers) == 20
    assert sorted(claimed) == numbers
