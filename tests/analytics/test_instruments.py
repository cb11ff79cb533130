"""Permissible errors: the worked values of the manuals, and what is assumed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.instruments import (
    calculator_percent,
    class_percent,
    flow_percent,
    heat_limits,
    pair_percent,
)
from collector.topology import Accuracy
from firmware_sims.physics.meter import HeatMeter, Register


def limits(flow: float, difference: float, **more: object) -> tuple[float, float, float]:
    """Ef, Et, Ec [%] of a heat meter with qp 100 m³/h and ΔΘmin 3 K."""
    told = {"class": "2", "permanent_flow_m3h": 100.0, "least_difference_k": 3.0} | more
    of_meter = heat_limits(Accuracy.model_validate(told))
    return (
        float(flow_percent(of_meter, np.array([flow]))[0]),
        float(pair_percent(of_meter, np.array([difference]))[0]),
        float(calculator_percent(of_meter, np.array([difference]))[0]),
    )


@pytest.mark.parametrize(
    ("flow", "difference", "total", "rss"),
    [(100.0, 10.0, 4.22, 2.58), (100.0, 5.0, 5.42, 3.25), (50.0, 3.0, 7.04, 4.32)],
)
def test_worked_values_of_a_class_2_meter(flow, difference, total, rss):
    parts = limits(flow, difference)
    assert sum(parts) == pytest.approx(total, abs=0.005)
    assert math.hypot(*parts) == pytest.approx(rss, abs=0.005)


def test_flow_limits_by_class_and_their_caps():
    assert limits(100.0, 10.0, **{"class": "1"})[0] == pytest.approx(1.01)
    assert limits(100.0, 10.0, **{"class": "3"})[0] == pytest.approx(3.05)
    assert limits(1.0, 10.0, **{"class": "3"})[0] == pytest.approx(5.0)
    assert limits(0.2, 10.0, least_flow_m3h=0.2)[0] == pytest.approx(5.0)
    assert limits(0.2, 10.0, **{"class": "1", "least_flow_m3h": 0.2})[0] == pytest.approx(3.5)


def test_below_its_range_a_meter_is_taken_at_the_end_of_it_but_the_pair_is_an_offset():
    assert limits(0.5, 10.0)[0] == limits(1.0, 10.0)[0]
    assert limits(100.0, 1.0)[2] == limits(100.0, 3.0)[2]
    assert limits(100.0, 0.3)[1] == pytest.approx(0.5 + 30.0)


def test_independent_sensors_add_in_quadrature():
    assert limits(100.0, 5.0, pair="independent", sensor_k=0.1)[1] == pytest.approx(
        100.0 * math.sqrt(2.0) * 0.1 / 5.0
    )


def test_a_flow_sensor_without_a_class():
    assert limits(1.0, 5.0, flow_percent=1.5)[0] == pytest.approx(1.5)


def test_assumptions_are_told():
    assert heat_limits().assumed == (
        "class 2",
        "flow ± 5 % (qp unknown)",
        "qi 0 m³/h (qp unknown)",
        "ΔΘmin 3 K",
        "matched sensors",
    )
    controller = heat_limits(Accuracy(pair="independent", sensor_k=0.2), "heat_pump")
    assert controller.assumed == ("flow ± 5 %", "qi 0 m³/h (qp unknown)", "ΔΘmin 3 K")
    assert controller.pair_k == pytest.approx(0.2 * math.sqrt(2.0))
    assert class_percent("electricity_meter") == (1.0, "class 1")
    assert heat_limits(None, "heat_pump").pair_k == pytest.approx(0.3 * math.sqrt(2.0))


def test_classes_of_other_meters():
    half = Accuracy.model_validate({"class": "0.5S"})
    assert class_percent("electricity_meter", half) == (0.5, None)
    assert class_percent("electricity_meter", Accuracy.model_validate({"class": "B"})) == (
        1.0,
        None,
    )
    assert class_percent("water_meter", None) == (2.0, "class 2")
    assert class_percent("gas_meter", Accuracy.model_validate({"class": "1"})) == (1.0, None)


def test_classes_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="kind"):
        heat_limits(None, "pump")
    with pytest.raises(ValueError, match="EN 1434"):
        heat_limits(Accuracy.model_validate({"class": "0.5S"}))
    with pytest.raises(ValueError, match="kind"):
        class_percent("heat_meter")
    with pytest.raises(ValueError, match="class C"):
        class_percent("water_meter", Accuracy.model_validate({"class": "C"}))


@given(st.floats(1.0, 250.0), st.floats(3.0, 40.0))
def test_limits_are_those_of_the_simulated_meter(flow, difference):
    """The simulator's meter was written from the standard on its own."""
    register = Register(0.001, 1e9)
    simulated = HeatMeter(100.0, 0.0, 0.0, 0.0, register, register)
    total = simulated.limit_pct(np.array([flow]), np.array([difference]))
    assert sum(limits(flow, difference)) == pytest.approx(float(total[0]))
