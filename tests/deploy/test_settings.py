"""Documents of the deployment tell every setting, and nothing that does not exist."""

from __future__ import annotations

import re

import yaml
from pydantic import TypeAdapter

from collector.config import InfluxSettings, Mqtt, StoreSettings
from tests.deploy.stack import PACKAGES, ROOT, documented_settings, services, variables

_SETTING = re.compile(r"\bGROUNDWATT_[A-Z0-9_]+\b")


def _named_in_code() -> set[str]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    files += [file for file in (ROOT / "tests").rglob("*.py") if file.parent.name != "deploy"]
    return {
        name.removesuffix("_FILE")
        for file in files
        for name in _SETTING.findall(file.read_text())
        if not name.endswith("_")
    }


def _given_to_services() -> set[str]:
    return {
        name
        for service in services().values()
        for name in service.get("environment", {})
        if name.startswith("GROUNDWATT_")
    }


def test_every_setting_is_documented() -> None:
    assert set(variables()) | _given_to_services() | _named_in_code() <= set(documented_settings())


def test_every_documented_setting_exists() -> None:
    read = {name + suffix for name in _named_in_code() for suffix in ("", "_FILE")}
    assert set(documented_settings()) <= set(variables()) | _given_to_services() | read


def test_the_documented_defaults_are_those_of_the_compose_file() -> None:
    documented = documented_settings()
    assert variables() == {name: documented[name] for name in variables()}


def test_the_site_file_of_the_containers_names_their_broker_and_store() -> None:
    text = (ROOT / "deploy" / "site" / "README.md").read_text()
    example = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    mqtt = Mqtt.model_validate(example["mqtt"])
    store = TypeAdapter[StoreSettings](StoreSettings).validate_python(example["store"])
    assert mqtt.host in services()
    assert mqtt.username == "groundwatt"
    assert isinstance(store, InfluxSettings)
    environment = services()["influxdb"]["environment"]
    assert store.url == "http://influxdb:8086"
    assert store.organisation == environment["DOCKER_INFLUXDB_INIT_ORG"]
    assert store.database == environment["DOCKER_INFLUXDB_INIT_BUCKET"]
