"""InfluxDB: writes that are refused in part, outages, rights; against a real server."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import httpx
import influxdb_client.rest
import pytest
import pytest_asyncio
import urllib3.exceptions

from collector.errors import Rejected, StoreError, Unavailable
from collector.model import Reading
from collector.store.delivery import Answer
from collector.store.influx import FOR_GOOD, FOR_NOW, InfluxStore
from collector.store.influxql import NoSuchDatabase
from tests.collector.store.conftest import INFLUX_KINDS, influx1, influx2
from tests.collector.store.sites import NOON, at, device, sample
from tests.servers import Server, influxd_server

METER = device()


@pytest_asyncio.fixture(params=INFLUX_KINDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[InfluxStore]:
    """An open store for METER and its likes."""
    meters = [METER, device("meter-2"), device("pump-1", ["power_kw"], kind="pump")]
    if request.param == "influx1":
        made = influx1(request.getfixturevalue("influxd"), meters)
    else:
        made = influx2(meters)
    await made.open()
    yield made
    await made.close()


async def _write_lines(store: InfluxStore, *lines: str) -> None:
    """Write to the store's database behind its back."""
    server = store._open_server()
    answer = await server.write([line.format(site=store._site) for line in lines])
    assert answer.status == 204


async def test_a_type_conflict_rejects_the_samples_concerned_and_no_others(
    store: InfluxStore,
) -> None:
    name = f"odd_{random.Random(store._site).randrange(10**9)}"
    await _write_lines(store, f'electricity_meter,device=x,site={{site}} {name}="text" {NOON}')
    bad = {3, 4, 1500, 3999}
    batch = [
        sample(METER, n, {"power_kw": float(n)} | ({name: 1.0} if n in bad else {}))
        for n in range(4000)
    ]
    with pytest.raises(Rejected) as caught:
        await store.write(batch)
    assert {r.index for r in caught.value.rejections} == bad
    assert all("type conflict" in r.reason for r in caught.value.rejections)
    readings = await store.readings(METER, ["power_kw"], at(0), at(4000))
    stored = {r.at for r in readings["power_kw"] if r.value is not None}
    assert stored == {each.at for n, each in enumerate(batch) if n not in bad}


async def test_conflicts_of_several_fields_in_one_batch_are_all_found(store: InfluxStore) -> None:
    stem = f"odd_{random.Random(store._site).randrange(10**9)}"
    await _write_lines(
        store,
        f'electricity_meter,device=x,site={{site}} {stem}_a="text" {NOON}',
        f'electricity_meter,device=x,site={{site}} {stem}_b="text" {NOON}',
        f'pump,device=x,site={{site}} {stem}_c="text" {NOON}',
    )
    batch = [sample(METER, n, {"power_kw": 1.0}) for n in range(300)]
    batch[7] = sample(METER, 7, {f"{stem}_a": 1.0})
    batch[8] = sample(METER, 8, {f"{stem}_b": 1.0, f"{stem}_a": 2.0})
    batch[9] = sample("pump-1", 9, {f"{stem}_c": 1.0})
    batch[10] = sample("pump-1", 10, {f"{stem}_a": 1.0})
    with pytest.raises(Rejected) as caught:
        await store.write(batch)
    assert [r.index for r in caught.value.rejections] == [7, 8, 9]
    assert len([row async for row in store.rows(METER, at(0), at(999))]) == 296


async def test_a_batch_that_conflicts_as_a_whole_costs_few_requests(
    store: InfluxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"odd_{random.Random(store._site).randrange(10**9)}"
    await _write_lines(store, f'electricity_meter,device=x,site={{site}} {name}="text" {NOON}')
    server = store._open_server()
    requests = 0
    send = server.write

    async def counted(lines: list[str]) -> Answer:
        nonlocal requests
        requests += 1
        return await send(lines)

    monkeypatch.setattr(server, "write", counted)
    with pytest.raises(Rejected) as caught:
        await store.write([sample(METER, n, {name: 1.0}) for n in range(1000)])
    assert len(caught.value.rejections) == 1000
    assert requests < 10


async def test_large_batches_are_compressed_and_small_ones_are_not(influxd: Server) -> None:
    for least in (None, 0):
        store = influx1(influxd, [METER], gzip_from_bytes=least)
        await store.open()
        await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(500)])
        assert await store.span(METER) == (at(0), at(499))
        await store.close()


