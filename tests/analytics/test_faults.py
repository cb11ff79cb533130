from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.faults import (
    Evaluation,
    Key,
    Layer,
    Observation,
    Phase,
    State,
    Timing,
    Transition,
    Watch,
    evaluate,
    step,
)

STEP = 10_000
TIMING = Timing(on_delay_ms=60_000, off_delay_ms=30_000, deadband=2.0, longest_step_ms=3 * STEP)
KEY: Key = ("freeze-risk", "hp-1")


def series(*excess: float | None, start: int = 0) -> list[Observation]:
    return [Observation(start + STEP * n, value) for n, value in enumerate(excess)]


def run(
    seen: list[Observation], state: State | None = None, timing: Timing = TIMING
) -> tuple[State, list[Transition]]:
    watch = Watch(KEY, "equipment", timing)
    evaluation = evaluate([watch], {KEY: state or State()}, {KEY: seen})
    return evaluation.states[KEY], list(evaluation.transitions)


def test_a_condition_that_lasts_is_raised_after_the_on_delay_and_returns_after_the_off_delay():
    state, changes = run(series(*[-5.0] * 3, *[1.0] * 10, *[-5.0] * 10))
    assert [(c.change, c.seen.at, c.since) for c in changes] == [
        ("raised", 3 * STEP + 60_000, 3 * STEP),
        ("returned", 13 * STEP + 30_000, 3 * STEP),
    ]
    assert state.phase is Phase.NORMAL


def test_a_condition_shorter_than_the_on_delay_is_no_alarm():
    state, changes = run(series(*([1.0] * 6 + [-5.0]) * 20))
    assert changes == []
    assert state.phase is Phase.NORMAL


def test_without_delays_it_follows_at_once():
    at_once = replace(TIMING, on_delay_ms=0, off_delay_ms=0)
    _, changes = run(series(1.0, -1.0, -2.1), timing=at_once)
    assert [(c.change, c.seen.at) for c in changes] == [("raised", 0), ("returned", 2 * STEP)]


def test_without_a_deadband_the_limit_itself_is_within():
    plain = replace(TIMING, on_delay_ms=0, off_delay_ms=0, deadband=0.0)
    _, changes = run(series(1.0, 0.0), timing=plain)
    assert [c.change for c in changes] == ["raised", "returned"]


def test_a_return_within_the_off_delay_is_the_same_alarm():
    _, changes = run(series(*[1.0] * 8, *([-5.0, -5.0, 1.0] * 10)))
    assert [c.change for c in changes] == ["raised"]


def test_a_gap_raises_nothing_and_counts_for_no_delay():
    half = series(*[1.0] * 4)  # 30 s of the 60 s are over
    state, changes = run(half)
    assert (state.phase, state.held_ms, changes) == (Phase.PENDING, 30_000, [])
    later = series(1.0, 1.0, start=1_000_000)
    state, changes = run(later, state)
    assert (state.phase, state.held_ms, changes) == (Phase.PENDING, 40_000, [])
    _, changes = run(series(1.0, 1.0, start=1_000_000 + 2 * STEP), state)
    assert [c.change for c in changes] == ["raised"]


def test_values_that_are_not_known_neither_raise_nor_clear():
    raised, _ = run(series(*[1.0] * 8))
    state, changes = run(series(*[None] * 1_000, start=8 * STEP), raised)
    assert (state.phase, changes) == (Phase.RAISED, [])
    pending, _ = run(series(*[1.0] * 3))
    state, changes = run(series(*[float("nan")] * 1_000, start=3 * STEP), pending)
    assert (state.phase, state.held_ms, changes) == (Phase.PENDING, pending.held_ms, [])


def test_an_older_observation_changes_nothing():
    state, _ = run(series(*[1.0] * 4))
    assert step(state, Observation(0, -100.0), TIMING) == (state, None)


@given(st.lists(st.floats(-2.0, 5.0, exclude_min=True), min_size=1, max_size=200))
def test_a_signal_that_stays_above_the_lower_edge_of_the_deadband_is_one_alarm(wavering):
    _, changes = run(series(*[1.0] * 10, *wavering))
    assert [c.change for c in changes] == ["raised"]


@given(st.lists(st.floats(-2.0, 0.0), min_size=1, max_size=200))
def test_a_signal_inside_the_deadband_begins_nothing(wavering):
    state, changes = run(series(*wavering))
    assert (state.phase, changes) == (Phase.NORMAL, [])


signals = st.lists(st.one_of(st.none(), st.floats(-6.0, 6.0)), max_size=120)
timings = st.builds(
    Timing,
    st.integers(0, 6).map(lambda n: n * STEP),
    st.integers(0, 6).map(lambda n: n * STEP),
    st.floats(0.0, 3.0),
    st.just(3 * STEP),
)


@given(signals, timings)
def test_every_return_has_its_raise_and_every_raise_at_most_one_return(signal, timing):
    state, changes = run(series(*signal), timing=timing)
    kinds = [c.change for c in changes]
    assert kinds == (["raised", "returned"] * len(kinds))[: len(kinds)]
    assert state.active == (bool(kinds) and kinds[-1] == "raised")
    assert [c.seen.at for c in changes] == sorted({c.seen.at for c in changes})
    for raise_, return_ in zip(kinds[::2], kinds[1::2], strict=False):
        assert (raise_, return_) == ("raised", "returned")


