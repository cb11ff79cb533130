"""Drift from year to year, against a simulated field and by construction."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.ground.drift import matched_load, shut_in
from analytics.series import DAY_MS, HOUR_MS
from tests.analytics.ground.simulated import YEAR, as_drilled, office_loads, simulate

YEARS = 4
AT = np.arange(YEARS * YEAR, dtype=np.int64) * HOUR_MS
DAY = AT / DAY_MS
SEASON = np.cos(2.0 * np.pi * (DAY - 20.0) / 365.25)
PUMP_ON = np.ones(AT.size, bool)
WEEKEND = (DAY.astype(np.int64) % 7) >= 5


def loop_c(drift_k_a: float, noise_k: float = 0.3) -> np.ndarray:
    weather = np.random.default_rng(2).standard_normal(AT.size // 24 + 1)[(DAY).astype(np.int64)]
    return 16.0 - 6.0 * SEASON + drift_k_a * DAY / 365.25 + noise_k * weather


@pytest.mark.parametrize("drift_k_a", [-0.8, 0.0, 0.3, 1.2])
def test_a_drift_below_a_season_of_twelve_kelvin_is_found(drift_k_a):
    drift = shut_in(AT, loop_c(drift_k_a), PUMP_ON, ~WEEKEND)
    assert drift.slope_k_a.value == pytest.approx(drift_k_a, abs=drift.slope_k_a.expanded)
    assert drift.slope_k_a.expanded < 0.2
    assert bool(drift.findings) == (abs(drift_k_a) > 0.5)
    assert drift.pairs == 12 * 6


def test_the_finding_tells_the_limit_and_both_languages():
    (finding,) = shut_in(AT, loop_c(-0.8), PUMP_ON, ~WEEKEND).findings
    assert finding.code == "ground.drift"
    assert finding.evidence["limit_k_a"] == 0.5
    assert finding.evidence["beyond_uncertainty"] == "yes"
    assert "-0.8" in finding.sentence.zh
    assert "-0.8" in finding.sentence.en


def test_nights_are_too_short_for_a_shut_in():
    nights = (DAY * 24 % 24 >= 7) & (DAY * 24 % 24 < 21)
    drift = shut_in(AT, loop_c(1.0), PUMP_ON, nights)
    assert drift.slope_k_a is None
    assert "12 hours" in drift.reason.en
    assert "12 小时" in drift.reason.zh
    assert drift.findings == ()


def test_a_loop_whose_pump_stands_still_tells_nothing():
    assert shut_in(AT, loop_c(1.0), ~PUMP_ON, ~PUMP_ON).slope_k_a is None


def test_one_year_has_nothing_to_compare_with():
    year = AT.size // YEARS
    drift = shut_in(AT[:year], loop_c(1.0)[:year], PUMP_ON[:year], ~WEEKEND[:year])
    assert drift.slope_k_a is None
    assert "two years" in drift.reason.en
    assert drift.years == pytest.approx(1.0, abs=0.01)


def test_a_sensor_that_fails_for_a_month_does_not_drift():
    """Robust: one month 20 K off moves the slope by little."""
    wrong = loop_c(0.2)
    wrong[2 * YEAR : 2 * YEAR + 720] += 20.0
    drift = shut_in(AT, wrong, PUMP_ON, ~WEEKEND)
    assert drift.slope_k_a.value == pytest.approx(0.2, abs=0.1)


def test_the_same_load_finds_the_drift_of_a_simulated_field():
    """A field that gets more heat than it gives: annual means of the simulation are the truth."""
    rng = np.random.default_rng(4)
    field = as_drilled(6, rng)
    loads_kw = office_loads(YEARS, rng, 60.0, 130.0)
    fluid_c = simulate(field, loads_kw)
    truth = np.polyfit(np.arange(YEARS), fluid_c.reshape(YEARS, -1).mean(axis=1), 1)[0]
    by_load = matched_load(AT, fluid_c, loads_kw)
    resting = shut_in(AT, fluid_c, PUMP_ON, ~WEEKEND)
    assert truth > 0.5
    for drift in (by_load, resting):
        assert drift.slope_k_a.value == pytest.approx(truth, abs=0.3)
        assert drift.findings[0].code == "ground.drift"


def test_days_of_other_loads_are_not_compared():
    """Twice the load makes the loop 4 K warmer; at the same load nothing has changed."""
    load_kw = 40.0 + 40.0 * (np.random.default_rng(3).random(AT.size // 24 + 1) > 0.5)
    load_kw = load_kw[DAY.astype(np.int64)]
    load_kw[AT > 2 * YEAR * HOUR_MS] = 80.0
    drift = matched_load(AT, loop_c(0.0, 0.1) + 0.1 * load_kw, load_kw)
    assert drift.slope_k_a.value == pytest.approx(0.0, abs=0.05)


def test_nothing_known_has_a_reason():
    drift = matched_load(AT, np.full(AT.size, np.nan), np.zeros(AT.size))
    assert drift.slope_k_a is None
    assert drift.reason is not None


def test_the_sensor_s_own_drift_is_part_of_the_uncertainty():
    drift = shut_in(AT, loop_c(0.0, 0.0), PUMP_ON, ~WEEKEND, sensor_drift_k_a=0.25)
    assert drift.slope_k_a.dominant == "loop:sensor-drift"
    assert drift.slope_k_a.expanded >= 0.5


@pytest.mark.parametrize("function", [shut_in, matched_load])
def test_arrays_that_differ_are_refused(function):
    arguments = (AT, loop_c(0.0)[1:], PUMP_ON, PUMP_ON)[: 3 if function is matched_load else 4]
    with pytest.raises(ValueError, match=r"^temperature_c"):
        function(*arguments)
