"""Periods in which a circuit is pumped and no machine works on it: the time to compare sensors."""

from __future__ import annotations

import numpy as np

from analytics.series import BoolArray, FloatArray, IntArray

_LONGEST_GAP = 3.0
"""A gap of more than this many usual intervals ends a period: nobody knows what ran in it."""


def idle_since_ms(at: IntArray, pump_on: BoolArray, machine_on: BoolArray) -> IntArray:
    """For each sample, how long the pump has been running alone; -1 where it does not.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Increasing. [ms since epoch, UTC]
    pump_on, machine_on : array of bool, shape (n,)
        Whether the circuit is pumped; whether a heat pump works on it.

    Returns
    -------
    array of int64, shape (n,)
        [ms]
    """
    idle = pump_on & ~machine_on
    if not at.size:
        return np.zeros(0, np.int64)
    step = np.diff(at, prepend=at[0])
    usual = float(np.median(step[1:])) if at.size > 1 else 0.0
    begins = idle & (np.concatenate([[True], ~idle[:-1]]) | (step > _LONGEST_GAP * usual))
    begun = np.maximum.accumulate(np.where(begins, np.arange(at.size), 0))
    return np.where(idle, at - at[begun], -1)


def period_of(since_ms: IntArray) -> IntArray:
    """Number the periods from 0; samples outside any carry the number of the one before."""
    return np.asarray(np.cumsum(since_ms == 0) - 1, dtype=np.int64)


def rate_k_h(at: IntArray, temperature_c: FloatArray) -> FloatArray:
    """Return the change of a temperature from sample to sample; NaN where not known. [K/h]"""
    hours = np.diff(at) / 3_600_000.0
    return np.concatenate([[np.nan], np.diff(temperature_c) / hours])[: at.size]
