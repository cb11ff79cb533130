from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.heat import Circuit
from analytics.jobs.towers import heat_taken, shares

HEAT = arrays(
    np.float64, st.shared(st.integers(1, 30), key="n"),
    elements=st.one_of(st.just(0.0), st.just(np.nan), st.floats(0.01, 1e4)),
)  # fmt: skip


@given(HEAT, HEAT, HEAT)
def test_shares_sum_to_one_wherever_every_heat_is_known(one, two, three) -> None:
    found = shares({"a": one, "b": two, "c": three})
    together = np.add.reduce(list(found.values()))
    known = ~np.isnan(one + two + three)
    np.testing.assert_allclose(together[known], 1.0)
    assert np.isnan(together[~known]).all()


def test_who_takes_more_bears_more_and_rest_is_shared_by_the_whole_span() -> None:
    found = shares({"a": np.array([3.0, 0.0, 0.0]), "b": np.array([1.0, 4.0, 0.0])})
    np.testing.assert_allclose(found["a"], [0.75, 0.0, 3 / 8])
    np.testing.assert_allclose(found["b"], [0.25, 1.0, 5 / 8])


def test_where_nobody_takes_anything_all_share_alike() -> None:
    found = shares({"a": np.zeros(2), "b": np.zeros(2)})
    assert found["a"].tolist() == found["b"].tolist() == [0.5, 0.5]


def test_an_unknown_interval_does_not_move_the_rest() -> None:
    """The first building's heat of an interval in which the other is unknown does not count."""
    found = shares({"a": np.array([1.0, 9.0, 0.0]), "b": np.array([1.0, np.nan, 0.0])})
    assert found["a"][2] == pytest.approx(0.5)


def test_a_meter_without_registers_is_shared_by_flow_and_temperatures() -> None:
    flow, cold = np.array([100.0, 0.0, np.nan]), np.full(3, 7.0)
    circuit = Circuit(flow_m3h=flow, supply_temp_c=cold, return_temp_c=cold + 5.0)
    taken = heat_taken(circuit)
    # 25 m³ of water in a quarter-hour, 5 K, 1.1646 kWh/(m³ K) at 9.5 °C
    assert taken[0] == pytest.approx(25.0 * 5.0 * 1.1646, rel=1e-3)
    assert taken[1] == 0.0
    assert np.isnan(taken[2])


def test_registers_go_before_flow_and_temperatures() -> None:
    counted = np.array([3.0, 0.0]), np.array([0.0, 4.0])
    circuit = Circuit(heating_kwh=counted[0], cooling_kwh=counted[1])
    assert heat_taken(circuit).tolist() == [3.0, 4.0]
