"""Every fall of a cumulative register has a name: dip, spike, rollover or drop.

A fall is looked at once, in order of time, and takes the first name that fits:

1. a spike: without up to three readings around the fall the register would only rise; they are
   ignored and the energy across them is kept;
2. a rollover: `d < 0`, before > 0.9 M, after < 0.1 M and `d + M <= 1.2 Pmax dt`; M is added;
3. a dip: it comes back in one step later on, or had stepped up to a wrong height before; ignored
   likewise;
4. a drop: reset or undeclared exchange; a new segment begins and the interval has no energy.

The rules are those of the Electrification of Heat trial (Energy Systems Catapult, data cleansing
report) where that has one [eoh]; other thresholds are engineering judgement [E].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.registers.limits import Limits
from analytics.series import DAY_MS, BoolArray, FloatArray, IntArray

SPIKE_READINGS = 3  # [eoh]
LOOK_BACK = 60  # readings in which the last three that are kept are sought
RETURN_SHARE = 0.5  # of a drop made good in one step: it was no reset [E]
CONTINUABLE_MS = 21 * DAY_MS  # a record goes on over a shorter gap [eoh]

EventKind = Literal["rollover", "drop", "spike", "dip", "jump"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a register between two readings.

    Parameters
    ----------
    kind : str
        rollover, drop, spike, dip, jump.
    start, end : int
        Readings between which it lies. [ms since epoch, UTC]
    before, after : float
        What the register showed there. [unit of the register]
    extreme : float
        What a spike or dip went to; else as `after`. [unit of the register]
    """

    kind: EventKind
    start: int
    end: int
    before: float
    after: float
    extreme: float


class Walk:
    """Goes through a register's falls in order of time and names each."""

    def __init__(self, at: IntArray, counter: FloatArray, most: Limits) -> None:
        self.keep: BoolArray = np.ones(at.size, dtype=np.bool_)
        self.added: FloatArray = np.zeros(at.size)  # to the difference that ends at a reading
        self.events: list[Event] = []
        self._at = at
        self._counter = counter
        self._most = most
        self._first = 0  # of the segment since the last rollover or drop

    def look_at(self, fall: int) -> None:
        """Name the fall between the readings `fall` and `fall + 1`."""
        low = fall + 1
        if not (self.keep[fall] and self.keep[low]):
            return  # one of them is ignored already
        if (around := self._around(fall)) is not None:
            self._ignore("spike", *around)
        elif self._most.rolled_over(*self._pair(fall)):
            self._join("rollover", fall, self._most.modulus or 0.0)
        elif (back := self._back_later(fall)) is not None:
            self._ignore("dip", fall, back)
        elif (base := self._plateau_from(fall)) is not None:
            self._ignore("dip", base, low)
        else:
            self._join("drop", fall, np.nan)

    def _pair(self, fall: int) -> tuple[float, float, int]:
        span = int(self._at[fall + 1] - self._at[fall])
        return float(self._counter[fall]), float(self._counter[fall + 1]), span

    def _around(self, fall: int) -> tuple[int, int] | None:
        """Readings around the fall between which the register rises, if few others are ignored.

        Up to three readings may be wrong, above, below or both; the fewest are ignored.
        """
        start = max(self._first, fall - LOOK_BACK)
        kept = start + np.flatnonzero(self.keep[start : fall + 1])
        before = kept[: -SPIKE_READINGS - 2 : -1].tolist()
        after = range(fall + 1, min(fall + 2 + SPIKE_READINGS, self._at.size))
        for ignored in range(1, SPIKE_READINGS + 1):
            for above in range(min(ignored, len(before) - 1) + 1):
                below = ignored - above
                if below < len(after) and self._rises(before[above], after[below]):
                    return before[above], after[below]
        return None

    def _rises(self, before: int, after: int) -> bool:
        """Whether one reading can follow another, and is not itself one that is taken back."""
        rise = float(self._counter[after] - self._counter[before])
        span = int(self._at[after] - self._at[before])
        return rise >= 0 and self._most.plausible(rise, span) and self._stands(after)

    def _stands(self, place: int) -> bool:
        following = self._counter[place : place + 2]
        return bool(following[0] <= following[-1])

    def _back_later(self, fall: int) -> int | None:
        """Reading at which the register is back in one step, within the time that it may take."""
        end = int(np.searchsorted(self._at, self._at[fall] + CONTINUABLE_MS, side="right"))
        back = fall + 2 + np.flatnonzero(self._counter[fall + 2 : end] >= self._counter[fall])
        place = next((place for place in back.tolist() if self._stands(place)), None)
        if place is None or not self._rises(fall, place):
            return None
        drop = self._counter[fall] - self._counter[fall + 1]
        step = self._counter[place] - self._counter[place - 1]
        return place if step >= RETURN_SHARE * drop else None

    def _plateau_from(self, fall: int) -> int | None:
        """Reading before the register stepped up to a wrong height, from which it now returns."""
        start = int(np.searchsorted(self._at, self._at[fall] - CONTINUABLE_MS))
        start = max(start, self._first)
        low = np.flatnonzero(self._counter[start:fall] <= self._counter[fall + 1])
        if not low.size:
            return None
        place = start + int(low[-1])
        step = float(self._counter[place + 1] - self._counter[place])
        drop = self._counter[fall] - self._counter[fall + 1]
        span = int(self._at[place + 1] - self._at[place])
        wrong = step >= RETURN_SHARE * drop and not self._most.plausible(step, span)
        return place if wrong and self.keep[place] and self._rises(place, fall + 1) else None

    def _ignore(self, kind: EventKind, before: int, after: int) -> None:
        self.keep[before + 1 : after] = False
        ignored = self._counter[before + 1 : after]
        far = np.argmax(np.abs(ignored - self._counter[before]))
        self.events.append(
            event_at(kind, self._at, self._counter, before, after, float(ignored[far]))
        )

    def _join(self, kind: EventKind, fall: int, added: float) -> None:
        self.added[fall + 1] = added
        self._first = fall + 1
        self.events.append(event_at(kind, self._at, self._counter, fall, fall + 1))


def event_at(
    kind: EventKind,
    at: IntArray,
    counter: FloatArray,
    before: int,
    after: int,
    extreme: float | None = None,
) -> Event:
    """What happened between two readings, by their places."""
    return Event(
        kind,
        int(at[before]),
        int(at[after]),
        float(counter[before]),
        float(counter[after]),
        float(counter[after]) if extreme is None else extreme,
    )
