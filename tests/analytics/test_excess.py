from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.excess import beyond, outside, rise, shortfall, silence, worst

NAN = math.nan


def test_beyond_one_limit_or_two():
    value = np.array([1.0, 5.0, NAN])
    np.testing.assert_allclose(beyond(value, above=4.0), [-3.0, 1.0, NAN])
    np.testing.assert_allclose(beyond(value, below=4.0), [3.0, -1.0, NAN])
    np.testing.assert_allclose(beyond(value, above=4.0, below=2.0), [1.0, 1.0, NAN])
    with pytest.raises(ValueError, match="above"):
        beyond(value)


def test_outside_is_in_widths_of_the_range():
    value = np.array([-10.0, 50.0, 120.0])
    np.testing.assert_allclose(outside(value, 0.0, 100.0), [0.1, -0.5, 0.2])
    np.testing.assert_allclose(outside(value, 0.0, math.inf), [10.0, -50.0, -120.0])
    np.testing.assert_allclose(outside(value, -math.inf, 100.0), [-1.1, -0.5, 0.2])


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (-math.inf, math.inf)])
def test_a_range_that_is_none_is_refused(ends):
    with pytest.raises(ValueError, match=r"low|high"):
        outside(np.zeros(1), *ends)


def test_rise_is_over_the_least_value_of_the_last_while():
    at = np.arange(6) * 60_000
    depth = np.array([5.0, 3.0, 8.0, NAN, 20.0, 4.0])
    np.testing.assert_allclose(rise(at, depth, 120_000), [0.0, 0.0, 5.0, NAN, 12.0, 0.0])


def test_a_counter_that_begins_anew_has_risen_from_there():
    dropped = np.array([100.0, 100.0, 0.0, 3.0])
    np.testing.assert_allclose(rise(np.arange(4) * 1_000, dropped, 60_000), [0.0, 0.0, 0.0, 3.0])


def test_silence_is_counted_from_what_was_heard():
    assert silence(100_000, 40_000, 45_000) == 15.0
    assert silence(100_000, 90_000, 45_000) == -35.0
    assert silence(100_000, None, 45_000) is None


@pytest.mark.parametrize(
    ("observed", "uncertainty", "percent", "low"),
    [
        (3.59, 0.05, 10.0, True),  # 10.25 % below, and more than 2 u
        (3.61, 0.05, 10.0, False),  # 9.75 % below
        (3.59, 0.25, 10.0, False),  # the instruments cannot tell
        (3.19, 0.05, 20.0, True),
        (3.21, 0.05, 20.0, False),
        (3.19, 0.41, 20.0, False),
        (4.50, 0.05, 10.0, False),
    ],
)
def test_a_cop_is_low_only_when_the_instruments_can_tell(observed, uncertainty, percent, low):
    found = shortfall(observed, 4.0, uncertainty, percent)
    assert (found.excess > 0) == low
    assert found.limit - observed == found.excess


@given(st.floats(0.5, 8), st.floats(0.5, 8), st.floats(0, 1))
def test_the_alarm_implies_the_warning(observed, predicted, uncertainty):
    warning = shortfall(observed, predicted, uncertainty, 10.0)
    alarm = shortfall(observed, predicted, uncertainty, 20.0)
    assert alarm.excess <= warning.excess


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ((NAN, 4.0, 0.1, 10.0), "observed"),
        ((3.0, 0.0, 0.1, 10.0), "predicted"),
        ((3.0, 4.0, -0.1, 10.0), "uncertainty"),
        ((3.0, 4.0, 0.1, 0.0), "percent"),
    ],
)
def test_a_shortfall_of_nothing_is_refused(numbers, name):
    with pytest.raises(ValueError, match=name):
        shortfall(*numbers)


AT = np.arange(6) * 10_000


def test_the_worst_field_is_named():
    excess = np.array([[-1.0, -1.0, 2.0], [-2.0, 1.0, 1.0]])
    found = worst(AT[:3], excess, [30_000, 30_000], 0.1)
    np.testing.assert_allclose(found.excess, [-1.0, 1.0, 2.0])
    np.testing.assert_array_equal(found.which, [0, 1, 0])


def test_a_slower_field_holds_between_its_values():
    excess = np.array([[-1.0] * 6, [0.5, NAN, NAN, -0.5, NAN, NAN]])
    found = worst(AT, excess, [30_000, 30_000], 0.1)
    np.testing.assert_allclose(found.excess, [0.5, 0.5, 0.5, -0.5, -0.5, -0.5])


def test_a_field_that_was_beyond_and_died_leaves_it_unknown():
    excess = np.array([[-1.0] * 6, [0.5, NAN, NAN, NAN, NAN, NAN]])
    found = worst(AT, excess, [10_000, 10_000], 0.1)
    np.testing.assert_allclose(found.excess, [0.5, 0.5, NAN, NAN, NAN, NAN])
    excess[1, 0] = -0.5  # well within: its death is another rule's subject
    np.testing.assert_allclose(worst(AT, excess, [10_000, 10_000], 0.1).excess[2:], [-1.0] * 4)


def test_a_field_that_was_beyond_before_must_be_known():
    excess = np.array([[-1.0, -1.0, -1.0], [NAN, NAN, -0.5]])
    found = worst(AT[:3], excess, [10_000, 10_000], 0.1, must_know=1)
    np.testing.assert_allclose(found.excess, [NAN, NAN, -0.5])
    excess[0, 1] = 3.0
    found = worst(AT[:3], excess, [10_000, 10_000], 0.1, must_know=1)
    np.testing.assert_allclose(found.excess, [NAN, 3.0, -0.5])


def test_a_slot_without_any_value_of_its_own_is_unknown():
    excess = np.array([[0.5, NAN, 0.5]])
    np.testing.assert_allclose(worst(AT[:3], excess, [30_000], 0.0).excess, [0.5, NAN, 0.5])


def test_nothing_in_nothing_out():
    assert worst(AT[:0], np.empty((2, 0)), [1, 1], 0.0).excess.size == 0
