"""Is a value believable: out of range, frozen, spiking, stepping."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analytics.quality.stretches import (
    GAP_INTERVALS,
    Stretch,
    duration,
    linked,
    longest,
    span_evidence,
    stretches,
)
from analytics.series import HOUR_MS, BoolArray, FloatArray, IntArray, Series
from collector.model import Finding, Title

OUT_OF_RANGE_MS = 15 * 60_000  # rule S1 [eoh]
FROZEN_WARN_MS = 15 * 60_000  # rule S2 [resolute]
FROZEN_ALARM_MS = 2 * HOUR_MS  # rule S2 [E]
FROZEN_VARIANCE = 0.01  # own unit squared, rule S2 [resolute]

PLAUSIBLE_COP = {  # [eoh]; ground source over a year up to 6.0 was seen in a fleet [hpm]
    "day": (0.75, 7.5),
    "window": (0.9, 6.5),
    "year": (1.5, 6.0),
}


def out_of_range(
    series: Series, low: float, high: float, *, least_ms: int = OUT_OF_RANGE_MS
) -> tuple[Finding, ...]:
    """Values beyond what can be, for longer than `least_ms` in a row (S1).

    Parameters
    ----------
    series : Series
    low, high : float
        Plausible range, such as the point's own. [unit of the series]
    least_ms : int
        [ms]

    Raises
    ------
    ValueError
        The range is empty.
    """
    if not low < high:
        raise ValueError(f"high: {high} is not above low {low}")
    known = series.known()
    outside = (known.value < low) | (known.value > high)
    found = stretches(known.at, outside, known.interval_ms, least_ms=least_ms)
    if not found:
        return ()
    beyond = np.concatenate([known.value[stretch.part] for stretch in found])
    worst = float(beyond[np.argmax(np.maximum(low - beyond, beyond - high))])
    told, unit = duration(longest(found).length_ms), series.unit
    sentence = Title(
        f"数值超出合理范围 {low:g}～{high:g} {unit}，最远 {worst:,.2f} {unit}，最长 {told.zh}。",
        f"Values outside the plausible {low:g} to {high:g} {unit}, farthest {worst:,.2f} {unit}, "
        f"for up to {told.en}.",
    )
    evidence = {"worst": worst, "low": low, "high": high, **span_evidence(found)}
    return (Finding("value.out-of-range", "warning", sentence, evidence),)


def implausible_cop(cop: float, over: Literal["day", "window", "year"]) -> tuple[Finding, ...]:
    """A COP that no plant has: the meters, not the machine, are the likelier cause.

    Parameters
    ----------
    cop : float
        NaN is not judged. [kWh/kWh]
    over : {"day", "window", "year"}
        How long it was taken over; the longer, the narrower the plausible range.
    """
    low, high = PLAUSIBLE_COP[over]
    if np.isnan(cop) or low <= cop <= high:
        return ()
    sentence = Title(
        f"COP {cop:.2f} 超出合理范围 {low:g}～{high:g}，请先检查计量。",
        f"A COP of {cop:.2f} is outside the plausible {low:g} to {high:g}: check the meters first.",
    )
    evidence = {"cop": cop, "low": low, "high": high}
    return (Finding("value.implausible-cop", "warning", sentence, evidence),)


def frozen(
    series: Series,
    running: BoolArray | None = None,
    *,
    variance: float = FROZEN_VARIANCE,
    warn_ms: int = FROZEN_WARN_MS,
    alarm_ms: int = FROZEN_ALARM_MS,
) -> tuple[Finding, ...]:
    """A value that stands still while things run (S2).

    Parameters
    ----------
    series : Series
        Gauge.
    running : array of bool, shape (n,), optional
        In which slots it ought to move; by default always.
    variance : float
        Moving less than this over `warn_ms` is standing still; 0 asks for identical bits only.
        [unit²]
    warn_ms, alarm_ms : int
        Standing still that long is a warning; identical bits that long an alarm. A steady plant
        may well move little, but its readings do not repeat themselves bit for bit. [ms]

    Raises
    ------
    ValueError
        `running` has another shape than the series.
    """
    if running is not None and running.shape != series.at.shape:
        raise ValueError(f"running: shape {running.shape} is not that of the series")
    due = series.valid if running is None else series.valid & running
    at, value = series.at[due], series.value[due]
    if at.size < 2:
        return ()
    every = np.ones(at.size, dtype=np.bool_)
    same = linked(at, every, np.diff(value) == 0, series.interval_ms, least_ms=warn_ms)
    flat = _flat(at, value, series.interval_ms, variance, warn_ms)
    still = stretches(at, flat, series.interval_ms, least_ms=warn_ms)
    if not (same or still):
        return ()
    identical = bool(same) and longest(same).length_ms >= alarm_ms
    found = same if identical or not still else still
    return (_stands_still(found, float(value[longest(found).first]), series.unit, identical),)


def _flat(
    at: IntArray, value: FloatArray, interval_ms: int, variance: float, window_ms: int
) -> BoolArray:
    """Slots that belong to a window in which the value hardly moved."""
    width = max(2, window_ms // interval_ms)
    flat = np.zeros(at.size, dtype=np.bool_)
    if variance <= 0 or at.size < width:
        return flat
    centred = value - value.mean()  # or the squares of large values would drown the variance
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    mean = (sums[width:] - sums[:-width]) / width
    spread = (squares[width:] - squares[:-width]) / width - mean**2
    whole = at[width - 1 :] - at[: at.size - width + 1] <= window_ms + GAP_INTERVALS * interval_ms
    marks = np.zeros(at.size + 1, dtype=np.int64)
    begin = np.flatnonzero((spread < variance) & whole)
    np.add.at(marks, begin, 1)
    np.add.at(marks, begin + width, -1)
    return np.cumsum(marks[:-1]) > 0


def _stands_still(found: list[Stretch], value: float, unit: str, identical: bool) -> Finding:
    told = duration(longest(found).length_ms)
    sentence = Title(
        f"运行中数值停在 {value:,.2f} {unit} 达 {told.zh}{'，逐位相同' if identical else ''}。",
        f"While running the value stood at {value:,.2f} {unit} for {told.en}"
        f"{', bit for bit' if identical else ''}.",
    )
    evidence = {"value": value, **span_evidence(found)}
    return Finding("value.frozen", "alarm" if identical else "warning", sentence, evidence)


def jumps(series: Series, most: float) -> tuple[Finding, ...]:
    """Single values that leap away and back (spikes), and leaps that stay (steps).

    Parameters
    ----------
    series : Series
        Gauge.
    most : float
        Largest change from one slot to the next that can be. [unit of the series]

    Raises
    ------
    ValueError
        `most` is not positive.
    """
    if not most > 0:
        raise ValueError(f"most: {most} is not positive")
    known = series.known()
    leap = np.diff(known.value)
    leap[np.diff(known.at) > GAP_INTERVALS * known.interval_ms] = 0.0  # across a gap much may be
    large = np.abs(leap) > most
    spike = large[:-1] & large[1:] & (np.sign(leap[:-1]) != np.sign(leap[1:]))
    spike &= np.abs(leap[:-1] + leap[1:]) <= most  # it is back
    step = large.copy()
    step[:-1] &= ~spike
    step[1:] &= ~spike
    return (
        *_leaps("spike", known, np.flatnonzero(spike) + 1, leap, most),
        *_leaps("step", known, np.flatnonzero(step) + 1, leap, most),
    )


def _leaps(
    kind: str, known: Series, place: IntArray, leap: FloatArray, most: float
) -> tuple[Finding, ...]:
    """One finding for all leaps of a kind, told by the largest."""
    if not place.size:
        return ()
    worst = int(place[np.argmax(np.abs(leap[place - 1]))])
    before, after, unit = float(known.value[worst - 1]), float(known.value[worst]), known.unit
    zh, en = ("尖峰", "spikes") if kind == "spike" else ("阶跃", "steps")
    sentence = Title(
        f"数值{zh} {place.size} 次，最大从 {before:,.2f} 到 {after:,.2f} {unit}，"
        f"超过每步 {most:g} {unit}。",
        f"{place.size} {en}, the largest from {before:,.2f} to {after:,.2f} {unit}, more than "
        f"{most:g} {unit} in one interval.",
    )
    evidence = {
        "times": float(place.size),
        "at_ms": float(known.at[worst]),
        "before": before,
        "after": after,
        "most": most,
    }
    return (Finding(f"value.{kind}", "warning", sentence, evidence),)
