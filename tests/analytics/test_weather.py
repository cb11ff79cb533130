from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.series import DAY_MS, HOUR_MS
from analytics.weather import (
    cooling_degree_days,
    daily_weather,
    degree_days_within,
    degrees_per_kelvin,
    from_degc,
    heating_degree_days,
    paired_days,
)

NAN = np.nan
HOURS = np.arange(72) * HOUR_MS
EDGES = np.arange(4) * DAY_MS


@given(st.floats(-40, 50), st.floats(-40, 50))
def test_a_day_is_above_or_below_its_balance_point(temperature, balance):
    heating = heating_degree_days([temperature], balance)[0]
    cooling = cooling_degree_days([temperature], balance)[0]
    assert heating * cooling == 0.0
    assert cooling - heating == pytest.approx(temperature - balance)


def test_many_balance_points_make_a_table_and_gaps_stay_gaps():
    table = heating_degree_days([10.0, NAN], np.array([8.0, 12.0, 18.0]))
    np.testing.assert_array_equal(table, [[0.0, 2.0, 8.0], [NAN] * 3])
    np.testing.assert_array_equal(cooling_degree_days([10.0, NAN], 8.0), [2.0, NAN])


def test_units():
    assert degrees_per_kelvin("degF") == 1.8
    assert from_degc(10.0, "degF") == pytest.approx(50.0)
    assert from_degc(10.0, "degC") == 10.0
    with pytest.raises(ValueError, match="unit"):
        degrees_per_kelvin("K")


def test_a_burst_of_readings_weighs_no_more_than_a_quiet_hour():
    burst = np.arange(60) * 60_000
    at = np.concatenate((burst, HOURS[1:24]))
    value = np.concatenate((np.full(60, 20.0), np.full(23, 10.0)))
    day = daily_weather(at, value, EDGES[:2])
    assert day.mean[0] == pytest.approx((20.0 + 23 * 10.0) / 24)


def test_short_gaps_are_bridged_and_half_empty_days_have_no_mean():
    value = np.arange(72, dtype=float)
    value[5:11] = NAN
    value[24:37] = NAN
    weather = daily_weather(HOURS, value, EDGES)
    assert weather.mean[0] == pytest.approx(11.5)
    assert weather.present[0] == pytest.approx(18 / 24)
    assert np.isnan(weather.mean[1])
    assert weather.present[1] == pytest.approx(11 / 24)
    assert weather.mean[2] == pytest.approx(59.5)


def test_a_long_gap_is_not_bridged():
    value = np.arange(72, dtype=float)
    value[5:12] = NAN
    assert daily_weather(HOURS, value, EDGES).mean[0] == pytest.approx(np.nanmean(value[:24]))


def test_days_of_23_and_25_hours_are_cut_by_their_edges():
    edges = np.array([0, 23, 48]) * HOUR_MS
    value = np.where(np.arange(48) < 23, 1.0, 2.0)
    assert daily_weather(HOURS[:48], value, edges).mean.tolist() == [1.0, 2.0]


def test_a_swing_across_the_balance_point_has_degree_days_of_both_kinds():
    value = np.where(np.arange(72) % 24 < 12, 10.0, 30.0)
    for kind in ("heating", "cooling"):
        within = degree_days_within(HOURS, value, EDGES, 20.0, kind=kind)
        np.testing.assert_allclose(within, 5.0)
    assert heating_degree_days(daily_weather(HOURS, value, EDGES).mean, 20.0).tolist() == [0.0] * 3


def test_degree_days_need_half_of_the_day():
    value = np.full(72, 10.0)
    value[:13] = NAN
    within = degree_days_within(HOURS, value, EDGES, 20.0, kind="heating")
    np.testing.assert_array_equal(within, [NAN, 10.0, 10.0])


def test_pairing_makes_every_gap_explicit():
    weather_day = np.array(["2026-01-01", "2026-01-02", "2026-01-04"], "M8[D]")
    meter_day = np.array(["2026-01-04", "2026-01-02"], "M8[D]")
    day, temperature, energy = paired_days(weather_day, [1.0, 2.0, 4.0], meter_day, [40.0, 20.0])
    assert day.astype(str).tolist() == ["2026-01-02", "2026-01-03", "2026-01-04"]
    np.testing.assert_array_equal(temperature, [2.0, NAN, 4.0])
    np.testing.assert_array_equal(energy, [20.0, NAN, 40.0])


@pytest.mark.parametrize(
    ("weather_day", "meter_day", "name"),
    [
        (["2026-01-01", "2026-01-01"], ["2026-01-01"], "temperature"),
        (["2026-01-01", "2026-01-02"], [], "meter_day"),
        (["2026-01-01"], ["2026-01-01"], "temperature"),
    ],
)
def test_pairing_refuses_what_is_ambiguous(weather_day, meter_day, name):
    with pytest.raises(ValueError, match=name):
        paired_days(weather_day, [1.0, 2.0], meter_day, [1.0] * len(meter_day))


def test_mistakes_in_readings_and_edges():
    with pytest.raises(ValueError, match="temperature"):
        daily_weather(HOURS, np.zeros(3), EDGES)
    with pytest.raises(ValueError, match="edges"):
        daily_weather(HOURS, np.zeros(72), EDGES[::-1])


def test_no_readings_at_all():
    weather = daily_weather(HOURS[:0], np.zeros(0), EDGES)
    assert np.isnan(weather.mean).all()
    assert weather.present.tolist() == [0.0] * 3
