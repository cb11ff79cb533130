from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline import fit_towt_daily, savings
from analytics.baseline.towt import temperature_knots, temperature_pieces, weekdays_of
from tests.analytics.baseline.samples import nmecr, year

DAYS = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")


def office(weather: np.ndarray, day: np.ndarray) -> np.ndarray:
    weekday = (day.astype(int) + 3) % 7
    workday = weekday < 5
    return np.where(
        workday, 200 + 10 * weekday + 6 * np.maximum(weather - 15, 0), 50 + 5.0 * (weekday == 6)
    )


def test_nmecrs_published_model_predictions_and_savings():
    day, t, y, published = nmecr()
    rows, after = slice(*published["baseline_rows"]), slice(*published["reporting_rows"])
    fit = fit_towt_daily(day[rows], t[rows], y[rows], unit="degF")
    assert fit.r_squared == pytest.approx(published["towt"]["r_squared"], abs=1e-11)
    assert fit.n - fit.p == published["towt"]["deg_of_freedom"]
    np.testing.assert_allclose(
        fit.predict(t[after], day[after]), published["towt_predictions"], rtol=1e-10
    )
    saved = savings(fit, t[after], y[after], day=day[after])
    assert saved.observed == pytest.approx(published["towt_savings"]["observed"], abs=1e-6)
    assert saved.savings == pytest.approx(published["towt_savings"]["savings"], abs=1e-6)
    assert saved.form == "guideline14"
    assert saved.effective_observations < fit.n


def test_workdays_are_found_and_the_week_is_followed():
    weather = year()
    fit = fit_towt_daily(DAYS, weather, office(weather, DAYS) + 0.1 * np.sin(np.arange(365)))
    assert fit.occupied == (0, 1, 2, 3, 4)
    assert fit.r_squared > 0.97
    assert set(fit.balance_points) == {f"knot_{i + 1}" for i in range(len(fit.knots))}
    assert "occupied_slope_1" in fit.coefficients
    monday, sunday = fit.predict([10.0, 10.0], np.array(["2025-03-03", "2025-03-09"], "M8[D]"))
    assert monday > 2 * sunday


def test_days_may_be_dates_ordinals_or_weekdays():
    expected = [2, 3, 6]
    assert weekdays_of(np.array(["2025-01-01", "2025-01-02", "2025-01-05"], "M8[D]")).tolist() == (
        expected
    )
    assert weekdays_of(np.array([20089, 20090, 20093])).tolist() == expected
    assert weekdays_of(np.array(expected)).tolist() == expected


def test_a_weekday_never_seen_has_no_prediction():
    weather = year()
    kept = weekdays_of(DAYS) != 6
    energy = np.where(kept, office(weather, DAYS), np.nan)
    fit = fit_towt_daily(DAYS, weather, energy)
    assert np.isnan(fit.predict([5.0], [6])).all()
    assert "sunday" not in fit.coefficients


def test_a_short_baseline_is_told():
    weather = year()[:300]
    fit = fit_towt_daily(DAYS[:300], weather, office(weather, DAYS[:300]))
    assert "baseline.short" in {each.code for each in fit.findings}


def test_pieces_add_up_to_the_temperature():
    t = np.linspace(-20.0, 40.0, 50)
    np.testing.assert_allclose(temperature_pieces(t, np.array([0.0, 10.0, 20.0])).sum(axis=1), t)


def test_knots_keep_enough_days_outside():
    t = year()
    knots = temperature_knots(t, 6)
    assert knots.size == 5
    assert (t > knots[-1]).sum() >= 20
    assert (t < knots[0]).sum() >= 20
    assert temperature_knots(t[:30], 6).size == 1


def test_mistakes_are_named():
    weather = year()
    with pytest.raises(ValueError, match="day, temperature, energy"):
        fit_towt_daily(DAYS[:-1], weather, weather)
    with pytest.raises(ValueError, match="constant-temperature"):
        fit_towt_daily(DAYS, np.full(365, 3.0), weather)
    fit = fit_towt_daily(DAYS, weather, office(weather, DAYS))
    with pytest.raises(ValueError, match="day"):
        savings(fit, weather, weather)
