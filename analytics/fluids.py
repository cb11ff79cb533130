"""Density and heat capacity of what flows in the circuits, and the energy a heat meter counts.

Water: polynomials fitted to IAPWS-IF97 at 1.6 MPa. Brines: `brines`, fitted to CoolProp 8.0.0.
A temperature outside the range of a fluid has no property: NaN, as a sensor's fault must not stop a
year. A fluid or mass fraction that nobody tabulated is a mistake: ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from numpy.polynomial import Polynomial

from analytics.brines import BRINES, LARGEST_FRACTION, LEAST_FRACTION, LOWEST_TEMP_C
from analytics.series import FloatArray
from collector.topology import Fluid

KJ_PER_KWH = 3_600.0
SensorPlace = Literal["supply", "return"]

_WATER_DENSITY = (
    1000.6211744575073, 0.055132852200911325, -0.008202993291252802, 6.395323420324495e-05,
    -4.0421880142483625e-07, 1.144749172205238e-09,
)  # fmt: skip
_WATER_HEAT_CAPACITY = (
    4213.54194181485, -2.6159093033310366, 0.05502939216502623, -0.0011965188533089586,
    1.1314336141698911e-05, -3.979242563153802e-08,
)  # fmt: skip
_WATER_RANGE_C = (1.0, 95.0)
_ABOVE_FREEZING_K = 1.0

WATER_BOUND = 2e-4
"""Largest relative error of water's heat capacity by volume. [-]"""
FIT_BOUND = 2e-5
"""Largest relative error of a brine's heat capacity by volume against its table. [-]"""
MIXTURE_BOUND = 0.02
"""How far a brine's mass fraction may be from what the site file says; assumed. [kg/kg]"""


@dataclass(frozen=True, slots=True)
class Properties:
    """Polynomials of one fluid at one mass fraction, by temperature.

    Parameters
    ----------
    heat_capacity : tuple of float
        Density times specific heat, ascending powers of °C. [kJ/(m³ K)]
    density : tuple of float
        [kg/m³]
    lowest_temp_c, highest_temp_c : float
        Where they hold. [°C]
    """

    heat_capacity: tuple[float, ...]
    density: tuple[float, ...]
    lowest_temp_c: float
    highest_temp_c: float


@lru_cache(maxsize=64)
def properties(fluid: Fluid, mass_fraction: float = 0.0) -> Properties:
    """Polynomials of a fluid; kept, for they are asked for again and again.

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated.
    """
    _check(fluid, mass_fraction)
    if fluid == "water":
        return Properties(_WATER_HEAT_CAPACITY, _WATER_DENSITY, *_WATER_RANGE_C)
    brine = BRINES[fluid]
    return Properties(
        _by_temperature(brine.heat_capacity, mass_fraction),
        _by_temperature(brine.density, mass_fraction),
        max(freezing_point(fluid, mass_fraction) + _ABOVE_FREEZING_K, LOWEST_TEMP_C),
        brine.highest_temp_c,
    )


def volumetric_heat_capacity(
    fluid: Fluid, mass_fraction: float, temp_c: npt.ArrayLike
) -> FloatArray:
    """Density times specific heat.

    Parameters
    ----------
    fluid : str
        water, ethylene_glycol, propylene_glycol or ethanol.
    mass_fraction : float
        Share of glycol or ethanol, 0.05 to 0.60; 0 for water. [kg/kg]
    temp_c : array_like of float
        Temperature. [°C]

    Returns
    -------
    array of float64, the shape of `temp_c`
        NaN outside the range: water 1 to 95 °C, brines from freezing point + 1 K (not below
        -25 °C) to 60 °C, ethanol to 40 °C. [kJ/(m³ K)]

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated.

    Notes
    -----
    Within 2e-4 of IAPWS-IF97 for water, 2e-5 of the CoolProp 8 table for brines.
    """
    known = properties(fluid, mass_fraction)
    return _within(known, np.asarray(temp_c, np.float64), known.heat_capacity)


def density(fluid: Fluid, mass_fraction: float, temp_c: npt.ArrayLike) -> FloatArray:
    """Density. [kg/m³]

    Parameters and range as in `volumetric_heat_capacity`.

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated.
    """
    known = properties(fluid, mass_fraction)
    return _within(known, np.asarray(temp_c, np.float64), known.density)


def freezing_point(fluid: Fluid, mass_fraction: float = 0.0) -> float:
    """Temperature at which the first crystals form. [°C]

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated.
    """
    _check(fluid, mass_fraction)
    if fluid == "water":
        return 0.0
    return float(Polynomial(BRINES[fluid].freezing)(_fraction_step(mass_fraction)))


