"""Synthetic weather of a city with hot summers and cold winters, as a function of time."""

from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.noise import FloatArray, Octaves, layered_noise

_DAY_S = 86_400.0
_YEAR_D = 365.2425
_HOUR_S = 3_600.0
_SYNOPTIC: Octaves = (
    (8 * _DAY_S, 0.6),
    (3.5 * _DAY_S, 0.8),
    (1.2 * _DAY_S, 0.5),
    (5 * _HOUR_S, 0.2),
)
_CLOUD: Octaves = ((3 * _DAY_S, 0.8), (1 * _DAY_S, 0.6), (3 * _HOUR_S, 0.5), (1_200.0, 0.25))
_MOISTURE: Octaves = ((4 * _DAY_S, 0.8), (1 * _DAY_S, 0.5), (4 * _HOUR_S, 0.2))


@dataclass(frozen=True)
class Climate:
    """The climate of the site; the default lies in the middle Yangtze valley.

    Attributes
    ----------
    latitude_deg, longitude_deg : float
        Position of the site. [°]
    mean_temp_c, annual_swing_k, daily_swing_k : float
        Mean outdoor temperature and the half swings around it. [°C, K]
    coldest_day : float
        Day of the year with the lowest mean. [d]
    winter_noise_k, summer_noise_k : float
        Standard deviation of the weather around the mean. [K]
    """

    latitude_deg: float = 30.6
    longitude_deg: float = 114.3
    mean_temp_c: float = 15.5
    annual_swing_k: float = 12.6
    daily_swing_k: float = 4.2
    coldest_day: float = 20.0
    winter_noise_k: float = 3.2
    summer_noise_k: float = 2.2


@dataclass(frozen=True)
class Weather:
    """Weather over a time axis; all arrays have its shape.

    Attributes
    ----------
    outdoor_temp_c, relative_humidity_pct, global_irradiance_w_m2 : array of float64
        Dry bulb [°C], relative humidity [%], irradiance on the horizontal [W/m²].
    humidity_ratio : array of float64
        Water in dry air. [kg/kg]
    """

    outdoor_temp_c: FloatArray
    relative_humidity_pct: FloatArray
    global_irradiance_w_m2: FloatArray
    humidity_ratio: FloatArray


def weather_at(at_s: FloatArray, climate: Climate, seed: int) -> Weather:
    """Evaluate the weather at any instants.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch, UTC]
    climate : Climate
        Of the site.
    seed : int
        Seed of the complex.

    Returns
    -------
    Weather
    """
    warmth = seasonal_warmth(at_s, climate)
    cloud = _cloud_cover(at_s, seed)
    solar_hour = (at_s / _HOUR_S + climate.longitude_deg / 15.0) % 24.0
    noise_k = climate.winter_noise_k + (climate.summer_noise_k - climate.winter_noise_k) * (
        0.5 + 0.5 * warmth
    )
    base_c = climate.mean_temp_c + climate.annual_swing_k * warmth
    base_c = base_c + noise_k * layered_noise(at_s, seed, "weather.synoptic", _SYNOPTIC)
    swing_k = climate.daily_swing_k * (1.15 - 0.75 * cloud)
    outdoor_c = base_c + swing_k * np.cos(2.0 * np.pi * (solar_hour - 14.5) / 24.0)
    depression_k = 6.0 - 4.5 * cloud + 1.6 * layered_noise(at_s, seed, "weather.moist", _MOISTURE)
    dew_c = np.minimum(base_c - np.maximum(depression_k, 0.3), outdoor_c)
    vapour_pa = saturation_pressure_pa(dew_c)
    return Weather(
        outdoor_temp_c=outdoor_c,
        relative_humidity_pct=100.0 * vapour_pa / saturation_pressure_pa(outdoor_c),
        global_irradiance_w_m2=_irradiance(at_s, solar_hour, climate, cloud),
        humidity_ratio=0.622 * vapour_pa / (101_325.0 - vapour_pa),
    )


def seasonal_warmth(at_s: FloatArray, climate: Climate) -> FloatArray:
    """Return -1 at the coldest and +1 at the warmest time of the year [-]."""
    return -np.cos(2.0 * np.pi * (at_s / _DAY_S / _YEAR_D % 1.0 - climate.coldest_day / _YEAR_D))


def saturation_pressure_pa(temp_c: FloatArray) -> FloatArray:
    """Return the saturation pressure of water vapour over water [Pa].

    Magnus form with the coefficients of the WMO guide No. 8.
    """
    return 611.2 * np.exp(17.62 * temp_c / (243.12 + temp_c))


def _cloud_cover(at_s: FloatArray, seed: int) -> FloatArray:
    """Return the covered share of the sky, 0 to 1, mean about 0.7."""
    return 1.0 / (1.0 + np.exp(-1.1 - 1.9 * layered_noise(at_s, seed, "weather.cloud", _CLOUD)))


def _irradiance(
    at_s: FloatArray, solar_hour: FloatArray, climate: Climate, cloud: FloatArray
) -> FloatArray:
    """Return the global irradiance on the horizontal [W/m²].

    Clear sky after Haurwitz (1945), clouds after Kasten and Czeplak (1980,
    doi:10.1016/0038-092X(80)90391-6). The epoch is a New Year, so the day of the year drifts by
    less than a day, which the declination does not feel.
    """
    day = at_s / _DAY_S % _YEAR_D
    declination = np.deg2rad(23.45) * np.sin(2.0 * np.pi * (284.0 + day) / 365.0)
    latitude = np.deg2rad(climate.latitude_deg)
    hour_angle = np.deg2rad(15.0 * (solar_hour - 12.0))
    cos_zenith = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(hour_angle)
    up = np.maximum(cos_zenith, 1e-3)
    clear = np.where(cos_zenith > 0.0, 1098.0 * up * np.exp(-0.057 / up), 0.0)
    return np.asarray(clear * (1.0 - 0.75 * cloud**3.4), dtype=np.float64)
