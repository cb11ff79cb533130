from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline.periods import degree_day_means, period_temperatures


def test_degree_days_are_means_over_the_known_days():
    periods = period_temperatures([[10.0, np.nan, 20.0], [30.0, 30.0]], np.array([3.0, 2.0]))
    assert periods.known_days.tolist() == [2.0, 2.0]
    assert periods.mean.tolist() == [15.0, 30.0]
    heating, cooling = degree_day_means(periods, np.array([15.0, 25.0]))
    np.testing.assert_allclose(heating, [[2.5, 10.0], [0.0, 0.0]])
    np.testing.assert_allclose(cooling, [[2.5, 0.0], [15.0, 5.0]])


def test_nothing_known_is_nan_and_counts_no_day():
    periods = period_temperatures([[np.nan], [1.0]], np.array([1.0, 1.0]))
    assert periods.known_days.tolist() == [0.0, 1.0]
    assert np.isnan(periods.mean).tolist() == [True, False]


def test_equal_periods_may_be_a_table():
    periods = period_temperatures(np.array([[1.0, 3.0], [5.0, 7.0]]), np.array([2.0, 2.0]))
    assert periods.mean.tolist() == [2.0, 6.0]
    assert not periods.from_means


@pytest.mark.parametrize(
    ("temperature", "days", "name"),
    [
        ([1.0, 2.0, 3.0], [2.0, 2.0], "temperature"),
        ([[1.0], [2.0], [3.0]], [1.0, 1.0], "temperature"),
        ([1.0], [0.0], "days"),
    ],
)
def test_what_does_not_fit(temperature, days, name):
    with pytest.raises(ValueError, match=name):
        period_temperatures(temperature, np.array(days))
