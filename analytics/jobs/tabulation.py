"""Quarter-hours of the devices that figures are made of: from roll-ups as far as they go, then raw.

A year of a plant is 35 040 rows a device from the roll-ups, and would be millions of raw ones. What
the roll-ups do not have yet is computed from raw data by the same kernels, so a figure does not
depend on how far the job has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.jobs import windows
from analytics.jobs.freshness import Freshness
from analytics.jobs.readings import Readings
from analytics.jobs.surroundings import Surroundings
from analytics.jobs.window_store import WindowStore
from analytics.jobs.windows import Windows
from analytics.series import FloatArray, IntArray
from collector.sitefile import Configuration


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Devices over quarter-hours.

    Parameters
    ----------
    edges : array of int64, shape (n + 1,)
        [ms since epoch, UTC]
    devices : mapping of str to Windows
        All on the same edges; figures that a device does not have are absent.
    """

    edges: IntArray
    devices: Mapping[str, Windows]

    def __len__(self) -> int:
        """Return the number of quarter-hours."""
        return int(self.edges.size - 1)

    def has(self, device: str, field: str) -> bool:
        """Whether a device has the field at all."""
        return device in self.devices and (field, "coverage") in self.devices[device].figures

    def energy(self, device: str, field: str) -> FloatArray:
        """What a counter counted or a power came to; NaN where unknown. [kWh, or unit]"""
        return self._figure(device, field, "energy")

    def mean(self, device: str, field: str) -> FloatArray:
        """Mean of a gauge; NaN in a gap. [unit of the field]"""
        return self._figure(device, field, "mean")

    def flowing(self, device: str, field: str) -> FloatArray:
        """Mean temperature of what flowed, plain where nothing did; NaN in a gap. [°C]"""
        weighted = self._figure(device, field, "flowing")
        return np.where(np.isnan(weighted), self.mean(device, field), weighted)

    def last(self, device: str, field: str) -> FloatArray:
        """Last value of a state or counter; NaN in a gap."""
        return self._figure(device, field, "last")

    def _figure(self, device: str, field: str, figure: str) -> FloatArray:
        its = self.devices.get(device)
        found = its.figures.get((field, figure)) if its else None
        return np.full(len(self), np.nan) if found is None else found


class Tabulator:
    """Reads tables of a site.

    Parameters
    ----------
    configuration : Configuration
        The site.
    readings : Readings
        Raw data with the records' layer.
    rolled : tuple of WindowStore and Freshness, optional
        Roll-ups and how far they can be believed; without them everything is read raw.
    """

    def __init__(
        self,
        configuration: Configuration,
        readings: Readings,
        rolled: tuple[WindowStore, Freshness] | None = None,
    ) -> None:
        self._site = configuration.site
        self._zone = ZoneInfo(configuration.site.timezone)
        self._readings = readings
        self._rolled = rolled
        self._surroundings = Surroundings(readings, rolled[0]) if rolled else None

    async def table(self, wanted: Mapping[str, Sequence[str]], start: int, end: int) -> Table:
        """Quarter-hours of some devices' fields that together cover [start, end).

        Fields that a device does not have are left out. [ms since epoch, UTC]

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        edges = buckets.edges(start, end, "15min", self._zone)
        reached = await self._rolled[1].reached(wanted) if self._rolled else {}
        found: dict[str, Windows] = {}
        for device, fields in wanted.items():
            points = self._site.devices[device].points
            own = [field for field in dict.fromkeys(fields) if field in points]
            if own:
                known = int(np.searchsorted(edges, reached.get(device, 0), side="right")) - 1
                found[device] = await self._windows(device, own, edges, max(known, 0))
        return Table(edges, found)

    async def _windows(
        self, device: str, fields: Sequence[str], edges: IntArray, known: int
    ) -> Windows:
        """The first `known` windows from roll-ups, the others from raw data."""
        parts = []
        if known and self._rolled:
            parts.append(await self._written(self._rolled[0], device, fields, edges[: known + 1]))
        if known < edges.size - 1:
            parts.append(await self._raw(device, fields, edges[known:]))
        return _joined(parts, edges)

    async def _written(
        self, store: WindowStore, device: str, fields: Sequence[str], edges: IntArray
    ) -> Windows:
        """Roll-ups on every edge; a window that is not written has no values."""
        read = await store.read(device, "15min", int(edges[0]), int(edges[-1]), fields)
        place = np.searchsorted(edges[:-1], read.start)
        figures = {}
        for name, values in read.figures.items():
            laid = np.full(edges.size - 1, np.nan)
            laid[place] = values
            figures[name] = laid
        return Windows(edges[:-1], edges[1:], figures)

    async def _raw(self, device: str, fields: Sequence[str], edges: IntArray) -> Windows:
        """Compute from raw data, a month at a time so that memory stays bounded."""
        parts = [
            await self._computed(device, fields, edges[first : last + 1])
            for first, last in pairwise(self._months(edges))
        ]
        return _joined(parts, edges)

    async def _computed(self, device: str, fields: Sequence[str], edges: IntArray) -> Windows:
        readouts = await self._readings.of(device, fields, int(edges[0]), int(edges[-1]))
        if self._surroundings:
            readouts = (await self._surroundings.of(device, readouts)).readouts
        [table] = await asyncio.to_thread(windows.computed, list(readouts.values()), [edges])
        return table

    def _months(self, edges: IntArray) -> list[int]:
        """Places of the edges at which a month begins, with both ends."""
        months = buckets.edges(int(edges[0]), int(edges[-1]), "1mo", self._zone)
        places = np.searchsorted(edges, months)
        return sorted({0, edges.size - 1, *(int(p) for p in places if 0 < p < edges.size - 1)})


def _joined(parts: Sequence[Windows], edges: IntArray) -> Windows:
    """Windows that follow one another, as one."""
    figures = {
        name: np.concatenate([part.figures[name] for part in parts])
        for name in parts[0].figures
        if all(name in part.figures for part in parts)
    }
    return Windows(edges[:-1], edges[1:], figures)
