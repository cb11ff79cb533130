from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import InsufficientData, fit_cop


def conditions(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(25.0, 45.0, n), rng.uniform(0.3, 1.0, n)


@given(b0=st.floats(6, 9), b1=st.floats(-0.12, -0.03), b2=st.floats(-1, 1), log=st.booleans())
@settings(max_examples=20, deadline=None)
def test_an_exact_line_is_recovered(b0, b1, b2, log):
    lift, load = conditions()
    line = (b0 + b1 * lift + b2 * load) * (0.2 if log else 1.0)
    cop = np.exp(line) if log else line
    fit = fit_cop(lift, load, cop, shape="log" if log else "linear")
    expected = np.array([b0, b1, b2]) * (0.2 if log else 1.0)
    np.testing.assert_allclose(list(fit.coefficients.values()), expected, atol=1e-9)
    predicted = fit.predict(lift, load)
    np.testing.assert_allclose(predicted.cop, cop)
    assert predicted.standard_uncertainty.max() < 1e-9


def test_uncertainty_is_that_of_the_textbook_line():
    lift, _ = conditions(100)
    cop = 7 - 0.08 * lift + np.random.default_rng(1).normal(0, 0.1, 100)
    fit = fit_cop(lift, None, cop)
    assert (fit.n, fit.p, fit.part_load_range) == (100, 2, None)
    widened = fit.standard_error * np.sqrt(1 / 100)
    if fit.autocorrelation <= 0:
        assert fit.predict([lift.mean()]).standard_uncertainty[0] == pytest.approx(widened)
    assert fit.predict([60.0]).standard_uncertainty[0] > 3 * widened
    assert fit.predict([35.0]).scatter[0] == fit.standard_error


def test_autocorrelated_residuals_widen_the_line():
    lift, _ = conditions(500)
    rng, drift = np.random.default_rng(2), np.zeros(500)
    for i in range(1, 500):
        drift[i] = 0.9 * drift[i - 1] + rng.normal(0, 0.05)
    slow = fit_cop(lift, None, 7 - 0.08 * lift + drift)
    shuffled = fit_cop(lift, None, 7 - 0.08 * lift + rng.permutation(drift))
    assert slow.autocorrelation > 0.8
    of_slow, of_shuffled = (each.predict([35.0]).standard_uncertainty for each in (slow, shuffled))
    assert of_slow[0] > 2.5 * of_shuffled[0]


def test_busy_hours_weigh_more_and_bad_ones_not_at_all():
    lift, load = conditions()
    cop = 7 - 0.08 * lift
    cop[::2] += 1.0
    weights = np.where(np.arange(400) % 2 == 0, 1e-9, 10.0)
    fit = fit_cop(lift, load, cop, weights)
    assert fit.predict([30.0], [0.5]).cop[0] == pytest.approx(4.6, abs=1e-6)
    cop[1], lift[3] = np.nan, np.nan
    assert fit_cop(lift, load, cop, weights).n == 398


def test_a_part_load_that_hardly_varies_is_left_out():
    lift, _ = conditions()
    fit = fit_cop(lift, np.full(400, 0.8), 7 - 0.08 * lift)
    assert list(fit.coefficients) == ["intercept", "lift"]


def test_refusals_and_mistakes():
    lift, load = conditions()
    cop = 7 - 0.08 * lift
    with pytest.raises(InsufficientData, match=r"cop\.too-few-intervals"):
        fit_cop(lift[:15], None, cop[:15])
    with pytest.raises(InsufficientData, match=r"cop\.constant-lift"):
        fit_cop(np.full(400, 35.0), None, cop)
    with pytest.raises(ValueError, match="weights"):
        fit_cop(lift, load, cop, -np.ones(400))
    with pytest.raises(ValueError, match="part_load"):
        fit_cop(lift, load[:-1], cop)
    fit = fit_cop(lift, load, cop)
    with pytest.raises(ValueError, match="part_load"):
        fit.predict([30.0])
    with pytest.raises(ValueError, match="part_load"):
        fit.predict([30.0], [0.5, 0.6])
