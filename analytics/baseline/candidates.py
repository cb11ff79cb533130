"""CalTRACK's candidate models: every pair of balance points, many meters at once.

Degree days depend on the weather alone, so meters on one station share them. Each candidate is an
ordinary least-squares line in at most two variables, whose centred normal equations have a closed
form; only the candidate that wins is then fitted by orthogonal factors, to full precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.series import BoolArray, FloatArray

Loads = Literal["both", "heating", "cooling"]
METERS_AT_ONCE = 64
"""So many meters are searched together that the tables of pairs stay in the cache."""
TIE = 1e-12
"""Adjusted coefficients of determination closer than this are one: the simpler model wins."""
NO_BASE_LOAD = 1e-9
"""A negative base load smaller than this share of the mean is rounding, not a wrong model."""


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """Degree days of a period for every balance point of the grid.

    Parameters
    ----------
    grid : array of float64, shape (g,)
        Balance points, increasing. [degC or degF]
    heating, cooling : array of float64, shape (n, g)
        Mean per day of each observation. [K or degF]
    weights : array of float64, shape (n,)
        Days of each observation whose temperature is known. [d]
    lengths : array of float64, shape (n,)
        All its days. [d]
    daily : bool
        Whether an observation is one day; then no day both heats and cools.
    """

    grid: FloatArray
    heating: FloatArray
    cooling: FloatArray
    weights: FloatArray
    lengths: FloatArray
    daily: bool


@dataclass(frozen=True, slots=True)
class Demands:
    """What qualifies a candidate (CalTRACK 2.0, 3.2.2 and 3.4.3).

    Parameters
    ----------
    least_days : int
        Observations with degree days.
    least_total : float
        Sum of degree days. [K d or degF d]
    loads : "both", "heating" or "cooling"
        Which loads the meter can have; gas and heat are heating only.
    """

    least_days: int
    least_total: float
    loads: Loads = "both"


@dataclass(frozen=True, slots=True)
class Pair:
    """Balance points by their place in the grid; None where the model has no such load."""

    heating: int | None
    cooling: int | None


def choose(degree_days: DegreeDays, energy: FloatArray, demands: Demands) -> list[Pair]:
    """Find each meter's qualified candidate with the largest adjusted R².

    Parameters
    ----------
    degree_days : DegreeDays
        Of n observations and g balance points.
    energy : array of float64, shape (m, n)
        Energy per day of each meter and observation; NaN where unknown, known at least once.
        [unit of energy per day]
    demands : Demands
        What qualifies a candidate.

    Returns
    -------
    list of m Pair
    """
    chosen: list[Pair] = []
    for first in range(0, energy.shape[0], METERS_AT_ONCE):
        chosen += _choose(degree_days, energy[first : first + METERS_AT_ONCE], demands)
    return chosen


@dataclass(frozen=True, slots=True)
class _Sums:
    """Weighted, centred sums of squares and products of m meters."""

    n: FloatArray
    weight: FloatArray
    mean: FloatArray
    yy: FloatArray


@dataclass(frozen=True, slots=True)
class _Side:
    """The same for the degree days of one kind, at every balance point: shape (m, g)."""

    mean: FloatArray
    xx: FloatArray
    xy: FloatArray
    usable: BoolArray


def any_usable(degree_days: DegreeDays, known: BoolArray, demands: Demands) -> bool:
    """Whether any balance point has degree days enough for a slope, on the known observations."""
    weight = np.where(known, degree_days.weights, 0.0)
    for degrees in (degree_days.heating, degree_days.cooling):
        often = (degrees[weight > 0.0] > 0.0).sum(axis=0) >= demands.least_days
        if bool(np.any(often & (weight @ degrees >= demands.least_total))):
            return True
    return False


def _choose(degree_days: DegreeDays, energy: FloatArray, demands: Demands) -> list[Pair]:
    known = ~np.isnan(energy)
    weight = known * degree_days.weights
    total = weight.sum(axis=1, keepdims=True)
    filled = np.where(known, energy, 0.0)
    mean = (weight * filled).sum(axis=1, keepdims=True) / total
    centred = weight * (filled - mean)
    yy = (centred * (filled - mean)).sum(axis=1, keepdims=True)
    sums = _Sums(known.sum(axis=1, keepdims=True).astype(np.float64), total, mean, yy)
    heating = _side(degree_days.heating, weight, centred, sums, demands)
    cooling = _side(degree_days.cooling, weight, centred, sums, demands)
    product = 0.0 if degree_days.daily else _products(degree_days, weight)
    ranks = [
        np.zeros_like(total),
        _single(sums, heating, allowed=demands.loads != "cooling"),
        _single(sums, cooling, allowed=demands.loads != "heating"),
    ]
    if demands.loads == "both":
        product = 0.0 if degree_days.daily else _products(degree_days, weight)
        ranks.append(_pairs(sums, heating, cooling, product).reshape(total.size, -1))
    rank = np.concatenate(ranks, axis=1)
    place = np.argmax(rank >= rank.max(axis=1, keepdims=True) - TIE, axis=1)
    return [_pair(int(each), degree_days.grid.size) for each in place]


def _pair(place: int, grid: int) -> Pair:
    """The candidate at a place in the method's order: none, heating, cooling, both."""
    if place == 0:
        return Pair(None, None)
    if place <= grid:
        return Pair(place - 1, None)
    if place <= 2 * grid:
        return Pair(None, place - 1 - grid)
    cooling, heating = divmod(place - 1 - 2 * grid, grid)
    return Pair(heating, cooling)


