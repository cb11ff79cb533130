"""What a site does not measure is taken from the heat pumps, or left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from collector.model import Site
from dashboards.web.headline import headline
from tests.dashboards.office import office


def without(site: Site, *kinds: str) -> Site:
    devices = {name: d for name, d in site.devices.items() if d.kind not in kinds}
    return replace(site, devices=devices)


def test_without_meters_the_heat_pumps_speak_for_the_plant(tmp_path: Path) -> None:
    site = without(office(tmp_path).site, "heat_meter", "electricity_meter")
    tiles = {tile.key: tile.figures for tile in headline(site)}
    assert [name for name, _ in tiles["plant_output"][0].members] == ["hp-1", "hp-2", "hp-3"]
    assert {name for name, _ in tiles["plant_power"][0].members} == {
        "hp-1", "hp-2", "hp-3", "pump-source-1", "pump-source-2", "pump-load-1", "pump-load-2",
    }  # fmt: skip
    assert [figure.combine for figure in tiles["source_loop"]] == ["mean", "mean"]
    assert "site_power" not in tiles


def test_meters_of_other_buildings_are_not_the_plants(tmp_path: Path) -> None:
    for tile in headline(office(tmp_path).site):
        assert not any("tower" in device for f in tile.figures for device, _ in f.members)


def test_a_site_without_a_plant_has_no_plant_tiles(tmp_path: Path) -> None:
    site = office(tmp_path).site
    towers = {name: d for name, d in site.devices.items() if d.building.startswith("tower")}
    assert headline(replace(site, devices=towers)) == ()
