"""What a register counted over its whole life: its segments, and the joints between its meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analytics.registers import wording
from analytics.registers.falls import Event
from analytics.registers.limits import Limits, limits
from analytics.registers.segments import put_right
from analytics.series import BoolArray, FloatArray, IntArray
from collector.model import Finding

Joints = Sequence[tuple[int, float, float]]

READ_BY_EYE = 1.0
"""A display is read in whole units, the register finer: the two may differ by that. [unit] [E]"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Readings that are relied on, and what was counted between them.

    Parameters
    ----------
    keep : array of bool, shape (n,)
    delta : array of float64, shape (m - 1,)
        NaN where not claimable. [unit]
    findings : tuple of Finding
    """

    keep: BoolArray
    delta: FloatArray
    findings: tuple[Finding, ...]


def counted(
    at: IntArray,
    counter: FloatArray,
    modulus: float | None,
    most_per_hour: float | None,
    joints: Joints,
) -> Counted:
    """Put every segment right and bridge the declared joints between them.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Strictly increasing, n >= 1. [ms since epoch, UTC]
    counter : array of float64, shape (n,)
        Finite readings. [unit]
    modulus, most_per_hour : float or None
        [unit], [unit/h]
    joints : sequence of (at, old_end, new_start)
        In order of time.
    """
    most = limits(at, counter, modulus, most_per_hour)
    places = _places(at, joints)
    cuts = sorted(places)
    keep = np.ones(at.size, dtype=np.bool_)
    parts, events, findings = list[FloatArray](), list[Event](), list[Finding]()
    for start, end in pairwise([0, *cuts, at.size]):
        part = slice(start, end)
        segment = put_right(at[part], counter[part], most, rated=most_per_hour is not None)
        keep[part] = segment.keep
        events += segment.events
        if not segment.cumulative:
            falls = int(np.count_nonzero(np.diff(counter[part]) < 0))
            findings.append(wording.not_cumulative(falls, end - start))
        if start:  # a segment's first and last readings are never ignored
            bridge, told = _bridge(at, counter, start, places[start], most)
            parts.append(np.array([bridge]))
            findings += told
        parts.append(segment.delta)
    return Counted(keep, np.concatenate(parts), (*findings, *wording.told(events)))


def turned(
    counter: FloatArray, joints: Joints, modulus: float | None
) -> tuple[FloatArray, list[tuple[int, float, float]]]:
    """A register that counts down, seen as one that counts up."""
    top = modulus or 0.0
    return top - counter, [(at, top - old, top - new) for at, old, new in joints]


def without_gaps(
    at: IntArray, delta: FloatArray, longest_gap_ms: int
) -> tuple[FloatArray, tuple[Finding, ...]]:
    """Withhold what was counted across gaps longer than a caller wants."""
    long = (np.diff(at) > longest_gap_ms) & ~np.isnan(delta)
    if not long.any():
        return delta, ()
    withheld = float(delta[long].sum())
    told = wording.long_gaps(int(np.count_nonzero(long)), withheld, longest_gap_ms)
    return np.where(long, np.nan, delta), (told,)


def _places(at: IntArray, joints: Joints) -> dict[int, list[tuple[int, float, float]]]:
    """Joints by the first reading of the new meter; those outside the record play no part."""
    found = dict[int, list[tuple[int, float, float]]]()
    for joint in joints:
        place = int(np.searchsorted(at, joint[0], side="left"))
        if 0 < place < at.size:
            found.setdefault(place, []).append(joint)
    return found


def _bridge(
    at: IntArray, counter: FloatArray, place: int, joints: Joints, most: Limits
) -> tuple[float, tuple[Finding, ...]]:
    """Counted between the last reading of the old meter and the first of the new one."""
    before, after = float(counter[place - 1]), float(counter[place])
    span = int(at[place] - at[place - 1])
    starts = [before, *(new_start for _, _, new_start in joints)]
    ends = [*(old_end for _, old_end, _ in joints), after]
    rises = [_rise(start, end, span, most) for start, end in zip(starts, ends, strict=True)]
    total = sum(rises)
    still_old = abs(after - joints[-1][1]) < abs(after - joints[-1][2])
    beyond = most.rate is not None and not most.plausible(total, span)
    if min(rises) >= -READ_BY_EYE and total >= 0 and not (beyond and still_old):
        return total, ()
    return np.nan, (wording.joint_mismatch(int(at[place - 1]), int(at[place]), before, after),)


def _rise(start: float, end: float, span_ms: int, most: Limits) -> float:
    rise = end - start
    if rise < 0 and most.modulus is not None and most.rolled_over(start, end, span_ms):
        rise += most.modulus
    return rise
