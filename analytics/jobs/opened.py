"""What every job of one command works with: the site's store and records, opened and closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from analytics.jobs.freshness import Freshness
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Tabulator
from analytics.jobs.window_store import WindowStore
from analytics.records import Records, open_records
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.choice import rollup_stores_for, store_for


@dataclass(frozen=True, slots=True)
class Opened:
    """A site with everything that is known of it."""

    configuration: Configuration
    store: Store
    rollups: Mapping[str, Store]
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
    async with AsyncExitStack() as opened:
        records = open_records(configuration.settings.records, data)
        opened.callback(records.close)
        store = store_for(configuration, data)
        rollups = rollup_stores_for(configuration, data)
        for each in (store, *rollups.values()):
            await each.open()
            opened.push_async_callback(each.close)
        readings = Readings(configuration, store, records)
        windows = WindowStore(configuration.site, rollups)
        fresh = Freshness(configuration, store, windows, records)
        tabulator = Tabulator(configuration, readings, (windows, fresh))
        yield Opened(configuration, store, rollups, records, readings, tabulator)
