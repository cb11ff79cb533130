"""When standing still is suspicious, and which range holds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.jobs.plausibility.gauges import beside, range_of, still
from analytics.series import FloatArray, Series
from collector.model import QUANTITIES, Point

MIN = 60_000
AT = np.arange(1440, dtype=np.int64) * MIN
ALWAYS = np.ones(AT.shape, np.bool_)
MOVING = 40.0 + np.sin(np.arange(1440) * 0.7)
STUCK = np.where((AT >= 300 * MIN) & (AT < 600 * MIN), 41.0, MOVING)


def of(values: FloatArray, unit: str = "°C") -> Series:
    return Series(AT, values, unit, MIN)


def codes(values: FloatArray, quantity: str = "supply_temp_c", others=(MOVING,)) -> list[str]:
    unit = QUANTITIES[quantity].unit
    beside_it = [of(other) for other in others]
    return [finding.severity for finding in still(of(values, unit), quantity, ALWAYS, beside_it)]


def test_a_sensor_that_stands_while_its_neighbour_moves_is_told():
    assert codes(STUCK) == ["alarm"]
    assert codes(np.where(AT < 90 * MIN, 41.0, MOVING)) == ["warning"]
    assert codes(np.where(AT < 50 * MIN, 41.0, MOVING)) == []


def test_where_everything_stands_nothing_is_suspicious():
    assert codes(STUCK, others=(STUCK,)) == []
    assert codes(STUCK, others=()) == []


def test_a_coarse_sensor_repeats_itself_all_the_time():
    assert codes(20.0 + np.arange(1440) // 200) == []


def test_outdoor_air_may_stand_for_hours_and_power_and_flow_for_days():
    assert codes(STUCK, "outdoor_temp_c") == []
    assert codes(np.where(AT < 420 * MIN, 2.0, MOVING), "outdoor_temp_c") == ["warning"]
    assert codes(STUCK, "power_kw") == codes(STUCK, "flow_m3h") == []
    assert codes(STUCK, "heat_setpoint_c") == []
    assert codes(STUCK, "voltage_l1_v") == ["alarm"]


def test_only_the_same_side_of_a_machine_moves_with_a_sensor():
    near = beside("load_leaving_temp_c")
    assert near("load_flow_m3h")
    assert not near("source_flow_m3h")
    assert not near("load_percent")
    assert not near("load_leaving_temp_c")
    assert beside("supply_temp_c")("heat_kw")


@pytest.mark.parametrize(
    ("quantity", "given", "expected"),
    [
        ("outdoor_temp_c", (-60, 60), (-50, 50)),
        ("outdoor_temp_c", (-20, 40), (-20, 40)),
        ("supply_temp_c", (-math.inf, math.inf), (-5, 95)),
        ("voltage_l1_v", (80, 300), (80, 300)),
    ],
)
def test_the_tighter_range_holds(quantity, given, expected):
    point = Point(quantity, QUANTITIES[quantity], *given, MIN)
    assert range_of(point) == expected
