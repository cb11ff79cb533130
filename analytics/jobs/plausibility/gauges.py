"""One gauge over one day: range, standing still, leaps, and flow that runs backwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from analytics.jobs.plausibility.slots import chosen
from analytics.quality import frozen, jumps, negative_flow, out_of_range
from analytics.quality.stretches import linked
from analytics.series import HOUR_MS, BoolArray, Series
from collector.model import Finding, Point

PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "outdoor_temp_c": (-50.0, 50.0),
    "supply_temp_c": (-5.0, 95.0),
    "return_temp_c": (-5.0, 95.0),
    "load_entering_temp_c": (-5.0, 95.0),
    "load_leaving_temp_c": (-5.0, 95.0),
    "source_entering_temp_c": (-15.0, 50.0),
    "source_leaving_temp_c": (-15.0, 50.0),
}
"""Tighter than most register maps [°C]. The UK trial's ranges (rule S1 [eoh]: water 5 to 80, brine
-10 to 30, outdoor -27.2 to 40.3), widened for what it did not have: chilled water, heat rejected
to the ground, and the climate of China's north [E]."""

FROZEN_WARN_MS, FROZEN_ALARM_MS = HOUR_MS, 2 * HOUR_MS
OUTDOOR_WARN_MS = 6 * HOUR_MS
"""Outdoor air may well stand for a night; never an alarm. [E]"""
APART = frozenset({"power_factor", "load_percent", "heat_setpoint_c", "cooling_setpoint_c"})
"""What moves for reasons of its own."""
NEVER_MS = 1 << 62
LEAST_REPEATS = 12
"""So many equal readings in a row are no coincidence. [E]"""
OUTLASTS = 3.0
"""Standing still counts if it lasts so many times longer than ever else that day: a coarse sensor
in steady water repeats itself all the time. [E]"""
MOVED_SHARE, MOVED_K = 0.05, 0.5
"""And if something beside it moved meanwhile by more than this share of itself, or a temperature by
so much: at night a whole plant may stand still. [E]"""

LARGEST_LEAP: Mapping[str, float] = {
    "outdoor_temp_c": 5.0,
    "supply_temp_c": 20.0,
    "return_temp_c": 20.0,
    "load_entering_temp_c": 20.0,
    "load_leaving_temp_c": 20.0,
    "source_entering_temp_c": 20.0,
    "source_leaving_temp_c": 20.0,
}
"""Largest change from one reading to the next that can be, at most a minute apart [K]. Power and
flow leap whenever something is switched, refrigerant whenever a compressor starts. [E]"""
LEAP_RHYTHM_MS = 60_000


def of_gauge(
    series: Series,
    point: Point,
    running: BoolArray,
    others: Sequence[Series],
    least_flow_m3h: float = 0.0,
) -> Iterator[Finding]:
    """Findings of one gauge over a day.

    Parameters
    ----------
    series : Series
        Known values in the rhythm in which they came.
    point : Point
        Its range as in the register map or the site file.
    running : array of bool, shape (n,)
        In which slots it ought to move.
    others : sequence of Series
        Gauges of its device that move when it ought to, see `beside`.
    least_flow_m3h : float
        What the meter can measure; flow backwards below that is noise about zero. [m³/h]
    """
    low, high = range_of(point)
    if point.quantity.unit == "m³/h":
        yield from negative_flow(series, below=-least_flow_m3h)
        low = -math.inf  # flow backwards is told by its own name
    yield from out_of_range(series, low, high)
    yield from still(series, point.quantity.name, running, others)
    most = LARGEST_LEAP.get(point.quantity.name)
    if most is not None and series.interval_ms <= LEAP_RHYTHM_MS:
        yield from jumps(series, most)


def range_of(point: Point) -> tuple[float, float]:
    """Plausible range: that of the map or site file, or what is physically possible if tighter."""
    low, high = PLAUSIBLE.get(point.quantity.name, (-math.inf, math.inf))
    return max(low, point.low), min(high, point.high)


def still(
    series: Series, quantity: str, running: BoolArray, others: Sequence[Series]
) -> Iterator[Finding]:
    """A sensor that repeats itself bit for bit while what is beside it moves (S2).

    Water and air temperatures and voltages are judged, which always move a little. A speed, a flow
    or the power of a steady consumer rightly stands; where one of those is stuck, its register says
    otherwise (B2). The rule's other half, a variance below 0.01 unit², is not applied: a plant
    that runs steadily holds its temperatures within 0.1 K for hours.
    """
    if quantity not in LARGEST_LEAP and series.unit != "V":
        return
    outdoor = quantity == "outdoor_temp_c"
    warn_ms = OUTDOOR_WARN_MS if outdoor else FROZEN_WARN_MS
    warn_ms = max(warn_ms, LEAST_REPEATS * series.interval_ms)
    alarm_ms = NEVER_MS if outdoor else max(FROZEN_ALARM_MS, 2 * warn_ms)
    due = chosen(series, running)
    for finding in frozen(due, variance=0.0, warn_ms=warn_ms, alarm_ms=alarm_ms):
        if _outlasts(due) and _others_moved(others, finding):
            yield finding


def _outlasts(due: Series) -> bool:
    """Whether the longest repetition is far longer than every other one."""
    every = np.ones(due.at.shape, np.bool_)
    runs = linked(due.at, every, np.diff(due.value) == 0, due.interval_ms)
    lengths = sorted((run.length_ms for run in runs), reverse=True)
    return len(lengths) < 2 or lengths[0] >= OUTLASTS * lengths[1]


def _others_moved(others: Sequence[Series], finding: Finding) -> bool:
    start, end = (int(float(finding.evidence[f"longest_{edge}_ms"])) for edge in ("from", "to"))
    return any(_moved(other.between(start, end)) for other in others)


def _moved(series: Series) -> bool:
    if not len(series):
        return False
    high, low = float(series.value.max()), float(series.value.min())
    if series.unit in ("°C", "K"):
        return high - low > MOVED_K
    return high - low > MOVED_SHARE * max(abs(high), abs(low))


def beside(quantity: str) -> Callable[[str], bool]:
    """Tell which other quantities of a device move when this one ought to: those of its side.

    >>> near = beside("source_leaving_temp_c")
    >>> near("source_flow_m3h"), near("load_flow_m3h"), near("source_leaving_temp_c")
    (True, False, False)
    """
    side = _side(quantity)
    return lambda other: other != quantity and _side(other) == side and other not in APART


def _side(quantity: str) -> str:
    return next((side for side in ("source_", "load_") if quantity.startswith(side)), "")
