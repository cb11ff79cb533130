"""Faults of what devices measure, over stretches of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from collector.documents import parse
from firmware_sims.fault_plan import AnyFault, silenced, spoil
from firmware_sims.scenario import OfficeScenario

MINUTE = 60_000
LIVE = 1_000 * MINUTE
AT = np.arange(LIVE - 5 * MINUTE, LIVE + 5 * MINUTE, MINUTE, dtype=np.int64)
RISING = np.arange(10.0)
FAULT: TypeAdapter[AnyFault] = TypeAdapter(AnyFault)


def fault(**keys: object) -> AnyFault:
    return FAULT.validate_python({"device": "d", **keys})


def spoilt(one: AnyFault, *, pieces: int = 1, **fields: np.ndarray) -> dict[str, list[float]]:
    """Spoil fields in so many stretches, with one memory."""
    memory: dict[str, float] = {}
    out: dict[str, list[float]] = {name: [] for name in fields}
    for part in np.array_split(np.arange(len(AT)), pieces):
        own = {name: values[part] for name, values in fields.items()}
        for name, values in spoil([one], "d", own, AT[part], LIVE, memory).items():
            out[name] += values.tolist()
    return out


@pytest.mark.parametrize("pieces", [1, 2, 10])
def test_frozen_values_hold_the_last_one_before_the_fault(pieces):
    frozen = fault(kind="frozen", fields=["x"], starts="-2min", lasts="4min")
    held = spoilt(frozen, pieces=pieces, x=RISING)["x"]
    assert held == [0, 1, 2, 2, 2, 2, 2, 7, 8, 9]


@pytest.mark.parametrize("pieces", [1, 10])
def test_a_reset_counter_counts_on_from_where_it_was_set(pieces):
    reset = fault(kind="reset", fields=["x"], starts="1min", to=100)
    assert spoilt(reset, pieces=pieces, x=RISING)["x"] == [0, 1, 2, 3, 4, 5, 101, 102, 103, 104]


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_counter_rolls_over_after_its_headroom(pieces):
    roll = fault(kind="rollover", fields=["x"], modulus=1000, headroom=3)
    counted = spoilt(roll, pieces=pieces, x=RISING)["x"]
    assert counted == [997, 998, 999, 0, 1, 2, 3, 4, 5, 6]


def test_drift_grows_from_its_start_and_ends_with_the_repair():
    drift = fault(kind="drift", fields=["x"], per_day=1440, starts="0s", lasts="3min")
    assert spoilt(drift, x=np.zeros(10))["x"] == [0, 0, 0, 0, 0, 0, 1, 2, 0, 0]


def test_swapped_fields_change_places_while_the_fault_lasts():
    swapped = fault(kind="swapped", fields=["x", "y"], starts="3min")
    both = spoilt(swapped, x=RISING, y=-RISING)
    assert both["x"] == [0, 1, 2, 3, 4, 5, 6, 7, -8, -9]
    assert both["y"] == [0, -1, -2, -3, -4, -5, -6, -7, 8, 9]


def test_other_devices_stay_sound():
    frozen = fault(kind="frozen", fields=["x"])
    fields = {"x": RISING}
    assert spoil([frozen], "other", fields, AT, LIVE, {}) is fields


def test_devices_are_silent_while_they_restart_or_their_bus_is_down():
    plan = [fault(kind="reboot", starts="-3min", lasts="1min")]
    plan.append(FAULT.validate_python({"kind": "dropped", "bus": "b", "lasts": "2min"}))
    own = silenced(plan, "d", "b", AT, LIVE).tolist()
    neighbour = silenced(plan, "n", "b", AT, LIVE).tolist()
    assert own == [False, False, True, False, False, True, True, False, False, False]
    assert neighbour == [False] * 5 + [True, True] + [False] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "frozen"},
        {"kind": "slow", "bus": "b"},
        {"kind": "reset", "fields": ["x"], "lasts": "1h"},
        {"kind": "garbage", "share": 2},
        {"kind": "frozen", "fields": ["x"], "starts": "yesterday"},
        {"kind": "gremlins"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        fault(**wrong)


def test_the_shipped_plan_uses_every_kind_of_line_and_value_fault():
    file = Path(__file__).parents[2] / "firmware_sims/scenarios/office_complex/scenario.yaml"
    scenario = parse(file.read_text(encoding="utf-8"), file, OfficeScenario)
    assert {one.kind for one in scenario.faults} == {
        "frozen", "drift", "swapped", "reset", "rollover", "word_order", "reboot", "refused",
        "slow", "dropped", "garbage", "duplicate",
    }  # fmt: skip
