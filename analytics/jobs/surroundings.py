"""What registers showed around a span: far enough to tell a dip from a reset.

A register that falls and is back within three weeks has dipped, and counted all the time; one that
stays down was reset (`analytics.registers.falls`). Who reads a few hours of it cannot tell. The
last readings of the quarter-hours that are rolled up already can, without reading weeks of raw
data: a dip that none of them shows lies within one quarter-hour and needs no surroundings.

Nothing is told across an exchange or the end of a scaled span: another register, or another scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.buckets import QUARTER_MS
from analytics.jobs.readings import Readings, Readout
from analytics.jobs.window_store import WindowStore
from analytics.registers.falls import CONTINUABLE_MS
from analytics.series import IntArray, Series
from collector.model import Kind


@dataclass(frozen=True, slots=True)
class Surrounded:
    """Fields of a device, the registers among them with their surroundings.

    Parameters
    ----------
    readouts : dict of str to Readout
        By field.
    unjoined : tuple of Readout
        Registers that begin anew nearby, as if nobody had said so: what they were taken for before
        an exchange or repair was recorded.
    """

    readouts: dict[str, Readout]
    unjoined: tuple[Readout, ...] = ()

    def dips(self, start: int, end: int) -> list[tuple[int, int]]:
        """What registers showed in passing, as far as that begins or ends in [start, end).

        From the last reading before to the first one after. [ms since epoch, UTC]
        """
        found = _dips(self.readouts.values())
        return [dip for dip in found if any(start <= at < end for at in dip)]

    def dips_before_acts(self, start: int, end: int) -> list[tuple[int, int]]:
        """What would touch [start, end) as a dip, had no exchange or repair been recorded.

        [ms since epoch, UTC]
        """
        return [dip for dip in _dips(self.unjoined) if dip[0] < end and dip[1] > start]


class Surroundings:
    """Sets registers into what the roll-ups know of the time around them.

    Parameters
    ----------
    readings : Readings
        Says when registers begin anew.
    windows : WindowStore
        The roll-ups.
    """

    def __init__(self, readings: Readings, windows: WindowStore) -> None:
        self._readings = readings
        self._windows = windows

    async def of(self, device: str, readouts: Mapping[str, Readout]) -> Surrounded:
        """The same readouts with their surroundings.

        Raises
        ------
        Unavailable, RecordsError
            The store of roll-ups or the records are out of reach.
        """
        found = dict(readouts)
        registers = [
            r for r in readouts.values() if r.kind is Kind.COUNTER and r.series.valid.any()
        ]
        if not registers:
            return Surrounded(found)
        first = min(int(r.series.at[0]) for r in registers)
        last = max(int(r.series.at[-1]) for r in registers)
        start, end = first - CONTINUABLE_MS, last + CONTINUABLE_MS
        fields = [r.field for r in registers]
        before = await self._windows.last(device, fields, start, first)
        behind = await self._windows.last(device, fields, last + 1, end)
        seams = await self._readings.seams(device, fields, start, end)
        unjoined = []
        for readout in registers:
            field = readout.field
            around = _around(readout.series, before[field], behind[field])
            if seams[field].size:
                unjoined.append(replace(readout, joints=(), around=around))
                around = _between(around, readout.series.known(), seams[field])
            found[field] = replace(readout, around=around)
        return Surrounded(found, tuple(unjoined))


def _around(its: Series, before: Series, behind: Series) -> Series:
    """Readings around a register's own; of each it is known in which quarter-hour it lay.

    They are placed at that end of it which leaves more time to the register's own readings, so
    that no rise is taken for a faster one than it was.
    """
    early = before.at + QUARTER_MS <= its.at[0]
    at = np.concatenate([before.at[early], behind.at + (QUARTER_MS - 1)])
    value = np.concatenate([before.value[early], behind.value])
    known = ~np.isnan(value)
    return Series(at[known], value[known], its.unit, QUARTER_MS)


def _between(around: Series, its: Series, seams: IntArray) -> Series:
    """Of the readings around a register those of its own life and scale."""
    earlier, later = seams[seams <= its.at[0]], seams[seams > its.at[-1]]
    start = int(earlier[-1]) if earlier.size else int(its.at[0]) - CONTINUABLE_MS
    end = int(later[0]) if later.size else int(its.at[-1]) + 2 * CONTINUABLE_MS
    return around.between(start, end)


def _dips(readouts: Iterable[Readout]) -> Iterator[tuple[int, int]]:
    for readout in readouts:
        if readout.kind is not Kind.COUNTER:
            continue
        shown = readout.shown().known()
        if len(shown) < 3 or not (np.diff(shown.value) < 0).any():
            continue
        relied = np.searchsorted(shown.at, readout.counted().at)
        for place in np.flatnonzero(np.diff(relied) > 1).tolist():
            yield int(shown.at[relied[place]]), int(shown.at[relied[place + 1]])
