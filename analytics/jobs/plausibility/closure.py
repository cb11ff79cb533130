"""Do the sub-meters of an account add up to its main meters (B3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.jobs.counted import FIELDS
from analytics.jobs.readings import Readings
from analytics.jobs.told import MEDIA
from analytics.quality import sub_meters
from analytics.series import FloatArray, IntArray
from collector.accounts import Account, Item, Medium
from collector.model import Device, Finding, Title
from collector.sitefile import Configuration


def periods(start: int, end: int, zone: ZoneInfo) -> IntArray:
    """Local months, cut at the ends of the span. [ms since epoch, UTC]"""
    months = buckets.edges(start, end, "1mo", zone)
    return np.unique(np.clip(months, start, end))


class Closure:
    """Checks the accounts of a site that have items.

    Parameters
    ----------
    configuration : Configuration
        The site.
    readings : Readings
        Raw data with the records' layer.
    """

    def __init__(self, configuration: Configuration, readings: Readings) -> None:
        self._site = configuration.site
        self._accounts = [each for each in configuration.settings.accounts if each.items]
        self._readings = readings

    def __iter__(self) -> Iterator[Account]:
        """Return the accounts that can be checked."""
        return iter(self._accounts)

    async def findings(self, account: Account, edges: IntArray) -> tuple[Finding, ...]:
        """Periods in which an account stays open, or could not be checked.

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        main = await self._sum(account.meters, account.medium, edges)
        parts = [await self._item(item, account.medium, edges) for item in account.items]
        unit = "m³" if account.medium in ("gas", "water") else "kWh"
        return sub_meters(main, np.array(parts), edges, unit=unit)

    def title(self, account: Account) -> Title:
        """How an account is called: its medium and its main meters."""
        mains = [self._site.devices[meter].title for meter in account.meters]
        medium = MEDIA[account.medium]
        return Title(
            f"{medium.zh}总表 {'、'.join(one.zh for one in mains)}",
            f"{medium.en}, main meters {', '.join(one.en for one in mains)}",
        )

    async def _item(self, item: Item, medium: Medium, edges: IntArray) -> FloatArray:
        its = await self._sum(item.meters, medium, edges)
        return its - await self._sum(item.less, medium, edges) if item.less else its

    async def _sum(self, meters: Sequence[str], medium: Medium, edges: IntArray) -> FloatArray:
        total = np.zeros(edges.size - 1)
        for meter in meters:
            total = total + await self._energy(self._site.devices[meter], medium, edges)
        return total

    async def _energy(self, device: Device, medium: Medium, edges: IntArray) -> FloatArray:
        field = _field(device, FIELDS[medium])
        if field is None:
            return np.full(edges.size - 1, np.nan)
        found = []
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            readout = (await self._readings.of(device.id, [field], start, end))[field]
            found.append(readout.amounts(np.array((start, end))).energy)
        return np.concatenate(found)


def _field(device: Device, fields: Iterable[str]) -> str | None:
    return next((field for field in fields if field in device.points), None)
