from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import (
    DegreeDayFit,
    InsufficientData,
    Limits,
    fit_caltrack_daily,
    fit_caltrack_daily_many,
    savings,
)
from analytics.baseline.caltrack import balance_grid
from analytics.weather import cooling_degree_days, heating_degree_days
from tests.analytics.baseline.samples import (
    eemeter_daily,
    eemeter_expected,
    eemeter_more,
    local_days,
    year,
)

SAMPLE = "il-electricity-cdd-hdd-daily"


def test_eemeters_published_numbers():
    """N7 of the domain reference: eemeter 3.1.1, degF, 1 degF grid."""
    expected = eemeter_expected()[SAMPLE]
    fit = fit_caltrack_daily(*eemeter_daily("baseline"), unit="degF")
    assert fit.model == expected["model"]
    assert fit.n == expected["n"]
    assert fit.p == 3
    assert fit.balance_points == {"heating": 53.0, "cooling": 68.0}
    for name in ("intercept", "beta_hdd", "beta_cdd"):
        assert fit.coefficients[name] == pytest.approx(expected[name], rel=1e-9)
    assert fit.r_squared_adjusted == pytest.approx(expected["r2_adj"], abs=1e-9)
    assert fit.autocorrelation == pytest.approx(expected["lag1_autocorr"], abs=1e-9)
    upstream = fit.cv_rmse * math.sqrt((fit.n - 3) / (fit.n - 2))
    assert upstream == pytest.approx(expected["cvrmse_adj"], rel=1e-9)
    saved = savings(fit, *eemeter_daily("reporting"))
    assert saved.adjusted_baseline == pytest.approx(expected["reporting_counterfactual"], abs=1e-6)
    assert saved.observed == pytest.approx(expected["reporting_observed"], abs=1e-6)
    assert saved.savings == pytest.approx(expected["savings"], abs=1e-6)
    assert saved.uncertainty == pytest.approx(expected["fsu_band_90"], abs=1e-6)
    assert saved.effective_observations == pytest.approx(expected["n_prime"], rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "il-electricity-cdd-hdd-daily",
        "il-electricity-cdd-only-daily",
        "il-gas-hdd-only-daily",
        "il-gas-intercept-only-daily",
    ],
)
def test_other_samples_as_eemeter_fits_them(name):
    """From hourly temperatures, paired by UTC day as upstream pairs them."""
    expected = eemeter_more()[name]
    days = local_days(name, shift_to_utc=True)
    loads = "heating" if "gas" in name else "both"
    fit = fit_caltrack_daily(*days["baseline"], unit="degF", loads=loads)
    assert (fit.model, fit.n) == (expected["model"], expected["n"])
    assert fit.balance_points == expected["balance_points"]
    assert fit.coefficients == pytest.approx(expected["coefficients"], rel=1e-9)
    assert fit.r_squared_adjusted == pytest.approx(expected["r_squared_adjusted"], abs=1e-9)
    saved = savings(fit, *days["reporting"])
    assert saved.savings == pytest.approx(expected["savings"], abs=1e-6)
    assert saved.uncertainty == pytest.approx(expected["uncertainty"], abs=1e-6)


def test_pairing_by_local_day_changes_the_savings_by_five_percent():
    """The alignment trap of the domain reference, 2.8: 836.229 instead of 793.908."""
    days = local_days(SAMPLE, shift_to_utc=False)
    fit = fit_caltrack_daily(*days["baseline"], unit="degF")
    assert fit.balance_points == {"heating": 53.0, "cooling": 67.0}
    assert fit.r_squared_adjusted == pytest.approx(0.774857, abs=1e-6)
    assert savings(fit, *days["reporting"]).savings == pytest.approx(836.229, abs=1e-3)


def test_the_grid_follows_the_unit():
    np.testing.assert_array_equal(balance_grid("degF"), np.arange(30.0, 91.0))
    np.testing.assert_array_equal(balance_grid("degF", 3.0), np.arange(30.0, 91.0, 3.0))
    np.testing.assert_array_equal(balance_grid("degC"), np.arange(-1.0, 32.1, 0.5))
    np.testing.assert_allclose(balance_grid("degC", 5 / 9) * 1.8 + 32, np.arange(30.0, 91.0))


