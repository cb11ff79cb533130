"""Fixtures of the polled site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from analytics.records import open_records
from collector.sitefile import Configuration, load_site
from collector.store.choice import rollup_stores_for, store_for
from tests.analytics.jobs.polled_site import SITE, Plant


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    return load_site(file)


@asynccontextmanager
async def opened(configuration: Configuration, folder: Path) -> AsyncIterator[Plant]:
    """A site whose stores and records are in this folder."""
    store = store_for(configuration, folder)
    rollups = rollup_stores_for(configuration, folder)
    records = open_records(configuration.settings.records, folder)
    await store.open()
    for kept in rollups.values():
        await kept.open()
    yield Plant(configuration, store, rollups, records, folder)
    await asyncio.gather(store.close(), *(kept.close() for kept in rollups.values()))
    records.close()


@pytest_asyncio.fixture
async def plant(configuration: Configuration, tmp_path: Path) -> AsyncIterator[Plant]:
    async with opened(configuration, tmp_path) as site:
        yield site
