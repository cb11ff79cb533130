from __future__ import annotations

import numpy as np

from analytics.jobs.plausibility.slots import actual, difference, held, rhythm
from analytics.series import Series

MIN = 60_000


def series(minutes: list[int], values: list[float], interval_ms: int = MIN) -> Series:
    return Series(np.array(minutes) * MIN, np.array(values), "°C", interval_ms)


def test_the_rhythm_is_the_usual_one_and_never_finer_than_configured():
    assert rhythm(np.array([0, 15, 30, 45, 90]) * MIN, MIN) == 15 * MIN
    assert rhythm(np.array([0, 1, 2, 3]) * MIN, 5 * MIN) == 5 * MIN
    assert rhythm(np.array([0, 99]) * MIN, MIN) == MIN


def test_actual_values_are_known_ones_inside_the_span():
    found = actual(series([0, 5, 10, 15, 20], [1, 2, np.nan, 4, 5]), 5 * MIN, 20 * MIN)
    assert found.value.tolist() == [2, 4]
    assert found.interval_ms == MIN  # two values tell no rhythm


def test_a_value_holds_for_three_of_its_intervals():
    found = held(series([0, 10], [1.0, 2.0]), np.array([-1, 0, 3, 4, 10, 13, 14]) * MIN)
    assert np.isnan(found[[0, 3, 6]]).all()
    assert found[[1, 2, 4, 5]].tolist() == [1, 1, 2, 2]
    assert np.isnan(held(series([], []), np.array([0]))).all()


def test_a_difference_needs_both():
    found = difference(series([0, 1, 2], [5, np.nan, 7], MIN), series([0, 2], [1, 2], 2 * MIN))
    assert (found.at / MIN).tolist() == [0, 2]
    assert found.value.tolist() == [4, 5]
    assert (found.unit, found.interval_ms) == ("K", 2 * MIN)
