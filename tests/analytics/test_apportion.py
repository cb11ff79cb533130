"""Coarse registers: the sum is kept, and the weights say when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.apportion import quantisation, resolved, spread

NAN = float("nan")


def test_quantisation_is_the_step_over_root_six():
    assert quantisation(10.0) == pytest.approx(4.0825, abs=1e-4)


def test_a_bucket_is_resolved_when_quantisation_is_small_in_it():
    found = resolved(np.array([100.0, 300.0, -300.0, NAN, 0.0]), 10.0)
    assert found.tolist() == [False, True, True, False, False]


def test_a_step_is_spread_over_what_flowed_since_the_last():
    delta = np.array([0.0, 0.0, 10.0, 0.0, 10.0, 0.0])
    weight = np.array([1.0, 3.0, 1.0, 0.0, 5.0, 9.0])
    np.testing.assert_allclose(spread(delta, weight), [2.0, 6.0, 2.0, 0.0, 10.0, 0.0])


def test_without_any_flow_it_is_spread_evenly():
    np.testing.assert_allclose(spread(np.array([0.0, 10.0]), np.array([NAN, -1.0])), [5.0, 5.0])


def test_no_step_is_spread_across_what_is_unknown():
    delta = np.array([0.0, NAN, 0.0, 10.0])
    np.testing.assert_allclose(spread(delta, np.ones(4)), [0.0, NAN, 5.0, 5.0])


def test_nothing_stays_nothing():
    assert spread(np.array([]), np.array([])).size == 0


def test_arrays_must_match():
    with pytest.raises(ValueError, match="weight"):
        spread(np.zeros(2), np.zeros(3))


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.0, 0.0, 10.0, 20.0, NAN]), st.floats(-1, 100)),
        max_size=60,
    )
)
def test_the_sum_is_kept(rows):
    delta = np.array([row[0] for row in rows])
    found = spread(delta, np.array([row[1] for row in rows]))
    assert np.nansum(found) == pytest.approx(np.nansum(delta))
    np.testing.assert_array_equal(np.isnan(found), np.isnan(delta))
    assert np.all(found[~np.isnan(found)] >= 0)
