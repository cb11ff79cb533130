"""Electricity by item: what the towers use beside the plant, and what is lost on the way.

Items follow the Chinese sub-metering tree: lighting and sockets, air conditioning, power, special.
"""

from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.noise import FloatArray, Octaves, layered_noise
from firmware_sims.physics.occupancy import Occupancy
from firmware_sims.physics.weather import Weather

_WATTS_PER_KW = 1_000.0
_SLOW: Octaves = ((3_600.0, 0.8), (600.0, 0.4), (60.0, 0.3))
_QUICK: Octaves = ((120.0, 0.7), (20.0, 0.7))


@dataclass(frozen=True)
class TowerLoads:
    """Specific electric loads of a tower, per gross floor area.

    Attributes
    ----------
    base_w_m2, used_w_m2, daylight_saving : float
        Lighting and sockets: around the clock, with everybody in, share saved by bright sky.
    fans_w_m2, coils_w_m2 : float
        Air handlers when conditioned, fan coils at full water power.
    lifts_w_m2, water_pumps_w_m2 : float
        With everybody moving; at full water use.
    servers_w_m2, kitchen_w_m2 : float
        Server room with its own cooling; kitchen at noon.
    """

    base_w_m2: float = 1.5
    used_w_m2: float = 12.5
    daylight_saving: float = 0.18
    fans_w_m2: float = 2.6
    coils_w_m2: float = 1.5
    lifts_w_m2: float = 1.6
    water_pumps_w_m2: float = 0.35
    servers_w_m2: float = 1.15
    kitchen_w_m2: float = 2.0


@dataclass(frozen=True)
class TowerItems:
    """Electric power of a tower by item over a time axis [kW]."""

    lighting_sockets_kw: FloatArray
    terminals_kw: FloatArray
    power_kw: FloatArray
    special_kw: FloatArray


def lighting_sockets_kw(
    at_s: FloatArray,
    area_m2: float,
    loads: TowerLoads,
    occupancy: Occupancy,
    weather: Weather,
    seed: int,
    name: str,
) -> FloatArray:
    """Return lighting and sockets; most of it heats the rooms.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    area_m2 : float
        Gross floor area. [m²]
    loads, occupancy, weather : TowerLoads, Occupancy, Weather
        Over the same time axis.
    seed, name : int, str
        Random stream.

    Returns
    -------
    array of float64
        Power. [kW]
    """
    bright = np.clip(weather.global_irradiance_w_m2 / 600.0, 0.0, 1.0)
    used = occupancy.presence * (1.0 - loads.daylight_saving * bright)
    wander = 1.0 + 0.03 * layered_noise(at_s, seed, f"{name}.sockets", _SLOW)
    return area_m2 * (loads.base_w_m2 + loads.used_w_m2 * used) * wander / _WATTS_PER_KW


