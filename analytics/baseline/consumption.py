"""What a meter counted in a day, before a baseline sees it: zeros and partial days."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analytics.series import BoolArray, FloatArray

Medium = Literal["electricity", "heat", "cooling", "water", "gas"]


def known_consumption(energy: FloatArray, *, medium: Medium, main: bool) -> FloatArray:
    """Energy in which a zero that cannot be real is a gap.

    A main electricity meter that counts nothing for a day has failed (CalTRACK 2.0, 2.3.2). Heat,
    cooling, water and gas really stop, and so does electricity behind a sub-meter.

    Parameters
    ----------
    energy : array of float64, shape (n,)
        [unit of energy]
    medium : str
        electricity, heat, cooling, water or gas.
    main : bool
        Whether the meter counts a whole building.
    """
    if medium != "electricity" or not main:
        return energy
    return np.where(energy == 0.0, np.nan, energy)


def completed_days(
    energy: FloatArray, coverage: FloatArray, *, least: float = 0.5
) -> tuple[FloatArray, BoolArray]:
    """Daily energy from partial days: what is missing is taken as the mean of what is there.

    Parameters
    ----------
    energy : array of float64, shape (n,)
        Energy of the intervals that are present. [kWh]
    coverage : array of float64, shape (n,)
        Share of the day's intervals that are present. [0..1]
    least : float
        Share below which the day is a gap (CalTRACK 2.0, 2.2.2.1). [0..1]

    Returns
    -------
    energy : array of float64, shape (n,)
        NaN where too little is present. [kWh]
    estimated : array of bool, shape (n,)
        Which days were scaled up.
    """
    enough = coverage >= least
    scaled = np.full(energy.shape, np.nan)
    np.divide(energy, coverage, out=scaled, where=enough & (coverage > 0.0))
    return scaled, enough & (coverage < 1.0) & ~np.isnan(scaled)
