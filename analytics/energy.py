"""Energy from cumulative registers and, where there is none, from power.

Registers beat integrated power: the difference of two readings holds whatever happened between
them. What a register cannot tell has no number and is told as a finding. Amounts keep the unit of
the register: kWh for electricity and heat, m³ for water and gas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.intervals import BucketEnergy, Intervals, check_edges, nothing
from analytics.registers import wording
from analytics.registers.counted import counted, turned, without_gaps
from analytics.registers.segments import runs_backwards
from analytics.series import HOUR_MS, FloatArray, IntArray, Series
from collector.model import Finding

__all__ = [
    "BucketEnergy",
    "CounterEnergy",
    "Joint",
    "counter_in_buckets",
    "from_counter",
    "in_buckets",
    "integrated",
]

BRACKET_MS = 15 * 60_000
"""An edge is interpolated only between readings closer than this. [ms] [E]"""


class Joint(NamedTuple):
    """A declared meter exchange or reset.

    Readings before `at` are the old meter's, those at `at` and later the new one's; `old_end` and
    `new_start` are what the two registers showed at that moment. [unit of the register]
    """

    at: int
    old_end: float
    new_start: float


@dataclass(frozen=True, slots=True)
class CounterEnergy:
    """What a cumulative register counted between its readings.

    Parameters
    ----------
    at : array of int64, shape (m,)
        Readings that were relied on: those with a value, without spikes. [ms since epoch, UTC]
    delta : array of float64, shape (m - 1,)
        Counted between each and the next; NaN where not claimable. [unit of the register]
    used : array of int64, shape (m,)
        Their places among the readings given.
    findings : tuple of Finding
        Rollovers, resets, exchanges, spikes, wrong direction.
    """

    at: IntArray
    delta: FloatArray
    used: IntArray
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> float:
        """All that can be claimed. [unit of the register]"""
        return float(np.nansum(self.delta))


def from_counter(
    at: IntArray,
    counter: FloatArray,
    *,
    modulus: float | None = None,
    most_per_hour: float | None = None,
    longest_gap_ms: int | None = None,
    joints: Sequence[tuple[int, float, float]] = (),
    magnitude: bool = False,
) -> CounterEnergy:
    """Energy between the readings of a cumulative register.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Strictly increasing. [ms since epoch, UTC]
    counter : array of float64, shape (n,)
        Readings; NaN where there is none. [unit]
    modulus : float, optional
        Value at which the register returns to zero; without it no rollover is assumed. [unit]
    most_per_hour : float, optional
        Rated most, such as the rated power for a register in kWh; without it ten times the
        highest rate that the register itself shows is the measure of a rollover. [unit/h]
    longest_gap_ms : int, optional
        Intervals longer than this are withheld; by default the difference across a gap of any
        length is claimed, for that is what a register is good for. [ms]
    joints : sequence of (at, old_end, new_start)
        Declared exchanges and resets, see `Joint`; bridged exactly.
    magnitude : bool
        Count a register that runs backwards by its magnitude instead of refusing it.

    Returns
    -------
    CounterEnergy

    Raises
    ------
    ValueError
        The arrays differ in length, instants do not increase, or a limit is not positive.

    Notes
    -----
    The error of a difference of two readings of resolution r has the standard deviation r/√6 and
    does not grow with the number of intervals between them, because their errors cancel; see
    `quantisation`.
    """
    at, counter = _checked_readings(at, counter)
    _check_limits(modulus=modulus, most_per_hour=most_per_hour, longest_gap_ms=longest_gap_ms)
    used = np.flatnonzero(np.isfinite(counter))
    at, counter = (at, counter) if used.size == at.size else (at[used], counter[used])
    if used.size < 2:
        return CounterEnergy(at, np.empty(0), used, (wording.too_few(int(used.size)),))
    findings = list[Finding]()
    joints = sorted(joints)
    if runs_backwards(at, counter):
        first, last = float(counter[0]), float(counter[-1])
        findings.append(wording.reversed_register(first, last, magnitude=magnitude))
        if not magnitude:
            return CounterEnergy(at, np.full(at.size - 1, np.nan), used, tuple(findings))
        counter, joints = turned(counter, joints, modulus)
    found = counted(at, counter, modulus, most_per_hour, joints)
    at, delta, used = at[found.keep], found.delta, used[found.keep]
    findings += found.findings
    if longest_gap_ms is not None:
        delta, told = without_gaps(at, delta, longest_gap_ms)
        findings += told
    return CounterEnergy(at, delta, used, tuple(findings))


def counter_in_buckets(
    at: IntArray,
    counter: FloatArray,
    edges: IntArray,
    *,
    modulus: float | None = None,
    most_per_hour: float | None = None,
    joints: Sequence[tuple[int, float, float]] = (),
    bracket_ms: int = BRACKET_MS,
    magnitude: bool = False,
) -> BucketEnergy:
    """Energy of a cumulative register by bucket.

    A bucket that contains a whole gap has its energy all the same. An edge between two readings is
    interpolated only if they are closer than `bracket_ms`; an edge inside a longer gap is unknown,
    and both buckets beside it lose the gap from their coverage.

    Parameters
    ----------
    at, counter, modulus, most_per_hour, joints, magnitude
        As for `from_counter`. Give readings from a little before the first edge to a little after
        the last one: an edge beyond the record is unknown.
    edges : array of int64, shape (n + 1,)
        Strictly increasing, see `buckets.edges`. [ms since epoch, UTC]
    bracket_ms : int
        [ms]

    Returns
    -------
    BucketEnergy
        Shape (n,); `energy` over [a, c] is that over [a, b] plus that over [b, c] wherever both
        are known.

    Raises
    ------
    ValueError
        As for `from_counter`; edges that do not increase.
    """
    check_edges(edges)
    _check_limits(bracket_ms=bracket_ms)
    counter_energy = from_counter(
        at,
        counter,
        modulus=modulus,
        most_per_hour=most_per_hour,
        joints=joints,
        magnitude=magnitude,
    )
    return in_buckets(counter_energy, edges, bracket_ms=bracket_ms)


def in_buckets(
    counter_energy: CounterEnergy, edges: IntArray, *, bracket_ms: int = BRACKET_MS
) -> BucketEnergy:
    """The same for a register that was read before: hours, days and months of one reading.

    Raises
    ------
    ValueError
        Edges that do not increase.
    """
    check_edges(edges)
    at, delta = counter_energy.at, counter_energy.delta
    if at.size < 2:
        return nothing(edges, counter_energy.findings)
    even = Intervals(at, delta, delta / np.diff(at), np.zeros(delta.shape))
    return even.in_buckets(edges, bracket_ms, counter_energy.findings)


def integrated(series: Series, edges: IntArray, *, longest_gap_ms: int) -> BucketEnergy:
    """Energy of a power series by bucket, by the trapezoidal rule.

    Between readings farther apart than the longest gap nothing is known, and no energy is
    invented; the coverage falls by the whole gap.

    Parameters
    ----------
    series : Series
        Power; give one reading after the last edge, for a bucket is known only up to the last
        reading. [kW, or any unit per hour]
    edges : array of int64, shape (n + 1,)
        Strictly increasing. [ms since epoch, UTC]
    longest_gap_ms : int
        Longest distance of two readings between which power is taken as changing evenly. [ms]

    Returns
    -------
    BucketEnergy
        Shape (n,). [kWh]

    Raises
    ------
    ValueError
        Edges that do not increase, a gap that is not positive.
    """
    check_edges(edges)
    _check_limits(longest_gap_ms=longest_gap_ms)
    known = series.known()
    if len(known) < 2:
        return nothing(edges)
    span = np.diff(known.at)
    rate = known.value / HOUR_MS
    slope = np.diff(rate) / span
    amount = 0.5 * (rate[:-1] + rate[1:]) * span
    amount[span > longest_gap_ms] = np.nan
    return Intervals(known.at, amount, rate[:-1], slope).in_buckets(edges, longest_gap_ms + 1)


def _checked_readings(at: IntArray, counter: FloatArray) -> tuple[IntArray, FloatArray]:
    at, counter = np.asarray(at, dtype=np.int64), np.asarray(counter, dtype=np.float64)
    if at.shape != counter.shape or at.ndim != 1:
        raise ValueError(f"at and counter: shapes {at.shape} and {counter.shape} differ")
    if at.size > 1 and not bool(np.all(np.diff(at) > 0)):
        raise ValueError("at: readings must strictly increase in time")
    return at, counter


def _check_limits(**limits: float | None) -> None:
    for name, limit in limits.items():
        if limit is not None and not limit > 0:
            raise ValueError(f"{name}: {limit} is not positive")
