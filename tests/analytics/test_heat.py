"""Heat of a circuit: sign, gaps, cut-offs, and the fluid that really flows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.heat import Circuit, heat
from analytics.instruments import heat_limits
from collector.topology import Accuracy

METER = heat_limits(Accuracy.model_validate({"class": "2", "permanent_flow_m3h": 100.0}))


def circuit(flow: list[float], supply: list[float], back: list[float], **more: object) -> Circuit:
    arrays = (np.array(values, np.float64) for values in (flow, supply, back))
    return Circuit(*arrays, limits=METER, **more)  # type: ignore[arg-type]


def test_heat_has_the_sign_of_supply_minus_return():
    found = heat(circuit([50.0, 50.0], [45.0, 7.0], [40.0, 12.0]), 0.25)
    np.testing.assert_allclose(found.energy_kwh, [71.9, -72.8], rtol=2e-3)
    np.testing.assert_allclose(found.difference_k, [5.0, -5.0])


def test_the_place_of_the_flow_sensor_counts():
    """Table of the reference: 70/50 °C, meter in supply or return."""
    for place, coefficient in (("supply", 1.136015), ("return", 1.147928)):
        found = heat(circuit([1.0], [70.0], [50.0], flow_sensor=place), 1.0)
        assert found.energy_kwh[0] == pytest.approx(20.0 * coefficient, rel=3e-4)


def test_gaps_stay_gaps_and_small_flow_is_no_heat():
    nan = np.nan
    found = heat(
        circuit([50.0, nan, 50.0, 0.9, 50.0], [45, 45, nan, 45, 120], [40, 40, 40, 40, 110]), 1.0
    )
    np.testing.assert_array_equal(np.isnan(found.energy_kwh), [False, True, True, False, True])
    assert found.energy_kwh[3] == 0.0


def test_negative_flow_is_told_and_has_no_heat():
    found = heat(circuit([50.0, -3.0], [45.0, 45.0], [40.0, 40.0]), 1.0)
    assert np.isnan(found.energy_kwh[1])
    assert found.findings[0].code == "flow.negative"
    assert found.findings[0].evidence["intervals"] == 1.0


def test_a_circuit_is_complete():
    one = np.ones(3)
    with pytest.raises(ValueError, match="flow_m3h, supply_temp_c, return_temp_c"):
        Circuit(flow_m3h=one)
    with pytest.raises(ValueError, match="heating_kwh, cooling_kwh"):
        Circuit(heating_kwh=one)
    with pytest.raises(ValueError, match="one shape"):
        Circuit(one, one, np.ones(4))
    with pytest.raises(ValueError, match="one shape"):
        Circuit()
    with pytest.raises(ValueError, match="no flow"):
        heat(Circuit(heating_kwh=one, cooling_kwh=one), 1.0)
    with pytest.raises(ValueError, match="interval_h"):
        heat(circuit([1.0], [2.0], [1.0]), 0.0)


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_heat_is_additive_in_time(cut, seed):
    rng = np.random.default_rng(seed)
    flow, supply, back = rng.uniform(0, 90, 41), rng.uniform(5, 50, 41), rng.uniform(5, 50, 41)
    whole = heat(Circuit(flow, supply, back), 1.0).energy_kwh.sum()
    parts = [
        heat(Circuit(flow[s], supply[s], back[s]), 1.0).energy_kwh.sum()
        for s in (slice(None, cut), slice(cut, None))
    ]
    assert sum(parts) == pytest.approx(whole, rel=1e-12, abs=1e-9)
