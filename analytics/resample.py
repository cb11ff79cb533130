"""Means, extremes and shares of time by bucket.

A slot belongs to the bucket in which it lies, `edges[k] <= at < edges[k + 1]`. Every figure comes
with its coverage: slots with a value over slots due. A source that sends more often than it should
fills no gap with that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.buckets import due
from analytics.intervals import check_edges
from analytics.series import BoolArray, FloatArray, IntArray, Series

Weighting = Literal["samples", "time"]


@dataclass(frozen=True, slots=True)
class BucketStatistics:
    """What a series was by bucket; NaN where a bucket has no value.

    Parameters
    ----------
    mean, low, high, last : array of float64, shape (n,)
        [unit of the series]
    count : array of int64, shape (n,)
        Slots with a value.
    coverage : array of float64, shape (n,)
        Slots with a value over slots due, at most 1. [0..1]
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    last: FloatArray
    count: IntArray
    coverage: FloatArray


@dataclass(frozen=True, slots=True)
class BucketShares:
    """How a series of states divides each bucket's known time.

    Parameters
    ----------
    states : array of int64, shape (k,)
        The states.
    share : array of float64, shape (n, k)
        Rows sum to 1 if all states are asked for; NaN where a bucket has no value. [0..1]
    count : array of int64, shape (n,)
        Slots with a value.
    coverage : array of float64, shape (n,)
        Slots with a value over slots due, at most 1. [0..1]
    """

    states: IntArray
    share: FloatArray
    count: IntArray
    coverage: FloatArray


def statistics(
    series: Series, edges: IntArray, *, weighting: Weighting = "samples"
) -> BucketStatistics:
    """Mean, extremes, last value and coverage by bucket.

    Parameters
    ----------
    series : Series
        Gauge or counter. Of a counter only `last` makes sense; its energy is `analytics.energy`'s.
    edges : array of int64, shape (n + 1,)
        Strictly increasing, see `buckets.edges`. [ms since epoch, UTC]
    weighting : {"samples", "time"}
        `samples`: every value weighs the same, right for a steady rhythm. `time`: a value weighs
        until the next slot, but never longer than one interval and never beyond its bucket, right
        where the rhythm was changed within the series. A gap weighs nothing either way.

    Returns
    -------
    BucketStatistics

    Raises
    ------
    ValueError
        Edges that do not increase.
    """
    check_edges(edges)
    known = series.known()
    place = np.searchsorted(known.at, edges)
    count = np.diff(place)
    filled = count > 0
    begin, value = place[:-1][filled], known.value[: place[-1]]
    weight = None if weighting == "samples" else _weights(known, edges)[: place[-1]]
    return BucketStatistics(
        mean=_laid(filled, _means(value, weight, begin, count[filled])),
        low=_laid(filled, np.minimum.reduceat(value, begin) if begin.size else value[:0]),
        high=_laid(filled, np.maximum.reduceat(value, begin) if begin.size else value[:0]),
        last=_laid(filled, value[place[1:][filled] - 1]),
        count=count,
        coverage=_coverage(known, edges),
    )


def weighted_means(series: Series, weight: Series, edges: IntArray) -> FloatArray:
    """Mean by bucket in which every value weighs as much as another series in the same slot.

    The mean temperature of what flowed, say, so that mean flow times the difference of two of them
    is what was carried.

    Parameters
    ----------
    series, weight : Series
        Slots in which either has no value, or the weight is not positive, do not count.
    edges : array of int64, shape (n + 1,)
        Strictly increasing. [ms since epoch, UTC]

    Returns
    -------
    array of float64, shape (n,)
        NaN where nothing counts. [unit of the series]

    Raises
    ------
    ValueError
        Edges that do not increase.
    """
    check_edges(edges)
    known = series.known()
    heavy = weight.on(known.at)
    counts = heavy > 0.0  # NaN compares as false
    at, value, heavy = known.at[counts], known.value[counts], heavy[counts]
    place = np.searchsorted(at, edges)
    number = np.diff(place)
    filled = number > 0
    values, weights = value[: place[-1]], heavy[: place[-1]]
    return _laid(filled, _means(values, weights, place[:-1][filled], number[filled]))


def shares(series: Series, edges: IntArray, states: IntArray | None = None) -> BucketShares:
    """Share of each bucket's known time that a series of states was in each state.

    Parameters
    ----------
    series : Series
        State codes; every slot weighs the same.
    edges : array of int64, shape (n + 1,)
        Strictly increasing. [ms since epoch, UTC]
    states : array of int64, shape (k,), optional
        Which states; by default those that occur, in order.

    Returns
    -------
    BucketShares

    Raises
    ------
    ValueError
        Edges that do not increase, or values that are no codes.
    """
    check_edges(edges)
    known = series.known()
    code = known.value.astype(np.int64)
    if not np.array_equal(code, known.value):
        raise ValueError("series: state codes are whole numbers")
    states = np.unique(code) if states is None else states
    place = np.searchsorted(known.at, edges)
    count = np.diff(place)
    share = np.full((count.size, states.size), np.nan)
    filled = count > 0
    for column, state in enumerate(states.tolist()):
        before = np.concatenate(([0], np.cumsum(code == state)))
        share[filled, column] = np.diff(before[place])[filled] / count[filled]
    return BucketShares(states, share, count, _coverage(known, edges))


def _weights(known: Series, edges: IntArray) -> FloatArray:
    """How long each value stands for itself. [ms]"""
    if not len(known):
        return np.empty(0)
    following = np.append(known.at[1:], known.at[-1] + known.interval_ms)
    edge = edges[np.minimum(np.searchsorted(edges, known.at, side="right"), edges.size - 1)]
    until = np.minimum(following, known.at + known.interval_ms)
    until = np.where(edge > known.at, np.minimum(until, edge), until)
    weight: FloatArray = (until - known.at).astype(np.float64)
    return weight


def _means(
    value: FloatArray, weight: FloatArray | None, begin: IntArray, count: IntArray
) -> FloatArray:
    if not begin.size:
        return value[:0]
    if weight is None:
        mean: FloatArray = np.add.reduceat(value, begin) / count
    else:
        mean = np.add.reduceat(value * weight, begin) / np.add.reduceat(weight, begin)
    return mean


def _laid(filled: BoolArray, value: FloatArray) -> FloatArray:
    """Values in the filled buckets, NaN in the others."""
    laid = np.full(filled.shape, np.nan)
    laid[filled] = value
    return laid


def _coverage(known: Series, edges: IntArray) -> FloatArray:
    """Share of the slots due that have a value; several values in one slot fill it once."""
    slot = known.at // known.interval_ms
    first = np.ones(slot.size, np.bool_)
    np.not_equal(slot[1:], slot[:-1], out=first[1:])
    filled = np.diff(np.searchsorted(known.at[first], edges))
    expected = due(edges, known.interval_ms)
    covered = np.divide(filled, expected, out=np.zeros(filled.shape), where=expected > 0)
    capped: FloatArray = np.minimum(covered, 1.0)
    return capped
