from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.baseline.fit import autocorrelation, determination, effective_observations, quality

NAN = np.nan


def test_statistics_by_hand():
    observed = np.array([10.0, 12.0, NAN, 14.0, 20.0])
    predicted = np.array([11.0, 11.0, 3.0, 14.0, 18.0])
    q = quality(observed, predicted, 2)
    # residuals −1, 1, 0, 2; mean 14; deviations −4, −2, 0, 6
    assert (q.n, q.p, q.mean) == (4, 2, 14.0)
    assert q.standard_error == pytest.approx(np.sqrt(6 / 2))
    assert q.cv_rmse == pytest.approx(np.sqrt(3) / 14)
    assert q.nmbe == pytest.approx(2 / (2 * 14))
    assert q.r_squared == pytest.approx(1 - 6 / 56)
    assert q.r_squared_adjusted == pytest.approx(1 - (6 / 2) / (56 / 3))


def test_adjusted_r_squared_as_changepointmodel_publishes_it():
    """tests/test_lib_metrics.py there: p = 4."""
    predicted = np.array(
        [
            1279.60425108, 1213.54261136, 1118.12024288, 1081.41933192, 1021.4745107, 935.8390518,
            906.74142535, 998.81156387, 1074.1416772, 1080.83768728, 1156.16780061, 1186.29984595,
        ]
    )  # fmt: skip
    observed = np.array([1314.0, 1117, 1123, 1205, 976, 915, 975, 916, 1088, 1045, 1112, 1267])
    adjusted = quality(observed, predicted, 4).r_squared_adjusted
    assert adjusted == pytest.approx(0.6324037889660822, abs=1e-12)


def test_a_positive_bias_is_a_model_that_predicts_too_little():
    assert quality(np.array([10.0, 11.0, 12.0]), np.array([9.0, 10.0, 11.0]), 1).nmbe > 0


def test_autocorrelation_is_that_of_neighbours_that_both_exist():
    rng = np.random.default_rng(0)
    e = rng.normal(0.0, 1.0, 50)
    assert autocorrelation(e) == pytest.approx(np.corrcoef(e[1:], e[:-1])[0, 1])
    e[20] = NAN
    both = ~np.isnan(e[1:] + e[:-1])
    assert autocorrelation(e) == pytest.approx(np.corrcoef(e[1:][both], e[:-1][both])[0, 1])
    assert autocorrelation(np.zeros(10)) == 0.0
    assert autocorrelation(np.array([1.0, 2.0])) == 0.0


@given(n=st.integers(2, 1000), rho=st.floats(-1.0, 1.0))
def test_effective_observations_are_capped_in_production(n, rho):
    assert 1.0 <= effective_observations(n, rho) <= n
    uncapped = effective_observations(n, rho, capped=False)
    assert uncapped >= effective_observations(n, rho)
    if rho > 0.0:
        assert uncapped <= n


def test_effective_observations_of_the_published_sample():
    assert effective_observations(365, -0.01479566809498993, capped=False) == pytest.approx(
        375.96304325870955, rel=1e-12
    )


def test_degenerate_observations():
    with pytest.raises(ValueError, match="observed"):
        quality(np.ones(2), np.ones(2), 2)
    assert np.isnan(determination(np.ones(5), np.ones(5)))
    assert np.isnan(quality(np.zeros(5), np.zeros(5), 1).cv_rmse)


def test_weights_enter_the_determination():
    observed, predicted = np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0])
    weighted = determination(observed, predicted, np.array([1.0, 1.0, 1e-12]))
    assert weighted == pytest.approx(1.0, abs=1e-9)
