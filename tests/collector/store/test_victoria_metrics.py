"""Writes by influxdb-client to a real `/api/v2/write`: VictoriaMetrics.

It speaks the write interface of 2.x but no InfluxQL, stores text as 0 and takes unreadable lines
without a word; so this is about the way there, not about what a database means.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from collector.errors import Rejected, Unavailable
from collector.store import Run
from collector.store.influx import InfluxStore
from tests.collector.store.conftest import fresh_name
from tests.collector.store.sites import NOON, at, device, sample
from tests.servers import Server, victoria_metrics_server

METER = device()
Points = dict[int, float]


def _store(server: Server, **settings: object) -> InfluxStore:
    return InfluxStore(
        server.url, "groundwatt", fresh_name("office"), [METER], version=2,
        organisation="ours", token="anything", **settings,
    )  # fmt: skip


@pytest_asyncio.fixture
async def store(victoria_metrics: Server) -> AsyncIterator[InfluxStore]:
    """An open store for a site of its own."""
    made = _store(victoria_metrics)
    await made.open()
    yield made
    await made.close()


async def _exported(server: Server, store: InfluxStore, name: str) -> Points:
    """What the server has of a series, by time."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        assert (await client.get("/internal/force_flush")).status_code == 200
        match = f'{name}{{site="{store._site}"}}'
        response = await client.get("/api/v1/export", params={"match[]": match})
    points: Points = {}
    for line in response.text.splitlines():
        series = json.loads(line)
        points |= dict(zip(series["timestamps"], series["values"], strict=True))
    return points


async def test_values_arrive_exactly_with_their_slots(
    store: InfluxStore, victoria_metrics: Server
) -> None:
    await store.write([sample(METER, n, {"power_kw": 41.2 + n}) for n in range(3)])
    power = await _exported(victoria_metrics, store, "electricity_meter_power_kw")
    assert power == {at(n): 41.2 + n for n in range(3)}
    lag = await _exported(victoria_metrics, store, "electricity_meter_lag")
    assert set(lag.values()) == {37.0}


async def test_a_slot_that_is_written_again_is_there_once(
    store: InfluxStore, victoria_metrics: Server
) -> None:
    for value in (1.0, 2.0):
        await store.write([sample(METER, 0, {"power_kw": value})])
    power = await _exported(victoria_metrics, store, "electricity_meter_power_kw")
    assert power == {at(0): 2.0}


async def test_a_large_batch_arrives_compressed(
    store: InfluxStore, victoria_metrics: Server
) -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(5000)]
    body, encoding = store._target.packed([f"line {n}" * 20 for n in range(5000)])
    assert encoding == "gzip"
    assert gzip.decompress(body).count(b"\n") == 4999
    await store.write(batch)
    power = await _exported(victoria_metrics, store, "electricity_meter_power_kw")
    assert power == {at(n): float(n) for n in range(5000)}


async def test_what_no_store_takes_is_rejected_and_the_rest_arrives(
    store: InfluxStore, victoria_metrics: Server
) -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(4)]
    batch[2] = sample("unknown-1", 2, {"power_kw": 2.0})
    with pytest.raises(Rejected) as caught:
        await store.write(batch)
    assert [r.index for r in caught.value.rejections] == [2]
    power = await _exported(victoria_metrics, store, "electricity_meter_power_kw")
    assert power == {at(0): 0.0, at(1): 1.0, at(3): 3.0}


async def test_runs_arrive(store: InfluxStore, victoria_metrics: Server) -> None:
    await store.write_runs([Run("meter-1", "b2", NOON, "a1", 18231)])
    seq = await _exported(victoria_metrics, store, "collector_run_previous_seq")
    assert seq == {NOON: 18231.0}


async def test_a_frozen_server_is_unavailable_and_then_takes_the_batch(tmp_path: Path) -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(100)]
    with victoria_metrics_server(tmp_path) as server:
        store = _store(server, timeout_s=0.3)
        await store.open()
        server.pause()
        with pytest.raises(Unavailable, match="ReadTimeoutError"):
            await store.write(batch)
        server.resume()
        await store.write(batch)
        power = await _exported(server, store, "electricity_meter_power_kw")
        assert power == {each.at: float(n) for n, each in enumerate(batch)}
        await store.close()


async def test_a_killed_server_is_unavailable_until_it_is_back(tmp_path: Path) -> None:
    with victoria_metrics_server(tmp_path) as server:
        store = _store(server)
        await store.open()
        server.kill()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await store.write([sample(METER, 1, {"power_kw": 2.0})])
        with pytest.raises(Unavailable, match="NewConnectionError"):
            await _store(server).open()
        server.restart()
        await store.write([sample(METER, 1, {"power_kw": 2.0})])
        power = await _exported(server, store, "electricity_meter_power_kw")
        assert power == {at(1): 2.0}
        await store.close()
