"""Values as the checks take them: without gaps, in the rhythm in which they really came.

A device may be read less often than the site file says (history in steps of a quarter, a logger's
export). That is one finding about the device; to every other check its own rhythm is the rhythm,
or each value would stand alone between two gaps.
"""

from __future__ import annotations

import numpy as np

from analytics.quality.stretches import GAP_INTERVALS
from analytics.series import BoolArray, FloatArray, IntArray, Series


def rhythm(at: IntArray, interval_ms: int) -> int:
    """Return the usual distance of slots, at least the interval that is configured. [ms]

    >>> rhythm(np.array([0, 900_000, 1_800_000, 3_600_000]), 10_000)
    900000
    """
    return max(interval_ms, int(np.median(np.diff(at)))) if at.size > 2 else interval_ms


def actual(series: Series, start: int, end: int) -> Series:
    """Known values in [start, end), in the rhythm in which they came. [ms since epoch, UTC]"""
    known = series.between(start, end).known()
    return Series(known.at, known.value, known.unit, rhythm(known.at, known.interval_ms))


def held(series: Series, at: IntArray) -> FloatArray:
    """Return the latest value at each instant, NaN where it is older than three intervals.

    Parameters
    ----------
    series : Series
        Known values.
    at : array of int64, shape (n,)
        [ms since epoch, UTC]

    Returns
    -------
    array of float64, shape (n,)
        [unit of the series]
    """
    if not len(series):
        return np.full(at.shape, np.nan)
    place = np.searchsorted(series.at, at, side="right") - 1
    latest = np.maximum(place, 0)
    fresh = (place >= 0) & (at - series.at[latest] <= GAP_INTERVALS * series.interval_ms)
    return np.where(fresh, series.value[latest], np.nan)


def chosen(series: Series, where: BoolArray) -> Series:
    """Some of the slots, in the same rhythm."""
    return Series(series.at[where], series.value[where], series.unit, series.interval_ms)


def difference(one: Series, other: Series) -> Series:
    """One less the other, in the slots that both have."""
    value = one.value - other.on(one.at)
    both = ~np.isnan(value)
    interval_ms = max(one.interval_ms, other.interval_ms)
    return Series(one.at[both], value[both], "K", interval_ms)
