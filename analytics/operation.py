"""How a heat pump or plant runs: starts, running time, cycling, standby, pumps, part load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.series import BoolArray, FloatArray, IntArray
from collector.model import OperatingState

SHORT_RUN_H = 10.0 / 60.0
SHORT_BREAK_H = 5.0 / 60.0
"""Shorter runs and breaks wear a compressor out; defaults to be tuned."""
PART_LOAD_EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

_ACTIVE = (
    OperatingState.HEAT, OperatingState.COOL, OperatingState.DHW, OperatingState.SIMULTANEOUS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cycling:
    """How a compressor was switched in a window.

    Parameters
    ----------
    starts : int
        Changes from resting to running that were seen.
    run_hours, known_hours : float
        Running, and known at all. [h]
    starts_per_hour : float
        Over the known time; NaN when there is none. [1/h]
    most_in_an_hour : int
        Largest number of starts within 60 minutes.
    short_runs, short_breaks : int
        Runs and breaks that began and ended within the window and were too short.
    mean_run_h : float
        Mean of the runs that began and ended; NaN without one. [h]
    """

    starts: int
    run_hours: float
    known_hours: float
    starts_per_hour: float
    most_in_an_hour: int
    short_runs: int
    short_breaks: int
    mean_run_h: float


@dataclass(frozen=True, slots=True)
class PartLoad:
    """Distribution of the output over rated output; arrays of shape (bins,).

    Parameters
    ----------
    edges : array of float64, shape (bins + 1,)
        Share of the rated output; the last bin holds what is above too. [-]
    hours : array of float64
        Running time. [h]
    energy_kwh : array of float64
        Heat or cold delivered. [kWh]
    """

    edges: FloatArray
    hours: FloatArray
    energy_kwh: FloatArray


def running(states: npt.NDArray[np.integer]) -> tuple[BoolArray, BoolArray]:
    """Where a compressor works by its state, and where the state is known."""
    return np.isin(states, _ACTIVE), np.asarray(states >= 0)


def cycling(
    runs: BoolArray,
    interval_h: float,
    *,
    known: BoolArray | None = None,
    short_run_h: float = SHORT_RUN_H,
    short_break_h: float = SHORT_BREAK_H,
) -> Cycling:
    """Starts, running time and short runs of a compressor.

    Parameters
    ----------
    runs : array of bool, shape (n,)
        It works in the interval.
    interval_h : float
        [h]
    known : array of bool, shape (n,), optional
        Where that is known; a start across unknown intervals is none, and a run or break next to
        them has no known length.
    short_run_h, short_break_h : float
        [h]

    Returns
    -------
    Cycling

    Raises
    ------
    ValueError
        known: another shape; interval_h: not positive.
    """
    if known is not None and known.shape != runs.shape:
        raise ValueError(f"known: shape {known.shape}, runs has {runs.shape}")
    if not interval_h > 0.0:
        raise ValueError(f"interval_h: {interval_h} h is no length")
    phase = np.where(runs, 1, 0) if known is None else np.where(known, np.where(runs, 1, 0), -1)
    begins, lengths, kinds = _phases(phase)
    started = np.flatnonzero((kinds[1:] == 1) & (kinds[:-1] == 0)) + 1
    whole = np.zeros(kinds.size, np.bool_)
    whole[1:-1] = (kinds[:-2] >= 0) & (kinds[2:] >= 0)
    hours = lengths * interval_h
    run, rest = whole & (kinds == 1), whole & (kinds == 0)
    known_hours = float(np.count_nonzero(phase >= 0)) * interval_h
    return Cycling(
        starts=int(started.size),
        run_hours=float(np.count_nonzero(phase == 1)) * interval_h,
        known_hours=known_hours,
        starts_per_hour=started.size / known_hours if known_hours else float("nan"),
        most_in_an_hour=_densest(begins[started], interval_h),
        short_runs=int(np.count_nonzero(hours[run] < short_run_h)),
        short_breaks=int(np.count_nonzero(hours[rest] < short_break_h)),
        mean_run_h=float(hours[run].mean()) if run.any() else float("nan"),
    )


def _phases(phase: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Begin, length and kind of each stretch of equal values."""
    if not phase.size:
        none = np.empty(0, np.int64)
        return none, none, none
    begins = np.append(0, np.flatnonzero(np.diff(phase)) + 1)
    return begins, np.diff(np.append(begins, phase.size)), phase[begins]


def _densest(starts: IntArray, interval_h: float) -> int:
    """Most starts within an hour from one of them on."""
    if not starts.size:
        return 0
    ends = np.searchsorted(starts, starts + max(round(1.0 / interval_h), 1), "left")
    return int((ends - np.arange(starts.size)).max())


def most_starts(counted: FloatArray, per_hour: int) -> float:
    """Most starts that a counter counted within an hour; NaN where no whole hour is known.

    Parameters
    ----------
    counted : array of float64, shape (n,)
        Starts in each interval, NaN where unknown. One between two readings on either side of an
        interval's end is shared among both, so sums are rounded.
    per_hour : int
        Intervals in an hour.
    """
    if counted.size < per_hour:
        return float("nan")
    hours = np.lib.stride_tricks.sliding_window_view(counted, per_hour).sum(axis=-1)
    known = hours[~np.isnan(hours)]
    return float(np.rint(known.max())) if known.size else float("nan")


def standby_power(power_kw: FloatArray, states: npt.NDArray[np.integer]) -> float:
    """Median power while nothing is delivered; NaN when that never was. [kW]

    Parameters
    ----------
    power_kw : array of float64, shape (n,)
        [kW]
    states : array of int, shape (n,)
        `OperatingState` codes.
    """
    resting = (states == OperatingState.STANDBY) | (states == OperatingState.OFF)
    resting &= ~np.isnan(power_kw)
    return float(np.median(power_kw[resting])) if resting.any() else float("nan")


def part_load(
    output_kwh: FloatArray,
    interval_h: float,
    rated_kw: float,
    edges: tuple[float, ...] = PART_LOAD_EDGES,
) -> PartLoad:
    """Hours and energy by share of the rated output.

    Parameters
    ----------
    output_kwh : array of float64, shape (n,)
        Heat, or cold as a positive number; intervals without any are not running. [kWh]
    interval_h : float
        [h]
    rated_kw : float
        [kW]
    edges : tuple of float
        Increasing, from 0. [-]

    Returns
    -------
    PartLoad

    Raises
    ------
    ValueError
        rated_kw: not positive; edges: do not increase from 0.
    """
    if not rated_kw > 0.0:
        raise ValueError(f"rated_kw: {rated_kw} kW is no rated output")
    bins = np.asarray(edges, np.float64)
    if bins.size < 2 or bins[0] != 0.0 or bool(np.any(np.diff(bins) <= 0.0)):
        raise ValueError("edges: must increase from 0")
    delivered = output_kwh[output_kwh > 0.0]
    place = np.searchsorted(bins, delivered / (rated_kw * interval_h), "right") - 1
    place = np.minimum(place, bins.size - 2)
    hours = np.bincount(place, minlength=bins.size - 1) * interval_h
    energy = np.bincount(place, delivered, minlength=bins.size - 1)
    return PartLoad(bins, np.asarray(hours, np.float64), np.asarray(energy, np.float64))
