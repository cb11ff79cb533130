"""Loads of the ground from its first one on, without gaps, and a year of them to repeat."""

from __future__ import annotations

import numpy as np

from analytics.series import FloatArray

_WEEK_HOURS = 168.0
LEAST_OF_A_YEAR = 350.0 / 365.25
"""A record that lacks two weeks of a year can still be repeated. [-]"""


def filled(rejected_kw: FloatArray, interval_hours: float) -> FloatArray:
    """Give each gap the mean of the known loads of the week on either side of it.

    The ground's memory needs some load; its mean over weeks is what the years to come feel. In a
    gap so long that its middle has no neighbours the mean of both sides holds all the same.

    Parameters
    ----------
    rejected_kw : array of float64, shape (n,)
        NaN where not known. [kW]
    interval_hours : float
        [h]

    Returns
    -------
    array of float64, shape (n,)
        [kW]
    """
    known = ~np.isnan(rejected_kw)
    if known.all():
        return rejected_kw
    reach = max(1, round(_WEEK_HOURS / interval_hours))
    energy = np.concatenate([[0.0], np.cumsum(np.where(known, rejected_kw, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    complete = rejected_kw.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[True], known, [True]]).astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        low, high = max(0, begin - reach), min(rejected_kw.size, end + reach)
        complete[begin:end] = (energy[high] - energy[low]) / (count[high] - count[low])
    return complete


def since_the_first(
    loads_kw: FloatArray, intervals_per_year: int, years_before: float
) -> FloatArray:
    """Put the years before the record in front of it, each like the record's first year. [kW]"""
    before = round(years_before * intervals_per_year)
    first_year = loads_kw[:intervals_per_year]
    repeats = -(-before // first_year.size)
    earlier = np.tile(first_year, repeats)[repeats * first_year.size - before :]
    return np.concatenate([earlier, loads_kw])


def last_year(loads: FloatArray, intervals_per_year: int) -> FloatArray:
    """Return the last year; days that a short one lacks are like those that follow them.

    Parameters
    ----------
    loads : array of float64, shape (n,)
        The record without the years before it.
    intervals_per_year : int
        [-]

    Returns
    -------
    array of float64, shape (intervals_per_year,)
    """
    lacking = max(0, intervals_per_year - loads.size)
    return np.concatenate([loads[:lacking], loads[-(intervals_per_year - lacking) :]])
