"""Which sensors belong together, and which way heat ought to flow."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.jobs.plausibility.circuits import pairs
from analytics.jobs.plausibility.modes import plant_mode, unit_idle, unit_mode
from analytics.jobs.plausibility.redundancy import deviations, own_differences, twins
from analytics.series import Series
from collector.model import OperatingState
from collector.topology import Plant

ZONE = ZoneInfo("Asia/Shanghai")
MIN, DAY = 60_000, 86_400_000
START = day_start(date(2026, 1, 15), ZONE)
AT = START + np.arange(1440, dtype=np.int64) * MIN

PLANT = Plant.model_validate({
    "units": [
        {"heat_pump": "hp-1", "heat_meter": "h-1", "source_heat_meter": "s-1"},
        {"heat_pump": "hp-2"},
    ],
    "source": {"heat_meter": "h-source"},
    "load": {"heat_meter": "h-load"},
    "hot_water": {"heat_meter": "h-dhw"},
    "serves": [{"building": "a", "heat_meter": "h-a"}],
})  # fmt: skip


def states(one: OperatingState, other: OperatingState) -> dict[str, dict[str, Series]]:
    return {
        name: {"state": Series(AT, np.full(AT.size, float(state)), "", MIN)}
        for name, state in (("hp-1", one), ("hp-2", other))
    }


def test_every_pair_of_sensors_is_judged_by_the_mode_of_its_own_machine():
    found = {(pair.device, pair.warm): pair for pair in pairs(PLANT)}
    assert len(found) == 2 * 2 + 2 + 3 + 1
    assert found["h-1", "supply_temp_c"].unit is PLANT.units[0]
    assert found["h-a", "supply_temp_c"].unit is None
    assert found["h-dhw", "supply_temp_c"].always_warm
    assert found["hp-2", "source_entering_temp_c"].cold == "source_leaving_temp_c"


def test_a_meter_with_two_roles_is_judged_once():
    plant = Plant.model_validate({
        "units": [{"heat_pump": "hp", "heat_meter": "h"}], "load": {"heat_meter": "h"},
        "serves": [{"building": "a", "heat_meter": "h"}],
    })  # fmt: skip
    assert [pair.device for pair in pairs(plant)] == ["hp", "hp", "h"]
    assert all(twin.one[0] != twin.other[0] for twin in twins(plant))


@pytest.mark.parametrize(
    ("one", "other", "mode"),
    [
        (OperatingState.HEAT, OperatingState.STANDBY, 1),
        (OperatingState.DHW, OperatingState.HEAT, 1),
        (OperatingState.COOL, OperatingState.OFF, -1),
        (OperatingState.HEAT, OperatingState.COOL, 0),
        (OperatingState.SIMULTANEOUS, OperatingState.OFF, 0),
        (OperatingState.OFF, OperatingState.DEFECT, 0),
    ],
)
def test_the_mode_of_the_plant_is_that_of_its_running_heat_pumps(one, other, mode):
    assert set(plant_mode(states(one, other), PLANT, AT, ZONE)) == {mode}


@pytest.mark.parametrize(("day", "mode"), [((1, 15), 1), ((7, 15), -1), ((4, 15), 0)])
def test_without_any_state_the_season_decides(day, mode):
    at = day_start(date(2026, *day), ZONE) + np.arange(24, dtype=np.int64) * 3_600_000
    assert set(plant_mode({}, PLANT, at, ZONE)) == {mode}
    assert unit_mode({}, PLANT.units[0], at) is None
    assert unit_idle({}, PLANT.units[0], at) is None


def test_a_state_that_is_long_past_says_nothing():
    seen = states(OperatingState.HEAT, OperatingState.HEAT)
    later = AT[-1:] + 60 * MIN
    assert plant_mode(seen, PLANT, later, ZONE).tolist() == [0]
    assert unit_idle(seen, PLANT.units[0], later).tolist() == [False]


def test_sensors_on_one_header_are_compared_while_the_heat_pump_runs():
    seen = states(OperatingState.HEAT, OperatingState.STANDBY)
    warm = Series(AT, np.full(AT.size, 12.0), "°C", MIN)
    seen["h-source"] = {"supply_temp_c": warm}
    for pump in ("hp-1", "hp-2"):
        seen[pump]["source_entering_temp_c"] = Series(AT, warm.value + 1.5, "°C", MIN)
    day = np.array([START, START + DAY])
    [(twin, finding)] = deviations(PLANT, seen, day)
    assert twin.other == ("hp-1", "source_entering_temp_c")
    assert finding.evidence["most_k"] == pytest.approx(1.5)


def test_a_meter_whose_difference_is_not_that_of_its_temperatures():
    def meter(off: float) -> dict[str, Series]:
        values = {"supply_temp_c": 45.0, "return_temp_c": 40.0 + off, "temp_difference_k": 5.0}
        return {name: Series(AT, np.full(AT.size, v), "", MIN) for name, v in values.items()}

    seen = {"h-a": meter(0.1), "h-b": meter(0.5), "h-c": {}}
    found = list(own_differences(seen, np.array([START, START + DAY])))
    assert [(device, finding.code) for device, finding in found] == [
        ("h-b", "circuit.pair-deviation")
    ]