def _side(
    degrees: FloatArray, weight: FloatArray, centred: FloatArray, sums: _Sums, demands: Demands
) -> _Side:
    middle = degrees.mean(axis=0)
    shifted = degrees - middle
    mean = weight @ shifted / sums.weight
    xx = weight @ shifted**2 - sums.weight * mean**2
    often = (weight > 0.0).astype(np.float64) @ (degrees > 0.0) >= demands.least_days
    enough = weight @ degrees >= demands.least_total
    scale = weight @ degrees**2
    varies = xx > 1e-12 * np.maximum(scale, np.finfo(np.float64).tiny)
    return _Side(mean + middle, xx, centred @ shifted, often & enough & varies)


def _products(degree_days: DegreeDays, weight: FloatArray) -> FloatArray:
    """Weighted sums of heating times cooling degree days: shape (m, g cooling, g heating)."""
    products: FloatArray = np.einsum(
        "mn,nc,nh->mch", weight, degree_days.cooling, degree_days.heating, optimize=True
    )
    return products


def _single(sums: _Sums, side: _Side, *, allowed: bool) -> FloatArray:
    """Adjusted coefficient of determination of one slope, −inf where disqualified."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = side.xy / side.xx
        explained = slope * side.xy / sums.yy
    base = sums.mean - slope * side.mean
    fits = side.usable & (slope > 0.0) & (base >= -NO_BASE_LOAD * np.abs(sums.mean))
    return np.where(fits & allowed, _adjusted(explained, sums.n, 2), -np.inf)


def _pairs(sums: _Sums, heating: _Side, cooling: _Side, product: FloatArray | float) -> FloatArray:
    """The same of two slopes: shape (m, g cooling, g heating)."""
    h_mean, c_mean = heating.mean[:, np.newaxis, :], cooling.mean[:, :, np.newaxis]
    h_xx, c_xx = heating.xx[:, np.newaxis, :], cooling.xx[:, :, np.newaxis]
    h_xy, c_xy = heating.xy[:, np.newaxis, :], cooling.xy[:, :, np.newaxis]
    cross = product - sums.weight[:, :, np.newaxis] * h_mean * c_mean
    determinant = h_xx * c_xx - cross**2
    mean = sums.mean[:, :, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        h_slope = (h_xy * c_xx - c_xy * cross) / determinant
        c_slope = (c_xy * h_xx - h_xy * cross) / determinant
        explained = (h_slope * h_xy + c_slope * c_xy) / sums.yy[:, :, np.newaxis]
    base = mean - h_slope * h_mean - c_slope * c_mean
    fits = heating.usable[:, np.newaxis, :] & cooling.usable[:, :, np.newaxis]
    fits &= np.tril(np.ones(cross.shape[1:], dtype=bool))
    fits &= determinant > 1e-12 * h_xx * c_xx
    fits &= (h_slope > 0.0) & (c_slope > 0.0) & (base >= -NO_BASE_LOAD * np.abs(mean))
    return np.where(fits, _adjusted(explained, sums.n[:, :, np.newaxis], 3), -np.inf)


def _adjusted(explained: FloatArray, n: FloatArray, p: int) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted: FloatArray = 1.0 - (1.0 - explained) * (n - 1.0) / (n - p)
    return np.where((n > p) & ~np.isnan(adjusted), adjusted, -np.inf)