def tower_items(
    at_s: FloatArray,
    area_m2: float,
    loads: TowerLoads,
    occupancy: Occupancy,
    weather: Weather,
    lighting_kw: FloatArray,
    water_heat_kw: FloatArray,
    seed: int,
    name: str,
) -> TowerItems:
    """Return the electricity of a tower by item.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    area_m2 : float
        Gross floor area. [m²]
    loads, occupancy, weather : TowerLoads, Occupancy, Weather
        Over the same time axis.
    lighting_kw : array of float64
        From `lighting_sockets_kw`. [kW]
    water_heat_kw : array of float64
        Heat or cold that the terminals deliver. [kW]
    seed, name : int, str
        Random stream.

    Returns
    -------
    TowerItems
    """
    kilo = area_m2 / _WATTS_PER_KW
    coil_share = np.clip(np.abs(water_heat_kw) / (0.06 * area_m2), 0.0, 1.0)
    lift_traffic = 0.12 + 0.75 * occupancy.presence
    lift_noise = np.maximum(1.0 + 0.25 * layered_noise(at_s, seed, f"{name}.lifts", _QUICK), 0.1)
    server_noise = 1.0 + 0.02 * layered_noise(at_s, seed, f"{name}.servers", _SLOW)
    server_cooling = 1.25 + 0.012 * np.clip(weather.outdoor_temp_c - 10.0, 0.0, 30.0)
    noon = np.exp(-(((occupancy.local_hour - 11.2) / 1.1) ** 2)) * occupancy.workday
    return TowerItems(
        lighting_sockets_kw=lighting_kw,
        terminals_kw=kilo
        * (
            loads.fans_w_m2 * occupancy.conditioned * (water_heat_kw != 0.0)
            + loads.coils_w_m2 * coil_share
            + 0.05
        ),
        power_kw=kilo
        * (
            loads.lifts_w_m2 * lift_traffic * lift_noise
            + loads.water_pumps_w_m2 * (0.15 + 0.85 * occupancy.presence)
        ),
        special_kw=kilo
        * (loads.servers_w_m2 * server_cooling * server_noise + loads.kitchen_w_m2 * noon),
    )


@dataclass(frozen=True)
class Supply:
    """Transformers and cables between the main meter and the sub-meters.

    Attributes
    ----------
    no_load_loss_kw : float
        Of the transformers, always. [kW]
    rated_kw, rated_loss_kw : float
        Losses that grow with the square of the load, at this load. [kW]
    """

    no_load_loss_kw: float = 4.4
    rated_kw: float = 2_600.0
    rated_loss_kw: float = 34.0

    def loss_kw(self, load_kw: FloatArray) -> FloatArray:
        """Return the losses between main meter and sub-meters [kW]."""
        return self.no_load_loss_kw + self.rated_loss_kw * np.square(load_kw / self.rated_kw)


@dataclass(frozen=True)
class ThreePhase:
    """What a three-phase meter shows beside power and energy; one row per phase.

    Attributes
    ----------
    voltage_v, current_a, power_kw : array of float64, shape (3, n)
        Phase to neutral [V], line current [A], active power [kW].
    power_factor, frequency_hz : array of float64, shape (n,)
        Of the whole meter [-], of the grid [Hz].
    """

    voltage_v: FloatArray
    current_a: FloatArray
    power_kw: FloatArray
    power_factor: FloatArray
    frequency_hz: FloatArray


def three_phase(
    at_s: FloatArray, power_kw: FloatArray, usual_power_factor: float, seed: int, name: str
) -> ThreePhase:
    """Spread the power of a meter over its phases.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    power_kw : array of float64
        Active power of all phases. [kW]
    usual_power_factor : float
        Of what hangs on the meter. [-]
    seed, name : int, str
        Random stream of the meter; voltage and frequency are those of the common grid.

    Returns
    -------
    ThreePhase
        The phase powers sum to `power_kw`; power = voltage · current · power factor.
    """
    lean = [0.03 * layered_noise(at_s, seed, f"{name}.lean{n}", _SLOW) for n in range(3)]
    share = (1.0 + np.array(lean)) / np.sum(1.0 + np.array(lean), axis=0)
    sag = [0.4 * layered_noise(at_s, seed, f"grid.phase{n}", _SLOW) for n in range(3)]
    voltage = 231.5 + 1.6 * layered_noise(at_s, seed, "grid.voltage", _SLOW) + np.array(sag)
    factor = np.clip(
        usual_power_factor + 0.01 * layered_noise(at_s, seed, f"{name}.factor", _SLOW), 0.5, 1.0
    )
    phase_kw = share * power_kw
    return ThreePhase(
        voltage_v=voltage,
        current_a=phase_kw * _WATTS_PER_KW / (voltage * factor),
        power_kw=phase_kw,
        power_factor=factor,
        frequency_hz=50.0 + 0.012 * layered_noise(at_s, seed, "grid.frequency", _QUICK),
    )
