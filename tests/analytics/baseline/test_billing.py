from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline import InsufficientData, Limits, fit_caltrack_billing, savings
from analytics.weather import cooling_degree_days, heating_degree_days
from tests.analytics.baseline.samples import bills, eemeter_more, year

MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)


def monthly(per_day: np.ndarray) -> np.ndarray:
    return np.add.reduceat(per_day, np.concatenate(([0], np.cumsum(MONTHS[:-1]).astype(int))))


@pytest.mark.parametrize(
    "name", ["il-electricity-cdd-hdd-billing_monthly", "il-gas-hdd-only-billing_monthly"]
)
def test_bills_as_eemeter_fits_them(name):
    expected = eemeter_more()[name]
    temperature, energy, days = bills(name)["baseline"]
    loads = "heating" if "gas" in name else "both"
    fit = fit_caltrack_billing(temperature, energy, days, unit="degF", loads=loads)
    assert (fit.model, fit.n, fit.interval) == (expected["model"], expected["n"], "billing")
    assert fit.balance_points == expected["balance_points"]
    assert fit.coefficients == pytest.approx(expected["coefficients"], rel=1e-9)
    assert fit.r_squared_adjusted == pytest.approx(expected["r_squared_adjusted"], abs=1e-9)
    assert fit.autocorrelation == pytest.approx(expected["autocorrelation"], abs=1e-9)
    temperature, energy, days = bills(name)["reporting"]
    saved = savings(fit, temperature, energy, days=days)
    assert saved.adjusted_baseline == pytest.approx(expected["adjusted_baseline"], abs=1e-6)
    assert saved.savings == pytest.approx(expected["savings"], abs=1e-6)
    assert saved.uncertainty == pytest.approx(expected["uncertainty"], abs=1e-6)


def test_an_exact_model_is_recovered_from_every_form_of_temperature():
    weather = year()
    per_day = 50 + 4 * heating_degree_days(weather, 15.0) + 3 * cooling_degree_days(weather, 20.0)
    energy = monthly(per_day)
    parts = np.split(weather, np.cumsum(MONTHS[:-1]).astype(int))
    for temperature in (parts, tuple(parts), weather):
        fit = fit_caltrack_billing(temperature, energy, MONTHS)
        assert fit.balance_points == {"heating": 15.0, "cooling": 20.0}
        assert list(fit.coefficients.values()) == pytest.approx([50.0, 4.0, 3.0])
        np.testing.assert_allclose(fit.predict(temperature, MONTHS), energy)
        assert fit.findings == ()


def test_means_per_period_are_taken_and_told():
    weather = year()
    energy = monthly(50 + 4 * heating_degree_days(weather, 15.0))
    fit = fit_caltrack_billing(monthly(weather) / MONTHS, energy, MONTHS)
    assert [each.code for each in fit.findings] == ["billing.mean-temperature"]
    assert fit.predict([5.0], [30.0]).shape == (1,)


def test_a_bill_without_temperature_does_not_count():
    weather = year()
    energy = monthly(50 + 4 * heating_degree_days(weather, 15.0))
    weather[31:59] = np.nan
    fit = fit_caltrack_billing(weather, energy, MONTHS)
    assert fit.n == 11
    assert np.isnan(fit.predict(weather, MONTHS)[1])


def test_refusals_and_mistakes():
    weather, energy = year(), monthly(year() + 50)
    with pytest.raises(InsufficientData, match=r"baseline\.too-short"):
        fit_caltrack_billing(weather[:304], energy[:10], MONTHS[:10])
    with pytest.raises(InsufficientData, match=r"billing\.period-length"):
        fit_caltrack_billing([weather[:200], weather[200:]], [1.0, 2.0], [200.0, 165.0])
    fit_caltrack_billing(weather[:304], energy[:10], MONTHS[:10], limits=Limits(0, 1.0))
    with pytest.raises(InsufficientData, match="constant-temperature"):
        fit_caltrack_billing(np.full(365, 12.0), energy, MONTHS)
    with pytest.raises(ValueError, match="days"):
        fit_caltrack_billing(weather, energy[:11], MONTHS)
    fit = fit_caltrack_billing(weather, energy, MONTHS)
    with pytest.raises(ValueError, match="days"):
        fit.predict([5.0])