async def test_a_device_that_moved_has_one_row_per_slot(influxd: Server) -> None:
    before = influx1(influxd, [METER])
    await before.open()
    await before.write([sample(METER, n, {"power_kw": 1.0}) for n in range(3)])
    moved = device(building="tower-b")
    after = InfluxStore(influxd.url, before._target.database, "office", [moved])
    await after.open()
    await after.write([sample(moved, n, {"power_kw": 2.0}) for n in range(2, 5)])
    readings = await after.readings(moved, ["power_kw"], at(0), at(9))
    assert [r.at for r in readings["power_kw"]] == [at(n) for n in range(5)]
    assert await after.span(moved) == (at(0), at(4))
    await before.close()
    await after.close()


async def test_rows_that_something_else_wrote_do_no_harm(store: InfluxStore) -> None:
    await _write_lines(
        store, f"electricity_meter,device=meter-2,site={{site}},host=a power_kw=3 {NOON}"
    )
    other = device("meter-2")
    newest = await store.latest(other)
    assert newest is not None
    assert (newest.values, newest.run, newest.seq) == ({"power_kw": 3.0}, "", 0)
    assert [row async for row in store.rows(other, at(0), at(1))] == []
    readings = await store.readings(other, ["power_kw"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), 3.0, "")]


async def test_samples_outside_the_retention_are_rejected(influxd: Server) -> None:
    store = influx1(influxd, [METER])
    await store.open()
    name = store._target.database
    await store.ask([f'CREATE RETENTION POLICY r ON "{name}" DURATION 1h REPLICATION 1 DEFAULT'])
    with pytest.raises(Rejected, match="retention"):
        await store.write([sample(METER, -90 * 24 * 365, {"power_kw": 1.0}, seq=0)])
    await store.close()


async def test_a_frozen_server_is_unavailable_and_then_takes_the_batch(tmp_path: Path) -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(100)]
    with influxd_server(tmp_path) as server:
        store = influx1(server, [METER], timeout_s=0.3)
        await store.open()
        server.pause()
        with pytest.raises(Unavailable, match="ReadTimeout"):
            await store.write(batch)
        with pytest.raises(Unavailable, match="ReadTimeout"):
            await store.latest(METER)
        server.resume()
        await store.write(batch)
        rows = [row async for row in store.rows(METER, at(0), at(999))]
        assert [row.seq for row in rows] == list(range(100))
        await store.close()


async def test_a_killed_server_is_unavailable_until_it_is_back_with_its_data(
    tmp_path: Path,
) -> None:
    with influxd_server(tmp_path) as server:
        store = influx1(server, [METER])
        await store.open()
        await store.write([sample(METER, 0, {"power_kw": 1.0})])
        server.kill()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await store.write([sample(METER, 1, {"power_kw": 2.0})])
        with pytest.raises(Unavailable):
            await influx1(server, [METER]).open()
        server.restart()
        await store.write([sample(METER, 1, {"power_kw": 2.0})])
        assert await store.span(METER) == (at(0), at(1))
        await store.close()


async def test_a_database_that_is_gone_is_named(influxd: Server) -> None:
    store = influx1(influxd, [METER])
    await store.open()
    name = store._target.database
    await store.ask([f'DROP DATABASE "{name}"'])
    with pytest.raises(NoSuchDatabase, match=f"database {name} at 127.0.0.1:.* does not exist"):
        await store.write([sample(METER, 0, {"power_kw": 1.0})])
    with pytest.raises(NoSuchDatabase, match="database not found"):
        await store.latest(METER)
    await store.close()


