"""Periods in which the loop is pumped and no heat pump works on it: it shows the ground itself."""

from __future__ import annotations

import numpy as np

from analytics.series import BoolArray, IntArray

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