@given(signals, timings, st.data())
def test_a_restart_anywhere_changes_nothing(signal, timing, data):
    seen = series(*signal)
    cut = data.draw(st.integers(0, len(seen)))
    whole_state, whole = run(seen, timing=timing)
    before, first = run(seen[:cut], timing=timing)
    again = json.loads(json.dumps([before.phase, before.at, before.counting, before.held_ms,
                                   before.since, before.field]))  # fmt: skip
    restored = State(Phase(again[0]), *again[1:])
    overlap = data.draw(st.integers(0, cut))  # what was read before may be read once more
    after, second = run(seen[overlap:], restored, timing)
    assert (after, first + second) == (whole_state, whole)


def test_a_delay_that_is_over_at_a_gap_is_not_over_before_the_next_value():
    timing = replace(TIMING, on_delay_ms=STEP)
    state, changes = run([Observation(0, 1.0), Observation(STEP * 100, 1.0)], timing=timing)
    assert (state.phase, changes) == (Phase.PENDING, [])


def watch(rule: str, subject: str, layer: Layer, *parents: Key, delay: int = 60_000) -> Watch:
    return Watch((rule, subject), layer, replace(TIMING, on_delay_ms=delay), parents)


BUS: Key = ("bus-silent", "bus:1")
COLLECTOR: Key = ("no-samples", "collector-main")
DEVICES: list[Key] = [("device-silent", f"d-{n}") for n in range(40)]
RANGES: list[Key] = [("out-of-range", f"d-{n}") for n in range(40)]
SITE = [  # children first, for the order must not matter
    *(watch(*key, "sensor", DEVICES[n], BUS, COLLECTOR) for n, key in enumerate(RANGES)),
    *(watch(*key, "communication", BUS, COLLECTOR) for key in DEVICES),
    watch(*BUS, "communication", COLLECTOR),
    watch(*COLLECTOR, "pipeline"),
]


def raised(evaluation: Evaluation) -> list[Key]:
    return [change.key for change in evaluation.transitions if change.change == "raised"]


def test_forty_silent_devices_of_one_bus_are_one_alarm():
    seen = {key: series(*[1.0] * 60) for key in DEVICES}
    seen[BUS] = series(-1.0, -1.0, *[1.0] * 58)  # the last device is silent a little later
    evaluation = evaluate(SITE, {}, seen)
    assert raised(evaluation) == [BUS]
    assert set(DEVICES) <= evaluation.suppressed
    assert set(RANGES) <= evaluation.suppressed


def test_a_collector_that_brings_nothing_speaks_for_buses_and_devices():
    seen = {key: series(*[1.0] * 60) for key in (*DEVICES, BUS, COLLECTOR)}
    assert raised(evaluate(SITE, {}, seen)) == [COLLECTOR]


def test_a_silent_device_speaks_for_its_own_values_only():
    seen = {DEVICES[0]: series(*[1.0] * 60), RANGES[0]: series(*[1.0] * 60)}
    seen[RANGES[1]] = series(*[1.0] * 60)
    assert raised(evaluate(SITE, {}, seen)) == [DEVICES[0], RANGES[1]]


def test_when_the_parent_has_returned_the_child_goes_on():
    seen = {BUS: series(*[1.0] * 20, *[-5.0] * 40), DEVICES[0]: series(*[1.0] * 60)}
    evaluation = evaluate(SITE, {}, seen)
    assert raised(evaluation) == [BUS, DEVICES[0]]
    back = next(c.seen.at for c in evaluation.transitions if c.change == "returned")
    late = next(c.seen.at for c in evaluation.transitions if c.key == DEVICES[0])
    # the slot in which the parent returns is the first that counts again
    assert late == back + TIMING.on_delay_ms
    assert DEVICES[0] not in evaluation.suppressed


def test_a_parent_that_comes_to_nothing_only_delays():
    seen = {BUS: series(*[1.0] * 4, *[-5.0] * 56), DEVICES[0]: series(*[1.0] * 60)}
    assert raised(evaluate(SITE, {}, seen)) == [DEVICES[0]]


def test_an_alarm_stays_as_it_is_while_its_parent_speaks():
    seen = {RANGES[0]: series(*[1.0] * 10)}
    first = evaluate(SITE, {}, seen)
    assert raised(first) == [RANGES[0]]
    seen = {DEVICES[0]: series(*[1.0] * 30, start=10 * STEP)}
    seen[RANGES[0]] = series(*[-9.0] * 30, start=10 * STEP)
    second = evaluate(SITE, first.states, seen)
    assert [(c.key, c.change) for c in second.transitions] == [(DEVICES[0], "raised")]
    assert second.states[RANGES[0]].phase is Phase.RAISED


def test_parents_that_name_each_other_end():
    pair = [watch("a", "x", "sensor", ("b", "x")), watch("b", "x", "sensor", ("a", "x"))]
    assert len(evaluate(pair, {}, {("a", "x"): series(*[1.0] * 9)}).transitions) == 1


@pytest.mark.parametrize("wrong", [(-1, 0, 0.0, 1), (0, -1, 0.0, 1), (0, 0, -1.0, 1), (0, 0, 0, 0)])
def test_a_timing_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        Timing(*wrong)