@pytest.mark.parametrize(("unit", "step"), [("degF", 3.1), ("degC", 1.7), ("degF", 0.0)])
def test_a_step_that_the_method_does_not_allow(unit, step):
    with pytest.raises(ValueError, match="step"):
        balance_grid(unit, step)


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit"):
        fit_caltrack_daily(year(), year(), unit="K")


def test_celsius_and_fahrenheit_agree_on_the_same_grid():
    warm, energy = eemeter_daily("baseline")
    in_f = fit_caltrack_daily(warm, energy, unit="degF")
    in_c = fit_caltrack_daily((warm - 32) / 1.8, energy, step=5 / 9)
    assert in_c.model == in_f.model
    assert in_c.balance_points["heating"] * 1.8 + 32 == pytest.approx(53.0)
    assert in_c.coefficients["beta_cdd"] / 1.8 == pytest.approx(in_f.coefficients["beta_cdd"])
    assert in_c.r_squared == pytest.approx(in_f.r_squared, abs=1e-12)
    reporting, used = eemeter_daily("reporting")
    saved = savings(in_c, (reporting - 32) / 1.8, used)
    assert saved.savings == pytest.approx(savings(in_f, reporting, used).savings, abs=1e-6)


@given(
    base=st.floats(0.0, 500.0),
    heating=st.floats(0.5, 50.0),
    cooling=st.floats(0.5, 50.0),
    low=st.integers(8, 36),
    gap=st.integers(0, 12),
    seed=st.integers(0, 50),
)
@settings(max_examples=30, deadline=None)
def test_an_exact_model_is_recovered(base, heating, cooling, low, gap, seed):
    weather = year(seed)
    below, above = 0.5 * low, 0.5 * (low + gap)
    energy = (
        base
        + heating * heating_degree_days(weather, below)
        + cooling * cooling_degree_days(weather, above)
    )
    fit = fit_caltrack_daily(weather, energy)
    assert fit.balance_points == {"heating": below, "cooling": above}
    assert fit.coefficients["intercept"] == pytest.approx(base, abs=1e-7)
    assert fit.coefficients["beta_hdd"] == pytest.approx(heating, rel=1e-8)
    assert fit.coefficients["beta_cdd"] == pytest.approx(cooling, rel=1e-8)
    assert fit.r_squared == pytest.approx(1.0, abs=1e-12)


def test_a_heat_meter_that_stands_still_all_summer_keeps_its_zeros():
    weather = year()
    energy = 20.0 * heating_degree_days(weather, 12.0)
    fit = fit_caltrack_daily(weather, energy, loads="heating")
    assert fit.model == "hdd_only"
    assert fit.n == 365
    assert fit.balance_points == {"heating": 12.0}
    assert "baseline.zero-run" in {each.code for each in fit.findings}


@given(scale=st.floats(1e-3, 1e6))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_energy_does_not_matter(scale):
    weather, energy = eemeter_daily("baseline")
    one = fit_caltrack_daily(weather, energy, unit="degF")
    other = fit_caltrack_daily(weather, energy * scale, unit="degF")
    assert other.balance_points == one.balance_points
    assert other.cv_rmse == pytest.approx(one.cv_rmse, rel=1e-9)
    assert other.coefficients["beta_hdd"] == pytest.approx(
        one.coefficients["beta_hdd"] * scale, rel=1e-9
    )


def test_many_meters_are_fitted_as_each_alone():
    weather, energy = eemeter_daily("baseline")
    rng = np.random.default_rng(3)
    energies = energy * rng.normal(1.0, 0.2, (70, 365))
    energies[rng.random(energies.shape) < 0.05] = np.nan
    weather = weather.copy()
    weather[100] = np.nan
    together = fit_caltrack_daily_many(weather, energies, unit="degF")
    for row, fit in zip(energies[::7], together[::7], strict=True):
        assert fit == fit_caltrack_daily(weather, row, unit="degF")


