"""Errors of meters by interval add up to what the kernels tell of the sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.heat import Circuit
from analytics.instruments import heat_limits
from analytics.jobs import meter_errors
from analytics.uncertainty import rectangular
from collector.topology import Accuracy

ACCURACY = Accuracy.model_validate(
    {"class": "2", "permanent_flow_m3h": 100, "least_difference_k": 3}
)
LIMITS = heat_limits(ACCURACY)
ACCURACY_1 = Accuracy.model_validate({"class": "1"})


def circuit(sign: float = 1.0, *, counted: bool = True, seen: bool = True) -> Circuit:
    flow = np.array([50.0, 100.0, 25.0, 80.0])
    spread = sign * np.array([5.0, 4.0, 6.0, 3.0])
    net = flow / 4 * 1.16 * spread
    return Circuit(
        flow if seen else None,
        30.0 + spread if seen else None,
        np.full(4, 30.0) if seen else None,
        np.maximum(net, 0.0) if counted else None,
        np.maximum(-net, 0.0) if counted else None,
        limits=LIMITS,
        register_kwh=0.1,
    )


def test_the_parts_of_a_heat_meter_are_those_of_its_class() -> None:
    """EN 1434, class 2, at 5 K and half of qp: 2.04 % flow, 0.5 % + 9 % / 5 pair, 1.1 %."""
    its = meter_errors.of_circuit("h", circuit())
    heat = 50.0 / 4 * 1.16 * 5.0
    assert its.errors["h:flow"][0] == pytest.approx(rectangular(0.0204 * heat))
    assert its.errors["h:calculator"][0] == pytest.approx(rectangular(0.011 * heat))
    assert its.errors["h:pair"][0] == pytest.approx(rectangular(0.023 * heat), rel=0.01)


def test_the_offset_of_a_pair_acts_against_cold_and_for_heat() -> None:
    heat, cold = (meter_errors.of_circuit("h", circuit(sign)) for sign in (1.0, -1.0))
    every = np.ones(4, bool)
    assert cold.over(every).value == pytest.approx(-heat.over(every).value)
    assert cold.over(every).terms["h:pair"] == pytest.approx(
        heat.over(every).terms["h:pair"], rel=0.01
    )
    assert cold.over(every).terms["h:flow"] == pytest.approx(-heat.over(every).terms["h:flow"])
    both = heat.over(every) + cold.over(every)
    assert both.value == pytest.approx(0.0, abs=1e-9)
    assert both.standard > heat.over(every).terms["h:pair"]


def test_shares_times_energy_are_the_errors_of_heat_and_of_cold() -> None:
    for sign in (1.0, -1.0):
        its = meter_errors.of_circuit("h", circuit(sign))
        for source, share in its.relative().items():
            np.testing.assert_allclose(share * its.energy_kwh, its.errors[source])
            np.testing.assert_allclose(
                share * np.abs(its.energy_kwh), sign * its.errors[source]
            )  # fmt: skip


def test_without_flow_and_temperatures_the_ends_of_the_range_hold() -> None:
    seen, unseen = (meter_errors.of_circuit("h", circuit(seen=s)) for s in (True, False))
    assert unseen.over(np.ones(4, bool)).standard > seen.over(np.ones(4, bool)).standard
    assert unseen.errors["h:flow"][0] == pytest.approx(
        rectangular(0.04 * unseen.energy_kwh[0])
    )  # fmt: skip


def test_products_of_means_have_no_register() -> None:
    its = meter_errors.of_circuit("h", circuit(counted=False))
    assert not its.counted
    assert "h:register" not in its.over(np.ones(4, bool)).terms
    counted = meter_errors.of_circuit("h", circuit()).over(np.ones(4, bool))
    assert counted.terms["h:register"] == pytest.approx(0.1 / np.sqrt(6.0))


def test_what_is_not_known_has_no_errors() -> None:
    nothing = np.full(4, np.nan)
    empty = Circuit(heating_kwh=nothing, cooling_kwh=nothing)
    its = meter_errors.of_circuit("h", empty)
    assert np.isnan(its.energy_kwh).all()
    assert all(not error.any() for error in its.errors.values())


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_sums_over_parts_of_the_time_add_up(chosen: list[bool]) -> None:
    """One instrument's error grows linearly in time (JCGM 100, F.1.2.3)."""
    its = meter_errors.of_electricity(
        "e", np.array([1.0, 2.0, 3.0, 4.0]), "electricity_meter", ACCURACY_1
    )
    mask = np.array(chosen)
    parts = its.over(mask) + its.over(~mask)
    whole = its.over(np.ones(4, bool))
    assert parts.value == pytest.approx(whole.value)
    assert parts.standard == pytest.approx(whole.standard)


def test_meters_together_share_their_sources() -> None:
    one = meter_errors.of_electricity("e", np.ones(3), "electricity_meter", ACCURACY_1)
    other = meter_errors.of_electricity("f", np.ones(3), "electricity_meter", ACCURACY_1)
    every = np.ones(3, bool)
    same = meter_errors.together([one, one]).over(every)
    apart = meter_errors.together([one, other]).over(every)
    assert same.standard == pytest.approx(2.0 * one.over(every).standard)
    assert apart.standard == pytest.approx(np.sqrt(2.0) * one.over(every).standard)
