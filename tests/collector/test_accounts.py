"""Accounts and tariffs of the site file: what contradicts itself is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from collector.accounts import minutes_of
from collector.errors import ConfigError
from collector.sitefile import load_site

OFFICE = Path("firmware_sims/scenarios/office_complex/site.yaml").resolve()
SUMMER = {"medium": "electricity", "valid_from": "2020-01-01", "source": "a", "prices": {"flat": 1}}


def mistakes(tmp_path: Path, part: str, place: int, **changes: object) -> list[str]:
    content = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    content[part][place] |= changes
    return refused(tmp_path, content)


def refused(tmp_path: Path, content: dict) -> list[str]:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(file)
    return [f"{problem.key}: {problem.problem}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("hours", "mistake"),
    [
        ({"peak": ["09:00-15:00", "14:00-16:00"]}, "hours.peak[1]: 14:00-16:00 overlaps"),
        ({"peak": ["22:00-02:00"], "valley": ["01:00-06:00"]}, "hours.valley[0]: 01:00-06:00"),
        ({"peak": ["09:00-24:30"]}, "hours.peak[0]:"),
        ({"noon": ["09:00-12:00"]}, "hours.noon: this period has no price"),
    ],
)
def test_hours_that_no_meter_could_keep(tmp_path, hours, mistake):
    found = mistakes(tmp_path, "tariffs", 0, hours=hours)
    assert found[0].startswith(f"tariffs[0].{mistake}")


def test_a_tariff_without_the_rest_of_the_day(tmp_path):
    found = mistakes(tmp_path, "tariffs", 0, prices={"peak": 1.0}, hours={})
    assert found == ["tariffs[0].prices: needs `flat`: the price of the hours not named"]


@pytest.mark.parametrize(("months", "other"), [([], []), ([7, 8], [8, 9])])
def test_two_tariffs_for_the_same_day_are_refused(tmp_path, months, other):
    content = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    content["tariffs"] = [
        {"id": "one", "months": months, **SUMMER},
        {"id": "two", "months": other, **SUMMER},
    ]
    assert refused(tmp_path, content) == [
        "tariffs[1].valid_from: one begins on the same day for the same months"
    ]


def test_an_item_stands_once(tmp_path):
    content = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    content["accounts"][0]["items"][1]["code"] = "A"
    assert refused(tmp_path, content) == ["accounts[0].items[1].code: the item A stands twice"]


def test_only_gas_is_of_a_kind(tmp_path):
    found = mistakes(tmp_path, "accounts", 0, energy="natural_gas_gasfield")
    assert found == ["accounts[0].energy: only gas needs it; leave it out here"]


@pytest.mark.parametrize(
    ("hours", "count", "inside", "outside"),
    [
        ("09:00-15:00", 360, 540, 900),
        ("23:00-24:00", 60, 1439, 0),
        ("22:00-06:00", 480, 0, 360),
        ("00:00-24:00", 1440, 0, 1440),
    ],
)
def test_a_range_of_hours_is_half_open_and_may_pass_midnight(hours, count, inside, outside):
    minutes = minutes_of(hours)
    assert (len(minutes), inside in minutes, outside in minutes) == (count, True, False)
