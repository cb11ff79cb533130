"""How near a plant comes to the best that thermodynamics allows at its temperatures.

Temperatures are those of the water: what leaves the plant towards the load, and what enters it
from the ground. The refrigerant works at a larger lift, so a good machine reaches 0.35 to 0.55.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.series import FloatArray

KELVIN = 273.15
LEAST_LIFT_K = 1.0
"""Below it no compressor is needed; COP of Carnot grows beyond meaning."""


@dataclass(frozen=True, slots=True)
class Lift:
    """Temperatures of a window, weighed by the heat delivered.

    Parameters
    ----------
    load_c, source_c : float
        Water to the load, water from the ground; NaN without heat. [°C]
    lift_k : float
        Load minus source when heating, source minus load when cooling. [K]
    """

    load_c: float
    source_c: float
    lift_k: float


def carnot_cop(
    load_temp_c: FloatArray, source_temp_c: FloatArray, *, cooling: bool = False
) -> FloatArray:
    """Largest possible COP between two temperatures.

    Parameters
    ----------
    load_temp_c, source_temp_c : array of float64
        [°C]
    cooling : bool
        The load is the cold side.

    Returns
    -------
    array of float64
        Heating T_load/(T_load - T_source), cooling T_load/(T_source - T_load), in kelvin; NaN
        where the lift is below 1 K. [-]
    """
    lift = source_temp_c - load_temp_c if cooling else load_temp_c - source_temp_c
    best = np.full(np.shape(lift), np.nan)
    np.divide(load_temp_c + KELVIN, lift, out=best, where=lift >= LEAST_LIFT_K)
    return best


def carnot_share(
    heat_kwh: FloatArray,
    electricity_kwh: FloatArray,
    load_temp_c: FloatArray,
    source_temp_c: FloatArray,
    *,
    cooling: bool = False,
) -> float:
    """Share of Carnot of a window: least possible electricity over that used.

    Parameters
    ----------
    heat_kwh, electricity_kwh : array of float64, shape (n,)
        Heat, or cold as a positive number, and electricity of the heat pumps. [kWh]
    load_temp_c, source_temp_c : array of float64, shape (n,)
        [°C]
    cooling : bool

    Returns
    -------
    float
        Σ(Q/COP_Carnot)/ΣW, a ratio of sums, over the intervals in which heat is delivered, all is
        known and the lift is 1 K or more; NaN when there are none. [-]
    """
    best = carnot_cop(load_temp_c, source_temp_c, cooling=cooling)
    known = ~np.isnan(best) & ~np.isnan(electricity_kwh) & (heat_kwh > 0.0)
    used = float(electricity_kwh[known].sum())
    return float((heat_kwh[known] / best[known]).sum()) / used if used > 0.0 else float("nan")


def weighted_lift(
    heat_kwh: FloatArray,
    load_temp_c: FloatArray,
    source_temp_c: FloatArray,
    *,
    cooling: bool = False,
) -> Lift:
    """Temperatures and lift at which the heat of a window was delivered.

    Parameters
    ----------
    heat_kwh : array of float64, shape (n,)
        Heat, or cold as a positive number; what is negative or unknown does not weigh. [kWh]
    load_temp_c, source_temp_c : array of float64, shape (n,)
        [°C]
    cooling : bool

    Returns
    -------
    Lift
    """
    load = load_weighted(load_temp_c, heat_kwh, source_temp_c)
    source = load_weighted(source_temp_c, heat_kwh, load_temp_c)
    return Lift(load, source, source - load if cooling else load - source)


def load_weighted(
    values: FloatArray, heat_kwh: FloatArray, also_known: FloatArray | None = None
) -> float:
    """Mean of a quantity, weighed by heat: Σ(x·Q)/ΣQ; NaN without heat. [unit of values]

    Parameters
    ----------
    values, heat_kwh : array of float64, shape (n,)
        [kWh]
    also_known : array of float64, shape (n,), optional
        Must be known too, so that means of several quantities are over the same intervals.
    """
    known = (heat_kwh > 0.0) & ~np.isnan(values)
    if also_known is not None:
        known &= ~np.isnan(also_known)
    weight = float(heat_kwh[known].sum())
    return float((values[known] * heat_kwh[known]).sum()) / weight if weight else float("nan")
