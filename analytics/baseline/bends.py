"""Where lines in pieces bend: the change points of least squares, found exactly.

Between two neighbouring temperatures the split of the points into pieces does not change. There
the lines without the demand to meet are the best conceivable, and where they meet by themselves
inside the gap, that is the optimum of the gap; otherwise the optimum lies on an edge of the gap, at
a data point (Hudson 1966). So data points and meeting points are all that need be tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import numpy as np

from analytics.series import FloatArray

Kind = Literal["2P", "3PC", "3PH", "4P", "5P"]
KINDS: dict[str, int] = {"2P": 2, "3PC": 3, "3PH": 3, "4P": 4, "5P": 5}
"""Forms and their number of parameters."""
OUTER_PERCENT = 2.0
"""Change points lie within the 2nd and the 98th percentile of temperature."""
REFINED = 64
"""Of the pairs of data points, so many of the best are refined in the gaps around them."""
TIE = 1e-12


def bend_design(
    temperature: FloatArray, bends: tuple[float, ...], kind: Kind
) -> tuple[list[str], FloatArray]:
    """Names and columns of a form at given change points.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        [degC or degF]
    bends : tuple of float
        None for 2P, one, or two for 5P. [same unit]
    kind : str
        The form.

    Returns
    -------
    names : list of str
        Of the coefficients.
    design : array of float64, shape (n, coefficients)
        The first column is 1.
    """
    names, columns = ["intercept"], [np.ones(temperature.size)]
    if kind == "2P":
        names.append("slope")
        columns.append(temperature)
    if kind in ("3PH", "4P", "5P"):
        names.append("beta_hdd")
        columns.append(np.maximum(bends[0] - temperature, 0.0))
    if kind in ("3PC", "4P", "5P"):
        names.append("beta_cdd")
        columns.append(np.maximum(temperature - bends[-1], 0.0))
    return names, np.stack(columns, axis=1)


def best_bends(
    temperature: FloatArray,
    energy: FloatArray,
    kind: Kind,
    within: tuple[float, float] | None = None,
) -> tuple[float, ...] | None:
    """Change points of least squares; None when no line of the form has slopes of its signs.

    Parameters
    ----------
    temperature, energy : array of float64, shape (n,)
        All known. [degC or degF; unit of energy]
    kind : str
        The form. 3PC, 3PH and 5P need positive slopes, 4P does not.
    within : tuple of float, optional
        Where change points may lie; the 2nd to the 98th percentile if not given. [same unit]
    """
    if kind == "2P":
        return ()
    order = np.argsort(temperature, kind="stable")
    t, y = temperature[order], energy[order]
    low, high = within or np.percentile(t, (OUTER_PERCENT, 100.0 - OUTER_PERCENT))
    points = np.unique(np.concatenate(([low, high], t[(t >= low) & (t <= high)])))
    candidates = _pairs(t, y, points) if kind == "5P" else [(float(c),) for c in points]
    if kind != "5P":
        candidates += list(_meetings(t, y, points, kind))
    scored = [(unexplained, c) for c in candidates if (unexplained := _sse(t, y, c, kind)) < np.inf]
    if not scored:
        return None
    least = min(unexplained for unexplained, _ in scored)
    scale = float((y - y.mean()) @ (y - y.mean()))
    return next(c for unexplained, c in scored if unexplained <= least + TIE * scale)


def _sse(t: FloatArray, y: FloatArray, bends: tuple[float, ...], kind: Kind) -> float:
    """What is left unexplained; infinite when a slope has the wrong sign or no points."""
    _, design = bend_design(t, bends, kind)
    if np.any(np.ptp(design[:, 1:], axis=0) == 0.0):
        return np.inf
    solution = np.linalg.lstsq(design, y)[0]
    if kind != "4P" and bool(np.any(solution[1:] <= 0.0)):
        return np.inf
    residual = y - design @ solution
    return float(residual @ residual)


def _meetings(
    t: FloatArray, y: FloatArray, points: FloatArray, kind: Kind
) -> Iterator[tuple[float, ...]]:
    """Where the free lines left and right of each gap meet inside it."""
    for low, high in pairwise(points):
        bend = _meeting(t, y, (0.5 * (low + high),), kind)
        if bend is not None and low < bend[0] < high:
            yield bend


def _meeting(
    t: FloatArray, y: FloatArray, bends: tuple[float, ...], kind: Kind
) -> tuple[float, ...] | None:
    """Where the lines meet when they need not: one step of Muggeo (2003), exact within a gap."""
    if kind == "5P":
        return _freed(t, y, (bends[0], bends[1]), (True, True))
    names, design = bend_design(t, bends, kind)
    step = (t < bends[0]) if kind == "3PH" else (t > bends[0])
    free = np.column_stack((design, step)).astype(np.float64)
    solution, _, rank, _ = np.linalg.lstsq(free, y)
    if rank < free.shape[1]:
        return None
    part = dict(zip([*names, "jump"], solution, strict=True))
    turn = part.get("beta_cdd", 0.0) + part.get("beta_hdd", 0.0)
    way = 1.0 if kind == "3PH" else -1.0
    return (float(bends[0] + way * part["jump"] / turn),) if turn else None


def _freed(
    t: FloatArray, y: FloatArray, bends: tuple[float, float], free: tuple[bool, bool]
) -> tuple[float, float] | None:
    """The same for a 5P line of which one or both bends may move."""
    _, design = bend_design(t, bends, "5P")
    steps = [step for step, moves in zip((t < bends[0], t > bends[1]), free, strict=True) if moves]
    columns = np.column_stack((design, *steps)).astype(np.float64)
    solution, _, rank, _ = np.linalg.lstsq(columns, y)
    if rank < columns.shape[1] or not solution[1] or not solution[2]:
        return None
    first = bends[0] + solution[3] / solution[1] if free[0] else bends[0]
    second = bends[1] - solution[-1] / solution[2] if free[1] else bends[1]
    return float(first), float(second)


def _pairs(t: FloatArray, y: FloatArray, points: FloatArray) -> list[tuple[float, ...]]:
    """Pairs of change points worth trying: the best at data points, and the optima around them."""
    table = _pair_table(t, y, points)
    best = np.argsort(table, axis=None, kind="stable")[:REFINED]
    chosen: list[tuple[float, ...]] = []
    cells: set[tuple[int, int]] = set()
    for place in best[np.isfinite(table.flat[best])]:
        first, second = divmod(int(place), points.size)
        chosen.append((float(points[first]), float(points[second])))
        cells |= {(i, j) for i in (first - 1, first) for j in (second - 1, second)}
    for i, j in sorted(cells):
        if 0 <= i <= j < points.size - 1:
            chosen += _in_cell(t, y, (points[i], points[i + 1]), (points[j], points[j + 1]))
    return chosen


def _in_cell(
    t: FloatArray, y: FloatArray, first: tuple[float, float], second: tuple[float, float]
) -> Iterator[tuple[float, ...]]:
    """Optima inside a pair of gaps, and on the edges of it."""
    middle = 0.5 * (first[0] + first[1]), 0.5 * (second[0] + second[1])
    tries = [(middle, (True, True))]
    tries += [((edge, middle[1]), (False, True)) for edge in first]
    tries += [((middle[0], edge), (True, False)) for edge in second]
    for bends, free in tries:
        moved = _freed(t, y, bends, free)
        if moved is None:
            continue
        inside = first[0] <= moved[0] <= first[1] and second[0] <= moved[1] <= second[1]
        if inside and moved[0] <= moved[1]:
            yield moved


def _pair_table(t: FloatArray, y: FloatArray, points: FloatArray) -> FloatArray:
    """Unexplained sum of squares for every pair of points, by centred normal equations.

    Returns
    -------
    array of float64, shape (points, points)
        Row: where heating ends, column: where cooling begins; infinite where that is not later or
        a slope is not positive.
    """
    centred = y - y.mean()
    heating = np.maximum(points - t[:, np.newaxis], 0.0)
    cooling = np.maximum(t[:, np.newaxis] - points, 0.0)
    h_mean, c_mean = heating.mean(axis=0), cooling.mean(axis=0)
    h_xx = ((heating - h_mean) ** 2).sum(axis=0)[:, np.newaxis]
    c_xx = ((cooling - c_mean) ** 2).sum(axis=0)[np.newaxis, :]
    h_xy, c_xy = (centred @ heating)[:, np.newaxis], (centred @ cooling)[np.newaxis, :]
    cross = -t.size * np.outer(h_mean, c_mean)
    determinant = h_xx * c_xx - cross**2
    with np.errstate(divide="ignore", invalid="ignore"):
        h_slope = (h_xy * c_xx - c_xy * cross) / determinant
        c_slope = (c_xy * h_xx - h_xy * cross) / determinant
    unexplained = centred @ centred - h_slope * h_xy - c_slope * c_xy
    fits = np.triu(np.ones(cross.shape, dtype=bool), 1) & (h_slope > 0.0) & (c_slope > 0.0)
    return np.where(fits & (determinant > 1e-12 * h_xx * c_xx), unexplained, np.inf)
