from __future__ import annotations

from pathlib import Path

import pytest

from analytics.jobs.alarms import Alarms
from analytics.records import alarms, notifications
from collector.errors import ConfigError, Unavailable
from collector.model import Sample
from collector.sitefile import load_site
from tests.analytics.jobs.watched_site import MINUTE, START, STEP, Shown, configuration, scene

LEAVING = "source_leaving_temp_c"


def only(*devices: str, shows: Shown | None):
    """These devices show something else, or nothing; all others are sound."""
    return lambda device, _: shows if device in devices else {}


async def test_a_sound_site_has_no_alarm(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(30 * MINUTE)
        assert it.raised() == []


async def test_a_silent_device_is_raised_once_and_returns_once(tmp_path: Path):
    async with scene(tmp_path, ("json-1",)) as it:
        await it.pass_time(5 * MINUTE)
        await it.pass_time(30 * MINUTE, only("e-3", shows=None))
        [alarm] = it.alarms()
        assert (alarm.raised.rule, alarm.raised.subject) == ("device-silent", "e-3")
        assert alarm.raised.severity == "warning"
        assert "无应答" in alarm.raised.title.zh
        assert alarm.raised.sentence.en == "no answer for 1020 s (limit 105 s)"
        assert alarm.raised.evidence["last_answered"] == {"e-3": START + 5 * MINUTE - STEP}
        assert alarm.raised.raised - alarm.raised.since == 15 * MINUTE
        await it.pass_time(10 * MINUTE)
        [alarm] = it.alarms()
        assert alarm.returned == START + 36 * MINUTE + STEP
        with it.records.reading() as connection:
            kinds = [event.kind for event in alarms.events(connection, alarm.id)]
            assert notifications.waiting(connection) == {"json-1": 2}
        assert kinds == ["raised", "returned"]


async def test_a_silent_bus_is_one_alarm(tmp_path: Path):
    electric = [f"e-{n}" for n in range(1, 5)]
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(60 * MINUTE, only(*electric, shows=None))
        assert it.raised() == [("bus-silent", "bus:electric")]
        assert "Device e-1, Device e-2" in it.alarms()[0].raised.sentence.en
        await it.pass_time(20 * MINUTE)
        assert it.raised() == [("bus-silent", "bus:electric")]
        assert not it.alarms()[0].open


async def test_most_devices_silent_speaks_for_their_bus(tmp_path: Path):
    electric = [f"e-{n}" for n in range(1, 5)]

    def spoil(device: str, _: int) -> Shown | None:
        if device == "collector-main":
            return {"devices_silent": 4.0}
        return None if device in electric else {}

    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(60 * MINUTE, spoil)
        assert it.raised() == [("many-devices-silent", "collector-main")]
        assert it.alarms()[0].raised.sentence.en == (
            "more devices are silent than answer: share 0.6667 (limit 0.5)"
        )


async def test_no_samples_at_all_is_one_alarm_of_the_collector(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(60 * MINUTE, collector=False)
        assert it.raised() == [("no-samples", "collector-main")]
        await it.pass_time(20 * MINUTE)
        assert it.raised() == [("no-samples", "collector-main")]
        assert not it.alarms()[0].open


async def test_a_device_that_was_never_heard_is_silent_too(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(20 * MINUTE, only("e-3", shows=None))
        assert it.raised() == [("device-silent", "e-3")]
        it.restart()
        await it.pass_time(20 * MINUTE, only("e-3", shows=None))
        [alarm] = it.alarms()
        assert alarm.open


async def test_water_near_freezing_is_raised_after_a_minute(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(3 * MINUTE, only("hp-1", shows={LEAVING: 3.6}))
        [alarm] = it.alarms()
        assert (alarm.raised.rule, alarm.raised.subject) == ("freeze-risk", "hp-1")
        assert alarm.raised.raised - alarm.raised.since == MINUTE
        assert alarm.raised.sentence.zh == "源侧出水温度为3.6 °C，低于防冻限值4 °C"
        assert set(alarm.raised.evidence[LEAVING]) == {9.0, 3.6}
        assert len(alarm.raised.evidence["at"]) == len(alarm.raised.evidence[LEAVING])
        # above the limit and inside the deadband of 1 K: it stays
        await it.pass_time(30 * MINUTE, only("hp-1", shows={LEAVING: 4.6}))
        assert it.alarms()[0].open
        await it.pass_time(12 * MINUTE, only("hp-1", shows={LEAVING: 5.5}))
        assert not it.alarms()[0].open


async def test_brine_may_be_colder(tmp_path: Path):
    brine = "ethylene_glycol, mass_fraction: 0.25"
    async with scene(tmp_path, source=brine) as it:
        await it.pass_time(4 * MINUTE, only("hp-1", shows={LEAVING: -6.0}))
        assert it.raised() == []
        await it.pass_time(4 * MINUTE, only("hp-1", shows={LEAVING: -8.5}))
        assert it.raised() == [("freeze-risk", "hp-1")]


async def test_a_temperature_that_cannot_be_is_the_sensor_and_no_freezing(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(20 * MINUTE, only("hp-1", shows={LEAVING: -60.0}))
        [alarm] = it.alarms()
        assert (alarm.raised.rule, alarm.raised.subject) == ("out-of-range", "hp-1")
        assert alarm.raised.sentence.en == (
            "Source leaving temperature is -60 °C, outside its plausible range (limit -25 °C)"
        )


async def test_a_value_that_dies_out_of_range_has_not_returned(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(20 * MINUTE, only("hp-1", shows={LEAVING: -60.0}))
        await it.pass_time(30 * MINUTE, only("hp-1", shows={LEAVING: None}), look=MINUTE)
        assert it.alarms()[0].open
        await it.pass_time(10 * MINUTE)
        assert not it.alarms()[0].open


async def test_the_own_pipeline_is_watched(tmp_path: Path):
    def spoil(device: str, at: int) -> Shown | None:
        past = (at - START) / MINUTE
        depth = 3.0 if past < 10 else min(3.0 + 200 * (past - 10), 2_000.0)
        if device == "collector-main":
            return {"outbox_depth": depth, "dropped": 0.0 if past < 18 else 7.0}
        return {}

    async with scene(tmp_path) as it:
        await it.pass_time(20 * MINUTE, spoil)
        assert sorted(it.raised()) == [
            ("backlog-growing", "collector-main"), ("samples-dropped", "collector-main"),
        ]  # fmt: skip
        await it.pass_time(70 * MINUTE, spoil, look=MINUTE)
        assert [alarm.open for alarm in it.alarms()] == [False, False]


async def test_a_restart_in_the_middle_of_a_delay_changes_nothing(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        frozen = only("hp-1", shows={LEAVING: 3.0})
        await it.pass_time(2 * STEP, frozen)
        it.restart()
        await it.pass_time(STEP, frozen)
        [alarm] = it.alarms()
        assert alarm.raised.raised - alarm.raised.since == MINUTE
        it.restart()
        await it.pass_time(MINUTE, frozen)
        assert len(it.alarms()) == 1


async def test_what_happened_while_the_service_was_down_is_looked_at_later(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(2 * MINUTE)
        await it.pass_time(5 * MINUTE, only("hp-1", shows={LEAVING: 3.0}), look=None)
        await it.pass_time(20 * MINUTE, look=None)
        it.restart()
        await it.pass_time(MINUTE)
        [alarm] = it.alarms()
        assert not alarm.open
        assert alarm.raised.raised == START + 3 * MINUTE
        assert alarm.returned == START + 17 * MINUTE


async def test_two_services_raise_an_alarm_once(tmp_path: Path):
    async with scene(tmp_path, ("json-1",)) as it:
        other = Alarms(it.configuration, it.store, it.records, ("json-1",))
        for _ in range(6):
            await it.pass_time(STEP, only("hp-1", shows={LEAVING: 3.0}), look=None)
            await it.job.look(it.now)
            await other.look(it.now)
        assert it.raised() == [("freeze-risk", "hp-1")]
        with it.records.reading() as connection:
            assert notifications.waiting(connection) == {"json-1": 1}


class Away:
    """A store that can be taken away."""

    def __init__(self, store) -> None:
        self._store = store
        self.away = False

    async def open(self) -> None:
        if self.away:
            raise Unavailable("the disk is gone")

    def __getattr__(self, name: str):
        return getattr(self._store, name)


async def test_a_store_out_of_reach_is_an_alarm_and_nothing_else_is(tmp_path: Path):
    async with scene(tmp_path) as it:
        it.store = Away(it.store)
        it.restart()
        await it.pass_time(2 * MINUTE)
        it.store.away = True
        for _ in range(8):
            await it.pass_time(STEP, look=None)
            with pytest.raises(Unavailable):
                await it.job.look(it.now)
        [alarm] = it.alarms()
        assert (alarm.raised.rule, alarm.raised.subject) == ("store-unreachable", "site:office")
        assert alarm.raised.evidence["problem"] == "the disk is gone"
        it.store.away = False
        await it.pass_time(MINUTE)
        [alarm] = it.alarms()
        assert not alarm.open


async def test_a_site_sets_its_own_delays(tmp_path: Path):
    overrides = "alarms:\n  - {rule: device-silent, only: [e-3], on_delay: 10s, severity: alarm}"
    async with scene(tmp_path, overrides=overrides) as it:
        await it.pass_time(MINUTE)
        await it.pass_time(2 * MINUTE, only("e-3", "e-4", shows=None))
        assert it.raised() == [("device-silent", "e-3")]
        assert it.alarms()[0].raised.severity == "alarm"


async def test_a_rule_switched_off_closes_its_alarm(tmp_path: Path):
    async with scene(tmp_path, ("json-1",)) as it:
        await it.pass_time(5 * MINUTE, only("hp-1", shows={LEAVING: 3.0}))
        assert it.alarms()[0].open
        off = "alarms: [{rule: freeze-risk, enabled: false}]"
        it.configuration = configuration(tmp_path, overrides=off)
        it.restart()
        await it.pass_time(STEP, only("hp-1", shows={LEAVING: 3.0}))
        assert not it.alarms()[0].open
        with it.records.transaction() as connection:  # who was told of it is told of its end
            raised = notifications.claim(connection, "json-1", "me", it.now, MINUTE)
            notifications.sent(connection, raised, it.now)
            closed = notifications.claim(connection, "json-1", "me", it.now, MINUTE)
        assert closed.message.change == "returned"
        assert "No longer watched" in closed.message.body


async def test_a_rule_switched_off_and_on_again_raises_anew(tmp_path: Path):
    """It sees the same samples as before, and no other alarm may suffer from it."""
    near = only("hp-1", shows={LEAVING: 3.0})
    async with scene(tmp_path) as it:
        await it.pass_time(5 * MINUTE, near)
        on, off = it.configuration, "alarms: [{rule: freeze-risk, enabled: false}]"
        it.configuration = configuration(tmp_path, overrides=off)
        it.restart()
        await it.pass_time(STEP, near)
        it.configuration = on
        it.restart()
        await it.pass_time(STEP, near)
        assert it.raised() == [("freeze-risk", "hp-1")] * 2
        assert [alarm.open for alarm in it.alarms()] == [False, True]


async def test_an_alarm_needs_no_evidence_to_be_raised(tmp_path: Path, monkeypatch):
    async def too_much(*_: object) -> dict[str, object]:
        raise Unavailable("the answer is too large")

    async with scene(tmp_path) as it:
        monkeypatch.setattr(it.job._observer, "evidence", too_much)
        await it.pass_time(5 * MINUTE, only("hp-1", shows={LEAVING: 3.0}))
        [alarm] = it.alarms()
        assert alarm.raised.rule == "freeze-risk"
        assert alarm.raised.evidence["problem"] == "the answer is too large"


async def test_a_clock_set_back_blinds_no_rule(tmp_path: Path):
    async with scene(tmp_path) as it:
        await it.pass_time(5 * MINUTE)
        await it.job.look(it.now + 30 * 24 * 60 * MINUTE)
        await it.pass_time(25 * MINUTE, only("e-3", shows=None))
        assert it.raised() == [("device-silent", "e-3")]
        await it.pass_time(5 * MINUTE, only("hp-1", shows={LEAVING: 3.0}))
        assert it.raised()[1:] == [("freeze-risk", "hp-1")]


async def test_a_restart_takes_no_long_silence_for_a_short_one(tmp_path: Path):
    """A counter that is read once an hour may be silent for longer than a first look reaches."""
    hour = 60 * MINUTE
    async with scene(tmp_path) as it:
        file, rare = (
            it.configuration.file,
            "interval: 1h, only: [energy_kwh], every: {energy_kwh: 1}",
        )
        before, after = file.read_text(encoding="utf-8").split("unit: 3, map: chint_dtsu666, ")
        file.write_text(f"{before}unit: 3, map: chint_dtsu666, {rare}{after[13:]}", "utf-8")
        it.configuration = load_site(file)
        it.restart()
        silent = {"*": "bad:no-answer"}
        first = START - START % hour
        heard = Sample("e-3", first, "run", 1, 0, {"energy_kwh": 7.0}, {})
        unheard = [
            Sample("e-3", first + n * hour, "run", 1 + n, 0, {}, silent) for n in range(1, 6)
        ]
        await it.store.write([heard])
        await it.pass_time(STEP, only("e-3", shows=None))
        await it.store.write(unheard)
        it.now = first + 5 * hour
        await it.pass_time(20 * MINUTE, only("e-3", shows=None))
        assert ("device-silent", "e-3") in it.raised()
        it.restart()
        await it.pass_time(5 * MINUTE, only("e-3", shows=None))
        [alarm] = [each for each in it.alarms() if each.raised.subject == "e-3"]
        assert alarm.open


async def test_a_site_that_names_no_rule_is_refused(tmp_path: Path):
    async with scene(tmp_path) as it:
        it.configuration = configuration(tmp_path, overrides="alarms: [{rule: freeze}]")
        with pytest.raises(ConfigError, match="there is no rule 'freeze'"):
            it.restart()
