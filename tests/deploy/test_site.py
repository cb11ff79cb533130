"""The site of the containers is the demonstration site, reached by the containers' names."""

from __future__ import annotations

from collector.sitefile import load_site
from tests.deploy.stack import ROOT

SHIPPED = ROOT / "firmware_sims" / "scenarios" / "office_complex" / "site.yaml"


def test_it_has_the_same_buildings_buses_and_devices():
    ours = load_site(ROOT / "deploy" / "site" / "site.yaml").settings
    theirs = load_site(SHIPPED).settings
    assert ours.devices == theirs.devices
    assert ours.buildings == theirs.buildings
    assert [bus.model_copy(update={"host": "127.0.0.1"}) for bus in ours.buses] == list(
        theirs.buses
    )
    assert {bus.host for bus in ours.buses} == {"sim"}


def test_it_names_the_containers_broker_and_store():
    settings = load_site(ROOT / "deploy" / "site" / "site.yaml").settings
    assert settings.mqtt.host == "mosquitto"
    assert settings.store.kind == "influx2"
    assert settings.store.url == "http://influxdb:8086"
