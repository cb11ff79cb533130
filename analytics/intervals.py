"""Amounts that are known between instants, cut at the edges of buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analytics.series import BoolArray, FloatArray, IntArray
from collector.model import Finding

Number = TypeVar("Number", np.float64, np.int64)


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
        Energy of the known part: that of `energy` where it is whole, zero at coverage zero.
        [unit of `energy`]
    findings : tuple of Finding
        What was found on the way.
    """

    energy: FloatArray
    coverage: FloatArray
    measured: FloatArray
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Intervals:
    """What happened from each instant to the next.

    Parameters
    ----------
    at : array of int64, shape (m,)
        m >= 2. [ms since epoch, UTC]
    amount : array of float64, shape (m - 1,)
        Of each interval; NaN where unknown. [unit]
    rate : array of float64, shape (m - 1,)
        At the beginning of each interval. [unit/ms]
    slope : array of float64, shape (m - 1,)
        Change of the rate within it. [unit/ms²]
    """

    at: IntArray
    amount: FloatArray
    rate: FloatArray
    slope: FloatArray

    def in_buckets(
        self, edges: IntArray, longest_cut_ms: int, findings: tuple[Finding, ...] = ()
    ) -> BucketEnergy:
        """Sum the intervals by bucket.

        Parameters
        ----------
        edges : array of int64, shape (n + 1,)
            [ms since epoch, UTC]
        longest_cut_ms : int
            An interval this long or longer is not divided at an edge inside it. [ms]
        findings : tuple of Finding
            Handed on.
        """
        span = np.diff(self.at)
        claimed = ~np.isnan(self.amount)
        place = np.clip(np.searchsorted(self.at, edges, side="right") - 1, 0, span.size - 1)
        inside = np.clip(edges - self.at[place], 0, span[place])
        whole = (inside > 0) & (inside < span[place]) & (span[place] >= longest_cut_ms)
        energy = _running(np.where(claimed, self.amount, 0.0))
        known = _running(np.where(claimed, span, 0))
        # a bucket that begins in an undivided interval begins after it, one that ends there before
        begin = self._up_to(place, np.where(whole, span[place], inside), claimed, energy, known)
        end = self._up_to(place, np.where(whole, 0, inside), claimed, energy, known)
        return _by_bucket(end[0][1:] - begin[0][:-1], end[1][1:] - begin[1][:-1], edges, findings)

    def _up_to(
        self,
        place: IntArray,
        inside: IntArray,
        claimed: BoolArray,
        energy: FloatArray,
        known: IntArray,
    ) -> tuple[FloatArray, IntArray]:
        """Energy and known time from the first instant up to `inside` ms into an interval."""
        part = inside * (self.rate[place] + 0.5 * self.slope[place] * inside)
        part = np.where(inside == self.at[place + 1] - self.at[place], self.amount[place], part)
        valid = claimed[place]
        return (
            energy[place] + np.where(valid, part, 0.0),
            known[place] + np.where(valid, inside, 0),
        )


def nothing(edges: IntArray, findings: tuple[Finding, ...] = ()) -> BucketEnergy:
    """Buckets of which nothing is known."""
    number = edges.size - 1
    return BucketEnergy(np.full(number, np.nan), np.zeros(number), np.zeros(number), findings)


def check_edges(edges: IntArray) -> None:
    """Refuse edges that make no buckets.

    Raises
    ------
    ValueError
        There are fewer than two, or they do not increase.
    """
    if edges.ndim != 1 or edges.size < 2:
        raise ValueError(f"edges: shape {edges.shape} makes no bucket")
    if not bool(np.all(np.diff(edges) > 0)):
        raise ValueError("edges: must strictly increase")


def _by_bucket(
    amount: FloatArray, known: IntArray, edges: IntArray, findings: tuple[Finding, ...]
) -> BucketEnergy:
    width = np.diff(edges)
    known = np.maximum(known, 0)  # both edges in one undivided interval
    measured = np.where(known > 0, amount, 0.0)
    return BucketEnergy(
        np.where(known == width, measured, np.nan), known / width, measured, findings
    )


def _running(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Sums before each interval and after the last one."""
    return np.concatenate((np.zeros(1, values.dtype), np.cumsum(values, dtype=values.dtype)))
