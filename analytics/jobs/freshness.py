"""How far the roll-ups of each device can be believed: written, and nothing known against them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from analytics.jobs.readings import margin_ms
from analytics.jobs.window_store import WindowStore
from analytics.records import Records, progress, recomputations, rollup_progress
from collector.sitefile import Configuration
from collector.store import Store


class Freshness:
    """Compares roll-ups with what has been noted against them since.

    Parameters
    ----------
    configuration : Configuration
        The site.
    store : Store
        Raw data with the marks of late samples.
    windows : WindowStore
        The roll-ups.
    records : Records
        Progress, and what repairs and exchanges ask for.
    """

    def __init__(
        self, configuration: Configuration, store: Store, windows: WindowStore, records: Records
    ) -> None:
        self._marking = marking_of(configuration)
        self._store = store
        self._devices = configuration.site.devices
        self._windows = windows
        self._records = records

    async def reached(self, devices: Collection[str]) -> dict[str, int]:
        """End of the roll-ups by device, as far as they can be relied on; absent without any.

        Late samples, repairs and exchanges that no roll-up knows yet end it where they begin: what
        is told from there on comes from raw data. [ms since epoch, UTC]

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        marks, doubts = await asyncio.to_thread(self._noted)
        doubts += [(mark.device, mark.first) for mark in await self._store.touched(marks)]
        earliest: dict[str, int] = {}
        for device, start in doubts:
            earliest[device] = min(start, earliest.get(device, start))
        found = {}
        for device in devices:
            end = await self._windows.reached(device)
            if end is not None and device in earliest:
                its = self._devices[device]
                end = min(end, earliest[device] - margin_ms(its, its.points))
            if end is not None:
                found[device] = end
        return found

    def _noted(self) -> tuple[int, list[tuple[str, int]]]:
        with self._records.reading() as connection:
            marks = progress.watermark(connection, rollup_progress.MARKS, self._marking) or 0
            due = recomputations.due(connection)
        return marks, [(request.device, request.start) for request in due]


def marking_of(configuration: Configuration) -> str:
    """Which store numbers the marks: another one begins anew."""
    settings = configuration.settings.store
    if settings.kind == "sqlite":
        return f"{settings.kind} {settings.path}"
    return f"{settings.kind} {settings.url} {settings.database}"
