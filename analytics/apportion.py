"""The resolution of a register: what it costs, and how its steps are spread over time.

A heat meter that counts in steps of 10 kWh says nothing about a single hour. Its steps keep the
energy; what flowed meanwhile (flow times temperature difference, or power) says when.
"""

from __future__ import annotations

import math

import numpy as np

from analytics.series import BoolArray, FloatArray

RESOLVED_SHARE = 0.02
"""Quantisation that a bucket's energy may carry. [-] [E]"""


def quantisation(step: float) -> float:
    """Standard uncertainty of the difference of two readings of a register.

    Each reading is cut to whole steps, an error evenly spread over one step with variance step²/12;
    the difference of two has twice that, step²/6. It does not grow with the time between them.

    Parameters
    ----------
    step : float
        Resolution. [unit]

    Returns
    -------
    float
        step / √6. [unit]
    """
    return step / math.sqrt(6.0)


def resolved(energy: FloatArray, step: float, *, share: float = RESOLVED_SHARE) -> BoolArray:
    """Which buckets are long enough for a register's resolution.

    Parameters
    ----------
    energy : array of float64
        By bucket. [unit]
    step : float
        Resolution. [unit]
    share : float
        Largest standard uncertainty of quantisation over energy. [-]

    Returns
    -------
    array of bool, the shape of `energy`
        False where it is NaN.
    """
    return quantisation(step) <= share * np.abs(energy)


def spread(delta: FloatArray, weight: FloatArray) -> FloatArray:
    """Spread the steps of a coarse register over the intervals in which they grew.

    A step that shows in an interval was gathered since the step before; it is divided over those
    intervals in proportion to what flowed in them, evenly if nothing was measured to flow. After
    the last step nothing is known yet and nothing is given.

    Parameters
    ----------
    delta : array of float64, shape (n,)
        What the register counted per interval, mostly zero; NaN where not claimable. [unit]
    weight : array of float64, shape (n,)
        What flowed, at least in proportion, such as V·ΔT or power times time; NaN or negative
        counts as nothing.

    Returns
    -------
    array of float64, shape (n,)
        Sums to what `delta` sums to; NaN where `delta` is NaN, and no step is spread across it.
        [unit]

    Raises
    ------
    ValueError
        The arrays differ in shape.
    """
    if delta.shape != weight.shape or delta.ndim != 1:
        raise ValueError(f"weight: shape {weight.shape} is not that of delta, {delta.shape}")
    if not delta.size:
        return delta.copy()
    unknown = np.isnan(delta)
    flow = np.where(unknown | ~(weight > 0), 0.0, weight)
    begin = _groups(delta, unknown)
    group = np.repeat(np.arange(begin.size), np.diff(np.append(begin, delta.size)))
    step = np.add.reduceat(np.where(unknown, 0.0, delta), begin)
    total = np.add.reduceat(flow, begin)
    size = np.add.reduceat(np.ones(delta.size), begin)
    even = total == 0
    share = np.where(even[group], 1.0 / size[group], flow / np.where(even, 1.0, total)[group])
    return np.where(unknown, np.nan, share * step[group])


def _groups(delta: FloatArray, unknown: BoolArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """First interval of every group: a group ends with a step, and around what is unknown."""
    ends = np.flatnonzero((delta != 0) | unknown) + 1  # NaN differs from zero as well
    starts = np.flatnonzero(unknown)
    begin = np.unique(np.concatenate(([0], ends, starts)))
    return begin[begin < delta.size]
