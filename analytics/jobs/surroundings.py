"""What registers showed around a span: far enough to tell a dip from a reset.

A register that falls and is back within three weeks has dipped, and counted all the time; one that
stays down was reset (`analytics.registers.falls`). Who reads a few hours of it cannot tell. The
last readings of the quarter-hours that are rolled up already can, without reading weeks of raw
data: a dip that none of them shows lies within one quarter-hour and needs no surroundings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from analytics.buckets import QUARTER_MS
from analytics.jobs.readings import Readout
from analytics.jobs.window_store import WindowStore
from analytics.registers.falls import CONTINUABLE_MS
from analytics.series import Series
from collector.model import Kind


class Surroundings:
    """Sets registers into what the roll-ups know of the time around them."""

    def __init__(self, windows: WindowStore) -> None:
        self._windows = windows

    async def added(self, device: str, readouts: Mapping[str, Readout]) -> dict[str, Readout]:
        """The same readouts, the registers among them with their surroundings.

        Raises
        ------
        Unavailable
            The store of roll-ups is out of reach.
        """
        found = dict(readouts)
        registers = [r for r in readouts.values() if r.kind is Kind.COUNTER and len(r.series)]
        if not registers:
            return found
        first = min(int(r.series.at[0]) for r in registers)
        last = max(int(r.series.at[-1]) for r in registers)
        fields = [r.field for r in registers]
        before = await self._windows.last(device, fields, first - CONTINUABLE_MS, first)
        behind = await self._windows.last(device, fields, last + 1, last + CONTINUABLE_MS)
        for readout in registers:
            found[readout.field] = _set_into(readout, before[readout.field], behind[readout.field])
        return found


def _set_into(readout: Readout, before: Series, behind: Series) -> Readout:
    """A register with readings around its own; of each it is known in which quarter-hour it lay.

    They are placed at that end of it which leaves more time to the register's own readings, so
    that no rise is taken for a faster one than it was.
    """
    its = readout.series
    early = before.at + QUARTER_MS <= its.at[0]
    at = np.concatenate([before.at[early], behind.at + (QUARTER_MS - 1)])
    value = np.concatenate([before.value[early], behind.value])
    known = ~np.isnan(value)
    if not known.any():
        return readout
    return replace(readout, around=Series(at[known], value[known], its.unit, QUARTER_MS))


def dips(readouts: Sequence[Readout]) -> Iterator[tuple[int, int]]:
    """From the last reading before to the first one after what registers showed in passing.

    Yields
    ------
    tuple of int
        [ms since epoch, UTC]
    """
    for readout in readouts:
        if readout.kind is not Kind.COUNTER:
            continue
        shown = readout.shown().known()
        if len(shown) < 3 or not (np.diff(shown.value) < 0).any():
            continue
        relied = np.searchsorted(shown.at, readout.counted().at)
        for place in np.flatnonzero(np.diff(relied) > 1).tolist():
            yield int(shown.at[relied[place]]), int(shown.at[relied[place + 1]])
