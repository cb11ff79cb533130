"""Registers against their power, main meters against their sub-meters."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.energy import BucketEnergy, counter_in_buckets, integrated
from analytics.quality import register_against_integral, sub_meters
from analytics.series import DAY_MS, FloatArray, Series

NAN = float("nan")
MIN = 60_000


def energy(value: list[float]) -> BucketEnergy:
    values = np.array(value)
    known = (~np.isnan(values)).astype(np.float64)
    return BucketEnergy(values, known, np.nan_to_num(values))


def days(number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(number + 1, dtype=np.int64) * DAY_MS


def measured_day(scale: float) -> tuple[BucketEnergy, BucketEnergy]:
    """A day of a register whose unit is wrong by `scale`, and its power integrated."""
    at = np.arange(1441) * MIN
    power = 40.0 + 10.0 * np.sin(np.arange(1441) / 100.0)
    counter = 1000.0 + scale * np.concatenate(([0.0], np.cumsum((power[1:] + power[:-1]) / 120)))
    series = Series(at, power, "kW", MIN)
    return (
        counter_in_buckets(at, counter, days(1)),
        integrated(series, days(1), longest_gap_ms=5 * MIN),
    )


class TestRegisterAgainstIntegral:
    def test_a_register_that_agrees_tells_nothing(self):
        assert register_against_integral(*measured_day(1.0), days(1)) == ()

    @pytest.mark.parametrize(
        ("scale", "word"),
        [
            (1000.0, "Wh"),
            (1e-3, "MWh"),
            (3.6, "MJ"),
            (3.6e-3, "GJ"),
            (10.0, "10 times"),
            (0.01, "100 times"),
        ],
    )
    def test_a_mix_up_of_units_is_named(self, scale, word):
        (found,) = register_against_integral(*measured_day(scale), days(1))
        assert (found.code, found.severity) == ("register.unit", "alarm")
        assert word in found.sentence.en
        assert found.evidence["ratio"] == pytest.approx(scale, rel=1e-3)

    def test_a_day_that_differs_is_told_with_the_worst(self):
        register, power = energy([100.0, 100.0, 80.0]), energy([100.0, 104.0, 100.0])
        (found,) = register_against_integral(register, power, days(3))
        assert found.code == "register.integral"
        assert found.evidence["days"] == 2
        assert found.evidence["day_ms"] == 2 * DAY_MS
        assert "25.0%" in found.sentence.zh

    def test_the_resolution_of_the_register_is_no_difference(self):
        register, power = energy([50.0, 50.0]), energy([55.0, 46.0])
        assert register_against_integral(register, power, days(2), step=10.0) == ()

    def test_a_register_that_stands_still_is_told(self):
        (found,) = register_against_integral(energy([0.0]), energy([50.0]), days(1))
        assert found.evidence["share"] == 1.0

    def test_only_days_of_which_both_are_known_are_compared(self):
        register, power = energy([NAN, 100.0, 90.0]), energy([50.0, NAN, 90.0])
        assert register_against_integral(register, power, days(3)) == ()
        assert register_against_integral(energy([NAN]), energy([NAN]), days(1)) == ()

    def test_two_zeros_agree(self):
        assert register_against_integral(energy([0.0]), energy([0.0]), days(1)) == ()

    def test_shapes_must_match(self):
        with pytest.raises(ValueError, match="edges"):
            register_against_integral(energy([1.0]), energy([1.0, 2.0]), days(1))


class TestSubMeters:
    @staticmethod
    def parts(*rows: list[float]) -> FloatArray:
        return np.array(rows)

    def test_five_percent_close(self):
        assert sub_meters(np.array([100.0]), self.parts([60.0], [35.0]), days(1)) == ()

    @pytest.mark.parametrize(("second", "word"), [(30.0, "missing"), (50.0, "too much")])
    def test_an_open_balance_is_told_by_month(self, second, word):
        (found,) = sub_meters(np.array([100.0]), self.parts([60.0], [second]), days(1))
        assert found.code == "meters.closure"
        assert found.evidence["difference"] == 40.0 - second
        assert word in found.sentence.en
        assert "10.0%" in found.sentence.zh

    def test_a_month_with_an_unknown_meter_is_not_checked_and_told(self):
        found = sub_meters(np.array([100.0, 100.0]), self.parts([NAN, 100.0]), days(2))
        assert [finding.code for finding in found] == ["meters.closure-unchecked"]

    def test_a_main_meter_at_zero_with_running_sub_meters_is_told(self):
        (found,) = sub_meters(np.array([0.0]), self.parts([5.0]), days(1))
        assert "∞" in found.sentence.en

    def test_all_zero_closes(self):
        assert sub_meters(np.array([0.0]), self.parts([0.0]), days(1)) == ()

    @pytest.mark.parametrize("parts", [np.zeros((0, 1)), np.zeros((1, 2)), np.zeros(1)])
    def test_parts_must_fit(self, parts):
        with pytest.raises(ValueError, match="parts"):
            sub_meters(np.array([1.0]), parts, days(1))