def test_the_winner_is_that_of_an_exhaustive_search_by_least_squares():
    weather, energy = eemeter_daily("baseline")
    energy = energy.copy()
    energy[::13] = np.nan
    fit = fit_caltrack_daily(weather, energy, unit="degF", step=3.0)
    known = ~np.isnan(energy)
    best, found = -np.inf, None
    for low in np.arange(30.0, 91.0, 3.0):
        for high in np.arange(low, 91.0, 3.0):
            hdd, cdd = heating_degree_days(weather, low), cooling_degree_days(weather, high)
            enough = min((hdd > 0)[known].sum(), (cdd > 0)[known].sum()) >= 10
            if not enough or min(hdd[known].sum(), cdd[known].sum()) < 20:
                continue
            design = np.column_stack((np.ones(365), hdd, cdd))[known]
            solution = np.linalg.lstsq(design, energy[known])[0]
            residual = energy[known] - design @ solution
            if (solution > 0).all() and -residual @ residual > best:
                best, found = -residual @ residual, (low, high, solution)
    assert found is not None
    assert fit.balance_points == {"heating": found[0], "cooling": found[1]}
    np.testing.assert_allclose(list(fit.coefficients.values()), found[2], rtol=1e-9)


def test_one_bad_meter_does_not_stop_the_others():
    weather, energy = eemeter_daily("baseline")
    results = fit_caltrack_daily_many(weather, [energy, np.zeros(365), energy], unit="degF")
    assert isinstance(results[0], DegreeDayFit)
    assert isinstance(results[1], InsufficientData)
    assert [each.code for each in results[1].findings] == ["baseline.no-consumption"]
    assert results[2] == results[0]


def test_energy_without_weather_is_flagged():
    energy = 100.0 + np.random.default_rng(0).normal(0.0, 1.0, 365)
    weather = year()
    fit = fit_caltrack_daily(weather, energy - 0.001 * weather, loads="cooling")
    assert fit.model == "intercept_only"
    assert fit.balance_points == {}
    assert fit.predict(np.array([10.0, 20.0])) == pytest.approx([energy.mean()] * 2, rel=1e-3)
    assert "baseline.weather-independent" in {each.code for each in fit.findings}


def test_too_few_degree_days_leave_the_mean_and_are_told():
    weather, energy = eemeter_daily("baseline")
    fit = fit_caltrack_daily(weather[:9], energy[:9], unit="degF", limits=Limits(0, 1.0))
    assert fit.model == "intercept_only"
    assert "baseline.few-degree-days" in {each.code for each in fit.findings}


def test_refusals_carry_their_reason():
    weather, energy = eemeter_daily("baseline")
    with pytest.raises(InsufficientData, match=r"baseline\.too-short") as caught:
        fit_caltrack_daily(weather[:334], energy[:334], unit="degF")
    assert caught.value.findings[0].evidence == {"days": 334.0, "needed_days": 365.0}
    assert "334" in caught.value.findings[0].sentence.zh
    fit_caltrack_daily(weather[:334], energy[:334], unit="degF", limits=Limits(330, 0.1))
    with pytest.raises(ValueError, match=r"baseline\.constant-temperature"):
        fit_caltrack_daily(np.full(365, 15.0), energy)
    gaps = energy.copy()
    gaps[:38] = np.nan
    with pytest.raises(InsufficientData, match=r"baseline\.missing-days"):
        fit_caltrack_daily(weather, gaps, unit="degF")
    gaps[:1] = 10.0
    assert fit_caltrack_daily(weather, gaps, unit="degF").n == 328


def test_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match="energies"):
        fit_caltrack_daily(year(), year()[:-1])
    with pytest.raises(ValueError, match="energy"):
        fit_caltrack_daily(year(), np.full(365, np.inf))
    with pytest.raises(ValueError, match="energies"):
        fit_caltrack_daily_many(year(), np.full((2, 365), np.inf))
    with pytest.raises(ValueError, match="temperature"):
        fit_caltrack_daily([], [])


def test_an_unknown_temperature_has_no_prediction():
    fit = fit_caltrack_daily(*eemeter_daily("baseline"), unit="degF")
    predicted = fit.predict([40.0, np.nan, 80.0])
    assert np.isnan(predicted).tolist() == [False, True, False]
