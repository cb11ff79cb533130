from datetime import UTC, datetime

import numpy as np
import pytest

from firmware_sims.physics.weather import Climate, Weather, saturation_pressure_pa, weather_at


def hours_of(first: datetime, days: int) -> np.ndarray:
    return first.timestamp() + np.arange(days * 24) * 3_600.0


@pytest.fixture(scope="module")
def year_weather() -> Weather:
    return weather_at(hours_of(datetime(2026, 1, 1, tzinfo=UTC), 365), Climate(), 20240)


def test_summers_are_hot_and_winters_cold(year_weather):
    monthly = year_weather.outdoor_temp_c[: 360 * 24].reshape(12, -1).mean(axis=1)
    assert 1.0 < monthly[0] < 8.0
    assert 25.0 < monthly[6] < 31.0
    assert -12.0 < year_weather.outdoor_temp_c.min() < 0.0
    assert 33.0 < year_weather.outdoor_temp_c.max() < 41.0


def test_afternoons_are_warmer_than_mornings(year_weather):
    hourly = year_weather.outdoor_temp_c.reshape(-1, 24).mean(axis=0)
    # 15:00 and 05:00 on the local clock, UTC+8.
    assert hourly[7] > hourly[21] + 4.0


def test_humidity_stays_physical(year_weather):
    humidity = year_weather.relative_humidity_pct
    assert humidity.min() > 5.0
    assert humidity.max() <= 100.0 + 1e-9
    vapour = humidity / 100.0 * saturation_pressure_pa(year_weather.outdoor_temp_c)
    ratio = 0.622 * vapour / (101_325.0 - vapour)
    assert np.allclose(ratio, year_weather.humidity_ratio)


def test_the_sun_shines_by_day_only(year_weather):
    hourly = year_weather.global_irradiance_w_m2.reshape(-1, 24)
    # 23:00 to 03:00 local
    assert hourly[:, 15:20].max() == 0.0
    assert 1_100.0 < hourly.sum() / 1_000.0 < 1_700.0
    assert hourly.max() < 1_100.0


def test_clear_sky_at_noon_matches_the_haurwitz_formula():
    # Equinox at the equator: the sun stands in the zenith, 1098 exp(-0.057) W/m² without clouds.
    noon = (
        np.array([datetime(2026, 3, 22, 12, tzinfo=UTC).timestamp()]) + np.arange(200) * 3.15576e7
    )
    weather = weather_at(noon, Climate(latitude_deg=0.0, longitude_deg=0.0), 5)
    assert weather.global_irradiance_w_m2.max() == pytest.approx(1098 * np.exp(-0.057), rel=0.01)


def test_saturation_pressure_matches_the_steam_table():
    # IAPWS: 611.7, 2339.3 and 5628.6 Pa at 0.01, 20 and 35 °C; the Magnus form is good to 0.4 %.
    pressure = saturation_pressure_pa(np.array([0.01, 20.0, 35.0]))
    assert pressure == pytest.approx([611.7, 2339.3, 5628.6], rel=4e-3)


def test_other_seeds_give_other_weather():
    at_s = hours_of(datetime(2026, 5, 1, tzinfo=UTC), 30)
    one, same, other = (weather_at(at_s, Climate(), seed).outdoor_temp_c for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - other).max() > 2.0
