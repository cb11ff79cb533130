"""What every job of one command works with: the site's store and records, opened and closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Tabulator
from analytics.records import Records, open_records
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.choice import store_for


@dataclass(frozen=True, slots=True)
class Opened:
    """A site with everything that is known of it."""

    configuration: Configuration
    store: Store
    records: Records
    readings: Readings
    tabulator: Tabulator


@asynccontextmanager
async def open_site(configuration: Configuration, data: Path) -> AsyncGenerator[Opened, None]:
    """Open store and records of a site, and close them at the end.

    Raises
    ------
    StoreError, RecordsError
        One of them cannot be opened.
    """
    records = open_records(configuration.settings.records, data)
    try:
        store = store_for(configuration, data)
        await store.open()
        try:
            readings = Readings(configuration, store, records)
            tabulator = Tabulator(configuration, readings)
            yield Opened(configuration, store, records, readings, tabulator)
        finally:
            await store.close()
    finally:
        records.close()
