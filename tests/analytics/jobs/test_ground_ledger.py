"""Which quarter-hours enter which side of the ground's ledger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.heat import Circuit
from analytics.jobs import ground_ledger
from analytics.jobs.ground_ledger import HeatPumpSide
from analytics.jobs.meter_errors import Metered
from analytics.plant import UnitChannels


def side(
    heat: list[float], used: list[float], free: list[bool] | None = None, least: float = 1.0
) -> HeatPumpSide:
    energy, power = np.array(heat), np.array(used)
    running = power > least
    return HeatPumpSide(
        Metered(energy, {"h:flow": 0.01 * np.nan_to_num(energy)}),
        ground_ledger.working(Metered(power, {"e:class": 0.005 * np.nan_to_num(power)}), running),
        running,
        np.zeros(power.size, bool) if free is None else np.array(free),
        np.zeros(power.size, bool),
        ("h", "e"),
    )


def test_heat_less_and_cold_plus_the_compressors_electricity() -> None:
    its = side([40.0, 0.0, -30.0], [10.0, 0.2, 8.0])
    found = ground_ledger.balance(its, None, bore_length_m=100.0, span_days=365.0).heat_pumps
    assert found.extracted_kwh.value == 30.0
    assert found.rejected_kwh.value == 38.0
    assert found.net_kwh_m.value == pytest.approx(-0.08)
    np.testing.assert_allclose(its.net_extracted_kwh(), [30.0, 0.0, -38.0])


def test_standby_reaches_neither_water_nor_ground() -> None:
    parts = side([0.0, 40.0], [0.5, 10.0]).split()
    assert parts["compressor_heating"].tolist() == [0.0, 10.0]


def test_a_start_goes_the_way_of_what_follows_and_a_stop_of_what_was() -> None:
    """An instrument that lags shows no heat yet; that is no cooling."""
    parts = side([0.0, 40.0, 2.0, 0.0, 0.0, -30.0], [9.0, 10.0, 5.0, 0.1, 9.0, 8.0]).split()
    assert parts["compressor_heating"].tolist() == [9.0, 10.0, 5.0, 0.0, 9.0, 0.0]
    assert parts["compressor_cooling"].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 8.0]


def test_free_cooling_is_what_comes_from_the_ground_while_all_rest() -> None:
    parts = side([-5.0, -5.0, 3.0, -30.0], [0.1, 0.1, 0.1, 9.0], [True, False, True, True]).split()
    assert parts["free_cooling"].tolist() == [5.0, 0.0, 0.0, 0.0]


def test_what_is_not_known_on_one_side_counts_on_none() -> None:
    its = side([40.0, np.nan, 40.0], [10.0, 10.0, np.nan])
    found = ground_ledger.balance(its, None, bore_length_m=None, span_days=365.0).heat_pumps
    assert found.extracted_kwh.value == 30.0
    assert found.coverage == pytest.approx(1 / 3)


def test_the_loops_meter_without_registers_is_split_by_its_sign() -> None:
    flow, spread = np.array([10.0, 10.0]), np.array([4.0, -2.0])
    loop = Circuit(flow, 15.0 + spread, np.full(2, 15.0), circuit="source")
    found = ground_ledger.balance(
        side([40.0, -30.0], [10.0, 8.0]), ("h-s", loop), bore_length_m=None, span_days=365.0
    ).loop_meter
    assert found.extracted_kwh.value == pytest.approx(2.5 * 1.163 * 4.0, rel=0.01)
    assert found.rejected_kwh.value == pytest.approx(2.5 * 1.163 * 2.0, rel=0.01)


def test_a_heat_pump_runs_above_a_twentieth_of_its_largest_power_unless_rated() -> None:
    circuit = Circuit(heating_kwh=np.zeros(3), cooling_kwh=np.zeros(3))
    unit = UnitChannels(circuit, np.array([0.1, 10.0, 1.0]))
    assert ground_ledger.running_of(unit).tolist() == [False, True, True]
    rated = UnitChannels(circuit, np.array([0.1, 10.0, 1.0]), running_kw=5.0)
    assert ground_ledger.running_of(rated).tolist() == [False, True, False]


@given(
    st.lists(
        st.tuples(st.floats(-100.0, 100.0), st.floats(0.0, 20.0), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_energy_is_kept(rows: list[tuple[float, float, bool]]) -> None:
    """Whatever the direction, net extraction is heat less electricity while any compressor works.

    First law of thermodynamics.
    """
    heat, used, free = (list(column) for column in zip(*rows, strict=True))
    its = side(heat, used, free)
    expected = np.where(its.running, np.array(heat) - np.array(used), 0.0)
    expected += np.where(its.free & ~its.running, np.minimum(np.array(heat), 0.0), 0.0)
    np.testing.assert_allclose(its.net_extracted_kwh(), expected, atol=1e-9)
