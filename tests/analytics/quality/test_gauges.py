"""Out of range, frozen, spikes and steps."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.quality import frozen, implausible_cop, jumps, out_of_range
from analytics.series import FloatArray, Series

MIN = 60_000
NAN = float("nan")


def series(value: FloatArray | list[float], unit: str = "°C") -> Series:
    values = np.asarray(value, dtype=np.float64)
    return Series(np.arange(values.size) * MIN, values, unit, MIN)


def moving(minutes: int) -> FloatArray:
    return 40.0 + np.sin(np.arange(minutes) / 3.0)


class TestRange:
    def test_a_quarter_of_an_hour_outside_is_told_with_the_farthest_value(self):
        value = moving(60)
        value[20:36] = -50.0
        value[30] = -55.0
        (found,) = out_of_range(series(value), 5.0, 80.0)
        assert found.code == "value.out-of-range"
        assert found.evidence["worst"] == -55.0
        assert found.evidence["longest_from_ms"] == 20 * MIN
        assert "-55.00" in found.sentence.zh

    def test_shorter_is_no_matter(self):
        value = moving(60)
        value[20:34] = 99.0
        assert out_of_range(series(value), 5.0, 80.0) == ()

    def test_the_limits_belong_to_the_range(self):
        assert out_of_range(series([80.0] * 60), 5.0, 80.0) == ()

    def test_an_empty_range_is_refused(self):
        with pytest.raises(ValueError, match="high"):
            out_of_range(series([1.0]), 5.0, 5.0)


class TestFrozen:
    def test_a_value_that_moves_is_alive(self):
        assert frozen(series(moving(600))) == ()

    def test_identical_for_a_quarter_of_an_hour_is_a_warning(self):
        value = moving(120)
        value[30:50] = 41.0
        (found,) = frozen(series(value))
        assert (found.code, found.severity) == ("value.frozen", "warning")
        assert found.evidence["value"] == 41.0

    def test_identical_for_two_hours_is_an_alarm(self):
        value = moving(300)
        value[30:160] = 41.0
        (found,) = frozen(series(value))
        assert found.severity == "alarm"
        assert "2.2 h" in found.sentence.en

    def test_a_steady_plant_is_no_alarm(self):
        """Its readings hardly move, but they do not repeat themselves bit for bit."""
        value = 41.0 + 0.01 * np.sin(np.arange(300.0))
        (found,) = frozen(series(value))
        assert found.severity == "warning"
        assert frozen(series(value), variance=0.0) == ()

    def test_standing_still_while_nothing_runs_is_right(self):
        value = np.full(300, 41.0)
        assert frozen(series(value), np.zeros(300, dtype=np.bool_)) == ()

    def test_only_running_time_counts(self):
        value = np.full(300, 41.0)
        running = np.arange(300) % 60 < 10  # never a quarter of an hour in a row
        assert frozen(series(value), running) == ()

    @pytest.mark.parametrize("value", [[], [1.0], [NAN] * 60])
    def test_nothing_to_judge_tells_nothing(self, value):
        assert frozen(series(value)) == ()

    def test_shapes_must_match(self):
        with pytest.raises(ValueError, match="running"):
            frozen(series([1.0, 2.0]), np.ones(3, dtype=np.bool_))

    def test_large_values_are_judged_as_finely(self):
        value = 1e6 + np.sin(np.arange(300.0))
        assert frozen(series(value)) == ()


class TestJumps:
    def test_a_value_that_leaps_and_comes_back_is_a_spike(self):
        value = moving(60)
        value[30] = 80.0
        (found,) = jumps(series(value), 5.0)
        assert found.code == "value.spike"
        assert found.evidence["at_ms"] == 30 * MIN
        assert found.evidence["after"] == 80.0

    def test_one_that_stays_is_a_step(self):
        value = moving(60)
        value[30:] += 20.0
        (found,) = jumps(series(value), 5.0)
        assert found.code == "value.step"
        assert found.evidence["times"] == 1

    def test_both_are_told_apart(self):
        value = moving(90)
        value[20] = -40.0
        value[60:] += 20.0
        assert [found.code for found in jumps(series(value), 5.0)] == ["value.spike", "value.step"]

    def test_across_a_gap_much_may_be(self):
        value = np.concatenate((moving(10), np.full(10, NAN), moving(10) + 30.0))
        assert jumps(series(value), 5.0) == ()

    @pytest.mark.parametrize("value", [[], [1.0], [NAN, NAN], [1.0, 2.0]])
    def test_few_values_tell_nothing(self, value):
        assert jumps(series(value), 5.0) == ()

    def test_the_limit_must_be_positive(self):
        with pytest.raises(ValueError, match="most"):
            jumps(series([1.0]), 0.0)


@pytest.mark.parametrize(
    ("cop", "over", "told"),
    [(4.0, "year", 0), (6.2, "year", 1), (6.2, "window", 0), (0.5, "day", 1), (NAN, "day", 0)],
)
def test_a_cop_is_plausible_by_the_time_it_was_taken_over(cop, over, told):
    assert len(implausible_cop(cop, over)) == told
