"""The site file's `store:` becomes the store that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.model import Sample
from collector.sitefile import Configuration, load_site
from collector.store.choice import rollup_stores_for, store_for
from collector.store.influx import InfluxStore
from collector.store.rollups import rollup_device
from collector.store.sqlite import SqliteStore
from tests.collector.store.sites import NOON
from tests.servers import Server

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}}
store: {%s}
buses:
  - {id: b1, kind: tcp, host: 127.0.0.1, port: 502}
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: eastron_sdm630}
"""


def _configuration(folder: Path, store: str) -> Configuration:
    file = folder / "site.yaml"
    file.write_text(SITE % store, encoding="utf-8")
    return load_site(file)


async def test_sqlite_lies_in_the_data_directory(tmp_path: Path) -> None:
    store = store_for(_configuration(tmp_path, "kind: sqlite"), tmp_path / "data")
    assert isinstance(store, SqliteStore)
    await store.open()
    await store.close()
    assert (tmp_path / "data" / "groundwatt.sqlite").exists()


async def test_influx1_is_opened_where_the_file_says(tmp_path: Path, influxd: Server) -> None:
    configuration = _configuration(tmp_path, f"kind: influx1, url: '{influxd.url}', database: c1")
    store = store_for(configuration, tmp_path)
    await store.open()
    assert await store.span(configuration.site.devices["m1"]) is None
    assert await store.readings(configuration.site.devices["m1"], ["power_kw"], 0, NOON) == {
        "power_kw": []
    }
    await store.close()


def test_influx2_gets_its_token_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDWATT_INFLUX_TOKEN", "t0ken")
    written = "kind: influx2, url: 'https://db:8086', organisation: ours, timeout: 3s"
    store = store_for(_configuration(tmp_path, written), tmp_path)
    assert isinstance(store, InfluxStore)
    target = store._target
    assert (target.version, target.organisation, target.token) == (2, "ours", "t0ken")
    assert (target.database, target.timeout_s, target.username) == ("groundwatt", 3.0, None)


def test_a_user_name_makes_the_secret_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDWATT_INFLUX_TOKEN", "pa55")
    written = "kind: influx1, url: 'http://db:8086', username: plant"
    store = store_for(_configuration(tmp_path, written), tmp_path)
    assert isinstance(store, InfluxStore)
    assert (store._target.username, store._target.password) == ("plant", "pa55")


async def test_roll_ups_lie_in_a_file_beside_the_raw_data(tmp_path: Path) -> None:
    configuration = _configuration(tmp_path, "kind: sqlite, path: office.sqlite")
    stores = rollup_stores_for(configuration, tmp_path / "data")
    assert list(stores) == ["15min", "1h", "1d"]
    for width, store in stores.items():
        derived = rollup_device(configuration.site.devices["m1"], width)
        await store.open()
        await store.write([Sample(derived.id, NOON, "rollup", 0, 0, {"power_kw_mean": 2.0})])
        assert await store.span(derived) == (NOON, NOON)
        await store.close()
    assert (tmp_path / "data" / "office_rollup.sqlite").exists()
    assert not (tmp_path / "data" / "office.sqlite").exists()


async def test_roll_ups_have_a_database_of_their_own(tmp_path: Path, influxd: Server) -> None:
    configuration = _configuration(tmp_path, f"kind: influx1, url: '{influxd.url}', database: c2")
    for width, store in rollup_stores_for(configuration, tmp_path).items():
        assert isinstance(store, InfluxStore)
        assert store._target.database == "c2_rollup"
        derived = rollup_device(configuration.site.devices["m1"], width)
        await store.open()
        await store.write([Sample(derived.id, NOON, "rollup", 0, 0, {"power_kw_mean": 2.0})])
        assert await store.span(derived) == (NOON, NOON)
        await store.close()


def test_the_bucket_of_the_roll_ups_is_the_one_that_the_first_start_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDWATT_INFLUX_TOKEN", "t0ken")
    written = "kind: influx2, url: 'https://db:8086', organisation: ours"
    configuration = _configuration(tmp_path, written)
    targets = [
        store._target
        for store in rollup_stores_for(configuration, tmp_path).values()
        if isinstance(store, InfluxStore)
    ]
    assert [(target.database, target.token) for target in targets] == [
        ("groundwatt_rollup", "t0ken")
    ] * 3
