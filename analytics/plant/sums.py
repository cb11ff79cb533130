"""Sums of a plant's channels by day: a year of minutes is read once, in blocks of some days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.plant.block import BLOCK_ROWS, ONE, Channels, Counts, Workspace
from analytics.series import FloatArray, IntArray
from analytics.states import StateArray


@dataclass(frozen=True, slots=True)
class DaySums:
    """All sums by day.

    Parameters
    ----------
    complete : array of float64, shape (days, rows, weights)
        Over the intervals in which every channel is known.
    states : array of int8, shape (n,)
    heat_kwh : array of float64, shape (n,)
        Heat minus cold of all circuits. [kWh]
    partial : array of int64
        Intervals in which some channel is unknown.
    counts : Counts
    """

    complete: FloatArray
    states: StateArray
    heat_kwh: FloatArray
    partial: IntArray
    counts: Counts


def sum_by_day(
    channels: Channels, bounds: IntArray, season: npt.NDArray[np.int8] | None = None
) -> DaySums:
    """Read everything once.

    Parameters
    ----------
    channels : Channels
    bounds : array of int64, shape (days + 1,)
        First interval of each day, and the end of the last.
    season : array of int8, shape (days,), optional
        1 heating, -1 cooling, 0 neither.

    Returns
    -------
    DaySums
    """
    size = int(bounds[-1])
    counts = Counts.of(channels)
    states, heat = np.empty(size, np.int8), np.empty(size)
    sums = np.zeros((bounds.size - 1, channels.rows, channels.weights))
    partial: list[IntArray] = []
    space = Workspace(channels, 0)
    for first, last in _blocks(bounds):
        begin, end = int(bounds[first]), int(bounds[last])
        if end - begin != space.used.size:
            space = Workspace(channels, end - begin)
        lengths = np.diff(bounds[first : last + 1])
        flags = None if season is None else np.repeat(season[first:last], lengths)
        space.load(slice(begin, end), flags, counts)
        states[begin:end], heat[begin:end] = space.states, space.energy
        if space.bad.any():
            where = np.flatnonzero(space.bad)
            space.table[:, where] = 0.0
            space.weights[:, where] = 0.0
            states[begin + where] = space.doubtful(where)
            partial.append(where + begin)
        _products(space.table, space.weights, bounds[first : last + 1] - begin, sums[first:last])
        space.table[ONE] = 1.0
    idle = np.concatenate(partial) if partial else np.empty(0, np.int64)
    return DaySums(sums, states, heat, idle, counts)


def add_partial(
    channels: Channels,
    days: DaySums,
    bounds: IntArray,
    needed: Sequence[int],
    season: npt.NDArray[np.int8] | None = None,
) -> FloatArray:
    """Sums over all intervals in which heat and the needed channels are known.

    Parameters
    ----------
    channels, days, bounds, season
        As given to and returned by `sum_by_day`.
    needed : sequence of int
        Channels of electricity.

    Returns
    -------
    array of float64, shape (days, rows, weights)
        Rows of channels that are not needed are sums over fewer intervals.
    """
    if not days.partial.size:
        return days.complete
    space = Workspace(channels, days.partial.size)
    blank = Counts.of(channels)
    of_day = np.searchsorted(bounds, days.partial, "right") - 1
    space.load(days.partial, None if season is None else season[of_day], blank)
    good = ~np.isnan(space.energy)
    for index in needed:
        good &= ~np.isnan(space.table[channels.row_of(index)])
    rows = np.flatnonzero(good)
    if not rows.size:
        return days.complete
    table = np.nan_to_num(space.table[:, rows])
    sums = days.complete.copy()
    marks = np.searchsorted(of_day[rows], np.arange(bounds.size))
    for day in np.flatnonzero(np.diff(marks)):
        part = slice(int(marks[day]), int(marks[day + 1]))
        sums[day] += table[:, part] @ space.weights[:, rows[part]].T
    return sums


def _blocks(bounds: IntArray) -> Iterator[tuple[int, int]]:
    """Runs of whole days of about `BLOCK_ROWS` intervals."""
    first, days = 0, bounds.size - 1
    while first < days:
        last = int(np.searchsorted(bounds, bounds[first] + BLOCK_ROWS, "right")) - 1
        last = min(max(last, first + 1), days)
        yield first, last
        first = last


def _products(table: FloatArray, weights: FloatArray, marks: IntArray, out: FloatArray) -> None:
    """Product of table and weights for each day of a block."""
    lengths = np.diff(marks)
    days, length = lengths.size, int(lengths[0])
    if length and (lengths == length).all():
        one = table.reshape(table.shape[0], days, length).transpose(1, 0, 2)
        other = weights.reshape(weights.shape[0], days, length).transpose(1, 2, 0)
        np.matmul(one, other, out=out)
        return
    for day in range(days):
        part = slice(int(marks[day]), int(marks[day + 1]))
        np.matmul(table[:, part], weights[:, part].T, out=out[day])
