"""Energies that carry what their meters may be wrong by.

A permissible error is a bound, and any value inside is as likely as another: u = bound/√3
(rectangular, JCGM 100, 4.3.7), shown with k = 2. Instruments err the same way all the time, so
their parts are sums over the intervals and no part averages out (`analytics.uncertainty`); steps of
a register matter at both ends of a window only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.instruments import HeatLimits, calculator_percent, flow_percent, pair_percent
from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain, rectangular

_PERCENT = 100.0

Relative = Mapping[str, float | FloatArray]
"""Relative standard uncertainty by source, `<device>:<part>`: one, or one per interval. [-]"""


@dataclass(frozen=True, slots=True)
class HeatSums:
    """One meter's heat over a window, with how far each part can have moved it.

    Parameters
    ----------
    energy : float
        Heat, or cold, as a positive number. [kWh]
    flow, pair, calculator : float
        Sum over the intervals of what each part may be wrong by. [kWh]
    """

    energy: float
    flow: float
    pair: float
    calculator: float


def unseen_sums(limits: HeatLimits, energy_kwh: float) -> HeatSums:
    """Limits of heat whose flow and temperatures nobody recorded: those at ΔΘmin and at qi.

    Raises
    ------
    ValueError
        energy_kwh: negative; heating and cooling are counted apart, both positive.
    """
    if energy_kwh < 0:
        raise ValueError(f"energy_kwh: {energy_kwh} is negative; count cooling apart, positive")
    least = np.array([limits.least_difference_k])
    flow = flow_percent(limits, np.array([limits.least_flow_m3h]))
    parts = (flow, pair_percent(limits, least), calculator_percent(limits, least))
    return HeatSums(energy_kwh, *(energy_kwh * float(part[0]) / _PERCENT for part in parts))


def heat_energy(
    device: str,
    sums: HeatSums,
    *,
    cooling: bool = False,
    register_kwh: float = 0.0,
    fluid: tuple[str, float] | None = None,
) -> Uncertain:
    """A meter's heat over a window with its standard uncertainties.

    Parameters
    ----------
    device : str
        Prefix of the sources.
    sums : HeatSums
    cooling : bool
        It is cold: flow sensor and calculator move it as they move heat, but an offset of the
        sensor pair that adds to heat takes away from cold.
    register_kwh : float
        Resolution of the register that was read at both ends of the window. [kWh]
    fluid : tuple of str and float, optional
        Circuit, and relative bound of its heat capacity.

    Returns
    -------
    Uncertain
        Terms `<device>:flow`, `:pair`, `:calculator`, `:register` (`:cold-register`) and
        `<circuit>:fluid`. [kWh]

    Notes
    -----
    Instruments err the same way all the time, so their parts are sums over the intervals. The
    register's steps are not: only its two ends matter, r/√6 however long the window is.
    """
    terms = {
        f"{device}:flow": rectangular(sums.flow),
        f"{device}:pair": (-1.0 if cooling else 1.0) * rectangular(sums.pair),
        f"{device}:calculator": rectangular(sums.calculator),
    }
    if register_kwh:
        terms[f"{device}:{'cold-' if cooling else ''}register"] = register_kwh / math.sqrt(6.0)
    if fluid is not None:
        terms[f"{fluid[0]}:fluid"] = rectangular(fluid[1] * sums.energy)
    return Uncertain(sums.energy, terms)


def counted_energy(
    device: str, energy_kwh: float, percent: float, *, register_kwh: float = 0.0
) -> Uncertain:
    """A meter's electricity, water or gas over a window.

    Parameters
    ----------
    device : str
        Prefix of the sources.
    energy_kwh : float
        Or m³. [kWh]
    percent : float
        From `class_percent`. [%]
    register_kwh : float
        Resolution of the register that was read at both ends. [kWh]

    Returns
    -------
    Uncertain
        Terms `<device>:class` and `<device>:register`.
    """
    terms = {f"{device}:class": rectangular(percent / _PERCENT * energy_kwh)}
    if register_kwh:
        terms[f"{device}:register"] = register_kwh / math.sqrt(6.0)
    return Uncertain(energy_kwh, terms)


def accumulated(energy_kwh: FloatArray, relative: Relative) -> Uncertain:
    """Sum of interval energies, each source of error added linearly in time.

    Parameters
    ----------
    energy_kwh : array of float64, shape (n,)
        Without gaps: the caller has dropped what is not known. [kWh]
    relative : mapping of str to float or array of float64, shape (n,)
        Relative standard uncertainty by source; an array where it changes with the operating
        point, as the limits of a heat meter do. [-]

    Returns
    -------
    Uncertain
        [kWh]

    Notes
    -----
    u(Σ E) = Σ u(E) for one source: JCGM 100, F.1.2.3 with correlation 1.
    """
    terms = {source: float(np.sum(energy_kwh * share)) for source, share in relative.items()}
    return Uncertain(float(np.sum(energy_kwh)), terms)


def of_intervals(relative: Relative, kept: BoolArray) -> Relative:
    """The same errors for some of the intervals; `kept` is a mask."""
    return {
        source: share[kept] if isinstance(share, np.ndarray) and share.ndim else share
        for source, share in relative.items()
    }
