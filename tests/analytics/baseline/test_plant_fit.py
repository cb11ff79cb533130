"""A plant of known lines: what its baseline says, and what a better plant saves against it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from analytics.baseline import (
    Adjustment,
    InsufficientData,
    MeterErrors,
    PlantHours,
    fit_plant,
    whole_plant_savings,
)
from analytics.baseline.frozen import document, restored

RATED = 500.0
HOURS = 8760
REST_KWH = 4.0


def year(seed: int = 0, *, better: float = 1.0, noise: float = 0.04, cooling: bool = True):
    """Winter heating, summer cooling, rest between; COP = exp(line) of each hour."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    season = np.cos(2 * np.pi * hour / HOURS) + 0.3 * np.cos(2 * np.pi * hour / 24)
    heating = np.where(season > 0.3, RATED * np.minimum(0.2 + 0.6 * season, 1.0), 0.0)
    cold = np.where(season < -0.3, RATED * np.minimum(0.2 - 0.6 * season, 1.0), 0.0)
    cold = cold if cooling else np.zeros(HOURS)
    lift = np.where(heating > 0, 20 + 12 * season, -(8 - 6 * season)) + rng.normal(0, 1, HOURS)
    spread = rng.lognormal(0.0, noise, HOURS) if noise else np.ones(HOURS)
    hot = np.exp(1.9 - 0.020 * lift + 0.10 * heating / RATED) * spread * better
    chilled = np.exp(2.1 + 0.025 * lift - 0.05 * cold / RATED) * spread * better
    used = heating / hot + cold / chilled
    used = np.where(heating + cold > 0, used, REST_KWH)
    return PlantHours(heating, cold, used, lift)


def test_known_lines_are_recovered():
    fit = fit_plant(year(noise=0.0), boundary="HC4", rated_kw=RATED)
    assert fit.heating.coefficients == pytest.approx(
        {"intercept": 1.9, "lift": -0.020, "part_load": 0.10}
    )
    assert fit.cooling.coefficients == pytest.approx(
        {"intercept": 2.1, "lift": -0.025, "part_load": -0.05}
    )
    assert (fit.rest.mean, fit.model) == (pytest.approx(REST_KWH), "heating+cooling")
    assert fit.cv_rmse < 1e-9


def test_the_baseline_saves_nothing_against_itself():
    """Neither rest nor the logarithm leave a bias: the sum of its own hours comes out."""
    hours = year(1, noise=0.15)
    fit = fit_plant(hours, boundary="HC4", rated_kw=RATED)
    assert fit.predict(hours).sum() == pytest.approx(hours.electricity.sum(), rel=1e-9)
    assert fit.nmbe == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("month", range(12))
def test_a_month_of_one_season_has_a_baseline_too(month):
    """A winter week has no cooling, and the line for cooling nothing to say of it."""
    fit, hours = fit_plant(year(2), boundary="HC4", rated_kw=RATED), year(3)
    of_month = slice(month * 730, (month + 1) * 730)
    part = PlantHours(
        *(each[of_month] for each in (hours.heating, hours.cooling, hours.electricity, hours.lift))
    )
    saved = whole_plant_savings(fit, part)
    assert saved.coverage == 1.0
    assert saved.routine_baseline == pytest.approx(fit.predict(hours)[of_month].sum())


def test_a_better_plant_saves_what_it_is_better_and_rest_saves_nothing():
    fit = fit_plant(year(2), boundary="HC4", rated_kw=RATED)
    after = year(3, better=1.2)
    saved = whole_plant_savings(fit, after)
    idle = (after.heating + after.cooling == 0).sum() * REST_KWH
    expected = 0.2 * (after.electricity.sum() - idle)
    assert saved.savings == pytest.approx(expected, rel=0.02)
    assert saved.coverage == 1.0
    assert saved.uncertainty < 0.05 * saved.savings


