"""Roll-ups as arrays: read from and written to the stores that keep them, one per width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.buckets import QUARTER_MS
from analytics.jobs.windows import Windows
from analytics.series import BoolArray, Series
from collector.model import Device, Site
from collector.store import Columns, Store
from collector.store.rollups import RUN, WIDTHS, rollup_device, rollup_field, statistics_in

ESTIMATED = "uncertain:estimated"
"""Flag of a figure that rests on a correction whose amount was estimated."""

_NEVER_ESTIMATED = frozenset({"count", "coverage"})


class WindowStore:
    """The windows of a site's devices in its stores of roll-ups.

    Parameters
    ----------
    site : Site
        Devices and time zone.
    stores : mapping of str to Store
        By width, from `collector.store.choice.rollup_stores_for`; opened and closed by the caller.
    """

    def __init__(self, site: Site, stores: Mapping[str, Store]) -> None:
        self._zone = ZoneInfo(site.timezone)
        self._devices = site.devices
        self._stores = stores
        self._derived = {
            (device.id, width): rollup_device(device, width)
            for device in site.devices.values()
            for width in WIDTHS
        }

    async def read(
        self,
        device: str,
        width: buckets.Width,
        start: int,
        end: int,
        fields: Sequence[str] | None = None,
    ) -> Windows:
        """Windows of a device that begin in [start, end), as far as they are written.

        Parameters
        ----------
        device : str
            Device id.
        width : {"15min", "1h", "1d"}
            Which roll-up.
        start, end : int
            [ms since epoch, UTC]
        fields : sequence of str, optional
            Only these fields of the device.

        Returns
        -------
        Windows
            With `figures` by field and statistic, NaN where one is not known.

        Raises
        ------
        Unavailable
            The store is out of reach.
        """
        its = self._devices[device]
        names = _names(its, its.points if fields is None else fields)
        derived = self._derived[device, width]
        columns = await self._stores[width].columns(derived, list(names.values()), start, end)
        figures = {key: columns.values[name] for key, name in names.items()}
        if not len(columns):
            return Windows(columns.at, columns.at, figures)
        edges = buckets.edges(int(columns.at[0]), int(columns.at[-1]) + 1, width, self._zone)
        ends = edges[np.searchsorted(edges, columns.at, side="right")]
        return Windows(columns.at, ends, figures, _estimated(columns, names))

    async def last(
        self, device: str, fields: Sequence[str], start: int, end: int
    ) -> dict[str, Series]:
        """Last values of fields in the quarter-hours that begin in [start, end), at their begin.

        [ms since epoch, UTC]

        Raises
        ------
        Unavailable
            The store is out of reach.
        """
        points = self._devices[device].points
        names = {field: rollup_field(field, "last") for field in fields}
        derived = self._derived[device, "15min"]
        read = await self._stores["15min"].columns(derived, list(names.values()), start, end)
        return {
            field: Series(read.at, read.values[name], points[field].quantity.unit, QUARTER_MS)
            for field, name in names.items()
        }

    async def reached(self, device: str) -> int | None:
        """End of the last quarter of an hour that is written of a device. [ms since epoch, UTC]

        None when nothing is.
        """
        span = await self._stores["15min"].span(self._derived[device, "15min"])
        if span is None:
            return None
        return int(buckets.edges(span[1], span[1] + 1, "15min", self._zone)[-1])

    async def write(self, device: str, width: buckets.Width, windows: Windows) -> None:
        """Write windows of a device; one that is there gives way as a whole.

        Raises
        ------
        Unavailable
            The store is out of reach; nothing or some batches are written.
        """
        derived = self._derived[device, width]
        names = _names(self._devices[device], self._devices[device].points)
        await self._stores[width].write_columns(derived, RUN, _columns(names, windows))


def _names(
    device: Device, fields: Sequence[str] | Mapping[str, object]
) -> dict[tuple[str, str], str]:
    """Derived field of every field and statistic."""
    return {
        (field, statistic): rollup_field(field, statistic)
        for field in fields
        for statistic in statistics_in(device, field)
    }


def _columns(names: Mapping[tuple[str, str], str], windows: Windows) -> Columns:
    """Windows as the store takes them."""
    known = {name: windows.figures[key] for key, name in names.items() if key in windows.figures}
    flags: dict[str, Mapping[int, str]] = {}
    for (field, statistic), name in names.items():
        if field in windows.estimated and statistic not in _NEVER_ESTIMATED:
            places = np.flatnonzero(windows.estimated[field]).tolist()
            flags[name] = dict.fromkeys(places, ESTIMATED)
    return Columns(windows.start, known, flags)


def _estimated(columns: Columns, names: Mapping[tuple[str, str], str]) -> dict[str, BoolArray]:
    """Windows of each field of which a figure is flagged as estimated."""
    found: dict[str, BoolArray] = {}
    for (field, _), name in names.items():
        if name in columns.flags:
            mask = found.setdefault(field, np.zeros(len(columns), np.bool_))
            mask |= columns.uncertain(name)
    return {field: mask for field, mask in found.items() if mask.any()}
