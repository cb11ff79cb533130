from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import (
    InsufficientData,
    NonRoutine,
    fit_caltrack_daily,
    fit_change_point,
    portfolio,
    savings,
)
from analytics.baseline.fractional import MONTH_DAYS, guideline14_band
from tests.analytics.baseline.samples import eemeter_daily

BASE, AFTER = eemeter_daily("baseline"), eemeter_daily("reporting")
FIT = fit_caltrack_daily(*BASE, unit="degF")


def test_a_period_against_itself_saves_nothing():
    same = savings(FIT, *BASE)
    assert same.savings == pytest.approx(0.0, abs=1e-8)
    assert "savings.not-significant" in {each.code for each in same.findings}


def test_nothing_saved_at_all_has_an_infinite_fraction():
    predicted = FIT.predict(AFTER[0])
    exact = savings(FIT, AFTER[0], predicted)
    assert exact.savings == 0.0
    assert exact.fractional_uncertainty == math.inf


@given(scale=st.floats(1e-3, 1e5))
@settings(max_examples=15, deadline=None)
def test_savings_scale_with_the_unit_of_energy(scale):
    one = savings(FIT, *AFTER)
    fit = fit_caltrack_daily(BASE[0], BASE[1] * scale, unit="degF")
    other = savings(fit, AFTER[0], AFTER[1] * scale)
    assert other.savings == pytest.approx(one.savings * scale, rel=1e-8)
    assert other.uncertainty == pytest.approx(one.uncertainty * scale, rel=1e-8)
    assert other.fractional_uncertainty == pytest.approx(one.fractional_uncertainty, rel=1e-8)


def test_the_form_for_issued_figures_never_claims_more_than_n():
    published, issued = savings(FIT, *AFTER), savings(FIT, *AFTER, form="guideline14")
    assert (published.form, issued.form) == ("caltrack", "guideline14")
    assert published.effective_observations > FIT.n
    assert issued.effective_observations == FIT.n
    assert issued.savings == published.savings
    assert issued.uncertainty == pytest.approx(
        guideline14_band(FIT, issued.routine_baseline, 365, 365 / MONTH_DAYS, 0.9)
    )


def test_other_models_default_to_guideline_14():
    fit = fit_change_point(*BASE, kind="5P", unit="degF")
    assert savings(fit, *AFTER).form == "guideline14"


def test_bills_of_a_change_point_model_are_months_unless_their_days_are_given():
    rng = np.random.default_rng(4)
    t = 13 - 12 * np.cos(2 * np.pi * np.arange(12) / 12)
    bills = 900 + 30 * np.maximum(15 - t, 0) + rng.normal(0, 5, 12)
    fit = fit_change_point(t, bills, kind="3PH")
    assert fit.interval == "billing"
    plain = savings(fit, t, 0.9 * bills)
    dated = savings(fit, t, 0.9 * bills, days=np.full(12, MONTH_DAYS))
    assert plain.uncertainty == pytest.approx(dated.uncertainty, rel=1e-12)
    assert plain.savings == dated.savings
    with pytest.raises(ValueError, match="days"):
        fit.predict(t, np.full(12, 30.0))


def test_a_daily_baseline_is_compared_with_daily_values():
    with pytest.raises(ValueError, match="days"):
        savings(FIT, AFTER[0][:360], AFTER[1][:12], days=np.full(12, 30.0))


def test_more_confidence_is_a_wider_band():
    widths = [savings(FIT, *AFTER, confidence=c).uncertainty for c in (0.68, 0.8, 0.9, 0.95)]
    assert widths == sorted(widths)


def test_days_of_which_a_side_is_missing_count_on_neither():
    temperature, energy = (each.copy() for each in AFTER)
    temperature[:30], energy[20:50] = np.nan, np.nan
    part = savings(FIT, temperature, energy)
    rest = savings(FIT, AFTER[0][50:], AFTER[1][50:])
    assert part.periods == 315
    assert part.coverage == pytest.approx(315 / 365)
    assert part.savings == pytest.approx(rest.savings)
    assert "savings.partial" in {each.code for each in part.findings}


def test_non_routine_changes_are_listed_with_their_effect():
    affected = np.zeros(365, dtype=bool)
    affected[100:200] = True
    change = NonRoutine(affected, 2.5, "third floor let", "a facility engineer")
    energy = AFTER[1].copy()
    energy[190:200] = np.nan
    plain, adjusted = (
        savings(FIT, AFTER[0], energy),
        savings(FIT, AFTER[0], energy, non_routine=[change]),
    )
    (effect,) = adjusted.adjustments
    assert (effect.days, effect.effect, effect.reason, effect.author) == (
        90.0, 225.0, "third floor let", "a facility engineer",
    )  # fmt: skip
    assert adjusted.routine_baseline == plain.adjusted_baseline
    assert adjusted.savings == pytest.approx(plain.savings + 225.0)
    assert adjusted.uncertainty == plain.uncertainty
    with pytest.raises(ValueError, match="non_routine"):
        savings(FIT, *AFTER, non_routine=[NonRoutine(affected[:9], 1.0, "x", "y")])


def test_temperatures_out_of_reach_are_told():
    hot = AFTER[0] + 40.0
    codes = {each.code for each in savings(FIT, hot, AFTER[1]).findings}
    assert "savings.outside-temperature-range" in codes


def test_nothing_to_compare_is_refused():
    with pytest.raises(InsufficientData, match=r"savings\.no-data"):
        savings(FIT, np.full(3, np.nan), np.ones(3))
    with pytest.raises(ValueError, match="energy"):
        savings(FIT, AFTER[0], AFTER[1][:-1])


def test_a_portfolio_adds_savings_and_squares_uncertainties():
    one, two = savings(FIT, *AFTER), savings(FIT, AFTER[0], AFTER[1] * 0.8)
    both = portfolio([one, two])
    assert both.savings == pytest.approx(one.savings + two.savings)
    assert both.uncertainty == pytest.approx(math.hypot(one.uncertainty, two.uncertainty))
    assert both.periods == 730
    with pytest.raises(ValueError, match="parts"):
        portfolio([])
    with pytest.raises(ValueError, match="parts"):
        portfolio([one, savings(FIT, *AFTER, confidence=0.8)])


def test_the_band_holds_what_it_promises():
    """Independent scatter, no saving: at 90 % the truth lies inside in 85 to 97 of 100 years."""
    rng = np.random.default_rng(11)
    weather = BASE[0]
    truth = FIT.predict(weather)
    inside = 0
    for _ in range(300):
        fit = fit_caltrack_daily(weather, truth + rng.normal(0, 4, 365), unit="degF")
        saved = savings(
            fit, AFTER[0], FIT.predict(AFTER[0]) + rng.normal(0, 4, 365), form="guideline14"
        )
        inside += abs(saved.savings) <= saved.uncertainty
    assert 0.85 <= inside / 300 <= 0.97
