"""Energy from cumulative registers and, where there is none, from power.

Registers beat integrated power: the difference of two readings holds whatever happened between
them. What a register cannot tell is told as a finding and has no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analytics.series import FloatArray, IntArray, Series
from collector.model import Finding


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
        Rollovers, resets, exchanges, spikes, reversed direction.
    """

    at: IntArray
    delta: FloatArray
    used: IntArray
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketEnergy:
    """Energy by bucket.

    Parameters
    ----------
    energy : array of float64, shape (n,)
        Of whole buckets; NaN where any part is unknown. [unit of the register, or kWh]
    coverage : array of float64, shape (n,)
        Share of the bucket's time that is known. [0..1]
    measured : array of float64, shape (n,)
        Energy of the known part; zero at coverage zero. Equals `energy` where that is known.
    findings : tuple of Finding
        What was found on the way.
    """

    energy: FloatArray
    coverage: FloatArray
    measured: FloatArray
    findings: tuple[Finding, ...] = ()


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
    """Energy between the readings of a cumulative register."""
    raise NotImplementedError


def counter_in_buckets(
    at: IntArray,
    counter: FloatArray,
    edges: IntArray,
    *,
    modulus: float | None = None,
    most_per_hour: float | None = None,
    joints: Sequence[tuple[int, float, float]] = (),
    bracket_ms: int = 900_000,
    magnitude: bool = False,
) -> BucketEnergy:
    """Energy of a cumulative register by bucket."""
    raise NotImplementedError


def integrated(series: Series, edges: IntArray, *, longest_gap_ms: int) -> BucketEnergy:
    """Energy of a power series by bucket."""
    raise NotImplementedError
