"""Swapped pipes, backward flow, dead flow sensors, sensor pairs."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.quality import negative_flow, pair_deviation, pair_offset, stuck_zero, swapped
from analytics.series import FloatArray, Series

MIN = 60_000
NAN = float("nan")
HEATING = np.ones(180)


def series(value: FloatArray | list[float], unit: str = "K") -> Series:
    values = np.asarray(value, dtype=np.float64)
    return Series(np.arange(values.size) * MIN, values, unit, MIN)


class TestSwapped:
    def test_the_wrong_sign_nearly_all_the_time_is_an_alarm(self):
        difference = np.full(180, -5.0)
        difference[:10] = 1.0
        (found,) = swapped(series(difference), HEATING)
        assert (found.code, found.severity) == ("circuit.swapped", "alarm")
        assert found.evidence["median_k"] == -5.0
        assert "94%" in found.sentence.en

    def test_cooling_has_the_other_sign(self):
        assert swapped(series(np.full(180, -5.0)), -HEATING) == ()
        assert swapped(series(np.full(180, 5.0)), -HEATING)[0].code == "circuit.swapped"

    def test_ninety_percent_is_not_yet(self):
        difference = np.full(180, -5.0)
        difference[:18] = 1.0
        assert swapped(series(difference), HEATING) == ()

    def test_less_than_two_hours_of_running_tells_nothing(self):
        assert swapped(series(np.full(119, -5.0)), HEATING[:119]) == ()

    def test_time_at_rest_does_not_count(self):
        expected = np.where(np.arange(180) < 60, 1.0, 0.0)
        assert swapped(series(np.full(180, -5.0)), expected) == ()

    @pytest.mark.parametrize("value", [[], [NAN] * 180])
    def test_nothing_to_judge_tells_nothing(self, value):
        assert swapped(series(value), np.ones(len(value)), least_ms=0) == ()

    def test_shapes_must_match(self):
        with pytest.raises(ValueError, match="expected"):
            swapped(series([1.0]), HEATING)


class TestNegativeFlow:
    def test_is_told_with_the_least(self):
        (found,) = negative_flow(series([5.0, -1.0, -2.0, 5.0], "m³/h"))
        assert found.evidence["least_m3h"] == -2.0
        assert found.evidence["total_ms"] == 2 * MIN

    def test_noise_about_zero_may_be_allowed(self):
        assert negative_flow(series([0.0, -0.01], "m³/h"), below=-0.05) == ()

    def test_missing_values_are_not_negative(self):
        assert negative_flow(series([NAN, NAN])) == ()


class TestStuckZero:
    def test_no_flow_under_load_is_an_alarm(self):
        flow = np.where(np.arange(60) < 30, 0.0, 20.0)
        (found,) = stuck_zero(series(flow, "m³/h"), series(np.full(60, 45.0), "kW"), 100.0)
        assert (found.code, found.severity) == ("circuit.no-flow-under-load", "alarm")
        assert found.evidence["power_kw"] == 45.0

    def test_no_flow_at_rest_is_right(self):
        flow = series(np.zeros(60), "m³/h")
        assert stuck_zero(flow, series(np.full(60, 19.0), "kW"), 100.0) == ()

    def test_nine_minutes_are_no_matter(self):
        flow = np.where(np.arange(60) < 9, 0.0, 20.0)
        assert stuck_zero(series(flow), series(np.full(60, 45.0)), 100.0) == ()

    def test_unknown_power_tells_nothing(self):
        assert stuck_zero(series(np.zeros(60)), series(np.full(60, NAN)), 100.0) == ()

    def test_the_rated_power_must_be_positive(self):
        with pytest.raises(ValueError, match="rated_kw"):
            stuck_zero(series([0.0]), series([1.0]), 0.0)


class TestPairOffset:
    PUMP_ONLY = np.ones(90, dtype=np.bool_)

    def test_the_first_half_hour_is_not_judged(self):
        difference = np.where(np.arange(90) < 30, 4.0, 0.05)
        assert pair_offset(series(difference), self.PUMP_ONLY) == ()

    @pytest.mark.parametrize(("offset", "severity"), [(0.2, "warning"), (-0.4, "alarm")])
    def test_an_offset_is_told_by_its_size(self, offset, severity):
        (found,) = pair_offset(series(np.full(90, offset)), self.PUMP_ONLY)
        assert found.severity == severity
        assert found.evidence["offset_k"] == pytest.approx(offset)

    def test_a_short_rest_tells_nothing(self):
        pump_only = np.arange(90) < 30
        assert pair_offset(series(np.full(90, 2.0)), pump_only) == ()

    def test_no_data_tells_nothing(self):
        assert pair_offset(series(np.full(90, NAN)), self.PUMP_ONLY) == ()

    def test_shapes_must_match(self):
        with pytest.raises(ValueError, match="pump_only"):
            pair_offset(series([1.0]), self.PUMP_ONLY)


class TestPairDeviation:
    DAYS = np.array([0, 1440, 2880]) * MIN

    def test_hours_of_a_day_are_told(self):
        other = np.zeros(2880)
        other[1440 : 1440 + 121] = 1.5
        (found,) = pair_deviation(series(np.zeros(2880)), series(other), self.DAYS)
        assert found.evidence["days"] == 1
        assert found.evidence["first_day_ms"] == 1440 * MIN
        assert found.evidence["most_k"] == 1.5

    def test_two_hours_are_not_yet(self):
        other = np.where(np.arange(2880) < 120, 1.5, 0.0)
        assert pair_deviation(series(np.zeros(2880)), series(other), self.DAYS) == ()

    def test_an_unknown_sensor_deviates_from_nothing(self):
        unknown = series(np.full(2880, NAN))
        assert pair_deviation(series(np.zeros(2880)), unknown, self.DAYS) == ()
