"""What a site does not measure is taken from the heat pumps, or left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from collector.model import Site
from collector.sitefile import Configuration, load_site
from dashboards.web.description import describe as described
from dashboards.web.headline import headline
from tests.dashboards.office import office, write_office


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


PLANT: dict[str, Any] = {
    "units": [{"heat_pump": "hp-1", "electricity": "em-plant", "heat_meter": "heat-plant"}],
    "source_pumps": {"electricity": ["em-main"]},
}


def with_plant(directory: Path, **changed: object) -> Configuration:
    file = write_office(directory)
    content = yaml.safe_load(file.read_text())
    content["plant"] = PLANT | changed
    file.write_text(yaml.safe_dump(content, allow_unicode=True))
    return load_site(file)


def test_the_cop_of_a_described_plant_is_shown_at_its_widest_boundary(tmp_path: Path) -> None:
    [tile] = [t for t in described(with_plant(tmp_path))["headline"] if t["key"] == "plant_cop"]
    assert [figure["members"] for figure in tile["figures"]] == [
        [["plant", "cop_level3"]], [["plant", "cop_uncertainty"]],
    ]  # fmt: skip
    assert (tile["joint"], tile["decimals"], tile["unit"]) == ("±", 2, "")
    assert tile["title"]["en"] == "COP now, H3/C3"


def test_the_plants_row_shows_its_widest_cop_and_stands_with_its_heat_pumps(
    tmp_path: Path,
) -> None:
    body = described(with_plant(tmp_path))
    assert body["first_fields"]["plant"] == ("state", "cop_level3", "heat_kw", "lift_k")
    [plant] = [device for device in body["devices"] if device["kind"] == "plant"]
    assert plant["building"] == "plant"


def test_a_plant_whose_heat_nobody_measures_has_no_tile_of_its_cop(tmp_path: Path) -> None:
    units = [{"heat_pump": "hp-1", "electricity": "em-plant"}]
    body = described(with_plant(tmp_path, units=units))
    assert "plant_cop" not in [tile["key"] for tile in body["headline"]]
