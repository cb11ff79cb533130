"""Performance of a plant: ratios of sums, coverage, allocation, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundaries import infer
from analytics.plant import Circuit, Performance, UnitChannels, performance
from collector.model import OperatingState as State
from collector.topology import Accuracy, Plant

HOUR = 3_600_000
NAN = np.nan


def told(heating: list[float], cooling: list[float] | None = None, **more: Any) -> Performance:
    """Hourly heat of a plant whose electricity is given by component."""
    heat = np.array(heating, np.float64)
    settings: dict[str, Any] = {
        "at_ms": np.arange(heat.size, dtype=np.int64) * HOUR,
        "interval_ms": HOUR,
        "q_heating_kwh": heat,
        "q_cooling_kwh": None if cooling is None else np.array(cooling, np.float64),
        "electricity": {"units": np.full(heat.size, 10.0)},
    } | more
    settings["electricity"] = {n: np.asarray(a, float) for n, a in settings["electricity"].items()}
    return performance(**settings)


def value(found: Performance, name: str) -> float:
    ratio = found.ratios[name].value
    assert ratio is not None
    return ratio.value


def test_a_ratio_of_sums_is_no_mean_of_ratios():
    found = told([40.0, 10.0], electricity={"units": [10.0, 5.0]})
    assert value(found, "H1") == pytest.approx(50.0 / 15.0)


def test_every_boundary_at_once():
    found = told(
        [40.0, 0.0],
        [0.0, 60.0],
        electricity={"units": [10.0, 12.0], "source_pumps": [1.0, 2.0], "load_pumps": [1.0, 1.0],
                     "controls": [0.5, 0.5]},
    )  # fmt: skip
    assert value(found, "H1") == pytest.approx(4.0)
    assert value(found, "H2") == pytest.approx(40.0 / 11.0)
    assert value(found, "C4") == pytest.approx(60.0 / 15.5)
    assert value(found, "HC4") == pytest.approx(100.0 / 28.0)
    assert found.ratios["H4"].boundary.annex52 == "4+H"
    widest = found.widest("cooling")
    assert widest is not None
    assert widest.name == "C4"


def test_simultaneous_heat_and_cold_share_the_electricity():
    found = told([30.0], [10.0])
    assert value(found, "H1") == pytest.approx(30.0 / 7.5)
    assert value(found, "C1") == pytest.approx(10.0 / 2.5)
    assert value(found, "HC1") == pytest.approx(4.0)
    assert found.states[0] == State.SIMULTANEOUS


def test_intervals_in_which_a_side_is_missing_are_dropped_from_both():
    found = told(
        [40.0, NAN, 40.0, 40.0],
        electricity={"units": [10.0, 10.0, NAN, 10.0], "source_pumps": [1.0, 1.0, 1.0, NAN]},
    )
    assert found.ratios["H1"].heat.value == pytest.approx(80.0)
    assert found.ratios["H1"].electricity.value == pytest.approx(20.0)
    assert found.ratios["H1"].coverage == pytest.approx(0.5)
    assert found.ratios["H2"].heat.value == pytest.approx(40.0)
    assert found.ratios["H2"].coverage == pytest.approx(0.25)


def test_absent_intervals_count_against_coverage():
    found = told([40.0, 40.0], at_ms=np.array([0, 3 * HOUR]), days=np.array([0, 4 * HOUR]))
    assert found.ratios["H1"].coverage == pytest.approx(0.5)


def test_a_channel_that_is_missing_all_the_time_takes_its_boundaries_only():
    found = told([40.0, 40.0], electricity={"units": [10.0, 10.0], "source_pumps": [NAN, NAN]})
    assert value(found, "H1") == pytest.approx(4.0)
    assert found.ratios["H2"].value is None
    assert found.ratios["H2"].reason is not None
    assert found.ratios["H2"].coverage == 0.0


def test_standby_belongs_to_its_season_and_is_shown():
    more: dict[str, Any] = {"electricity": {"units": [10.0, 2.0]}}
    assert value(told([40.0, 0.0], season=np.array([1]), **more), "H1") == pytest.approx(40 / 12)
    outside = told([40.0, 0.0], season=np.array([0]), **more)
    assert value(outside, "H1") == pytest.approx(4.0)
    assert value(outside, "HC1") == pytest.approx(40 / 12)
    assert outside.daily.idle_kwh["units"][0] == pytest.approx(2.0)
    assert list(outside.states) == [State.HEAT, State.STANDBY]


def test_a_back_up_heater_counts_on_both_sides():
    found = told(
        [40.0], electricity={"units": [10.0], "source_pumps": [0.0], "backup_heater": [5.0]}
    )
    assert value(found, "H2") == pytest.approx(4.0)
    assert value(found, "H3") == pytest.approx(45.0 / 15.0)


def test_a_cooling_tower_is_for_cooling_whatever_else_happens():
    found = told(
        [30.0],
        [10.0],
        electricity={"units": [10.0], "source_pumps": [0.0], "auxiliary_cooling": [2.0]},
    )
    assert value(found, "C3") == pytest.approx(10.0 / (2.5 + 2.0))
    assert value(found, "H3") == pytest.approx(4.0)


def test_daily_totals_follow_the_local_days():
    """A day of 25 hours, as when summer time ends, and one of 24."""
    edges = np.array([0, 25, 49], np.int64) * HOUR
    found = told([2.0] * 49, electricity={"units": [1.0] * 49}, days=edges)
    np.testing.assert_allclose(found.daily.heat_kwh["H1"], [50.0, 48.0])
    np.testing.assert_allclose(found.daily.electricity_kwh["H1"], [25.0, 24.0])
    np.testing.assert_allclose(found.daily.coverage["H1"], [1.0, 1.0])


def test_without_days_a_day_has_24_hours():
    found = told([2.0] * 30)
    np.testing.assert_array_equal(found.daily.edges, np.array([0, 24, 30]) * HOUR)
    np.testing.assert_allclose(found.daily.heat_kwh["H1"], [48.0, 12.0])


@given(st.integers(1, 59), st.integers(0, 2**31))
def test_sums_are_additive_in_time(cut, seed):
    rng = np.random.default_rng(seed)
    heat, cold = np.maximum(rng.normal(0, 50, 60), 0), np.maximum(rng.normal(0, 50, 60), 0)
    power = rng.uniform(0, 30, 60)
    power[rng.random(60) < 0.1] = NAN

    def sums(part: slice) -> np.ndarray:
        found = told(list(heat[part]), list(cold[part]), electricity={"units": power[part]})
        ratio = found.ratios["H1"]
        return np.array([ratio.heat.value, ratio.electricity.value, *ratio.heat.terms.values()])

    whole = sums(slice(None))
    np.testing.assert_allclose(
        sums(slice(None, cut)) + sums(slice(cut, None)), whole, rtol=1e-9, atol=1e-9
    )


def test_blocks_and_one_piece_tell_the_same():
    """40 days of minutes pass through several blocks, with gaps in some."""
    size = 40 * 1440
    rng = np.random.default_rng(3)
    flow, spread = rng.uniform(20, 90, size), rng.uniform(2, 8, size)
    flow[rng.random(size) < 0.01] = NAN
    power = rng.uniform(0, 3, size)
    power[rng.random(size) < 0.01] = NAN
    circuit = Circuit(flow, 40.0 + spread, np.full(size, 40.0))
    found = performance(
        at_ms=np.arange(size, dtype=np.int64) * 60_000, interval_ms=60_000,
        circuits={"h": circuit}, electricity={"units": power},
    )  # fmt: skip
    known = ~np.isnan(flow + power)
    heat = found.heat_kwh[known].sum()
    assert found.ratios["H1"].heat.value == pytest.approx(heat, rel=1e-12)
    assert value(found, "H1") == pytest.approx(heat / power[known].sum(), rel=1e-12)
    assert found.daily.heat_kwh["H1"].sum() == pytest.approx(heat, rel=1e-12)
    assert found.ratios["H1"].coverage == pytest.approx(known.mean())


def test_heat_outside_the_meters_range_is_counted_apart():
    one = np.ones(2)
    circuit = Circuit(50.0 * one, np.array([45.0, 42.0]), 40.0 * one)
    found = performance(at_ms=np.array([0, HOUR]), interval_ms=HOUR, circuits={"h": circuit},
                        electricity={"units": 50 * one})  # fmt: skip
    assert found.ratios["H1"].not_claimable == pytest.approx(2.0 / 7.0, rel=1e-2)


def test_assumptions_about_the_instruments_are_told():
    found = told([40.0])
    assert "units: class 1" in found.assumed
    assert "heat: class 2" in found.assumed
    exact = told([40.0], accuracy={"units": Accuracy.model_validate({"class": "0.5S"})})
    assert exact.ratios["H1"].electricity.standard == pytest.approx(0.05 / np.sqrt(3))


def test_meters_of_a_plant_and_their_differences():
    plant = Plant.model_validate(
        {
            "units": [{"heat_pump": "hp-1", "electricity": "e-1"}],
            "load": {"heat_meter": "h-load"},
            "load_pumps": {"electricity": ["e-load"]},
            "controls": {"electricity": ["e-controls"]},
            "whole": "e-whole",
        }
    )
    heat = np.array([40.0])
    electricity = {"e-1": [8.0], "e-load": [1.0], "e-controls": [0.5], "e-whole": [11.5]}
    found = performance(
        at_ms=np.array([0]), interval_ms=HOUR, boundaries=infer(plant), heat_pumps=("e-1",),
        circuits={"h-load": Circuit(heating_kwh=heat, cooling_kwh=0 * heat)},
        electricity={n: np.array(a) for n, a in electricity.items()},
    )  # fmt: skip
    assert value(found, "H2") == pytest.approx(4.0)
    assert value(found, "H4") == pytest.approx(40 / 11.5)
    terms = found.ratios["H2"].electricity.terms
    assert terms["e-load:class"] == pytest.approx(-0.01 / np.sqrt(3))


def test_a_meter_without_data_is_named():
    plant = Plant.model_validate(
        {"units": [{"heat_pump": "hp-1", "electricity": "e-1"}], "load": {"heat_meter": "h-load"},
         "source_pumps": {"electricity": ["e-source"]}}
    )  # fmt: skip
    heat = np.array([40.0])
    found = performance(
        at_ms=np.array([0]), interval_ms=HOUR, boundaries=infer(plant),
        circuits={"h-load": Circuit(heating_kwh=heat, cooling_kwh=0 * heat)},
        electricity={"e-1": np.array([10.0])},
    )  # fmt: skip
    reasons = {missing.name: missing.reason.en for missing in found.missing}
    assert reasons["H2"] == "H2 not available: no data of e-source"
    assert reasons["H4"] == "H4 not available: load pump unmetered"


def test_each_heat_pump_by_itself():
    heat = np.array([40.0, 0.0])
    unit = UnitChannels(
        Circuit(heating_kwh=heat, cooling_kwh=0 * heat), np.array([10.0, 0.5]), meter="e-1"
    )
    found = told([40.0, 0.0], units={"hp-1": unit}, season=np.array([1]))
    assert value(found.units["hp-1"], "H1") == pytest.approx(40.0 / 10.5)
    assert found.units["hp-1"].ratios["H1"].boundary.sepemo == "H1*"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"interval_ms": 0}, "interval_ms"),
        ({"at_ms": np.array([0, 10])}, "at_ms"),
        ({"days": np.array([0, HOUR])}, "days"),
        ({"days": np.array([0])}, "days"),
        ({"season": np.array([1, 1])}, "season"),
        ({"electricity": {"units": [1.0]}}, "electricity"),
        ({"electricity": {"compressor": [1.0, 1.0]}}, "components"),
        ({"electricity": {}}, "electricity"),
        ({"status": np.array([2])}, "status"),
        ({"heat_pumps": ("hp",)}, "heat_pumps"),
        ({"q_heating_kwh": None}, "q_heating_kwh"),
    ],
)
def test_what_is_no_window_is_refused(changes, what):
    with pytest.raises(ValueError, match=what):
        told([40.0, 40.0], **changes)
