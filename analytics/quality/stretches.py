"""Stretches of time in which something held, and how to tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.series import HOUR_MS, BoolArray, IntArray
from collector.model import Title

GAP_INTERVALS = 3
"""No data for longer than that many intervals is a gap. [E]"""

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Slots in a row in which something held.

    Parameters
    ----------
    first, last : int
        Places of its first and last slot.
    start, end : int
        From the first slot to one interval after the last. [ms since epoch, UTC]
    """

    first: int
    last: int
    start: int
    end: int

    @property
    def length_ms(self) -> int:
        """How long it held. [ms]"""
        return self.end - self.start

    @property
    def part(self) -> slice:
        """Its slots."""
        return slice(self.first, self.last + 1)


def stretches(
    at: IntArray, held: BoolArray, interval_ms: int, *, least_ms: int = 0
) -> list[Stretch]:
    """Stretches in which something held in every slot, without a gap.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Slots. [ms since epoch, UTC]
    held : array of bool, shape (n,)
    interval_ms : int
        Rhythm; a stretch ends at a gap of more than three intervals. [ms]
    least_ms : int
        Shorter ones are left out. [ms]

    Raises
    ------
    ValueError
        The arrays differ in shape.
    """
    if at.shape != held.shape:
        raise ValueError(f"held: shape {held.shape} is not that of at, {at.shape}")
    return linked(at, held, held[1:] & held[:-1], interval_ms, least_ms=least_ms)


def linked(
    at: IntArray, held: BoolArray, link: BoolArray, interval_ms: int, *, least_ms: int = 0
) -> list[Stretch]:
    """The same with the word on whether each slot continues the one before, shape (n - 1,)."""
    close = link & (np.diff(at) <= GAP_INTERVALS * interval_ms)
    first = np.flatnonzero(held & ~np.concatenate(([False], close)))
    last = np.flatnonzero(held & ~np.concatenate((close, [False])))
    found = (
        Stretch(begin, end, int(at[begin]), int(at[end]) + interval_ms)
        for begin, end in zip(first.tolist(), last.tolist(), strict=True)
    )
    return [stretch for stretch in found if stretch.length_ms >= least_ms]


def longest(found: Sequence[Stretch]) -> Stretch:
    """The longest of several, the first of equals."""
    return max(found, key=lambda stretch: stretch.length_ms)


def total_ms(found: Sequence[Stretch]) -> int:
    """How long they held together. [ms]"""
    return sum(stretch.length_ms for stretch in found)


def span_evidence(found: Sequence[Stretch]) -> dict[str, float | str]:
    """When something held, for a finding's evidence."""
    worst = longest(found)
    return {
        "stretches": float(len(found)),
        "total_ms": float(total_ms(found)),
        "longest_from_ms": float(worst.start),
        "longest_to_ms": float(worst.end),
    }


def duration(length_ms: float) -> Title:
    """A length of time for people: minutes below two hours, hours above."""
    if length_ms < 2 * HOUR_MS:
        minutes = length_ms / _MINUTE_MS
        return Title(f"{minutes:,.0f} 分钟", f"{minutes:,.0f} min")
    hours = length_ms / HOUR_MS
    return Title(f"{hours:,.1f} 小时", f"{hours:,.1f} h")
