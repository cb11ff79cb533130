"""One office tower: thermal mass, gains, ventilation, heat taken from the water."""

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.occupancy import Occupancy, OfficeHours
from firmware_sims.physics.weather import Weather

_AIR_KWH_M3K = 1.2 * 1.006 / 3_600.0
_LATENT_KWH_PER_M3 = 1.2 * 2_501.0 / 3_600.0
_PERSON_SENSIBLE_KW = 0.075
_PERSON_LATENT_KW = 0.055
_ROOM_HUMIDITY_RATIO = 0.0112
"""Water in room air at 26 °C and 53 %. [kg/kg]"""
_DRY_COIL_ABOVE_C, _WET_COIL_BELOW_C = 16.0, 12.0
_WATTS_PER_KW = 1_000.0


class Season(IntEnum):
    """What the two-pipe system is switched to."""

    OFF = 0
    HEATING = 1
    COOLING = -1


@dataclass(frozen=True)
class Tower:
    """A tower; specific values are per gross floor area.

    Attributes
    ----------
    name, area_m2, people : str, float, float
        Identity, gross floor area [m²], people that belong to it.
    hours : OfficeHours
        Daily rhythm.
    envelope_w_m2k, mass_link_w_m2k : float
        Losses through walls, windows and cracks; room to concrete. [W/(m² K)]
    room_wh_m2k, mass_wh_m2k : float
        Heat held by air and furniture, and by concrete. [Wh/(m² K)]
    solar_aperture_m2_m2 : float
        Share of the horizontal irradiance that ends up in the rooms. [m²/m²]
    fresh_air_m3h_person, recovery : float
        Ventilation when conditioned, share of heat and moisture recovered. [m³/h, -]
    open_windows_w_m2k : float
        Extra exchange when people open windows in mild weather. [W/(m² K)]
    heating_set_c, cooling_set_c : float
        Upper and lower end of the controllers' bands. [°C]
    control_w_m2k, heating_coil_w_m2k, cooling_coil_w_m2k : float
        Slope of the controllers, conductance of the terminals. [W/(m² K)]
    """

    name: str
    area_m2: float
    people: float
    hours: OfficeHours = field(default_factory=OfficeHours)
    envelope_w_m2k: float = 1.45
    mass_link_w_m2k: float = 6.0
    room_wh_m2k: float = 24.0
    mass_wh_m2k: float = 105.0
    solar_aperture_m2_m2: float = 0.025
    fresh_air_m3h_person: float = 30.0
    recovery: float = 0.55
    open_windows_w_m2k: float = 2.4
    heating_set_c: float = 21.0
    cooling_set_c: float = 26.0
    control_w_m2k: float = 45.0
    heating_coil_w_m2k: float = 2.8
    cooling_coil_w_m2k: float = 4.4


@dataclass(frozen=True)
class TowerDrive:
    """What drives a tower over a time axis; all arrays have its shape.

    Attributes
    ----------
    gain_kw : array of float64
        Heat from people, electricity and sun. [kW]
    exchange_kw_k : array of float64
        Envelope and ventilation together. [kW/K]
    latent_kw : array of float64
        Moisture that cold coils have to take out. [kW]
    conditioned : array of float64
        Share of the tower held at comfort. [-]
    """

    gain_kw: FloatArray
    exchange_kw_k: FloatArray
    latent_kw: FloatArray
    conditioned: FloatArray


def tower_drive(
    tower: Tower, weather: Weather, occupancy: Occupancy, electric_gain_kw: FloatArray
) -> TowerDrive:
    """Gather what acts on a tower and does not depend on its own state.

    Parameters
    ----------
    tower : Tower
    weather, occupancy : Weather, Occupancy
        Over the same time axis.
    electric_gain_kw : array of float64
        Electricity that becomes heat in the rooms. [kW]

    Returns
    -------
    TowerDrive
    """
    outdoor_c = weather.outdoor_temp_c
    fresh_m3h = tower.people * tower.fresh_air_m3h_person * occupancy.conditioned
    fresh_m3h = fresh_m3h * (1.0 - tower.recovery)
    mild = np.clip((outdoor_c - 14.0) / 2.0, 0.0, 1.0) * np.clip((25.0 - outdoor_c) / 2.0, 0.0, 1.0)
    windows_kw_k = tower.open_windows_w_m2k * mild * (0.15 + 0.85 * occupancy.presence)
    people = tower.people * occupancy.presence
    solar_kw = tower.solar_aperture_m2_m2 * weather.global_irradiance_w_m2 / _WATTS_PER_KW
    moisture = np.maximum(weather.humidity_ratio - _ROOM_HUMIDITY_RATIO, 0.0)
    return TowerDrive(
        gain_kw=people * _PERSON_SENSIBLE_KW + electric_gain_kw + solar_kw * tower.area_m2,
        exchange_kw_k=(
            tower.area_m2 * (tower.envelope_w_m2k + windows_kw_k) / _WATTS_PER_KW
            + fresh_m3h * _AIR_KWH_M3K
        ),
        latent_kw=fresh_m3h * _LATENT_KWH_PER_M3 * moisture
        + people * _PERSON_LATENT_KW * occupancy.conditioned,
        conditioned=occupancy.conditioned,
    )


