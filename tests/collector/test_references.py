"""Plant, accounts and retrofits of the site file: every reference must exist and fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from collector.errors import ConfigError
from collector.sitefile import Configuration, load_site

OFFICE = Path("firmware_sims/scenarios/office_complex/site.yaml").resolve()


def site() -> dict:
    return yaml.safe_load(OFFICE.read_text(encoding="utf-8"))


def loaded(tmp_path: Path, content: dict) -> Configuration:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_site(file)


def mistakes(tmp_path: Path, content: dict) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, content)
    return [f"{problem.key}: {problem.problem}" for problem in caught.value.problems]


def put(content: dict, path: str, value: object) -> dict:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = content
    for part in parents:
        place = place[part]
    place[last] = value
    return content


def test_the_office_complex_has_a_plant(tmp_path):
    plant = loaded(tmp_path, site()).settings.plant
    assert plant is not None
    assert [unit.heat_pump for unit in plant.units] == ["hp-1", "hp-2", "hp-3"]
    assert plant.source.fluid == "water"


@pytest.mark.parametrize(
    ("path", "value", "mistake"),
    [
        ("plant/units/0/heat_pump", "hp-9", "plant.units[0].heat_pump: there is no device 'hp-9'"),
        (
            "plant/units/0/electricity",
            "h-load",
            "plant.units[0].electricity: h-load is of the kind heat_meter, not electricity_meter",
        ),
        (
            "plant/source/heat_meter",
            "e-plant",
            "plant.source.heat_meter: e-plant is of the kind electricity_meter, not heat_meter",
        ),
        (
            "plant/source_pumps/pumps/1",
            "nowhere",
            "plant.source_pumps.pumps[1]: there is no device 'nowhere'",
        ),
        (
            "plant/outdoor",
            "e-plant",
            "plant.outdoor: e-plant is of the kind electricity_meter, not weather",
        ),
        (
            "plant/serves/0/building",
            "tower-c",
            "plant.serves[0].building: there is no building 'tower-c'",
        ),
        (
            "accounts/3/meters/0",
            "g-kitchen",
            "accounts[3].meters[0]: g-kitchen is of the kind gas_meter, not water_meter",
        ),
        (
            "accounts/0/items/0/less",
            ["w-a"],
            "accounts[0].items[0].less[0]: w-a is of the kind water_meter, not electricity_meter",
        ),
        (
            "devices/0/rollover",
            {"heat_kwh": 1e6},
            "devices[0].rollover.heat_kwh: map siemens_pac2200 has no field 'heat_kwh'",
        ),
        (
            "tariffs/1/id",
            "electricity-demo",
            "tariffs[1].id: the id 'electricity-demo' stands twice",
        ),
    ],
)
def test_a_wrong_reference_is_told(tmp_path, path, value, mistake):
    assert mistake in mistakes(tmp_path, put(site(), path, value))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("plant/source", {"fluid": "ethanol"}, "mass_fraction: water has none, every other fluid"),
        ("plant/source", {"fluid": "water", "mass_fraction": 0.3}, "mass_fraction: water has none"),
        ("plant/heating_season/first", "02-30", "heating_season.first: there is no 02-30"),
        ("tariffs/0/prices", {"peak": 1.0}, "prices: needs `flat`"),
        ("tariffs/0/hours/dawn", ["05:00-06:00"], "hours.dawn: this period has no price"),
        ("devices/0/accuracy", {"class": "9"}, "accuracy.class"),
    ],
)
def test_a_wrong_form_is_told(tmp_path, path, value, words):
    assert any(words in mistake for mistake in mistakes(tmp_path, put(site(), path, value)))


RETROFIT = {
    "id": "led", "name": {"zh": "照明改造", "en": "Lighting"}, "option": "C",
    "meters": ["e-a-lighting-sockets"], "outdoor": "weather",
    "baseline": {"first": "2024-01-01", "last": "2024-12-31"},
    "reporting": {"first": "2025-02-01", "last": "2026-01-31"},
}  # fmt: skip


def test_a_retrofit_is_read(tmp_path):
    [retrofit] = loaded(tmp_path, site() | {"retrofits": [RETROFIT]}).settings.retrofits
    assert retrofit.baseline.last.isoformat() == "2024-12-31"
    assert retrofit.model == "caltrack_daily"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reporting": {"first": "2024-12-31", "last": "2025-12-31"}}, "overlap"),
        ({"baseline": {"first": "2024-12-31", "last": "2024-01-01"}}, "lies before"),
        ({"meters": []}, "option C needs the meters"),
        ({"meters": ["h-a"]}, "h-a is of the kind heat_meter, not electricity_meter"),
        ({"model": "guess"}, "model"),
        ({"model": "plant"}, "`plant` is the model of option B"),
        ({"option": "B"}, "`plant` is the model of option B"),
    ],
)
def test_a_wrong_retrofit_is_told(tmp_path, change, words):
    content = site() | {"retrofits": [RETROFIT | change]}
    assert any(words in mistake for mistake in mistakes(tmp_path, content))


def test_the_plant_is_a_device_of_its_own(tmp_path):
    assert loaded(tmp_path, site()).site.devices["plant"].kind == "plant"
    [mistake] = mistakes(tmp_path, put(site(), "plant/id", "hp-1"))
    assert mistake == "plant.id: 'hp-1' is a device already; the plant is one too"


def test_option_b_needs_a_plant(tmp_path):
    content = site() | {"retrofits": [RETROFIT | {"option": "B", "model": "plant", "meters": []}]}
    del content["plant"]
    assert any("needs the plant" in mistake for mistake in mistakes(tmp_path, content))


def test_an_alarm_override_names_what_exists(tmp_path):
    known = ["hp-1", "plant-electric", "collector-main", "plant"]
    content = put(site(), "alarms", [{"rule": "device-silent", "only": known}])
    [override] = loaded(tmp_path, content).settings.alarms
    assert list(override.only) == known
    put(content, "alarms/0/only/1", "hp-9")
    assert mistakes(tmp_path, content) == [
        "alarms[0].only[1]: there is no device, bus or collector 'hp-9'"
    ]


@pytest.mark.parametrize(
    ("zone", "told", "followed"),
    [
        ("Asia/Shanghai", None, "cn"), ("Europe/Stockholm", None, "plain"),
        ("Asia/Shanghai", "plain", "plain"), ("Europe/Stockholm", "cn", "cn"),
    ],
)  # fmt: skip
def test_the_working_calendar_follows_from_the_zone_unless_told(tmp_path, zone, told, followed):
    content = put(site(), "site/timezone", zone)
    if told:
        content["site"]["calendar"] = told
    assert loaded(tmp_path, content).settings.site.working_calendar == followed