async def test_a_wrong_password_and_missing_rights_are_told_apart(tmp_path: Path) -> None:
    def as_user(server: Server, name: str, password: str) -> InfluxStore:
        return InfluxStore(server.url, "plant", "office", [METER], username=name, password=password)

    with influxd_server(tmp_path, http={"auth-enabled": "true"}) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as plain:
            first = "CREATE USER chief WITH PASSWORD 'secret' WITH ALL PRIVILEGES"
            assert (await plain.post("/query", data={"q": first})).status_code == 200
        chief = as_user(server, "chief", "secret")
        await chief.open()
        await chief.ask(["CREATE USER reader WITH PASSWORD 'r'", "GRANT READ ON plant TO reader"])

        with pytest.raises(StoreError, match="user name or password is missing or wrong"):
            await as_user(server, "chief", "guess").open()
        with pytest.raises(StoreError, match="token is missing or wrong"):
            await InfluxStore(server.url, "plant", "office", [METER]).open()
        reader = as_user(server, "reader", "r")
        await reader.open()
        with pytest.raises(StoreError, match="no right") as caught:
            await reader.write([sample(METER, 0, {"power_kw": 1.0})])
        assert not isinstance(caught.value, Unavailable)
        await chief.write([sample(METER, 0, {"power_kw": 1.0})])
        assert await reader.span(METER) == (at(0), at(0))
        await reader.close()
        await chief.close()


async def test_a_batch_that_is_too_large_for_the_server_is_divided(tmp_path: Path) -> None:
    with influxd_server(tmp_path, http={"max-body-size": "20000"}) as server:
        store = influx1(server, [METER], gzip_from_bytes=None)
        await store.open()
        await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(3000)])
        assert await store.span(METER) == (at(0), at(2999))
        rows = [row.seq async for row in store.rows(METER, at(0), at(3000))]
        assert rows == list(range(3000))
        await store.close()


async def test_nobody_there_is_unavailable_and_a_wrong_address_is_not() -> None:
    with pytest.raises(Unavailable, match="ConnectError"):
        await InfluxStore("http://127.0.0.1:1", "db", "office", [METER]).open()
    with pytest.raises(StoreError, match="UnsupportedProtocol") as caught:
        await InfluxStore("ftp://127.0.0.1", "db", "office", [METER]).open()
    assert not isinstance(caught.value, Unavailable)
    untrusting = InfluxStore(
        "https://127.0.0.1:1", "db", "office", [METER], ca_file=Path("no-such-file.pem")
    )
    with pytest.raises(StoreError, match="no-such-file"):
        await untrusting.open()


async def test_secrets_appear_in_no_message() -> None:
    store = InfluxStore(
        "http://user:hidden@127.0.0.1:1", "db", "office", [METER], token="t0ken", password="pa55"
    )
    with pytest.raises(Unavailable) as caught:
        await store.open()
    for secret in ("hidden", "t0ken", "pa55"):
        assert secret not in str(caught.value) + repr(store._target)


def _subclasses(of: type[Exception]) -> set[type[Exception]]:
    """The class and those derived from it; what other libraries derive does not come from here."""
    own = [each for each in of.__subclasses__() if each.__module__.split(".")[0] in _MODULES]
    return {of}.union(*(_subclasses(each) for each in own))


_MODULES = {"httpx", "urllib3", "influxdb_client"}


_ABSTRACT = {
    httpx.HTTPError,
    httpx.RequestError,
    httpx.TransportError,
    httpx.ProtocolError,
    urllib3.exceptions.HTTPError,
}
_DRIVERS: Iterable[type[Exception]] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    urllib3.exceptions.HTTPError,
    influxdb_client.rest.ApiException,
)


@pytest.mark.parametrize(
    "kind",
    sorted(
        set().union(*(_subclasses(each) for each in _DRIVERS)) - _ABSTRACT,
        key=lambda each: (each.__module__, each.__name__),
    ),
)
def test_every_error_class_of_the_drivers_has_a_meaning(kind: type[Exception]) -> None:
    assert issubclass(kind, FOR_NOW + FOR_GOOD)


def test_no_family_means_both() -> None:
    assert not set(FOR_NOW) & set(FOR_GOOD)
