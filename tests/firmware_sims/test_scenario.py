"""Scenario files are read strictly and checked against their site."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.errors import ConfigError
from collector.sitefile import find_map, load_site
from firmware_sims.scenario import SITE_FILE, load_scenario, scenario_file, shipped_scenarios
from tests.firmware_sims.office import office


def changed(tmp_path: Path, old: str, new: str) -> str:
    """The errors of the office scenario with one text replaced."""
    text = scenario_file("office_complex").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "scenario.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(file, office()[0])
    return str(caught.value)


@pytest.mark.parametrize("folder", shipped_scenarios(), ids=lambda folder: folder.name)
def test_every_shipped_scenario_fits_its_site(folder):
    file = scenario_file(folder.name)
    scenario = load_scenario(file, load_site(folder / SITE_FILE))
    assert scenario.scenario.replace("-", "_") == folder.name


def test_the_office_uses_every_shipped_map_and_every_32_bit_order_of_them():
    configuration, _ = office()
    assert len(configuration.settings.devices) == 38
    assert {bus.kind for bus in configuration.settings.buses} == {"tcp", "rtu-over-tcp"}
    assert set(configuration.maps) == {
        "siemens_pac2200", "schneider_iem3000", "abb_b23", "eastron_sdm630", "chint_dtsu666",
        "acrel_adw300", "generic_gshp", "generic_pump", "generic_heat_meter", "sontex_supercal531",
        "generic_water_meter", "generic_gas_meter", "generic_weather", "nibe_s1155",
        "idm_navigator",
    }  # fmt: skip
    assert {m.word_order for m in configuration.maps.values()} == {"big", "little"}


def test_the_site_file_names_no_map_that_is_not_shipped():
    assert all(find_map(name) for name in office()[0].maps)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("device: weather,", "device: whether,", "devices[35].device: no device 'whether'"),
        ("device: w-b, model", "device: w-a, model", "devices[32].device: w-a is bound twice"),
        ("device: w-b, model", "device: w-a, model", "the site's device w-b shows nothing"),
        ("power: plant_kw", "powre: plant_kw", "devices[2].powre: Extra inputs"),
        ("model: weather", "model: whether", "devices[35]"),
        ("bus: plant-heat", "bus: nowhere", "no bus 'nowhere'"),
        ("twin: w-b", "twin: hp-1", "the twin must stand on the same bus"),
        ("kind: office", "kind: factory", "Input tag 'factory'"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path, old, new, told):
    message = changed(tmp_path, old, new)
    assert told in message
    assert "scenario.yaml:" in message


def test_an_unknown_scenario_names_the_shipped_ones():
    with pytest.raises(ConfigError, match="office_complex, studenthuset_day"):
        scenario_file("atlantis")
