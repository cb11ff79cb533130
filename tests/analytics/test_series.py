"""Series: slots, values, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.series import Series

NAN = float("nan")


def series(at: list[int], value: list[float], interval_ms: int = 10) -> Series:
    return Series(np.array(at, dtype=np.int64), np.array(value), "kW", interval_ms)


def test_a_gap_is_neither_zero_nor_a_neighbour():
    found = series([0, 10, 30], [1.0, NAN, 3.0]).on(np.array([0, 10, 20, 30, 40]))
    np.testing.assert_equal(found, [1.0, NAN, NAN, 3.0, NAN])


def test_an_empty_series_has_values_nowhere():
    np.testing.assert_equal(series([], []).on(np.array([0, 10])), [NAN, NAN])


def test_between_is_half_open():
    assert series([0, 10, 20], [1.0, 2.0, 3.0]).between(0, 20).at.tolist() == [0, 10]


def test_known_leaves_gaps_out():
    assert series([0, 10, 20], [1.0, NAN, 3.0]).known().at.tolist() == [0, 20]


@pytest.mark.parametrize(
    ("at", "value", "interval_ms", "word"),
    [
        ([0, 0], [1.0, 2.0], 10, "increase"),
        ([10, 0], [1.0, 2.0], 10, "increase"),
        ([0], [1.0, 2.0], 10, "shapes"),
        ([0], [1.0], 0, "rhythm"),
    ],
)
def test_arrays_that_are_no_series_are_refused(at, value, interval_ms, word):
    with pytest.raises(ValueError, match=word):
        series(at, value, interval_ms)