@dataclass(slots=True)
class TowerState:
    """Temperatures of a tower."""

    room_c: float
    mass_c: float


class TowerModel:
    """Advance one tower: a room node and a mass node.

    Within a step the mass, the outdoor air and the water are constant and the room relaxes
    exponentially, so that the heat taken from the water is exactly the mean of what the coil gives.
    """

    def __init__(self, tower: Tower) -> None:
        self.tower = tower
        kilo = tower.area_m2 / _WATTS_PER_KW
        self._room_kwh_k = tower.room_wh_m2k * kilo
        self._mass_kwh_k = tower.mass_wh_m2k * kilo
        self._link_kw_k = tower.mass_link_w_m2k * kilo
        self._control_kw_k = tower.control_w_m2k * kilo
        self._heating_kw_k = tower.heating_coil_w_m2k * kilo
        self._cooling_kw_k = tower.cooling_coil_w_m2k * kilo

    def advance(
        self,
        state: TowerState,
        season: int,
        water_c: float,
        outdoor_c: float,
        gain_kw: float,
        exchange_kw_k: float,
        latent_kw: float,
        conditioned: float,
        dt_h: float,
    ) -> float:
        """Advance by one step; changes `state`.

        Parameters
        ----------
        state : TowerState
        season : int
            A `Season`: which way the water works.
        water_c, outdoor_c : float
            Supply water, outdoor air. [°C]
        gain_kw, exchange_kw_k, latent_kw, conditioned : float
            One instant of a `TowerDrive`. [kW, kW/K, kW, -]
        dt_h : float
            Step width. [h]

        Returns
        -------
        float
            Heat given by the water, mean of the step; negative when it cools. [kW]
        """
        passive_kw_k = exchange_kw_k + self._link_kw_k
        passive_kw = exchange_kw_k * outdoor_c + self._link_kw_k * state.mass_c + gain_kw
        coil_kw_k, anchor_c = self._coil(state.room_c, season, water_c, conditioned)
        room_mean_c, room_end_c = self._relax(
            state.room_c, passive_kw_k + coil_kw_k, passive_kw + coil_kw_k * anchor_c, dt_h
        )
        sensible_kw = coil_kw_k * (anchor_c - room_mean_c)
        if sensible_kw * season < 0.0:
            # The gains carry the room past its set point within the step: the valve is shut.
            sensible_kw = 0.0
            room_mean_c, room_end_c = self._relax(state.room_c, passive_kw_k, passive_kw, dt_h)
        state.mass_c += self._link_kw_k * (room_mean_c - state.mass_c) * dt_h / self._mass_kwh_k
        state.room_c = room_end_c
        if season != Season.COOLING or sensible_kw == 0.0:
            return sensible_kw
        wet = (_DRY_COIL_ABOVE_C - water_c) / (_DRY_COIL_ABOVE_C - _WET_COIL_BELOW_C)
        return sensible_kw - latent_kw * min(max(wet, 0.0), 1.0)

    def _coil(
        self, room_c: float, season: int, water_c: float, conditioned: float
    ) -> tuple[float, float]:
        """Return slope [kW/K] and anchor [°C] of the coil: controlled, fully open, or shut."""
        if season == Season.OFF:
            return 0.0, room_c
        if season == Season.HEATING:
            set_c, open_kw_k = self.tower.heating_set_c, self._heating_kw_k
        else:
            set_c, open_kw_k = self.tower.cooling_set_c, self._cooling_kw_k
        asked_kw = self._control_kw_k * (set_c - room_c) * season
        possible_kw = open_kw_k * (water_c - room_c) * season
        if asked_kw <= 0.0 or possible_kw <= 0.0:
            return 0.0, room_c
        if asked_kw < possible_kw:
            return self._control_kw_k * conditioned, set_c
        return open_kw_k * conditioned, water_c

    def _relax(
        self, room_c: float, slope_kw_k: float, drive_kw: float, dt_h: float
    ) -> tuple[float, float]:
        """Return mean and end of the room temperature over the step [°C]."""
        rest_c = drive_kw / slope_kw_k
        width = dt_h * slope_kw_k / self._room_kwh_k
        end = math.exp(-width)
        away_k = room_c - rest_c
        mean = (1.0 - end) / width if width > 1e-6 else 1.0 - 0.5 * width
        return rest_c + away_k * mean, rest_c + away_k * end
