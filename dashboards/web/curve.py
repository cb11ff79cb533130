"""A chart's curve from stored readings or buckets, with the gaps that are in the data. Pure.

Empty buckets are not yet gaps: a week at one reading a minute, loaded into a site that polls
every ten seconds, has five empty buckets between two readings. A gap is where the distance
between neighbours is clearly greater than the rhythm on both sides of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from collector.model import Reading
from collector.store import Bucket

RHYTHM_NEIGHBOURS = 3
GAP_TO_RHYTHM = 1.5


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a curve; in a gap it has no numbers."""

    at: int
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    doubtful: bool = False


def of_readings(readings: Sequence[Reading]) -> list[Dot]:
    """Curve of single readings; a reading without value is a gap by itself."""
    dots = [Dot(r.at, r.value, r.value, r.value, bool(r.flag)) for r in readings]
    return with_gaps(dots)


def of_buckets(buckets: Sequence[Bucket]) -> list[Dot]:
    """Curve of buckets, each standing at its start; empty ones are left to the rhythm."""
    return with_gaps([Dot(b.at, b.low, b.mean, b.high) for b in buckets if b.count])


def with_gaps(dots: Sequence[Dot]) -> list[Dot]:
    """Dots with an empty one inside every gap."""
    steps = [after.at - dot.at for dot, after in pairwise(dots)]
    curve: list[Dot] = []
    for index, dot in enumerate(dots):
        curve.append(dot)
        if index < len(steps) and _is_gap(steps, index):
            curve.append(Dot(dot.at + steps[index] // 2))
    return curve


def _is_gap(steps: Sequence[int], index: int) -> bool:
    before = steps[max(0, index - RHYTHM_NEIGHBOURS) : index]
    after = steps[index + 1 : index + 1 + RHYTHM_NEIGHBOURS]
    rhythms = [median(side) for side in (before, after) if side]
    return bool(rhythms) and steps[index] > GAP_TO_RHYTHM * max(rhythms)


def columns(curve: Sequence[Dot]) -> dict[str, list[Any]]:
    """Columns of a curve, as the chart takes them; low and high only where they differ."""
    body: dict[str, list[Any]] = {
        "at": [dot.at for dot in curve],
        "mean": [dot.mean for dot in curve],
    }
    if any(dot.low != dot.high for dot in curve):
        body["low"] = [dot.low for dot in curve]
        body["high"] = [dot.high for dot in curve]
    body["doubtful"] = [index for index, dot in enumerate(curve) if dot.doubtful]
    return body
