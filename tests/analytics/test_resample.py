"""Statistics by bucket: what is there counts, what is missing does not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.resample import shares, statistics, weighted_means
from analytics.series import Series

NAN = float("nan")


def series(at: list[int], value: list[float], interval_ms: int = 10) -> Series:
    return Series(np.array(at, dtype=np.int64), np.array(value), "kW", interval_ms)


EDGES = np.array([0, 30, 60, 90])


def test_each_bucket_has_its_own():
    found = statistics(series([0, 10, 20, 60, 80], [1.0, 3.0, 2.0, 5.0, 7.0]), EDGES)
    np.testing.assert_equal(found.mean, [2.0, NAN, 6.0])
    np.testing.assert_equal(found.low, [1.0, NAN, 5.0])
    np.testing.assert_equal(found.high, [3.0, NAN, 7.0])
    np.testing.assert_equal(found.last, [2.0, NAN, 7.0])
    assert found.count.tolist() == [3, 0, 2]
    np.testing.assert_allclose(found.coverage, [1.0, 0.0, 2 / 3])


def test_values_outside_the_buckets_count_nowhere():
    found = statistics(series([-10, 0, 90, 100], [9.0, 1.0, 9.0, 9.0]), EDGES)
    np.testing.assert_equal(found.high, [1.0, NAN, NAN])


def test_a_missing_value_is_not_zero():
    found = statistics(series([0, 10, 20], [4.0, NAN, 2.0]), EDGES[:2])
    np.testing.assert_equal(found.mean, [3.0])
    np.testing.assert_equal(found.last, [2.0])
    np.testing.assert_allclose(found.coverage, [2 / 3])


def test_zero_is_not_missing():
    assert statistics(series([0, 10, 20], [0.0, 0.0, 0.0]), EDGES[:2]).coverage[0] == 1.0


def test_time_weighs_a_value_until_the_next_slot_but_not_across_a_gap():
    found = statistics(
        series([0, 10, 12, 14, 60], [1.0, 2.0, 4.0, 8.0, 5.0], interval_ms=10),
        EDGES,
        weighting="time",
    )
    np.testing.assert_allclose(found.mean[0], (1 * 10 + 2 * 2 + 4 * 2 + 8 * 10) / 24)
    np.testing.assert_allclose(found.mean[2], 5.0)


def test_time_does_not_weigh_beyond_the_bucket():
    found = statistics(
        series([20, 25], [1.0, 3.0], interval_ms=10), np.array([0, 30]), weighting="time"
    )
    np.testing.assert_allclose(found.mean, [2.0])


def test_more_slots_than_due_are_full_coverage():
    found = statistics(series([0, 5, 10], [1.0, 1.0, 1.0], interval_ms=10), np.array([0, 20]))
    assert found.coverage.tolist() == [1.0]


def test_a_source_faster_than_its_rhythm_covers_no_gap_with_that():
    found = statistics(series(list(range(15)), [1.0] * 15, interval_ms=10), np.array([0, 40]))
    assert found.count.tolist() == [15]
    assert found.coverage.tolist() == [0.5]


@pytest.mark.parametrize("value", [[], [NAN], [NAN, NAN]])
@pytest.mark.parametrize("weighting", ["samples", "time"])
def test_nothing_known_is_nan_everywhere(value, weighting):
    found = statistics(
        series([10 * n for n in range(len(value))], value), EDGES, weighting=weighting
    )
    assert np.isnan(found.mean).all()
    assert np.isnan(found.last).all()
    assert found.count.tolist() == [0, 0, 0]
    assert found.coverage.tolist() == [0.0, 0.0, 0.0]


@given(
    st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=60),
    st.lists(st.integers(-50, 700), min_size=2, max_size=10, unique=True),
)
def test_is_what_plain_python_says(value, edges):
    edges = sorted(edges)
    at = [10 * n for n in range(len(value))]
    found = statistics(series(at, value), np.array(edges))
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = [v for t, v in zip(at, value, strict=True) if low <= t < high and v == v]
        assert found.count[k] == len(inside)
        if inside:
            assert found.mean[k] == pytest.approx(sum(inside) / len(inside), abs=1e-6)
            assert found.low[k] == min(inside)
            assert found.high[k] == max(inside)
            assert found.last[k] == inside[-1]


def test_states_share_the_known_time():
    found = shares(series([0, 10, 20, 60], [2.0, 2.0, 0.0, NAN]), EDGES)
    assert found.states.tolist() == [0, 2]
    np.testing.assert_allclose(found.share[0], [1 / 3, 2 / 3])
    assert np.isnan(found.share[1:]).all()
    np.testing.assert_allclose(found.coverage, [1.0, 0.0, 0.0])


def test_states_that_were_asked_for_are_told_though_they_never_occur():
    found = shares(series([0, 10], [2.0, 2.0]), EDGES[:2], states=np.array([3, 2]))
    np.testing.assert_allclose(found.share, [[0.0, 1.0]])


def test_a_state_is_a_whole_number():
    with pytest.raises(ValueError, match="state codes"):
        shares(series([0], [1.5]), EDGES)


def test_edges_must_increase():
    with pytest.raises(ValueError, match="edges"):
        statistics(series([0], [1.0]), np.array([10, 10]))


def test_a_weighted_mean_counts_where_the_weight_is_positive():
    value = series([0, 10, 20, 30], [40.0, 50.0, NAN, 90.0])
    weight = series([0, 10, 20, 30], [1.0, 3.0, 7.0, NAN])
    np.testing.assert_allclose(weighted_means(value, weight, EDGES[:2]), [47.5])
    nothing = series([0, 10, 20, 30], [0.0, -1.0, 0.0, NAN])
    assert np.isnan(weighted_means(value, nothing, EDGES)).all()


def test_flow_times_the_difference_of_weighted_means_is_what_was_carried():
    random = np.random.default_rng(5)
    at = [10 * n for n in range(6 * 3)]
    flow = random.uniform(0.0, 9.0, len(at)) * (random.random(len(at)) < 0.5)
    warm, cool = random.uniform(30.0, 60.0, (2, len(at)))
    edges = np.array([at[0], at[6], at[12], at[-1] + 10])
    means = [
        weighted_means(series(at, list(value)), series(at, list(flow)), edges)
        for value in (warm, cool)
    ]
    carried = statistics(series(at, list(flow)), edges).mean * (means[0] - means[1])
    wanted = statistics(series(at, list(flow * (warm - cool))), edges).mean
    np.testing.assert_allclose(carried, wanted)
