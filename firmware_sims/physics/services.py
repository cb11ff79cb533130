"""Water and gas of a tower."""

from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.noise import FloatArray, Octaves, layered_noise
from firmware_sims.physics.occupancy import Occupancy

_TAPS: Octaves = ((900.0, 0.6), (120.0, 0.6), (15.0, 0.5))
_HOB: Octaves = ((1_200.0, 0.8), (60.0, 0.6))


@dataclass(frozen=True)
class TowerServices:
    """Water and gas habits of a tower.

    Attributes
    ----------
    water_l_person_h, water_leak_m3h : float
        Use while somebody is in [L/h]; what always runs [m³/h].
    canteen_water_m3h, gas_m3h : float
        Canteen while cooking; 0 without a canteen. [m³/h]
    """

    water_l_person_h: float = 3.6
    water_leak_m3h: float = 0.04
    canteen_water_m3h: float = 0.0
    gas_m3h: float = 0.0


def cooking(occupancy: Occupancy) -> FloatArray:
    """Return how busy the canteen is: breakfast and lunch on workdays, 0 to 1 [-]."""
    breakfast = 0.45 * np.exp(-(((occupancy.local_hour - 7.2) / 0.6) ** 2))
    lunch = np.exp(-(((occupancy.local_hour - 11.0) / 1.1) ** 2))
    busy = np.where(breakfast + lunch > 0.02, breakfast + lunch, 0.0)
    return np.asarray(busy * occupancy.workday, dtype=np.float64)


def water_flow_m3h(
    at_s: FloatArray,
    people: float,
    services: TowerServices,
    occupancy: Occupancy,
    seed: int,
    name: str,
) -> FloatArray:
    """Return the cold water that a tower draws.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    people : float
        People that belong to the tower.
    services, occupancy : TowerServices, Occupancy
        Habits, and who is in.
    seed, name : int, str
        Random stream.

    Returns
    -------
    array of float64
        Flow. [m³/h]
    """
    gusts = np.maximum(1.0 + 0.45 * layered_noise(at_s, seed, f"{name}.taps", _TAPS), 0.0)
    used = people * occupancy.presence * services.water_l_person_h / 1_000.0
    canteen = services.canteen_water_m3h * cooking(occupancy)
    return services.water_leak_m3h + (used + canteen) * gusts


def gas_flow_m3h(
    at_s: FloatArray, services: TowerServices, occupancy: Occupancy, seed: int, name: str
) -> FloatArray:
    """Return the natural gas that the canteen burns; see `water_flow_m3h` [m³/h]."""
    hob = np.maximum(1.0 + 0.3 * layered_noise(at_s, seed, f"{name}.hob", _HOB), 0.0)
    return services.gas_m3h * cooking(occupancy) * hob
