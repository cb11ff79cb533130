"""Stretches of time: where they begin, end and break."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.quality.stretches import duration, stretches

AT = np.array([0, 10, 20, 30, 80, 90])


def test_a_stretch_ends_where_it_no_longer_holds_and_at_a_gap():
    held = np.array([False, True, True, True, True, True])
    found = stretches(AT, held, 10)
    assert [(stretch.start, stretch.end) for stretch in found] == [(10, 40), (80, 100)]
    assert [stretch.length_ms for stretch in found] == [30, 20]


def test_short_ones_are_left_out():
    held = np.array([True, False, True, True, True, False])
    assert [s.start for s in stretches(AT, held, 10, least_ms=20)] == [20]


def test_nothing_held_is_no_stretch():
    assert stretches(AT, np.zeros(6, dtype=np.bool_), 10) == []
    assert stretches(AT[:0], np.zeros(0, dtype=np.bool_), 10) == []


def test_shapes_must_match():
    with pytest.raises(ValueError, match="held"):
        stretches(AT, np.ones(2, dtype=np.bool_), 10)


def test_durations_are_told_in_minutes_then_hours():
    assert duration(45 * 60_000).en == "45 min"
    assert duration(9_000_000).zh == "2.5 小时"
