from __future__ import annotations

import math

import pytest
from scipy.stats import t

from analytics.baseline import fit_caltrack_daily, guideline14_b28
from analytics.baseline.fractional import (
    MONTH_DAYS,
    caltrack_band,
    guideline14_band,
    prediction_factor,
    student,
)
from tests.analytics.baseline.samples import eemeter_daily


def test_guideline_14_equation_b28():
    """N8 of the domain reference, and changepointmodel's test of the same formula."""
    assert guideline14_b28(0.8, 0.5, 1.0, 2, 12, 12) == pytest.approx(0.269, abs=5.5e-4)
    # tests/test_lib_savings.py there: 42 against 43, CV 0.5, p 2
    assert guideline14_b28(0.8, 0.5, 1 / 42, 2, 12, 12) == pytest.approx(11.321001, abs=1e-4)
    # tests/test_lib_uncertainties.py there: of a sum of 100
    assert 100 * guideline14_b28(0.8, 0.5, 1.0, 2, 12, 12) == pytest.approx(26.954, abs=1e-3)


def test_the_factor_of_sun_and_baltazar_at_twelve_months():
    assert prediction_factor("billing", 12) == pytest.approx(1.3056, abs=5e-5)
    assert prediction_factor("daily", 12) == pytest.approx(1.3925, abs=5e-5)


def test_students_quantile_is_two_sided():
    assert student(0.9, 363) == pytest.approx(t.ppf(0.95, 363), rel=1e-12)
    with pytest.raises(ValueError, match="confidence"):
        student(90, 10)
    with pytest.raises(ValueError, match="freedom"):
        student(0.9, 0)


def test_the_two_bands_of_the_published_sample():
    fit = fit_caltrack_daily(*eemeter_daily("baseline"), unit="degF")
    assert caltrack_band(fit, 365, 365, 0.9) == pytest.approx(315.41536753139144, abs=1e-6)
    ours = guideline14_band(fit, 9876.148496472535, 365, 365 / MONTH_DAYS, 0.9)
    factor = prediction_factor("daily", 365 / MONTH_DAYS)
    by_hand = 9876.148496472535 * t.ppf(0.95, 362) * factor * fit.cv_rmse
    assert ours == pytest.approx(by_hand * math.sqrt((1 + 2 / 365) / 365), rel=1e-12)


def test_shorter_periods_are_less_certain_relative_and_more_so_absolute():
    fit = fit_caltrack_daily(*eemeter_daily("baseline"), unit="degF")
    for band in (
        lambda m: caltrack_band(fit, m, m, 0.9),
        lambda m: guideline14_band(fit, 27.0 * m, m, m / MONTH_DAYS, 0.9),
    ):
        assert band(30) < band(365)
        assert band(30) / 30 > band(365) / 365
