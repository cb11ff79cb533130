"""One register between two declared joints, put right: what it really counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.registers.falls import Event, Walk, event_at
from analytics.registers.limits import Limits
from analytics.series import DAY_MS, BoolArray, FloatArray, IntArray

FALLS_SHARE = 0.02  # more falls than that: no cumulative register [E]
FALLS_AT_LEAST = 50  # ... but never on fewer [E]
DAYS_FOR_DIRECTION = 3  # [E]
RISES_SHARE = 0.1  # of its falls that a register running backwards may rise [E]


@dataclass(frozen=True, slots=True)
class Segment:
    """Readings of one register between two declared joints, put right.

    Parameters
    ----------
    keep : array of bool, shape (n,)
        Readings that are relied on.
    delta : array of float64, shape (m - 1,)
        Counted between the readings that are kept; NaN where not claimable. [unit]
    events : tuple of Event
        What happened, in order of time.
    cumulative : bool
        False: it falls so often that it is none; nothing is claimed.
    """

    keep: BoolArray
    delta: FloatArray
    events: tuple[Event, ...] = ()
    cumulative: bool = True


def runs_backwards(at: IntArray, counter: FloatArray) -> bool:
    """Whether a register counts down: nearly all of its readings and most of its days fall.

    Both are asked: a register that is set to zero every midnight falls from day to day as often
    as it rises, and one with a single reset falls once.
    """
    delta = np.diff(counter)
    down, up = int(np.count_nonzero(delta < 0)), int(np.count_nonzero(delta > 0))
    if up >= RISES_SHARE * down or down < DAYS_FOR_DIRECTION:
        return False
    each = np.arange(at[0], at[-1] + 1, DAY_MS, dtype=np.int64)
    daily = np.diff(counter[np.searchsorted(at, each)])
    daily = daily[daily != 0]
    falling = int(np.count_nonzero(daily < 0))
    return bool(daily.size < DAYS_FOR_DIRECTION or 2 * falling > daily.size)


def put_right(at: IntArray, counter: FloatArray, most: Limits, *, rated: bool) -> Segment:
    """Name every fall of a register and say what it counted.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Strictly increasing. [ms since epoch, UTC]
    counter : array of float64, shape (n,)
        Finite readings of one register without declared joint. [unit]
    most : Limits
        What it can count.
    rated : bool
        Whether the limits are the device's: then a rise beyond them is not claimable either.

    Returns
    -------
    Segment
    """
    delta = np.diff(counter)
    falls = np.flatnonzero(delta < 0)
    if falls.size > max(FALLS_AT_LEAST, FALLS_SHARE * at.size):
        every = np.ones(at.size, dtype=np.bool_)
        return Segment(every, np.full(delta.shape, np.nan), cumulative=False)
    if not falls.size:
        keep, events = np.ones(at.size, dtype=np.bool_), list[Event]()
    else:
        walk = Walk(at, counter, most)
        for fall in falls.tolist():
            walk.look_at(fall)
        keep, events = walk.keep, walk.events
        at, delta = at[keep], _delta(counter[keep], walk.added[keep])
    if rated and at.size > 1:
        delta, jumps = _without_jumps(at, counter[keep], delta, most)
        events = sorted([*events, *jumps], key=lambda event: event.start)
    return Segment(keep, delta, tuple(events))


def _delta(counter: FloatArray, added: FloatArray) -> FloatArray:
    return np.diff(counter) + added[1:]


def _without_jumps(
    at: IntArray, counter: FloatArray, delta: FloatArray, most: Limits
) -> tuple[FloatArray, list[Event]]:
    """Take back rises that the rated power cannot have made."""
    if most.rate is None:
        return delta, []
    beyond = np.flatnonzero(delta > most.rate * np.diff(at) + most.step)
    if not beyond.size:
        return delta, []
    delta = delta.copy()
    delta[beyond] = np.nan
    return delta, [event_at("jump", at, counter, place, place + 1) for place in beyond.tolist()]
