"""Every kind of store, opened on something real and closed again after the test."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest
import pytest_asyncio

from collector.model import Device
from collector.store import Store
from collector.store.influx import InfluxStore
from collector.store.sqlite import SqliteStore
from tests.servers import Server

_numbers = itertools.count()
_started = time.time_ns()

INFLUX2_THERE = "GROUNDWATT_TEST_INFLUX2_URL" in os.environ
"""With …_URL and …_TOKEN (…_ORG, …_BUCKET) set, everything also runs against InfluxDB 2.x."""

INFLUX_KINDS = ["influx1", *(["influx2"] if INFLUX2_THERE else [])]

Open = Callable[[Iterable[Device]], Awaitable[Store]]


def fresh_name(stem: str) -> str:
    """A name that no other test has, on a server that outlives this run neither."""
    return f"{stem}-{_started}-{next(_numbers)}"


def influx1(server: Server, devices: Iterable[Device], **settings: object) -> InfluxStore:
    """A store in a fresh database of a 1.x server."""
    return InfluxStore(server.url, fresh_name("db"), "office", devices, **settings)


def influx2(devices: Iterable[Device], **settings: object) -> InfluxStore:
    """A store for a fresh site in the bucket that the environment names."""
    return InfluxStore(
        os.environ["GROUNDWATT_TEST_INFLUX2_URL"],
        os.environ.get("GROUNDWATT_TEST_INFLUX2_BUCKET", "groundwatt"),
        fresh_name("office"),
        devices,
        version=2,
        organisation=os.environ.get("GROUNDWATT_TEST_INFLUX2_ORG", "groundwatt"),
        token=os.environ["GROUNDWATT_TEST_INFLUX2_TOKEN"],
        **settings,
    )


def _make(
    kind: str, devices: Iterable[Device], request: pytest.FixtureRequest, directory: Path
) -> Store:
    if kind == "sqlite":
        return SqliteStore(directory / f"{fresh_name('store')}.sqlite", devices, "office")
    if kind == "influx1":
        return influx1(request.getfixturevalue("influxd"), devices)
    return influx2(devices)


@pytest_asyncio.fixture(params=["sqlite", *INFLUX_KINDS])
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Open an empty store of each kind for the devices that are given."""
    stores: list[Store] = []

    async def open_store(devices: Iterable[Device]) -> Store:
        store = _make(request.param, list(devices), request, tmp_path)
        stores.append(store)
        await store.open()
        return store

    yield open_store
    for store in stores:
        await store.close()