def heat_coefficient(
    fluid: Fluid,
    mass_fraction: float,
    supply_temp_c: npt.ArrayLike,
    return_temp_c: npt.ArrayLike,
    flow_sensor: SensorPlace | None = None,
) -> FloatArray:
    """Energy per volume and temperature difference: ρ(flow sensor)·(h_supply - h_return)/ΔT.

    Parameters
    ----------
    fluid, mass_fraction
        As in `volumetric_heat_capacity`.
    supply_temp_c, return_temp_c : array_like of float
        [°C]
    flow_sensor : str or None
        Pipe in which the volume is counted; None: at the mean temperature of both.

    Returns
    -------
    array of float64
        NaN outside the range. [kWh/(m³ K)]

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated; flow_sensor: neither supply nor return.

    Notes
    -----
    EN 1434-1's heat coefficient. The mean specific heat between the two temperatures is Simpson's
    rule over cp = (ρ·cp)/ρ, exact for a cubic.
    """
    if flow_sensor not in (None, "supply", "return"):
        raise ValueError(f"flow_sensor: {flow_sensor!r} is neither supply nor return")
    known = properties(fluid, mass_fraction)
    supply = np.asarray(supply_temp_c, np.float64)
    back = np.asarray(return_temp_c, np.float64)
    middle = 0.5 * (supply + back)
    specific = (_specific(known, supply) + 4.0 * _specific(known, middle)) / 6.0
    specific = specific + _specific(known, back) / 6.0
    where = {"supply": supply, "return": back, None: middle}[flow_sensor]
    return np.asarray(_within(known, where, known.density) * specific / KJ_PER_KWH)


def fluid_bound(fluid: Fluid, mass_fraction: float, temp_c: float) -> float:
    """How far ρ·cp may be off: the fit, and a mixture that is not quite what was written down.

    Parameters
    ----------
    fluid, mass_fraction
        As in `volumetric_heat_capacity`.
    temp_c : float
        Usual temperature of the circuit. [°C]

    Returns
    -------
    float
        Relative bound: 2e-4 for water; for brines the change of ρ·cp by ± 0.02 of mass fraction
        (an assumption: refractometers and topping up), and the fit. [-]

    Raises
    ------
    ValueError
        fluid, mass_fraction: not tabulated; temp_c: outside the fluid's range.
    """
    if fluid == "water":
        return WATER_BOUND
    here = float(volumetric_heat_capacity(fluid, mass_fraction, temp_c))
    if np.isnan(here):
        raise ValueError(f"temp_c: {temp_c} °C is outside the range of {fluid} {mass_fraction}")
    aside = [
        float(volumetric_heat_capacity(fluid, _tabulated(mass_fraction + step), temp_c))
        for step in (-MIXTURE_BOUND, MIXTURE_BOUND)
    ]
    return float(np.nanmax(np.abs(np.array(aside) / here - 1.0))) + FIT_BOUND


def evaluate(coefficients: tuple[float, ...], at: FloatArray, out: FloatArray) -> FloatArray:
    """Horner's rule into a given array; `at` and `out` must not overlap."""
    np.multiply(at, coefficients[-1], out=out)
    for coefficient in coefficients[-2:0:-1]:
        out += coefficient
        out *= at
    out += coefficients[0]
    return out


def _within(known: Properties, temp: FloatArray, coefficients: tuple[float, ...]) -> FloatArray:
    value = evaluate(coefficients, temp, np.empty_like(temp))
    outside = (temp < known.lowest_temp_c) | (temp > known.highest_temp_c)
    return np.where(outside, np.nan, value)


def _specific(known: Properties, temp: FloatArray) -> FloatArray:
    """Specific heat. [kJ/(kg K)]"""
    capacity = _within(known, temp, known.heat_capacity)
    return np.asarray(capacity / evaluate(known.density, temp, np.empty_like(temp)))


def _by_temperature(
    table: tuple[tuple[float, ...], ...], mass_fraction: float
) -> tuple[float, ...]:
    """Powers of the temperature in °C at one mass fraction."""
    step = _fraction_step(mass_fraction)
    scaled = Polynomial([float(Polynomial(row)(step)) for row in table])
    plain = scaled(Polynomial([-20.0 / 40.0, 1.0 / 40.0]))
    return tuple(float(coefficient) for coefficient in plain.coef)


def _fraction_step(mass_fraction: float) -> float:
    return (mass_fraction - 0.3) / 0.3


def _tabulated(mass_fraction: float) -> float:
    return min(max(mass_fraction, LEAST_FRACTION), LARGEST_FRACTION)


def _check(fluid: str, mass_fraction: float) -> None:
    if fluid not in get_args(Fluid):
        raise ValueError(f"fluid: {fluid!r} is none of {', '.join(get_args(Fluid))}")
    if fluid == "water" and mass_fraction != 0.0:
        raise ValueError(f"mass_fraction: water has none, but {mass_fraction} is given")
    if fluid != "water" and not LEAST_FRACTION <= mass_fraction <= LARGEST_FRACTION:
        raise ValueError(
            f"mass_fraction: {mass_fraction} of {fluid} is outside "
            f"{LEAST_FRACTION} to {LARGEST_FRACTION}"
        )