def test_the_band_holds_what_it_promises():
    inside = 0
    for seed in range(100):
        fit = fit_plant(year(2 * seed), boundary="HC4", rated_kw=RATED)
        saved = whole_plant_savings(fit, year(2 * seed + 1))
        inside += abs(saved.savings) <= saved.uncertainty
    assert 0.82 <= inside / 100 <= 0.97


def test_hours_of_both_modes_are_told_by_both_lines():
    fit = fit_plant(year(noise=0.0), boundary="HC4", rated_kw=RATED)
    both = PlantHours(*(np.array([value]) for value in (100.0, 50.0, 60.0, 30.0)))
    hot = np.exp(1.9 - 0.02 * 30 + 0.1 * 0.2)
    chilled = np.exp(2.1 + 0.025 * 30 - 0.05 * 0.1)
    assert fit.predict(both)[0] == pytest.approx(100 / hot + 50 / chilled)


def test_what_is_unknown_counts_on_neither_side():
    fit = fit_plant(year(4), boundary="HC4", rated_kw=RATED)
    after = year(5)
    after.electricity[:100] = np.nan
    after.heating[100:200] = np.nan
    after.lift[200:300] = np.nan
    saved = whole_plant_savings(fit, after)
    assert saved.periods == HOURS - 300
    assert saved.observed == pytest.approx(np.nansum(after.electricity[300:]))


def test_a_mode_that_the_baseline_does_not_know_is_said_and_left_out():
    fit = fit_plant(year(6, cooling=False), boundary="HC4", rated_kw=RATED)
    assert (fit.model, fit.cooling) == ("heating", None)
    after = year(7)
    saved = whole_plant_savings(fit, after)
    [finding] = [f for f in saved.findings if f.code == "savings.mode-without-baseline"]
    assert finding.evidence["hours"] == (after.cooling > 0).sum()
    assert saved.periods == HOURS - (after.cooling > 0).sum()


def test_meters_and_adjustments_enter_as_in_the_textbook():
    fit, after = fit_plant(year(8), boundary="HC4", rated_kw=RATED), year(9, better=1.2)
    alone = whole_plant_savings(fit, after)
    changed = whole_plant_savings(fit, after, meters=MeterErrors(0.03, 0.01, same=False))
    assert changed.uncertainty > 1.6 * np.sqrt(2) * 0.03 * alone.adjusted_baseline
    stated = whole_plant_savings(fit, after, adjustments=[Adjustment(500, 10, 50, "a", "b")])
    assert stated.savings == pytest.approx(alone.savings + 500)


@pytest.mark.parametrize("cooling", [True, False])
def test_it_is_frozen_and_read_back_exactly(cooling):
    fit = fit_plant(year(10, cooling=cooling), boundary="HC4", rated_kw=RATED)
    assert restored(json.loads(json.dumps(document(fit), allow_nan=False))) == fit


def test_gaps_and_a_plant_at_rest_are_refused_by_name():
    hours = year(11)
    hours.electricity[: HOURS // 8] = np.nan
    with pytest.raises(InsufficientData, match=r"baseline\.missing-hours"):
        fit_plant(hours, boundary="HC4")
    still = replace(year(12), heating=np.zeros(HOURS), cooling=np.zeros(HOURS))
    with pytest.raises(InsufficientData, match=r"baseline\.no-consumption"):
        fit_plant(still, boundary="HC4", rated_kw=RATED)
    steady = replace(year(13), lift=np.full(HOURS, 30.0))
    with pytest.raises(InsufficientData, match=r"cop\.constant-lift"):
        fit_plant(steady, boundary="HC4", rated_kw=RATED)


def test_less_than_a_year_is_told():
    whole = year(14)
    half = PlantHours(
        *(getattr(whole, n)[:4000] for n in ("heating", "cooling", "electricity", "lift"))
    )
    fit = fit_plant(half, boundary="HC4", rated_kw=RATED)
    assert "baseline.short" in {finding.code for finding in fit.findings}
