"""Who is in a tower when, and when its plant is asked to work."""

from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.calendar import BoolArray, WorkingCalendar
from firmware_sims.physics.noise import FloatArray, Octaves, layered_noise

_DAY_S = 86_400.0
_WANDER: Octaves = ((7_200.0, 0.7), (86_400.0, 0.7))


@dataclass(frozen=True)
class OfficeHours:
    """The daily rhythm of a government office.

    Attributes
    ----------
    arrive_h, leave_h : float
        Middle of the coming and of the going, local clock. [h]
    lunch_share : float
        Share of the people who stay on their floor at noon. [-]
    late_share, weekend_share, night_share : float
        People present in the evening, on days off, and at night (duty office). [-]
    plant_on_h, plant_off_h : float
        Hours of full air conditioning on workdays, local clock. [h]
    duty_share : float
        Part of the tower that is conditioned outside these hours. [-]
    """

    arrive_h: float = 8.25
    leave_h: float = 17.6
    lunch_share: float = 0.6
    late_share: float = 0.08
    weekend_share: float = 0.06
    night_share: float = 0.015
    plant_on_h: float = 6.5
    plant_off_h: float = 18.0
    duty_share: float = 0.06


@dataclass(frozen=True)
class Occupancy:
    """Presence and schedule over a time axis; all arrays have its shape.

    Attributes
    ----------
    presence : array of float64
        Share of the people who are in, 0 to 1. [-]
    conditioned : array of float64
        Share of the tower that is heated or cooled to comfort, 0 to 1. [-]
    workday : array of bool
        Whether the local day is worked.
    local_hour : array of float64
        Local clock. [h]
    """

    presence: FloatArray
    conditioned: FloatArray
    workday: BoolArray
    local_hour: FloatArray


def occupancy_at(
    at_s: FloatArray,
    hours: OfficeHours,
    calendar: WorkingCalendar,
    utc_offset_h: float,
    seed: int,
    name: str,
) -> Occupancy:
    """Evaluate presence and schedule at any instants.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch, UTC]
    hours : OfficeHours
        Rhythm of the tower.
    calendar : WorkingCalendar
        Which days are worked.
    utc_offset_h : float
        Local clock minus UTC; China keeps one zone and no summer time. [h]
    seed, name : int, str
        Random stream of the tower.

    Returns
    -------
    Occupancy
    """
    local_s = at_s + utc_offset_h * 3_600.0
    hour = local_s % _DAY_S / 3_600.0
    workday = calendar.is_workday(np.floor(local_s / _DAY_S).astype(np.int64))
    wander = 1.0 + 0.05 * layered_noise(at_s, seed, f"{name}.presence", _WANDER)
    presence = np.where(workday, _workday_presence(hour, hours), _weekend_presence(hour, hours))
    in_hours = workday & (hour >= hours.plant_on_h) & (hour < hours.plant_off_h)
    return Occupancy(
        presence=np.clip(presence * wander, 0.0, 1.0),
        conditioned=np.where(in_hours, 1.0, hours.duty_share),
        workday=workday,
        local_hour=hour,
    )


def _ramp(hour: FloatArray, middle_h: float, width_h: float) -> FloatArray:
    """Rise smoothly from 0 to 1 around `middle_h`."""
    return np.asarray(0.5 + 0.5 * np.tanh(2.0 * (hour - middle_h) / width_h), dtype=np.float64)


def _workday_presence(hour: FloatArray, hours: OfficeHours) -> FloatArray:
    inside = _ramp(hour, hours.arrive_h, 0.5) * (1.0 - _ramp(hour, hours.leave_h, 0.6))
    noon = _ramp(hour, 11.9, 0.3) * (1.0 - _ramp(hour, 13.6, 0.4))
    late = _ramp(hour, hours.leave_h, 0.6) * (1.0 - _ramp(hour, 20.5, 1.5))
    day = 0.88 * inside * (1.0 - (1.0 - hours.lunch_share) * noon)
    return hours.night_share + day + hours.late_share * late


def _weekend_presence(hour: FloatArray, hours: OfficeHours) -> FloatArray:
    open_hours = _ramp(hour, 9.5, 1.5) * (1.0 - _ramp(hour, 16.5, 1.5))
    return hours.night_share + hours.weekend_share * open_hours
