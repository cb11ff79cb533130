"""What Grafana is provisioned with fits the stack that it runs in."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import yaml

from tests.deploy.stack import ROOT, bind_mounts, services

GRAFANA = services()["grafana"]
PROVISIONING = ROOT / bind_mounts(GRAFANA)["/etc/grafana/provisioning"]
SOURCES = yaml.safe_load((PROVISIONING / "datasources" / "groundwatt.yaml").read_text())
BOARDS = yaml.safe_load((PROVISIONING / "dashboards" / "groundwatt.yaml").read_text())


def test_both_buckets_are_data_sources_with_stable_ids() -> None:
    assert SOURCES["apiVersion"] == 1
    assert {source["uid"]: source["jsonData"]["dbName"] for source in SOURCES["datasources"]} == {
        "groundwatt": "groundwatt",
        "groundwatt_rollup": "groundwatt_rollup",
    }
    assert [source["isDefault"] for source in SOURCES["datasources"] if "isDefault" in source] == [
        True
    ]


def test_the_data_sources_speak_influxql_to_the_store_of_the_stack() -> None:
    for source in SOURCES["datasources"]:
        assert source["type"] == "influxdb"
        assert source["jsonData"]["version"] == "InfluxQL"
        address = urlsplit(source["url"])
        assert address.hostname in services()
        assert address.port == 8086


def test_the_data_sources_read_as_the_user_that_may_only_read() -> None:
    script = (ROOT / "deploy" / "influxdb" / "create-buckets.sh").read_text()
    for source in SOURCES["datasources"]:
        assert f"--username {source['basicAuthUser']}" in script
        secret = source["secureJsonData"]["basicAuthPassword"]
        name = secret.removeprefix("$__file{/run/secrets/").removesuffix("}")
        assert name in GRAFANA["secrets"]
        assert f"/run/secrets/{name}" in script
    assert "--write-bucket" not in script


def test_the_boards_are_read_from_a_mounted_folder() -> None:
    assert BOARDS["apiVersion"] == 1
    for provider in BOARDS["providers"]:
        path = PurePosixPath(provider["options"]["path"])
        inside = path.relative_to("/etc/grafana/provisioning")
        assert (PROVISIONING / inside).is_dir()
