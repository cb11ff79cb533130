"""What `--store` means."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from collector.errors import ConfigError
from dashboards.demo.storage import DATABASE, storage
from tests.servers import Server

RNG = random.Random(3)


def test_sqlite_needs_no_server(tmp_path: Path) -> None:
    kept = storage("sqlite", tmp_path, RNG)
    assert (kept.settings, kept.server) == ({"kind": "sqlite"}, None)


def test_influx1_brings_a_server_of_its_own(tmp_path: Path) -> None:
    kept = storage("influx1", tmp_path, RNG)
    assert kept.server is not None
    assert kept.ping == f"{kept.settings['url']}/ping"
    config = (tmp_path / "influxdb.conf").read_text()
    assert kept.settings["url"].removeprefix("http://") in config
    assert str(tmp_path) in config


def test_a_running_server_is_asked_for_its_version(tmp_path: Path, influxd: Server) -> None:
    kept = storage(f"{influxd.url}/", tmp_path, RNG)
    assert kept.settings == {"kind": "influx1", "url": influxd.url, "database": DATABASE}
    assert kept.server is None


@pytest.mark.parametrize("wanted", ["", "postgres", "http://127.0.0.1:9", "ftp://x"])
def test_anything_else_is_wrong_use(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(ConfigError, match="--store"):
        storage(wanted, tmp_path, RNG)
