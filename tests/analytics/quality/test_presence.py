"""Coverage, gaps, silent devices, clocks."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.quality import clock, completeness, gaps, silent_device
from analytics.series import Series

MIN = 60_000
NAN = float("nan")


def series(minutes: list[int]) -> Series:
    return Series(np.array(minutes, dtype=np.int64) * MIN, np.ones(len(minutes)), "kW", MIN)


def test_coverage_at_the_limit_is_complete():
    assert completeness(series(list(range(90))), 0, 100 * MIN) == ()


def test_low_coverage_is_told_with_its_numbers():
    (found,) = completeness(series(list(range(89))), 0, 100 * MIN)
    assert found.code == "data.coverage"
    assert found.evidence == {"due": 100.0, "there": 89.0, "coverage": 0.89}
    assert "89.0%" in found.sentence.zh
    assert "89 of 100" in found.sentence.en


def test_no_data_at_all_is_zero_coverage():
    (found,) = completeness(series([]), 0, 100 * MIN)
    assert found.evidence["coverage"] == 0.0


def test_a_span_without_due_slots_lacks_none():
    assert completeness(series([]), 1, 2) == ()


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="end"):
        completeness(series([]), 2, 2)


def test_gaps_are_told_with_the_longest():
    (found,) = gaps(series([0, 1, 2, 40, 41, 70]), 0, 71 * MIN)
    assert found.code == "data.gap"
    assert found.evidence["gaps"] == 2
    assert found.evidence["longest_from_ms"] == 3 * MIN
    assert found.evidence["longest_to_ms"] == 40 * MIN


def test_a_gap_may_begin_or_end_with_the_span():
    (found,) = gaps(series([30]), 0, 100 * MIN)
    assert found.evidence["gaps"] == 2
    assert found.evidence["total_ms"] == 99 * MIN


def test_a_missing_value_is_a_gap():
    values = np.where((np.arange(60) > 10) & (np.arange(60) < 40), NAN, 1.0)
    (found,) = gaps(Series(np.arange(60) * MIN, values, "kW", MIN), 0, 60 * MIN)
    assert found.evidence["total_ms"] == 29 * MIN


def test_short_gaps_are_no_matter():
    assert gaps(series([0, 10, 20, 25]), 0, 26 * MIN) == ()


def test_nothing_at_all_is_one_gap():
    (found,) = gaps(series([]), 0, 60 * MIN)
    assert found.evidence["total_ms"] == 60 * MIN


def test_a_silent_device_is_an_alarm():
    (found,) = silent_device(0, 16 * MIN, MIN)
    assert (found.code, found.severity) == ("device.silent", "alarm")
    assert "16 min" in found.sentence.en


@pytest.mark.parametrize(("now", "interval"), [(15 * MIN, MIN), (40 * MIN, 15 * MIN)])
def test_a_device_within_its_rhythm_is_not_silent(now, interval):
    assert silent_device(0, now, interval) == ()


def test_a_device_that_never_answered_is_silent():
    assert silent_device(None, 0, MIN)[0].code == "device.silent"


@pytest.mark.parametrize(("off", "word"), [(61_000, "ahead"), (-90_000, "behind")])
def test_a_clock_that_is_off_is_told(off, word):
    (found,) = clock(1_000_000 + off, 1_000_000)
    assert word in found.sentence.en
    assert found.evidence["off_ms"] == off


def test_a_minute_is_no_matter():
    assert clock(60_000, 0) == ()
