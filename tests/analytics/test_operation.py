"""Starts, running time, standby, pumps and part load."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.operation import cycling, most_starts, part_load, running, standby_power
from collector.model import OperatingState as State

MINUTE = 1.0 / 60.0


def runs(text: str) -> np.ndarray:
    """One character a minute: # runs, . rests."""
    return np.array([mark == "#" for mark in text])


def test_starts_runs_and_breaks():
    found = cycling(runs("." * 20 + "#" * 30 + "." * 3 + "#" * 5 + "." * 62), MINUTE)
    assert found.starts == 2
    assert found.run_hours == pytest.approx(35 / 60)
    assert found.starts_per_hour == pytest.approx(1.0)
    assert found.most_in_an_hour == 2
    assert (found.short_runs, found.short_breaks) == (1, 1)
    assert found.mean_run_h == pytest.approx(17.5 / 60)


def test_a_run_at_the_edge_has_no_known_length():
    found = cycling(runs("##........##"), MINUTE)
    assert found.starts == 1
    assert found.short_runs == 0
    assert np.isnan(found.mean_run_h)


def test_a_start_across_a_gap_is_none():
    known = np.ones(9, np.bool_)
    known[3:6] = False
    found = cycling(runs("......###"), MINUTE, known=known)
    assert found.starts == 0
    assert found.known_hours == pytest.approx(0.1)


def test_nothing_known_is_nothing_told():
    found = cycling(np.zeros(0, np.bool_), MINUTE)
    assert found.starts == found.most_in_an_hour == 0
    assert np.isnan(found.starts_per_hour)
    with pytest.raises(ValueError, match="interval_h"):
        cycling(runs("#"), 0.0)
    with pytest.raises(ValueError, match="known"):
        cycling(runs("##"), MINUTE, known=runs("#"))


@given(st.lists(st.booleans(), max_size=200))
def test_starts_and_time_agree_with_counting(marks):
    found = cycling(np.array(marks, np.bool_), MINUTE)
    assert found.starts == sum(b and not a for a, b in itertools.pairwise(marks))
    assert found.run_hours == pytest.approx(sum(marks) / 60.0)
    assert found.most_in_an_hour <= found.starts


def test_most_starts_are_those_of_the_densest_hour_known_whole():
    counted = np.array([1.0, 0.0, 0.0, 1.0, 1.6, 0.4, 1.0, np.nan, 9.0, 0.0, 0.0])
    assert most_starts(counted, 4) == 4.0
    assert np.isnan(most_starts(counted[5:], 4))
    assert np.isnan(most_starts(counted[:3], 4))


def test_states_tell_when_a_compressor_works():
    works, known = running(np.array([State.HEAT, State.FREE_COOLING, State.STANDBY, -1]))
    np.testing.assert_array_equal(works, [True, False, False, False])
    np.testing.assert_array_equal(known, [True, True, True, False])


def test_standby_is_the_median_power_at_rest():
    states = np.array([State.OFF, State.STANDBY, State.STANDBY, State.HEAT, State.STANDBY])
    assert standby_power(np.array([0.5, 0.6, 9.0, 50.0, np.nan]), states) == pytest.approx(0.6)
    assert np.isnan(standby_power(np.array([50.0]), np.array([State.HEAT])))


def test_part_load_keeps_hours_and_energy():
    found = part_load(np.array([0.0, 5.0, 55.0, 120.0, np.nan]), 1.0, 100.0, (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(found.hours, [1.0, 2.0])
    np.testing.assert_array_equal(found.energy_kwh, [5.0, 175.0])
    with pytest.raises(ValueError, match="rated_kw"):
        part_load(np.ones(1), 1.0, 0.0)
    with pytest.raises(ValueError, match="edges"):
        part_load(np.ones(1), 1.0, 1.0, (0.1, 1.0))
