import csv
from pathlib import Path

import pytest

from analytics.factor_sets import chosen, find, read_sets, shipped
from collector.accounts import Factors
from collector.errors import ConfigError

DATA = Path(__file__).parents[1] / "data" / "cn_factors"
COAL_SETS = {
    "GB/T 2589-2020 当量": ["gbt2589-2020-equivalent"],
    "GB/T 2589-2020": ["gbt2589-2020-equivalent"],
    "GB/T 2589-2008": ["gbt2589-2008-equivalent"],
    "GB/T 2589": ["gbt2589-2020-equivalent", "gbt2589-2008-equivalent"],
    "DB37/T 2672-2019 (山东公共机构)": ["db37t-2672-2019"],
    "DB31/T 783 (上海)": ["db31t-783"],
    "DB31/T 1341-2021 (上海办公)": ["db31t-1341-2021"],
    "江苏": ["jiangsu-equal-value"],
}
SPELLINGS = {"m3": "m³"}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("coal_equivalent.csv"), ids=lambda r: "-".join(r.values()))
def test_every_coefficient_of_the_data_is_in_its_sets(row):
    for name in COAL_SETS[row["coefficient_set"]]:
        factor = shipped()[name].factors[row["energy"].lower()]
        assert factor.value == float(row["kgce_per_unit"])
        assert factor.unit == SPELLINGS.get(row["unit"], row["unit"])
        assert factor.status == row["status"]


def test_every_grid_factor_of_the_data_is_one_set():
    """Forty and seven rows, each found by its data year, value and status."""
    found = {
        (each.data_year, factor.value, each.status)
        for each in shipped().values()
        if each.kind == "carbon" and (factor := each.factors.get("electricity"))
    }
    data = rows("grid_factors.csv")
    for row in data:
        assert (int(row["data_year"]), float(row["kgco2_per_kwh"]), row["status"]) in found
    assert sum("electricity" in s.factors for s in shipped().values() if s.kind == "carbon") == len(
        data
    )


@pytest.mark.parametrize(
    ("name", "zh", "value"),
    [
        ("cn-grid-2023-national", "全国", 0.5306),
        ("cn-grid-2023-shaanxi", "陕西", 0.6335),
        ("cn-grid-2023-shanxi", "山西", 0.6634),
        ("cn-grid-2023-southwest", "西南", 0.2472),
        ("cn-grid-2022-national", "全国", 0.5366),
        ("cn-grid-2021-national", "全国", 0.5568),
    ],
)
def test_a_grid_set_is_found_by_its_region_and_year(name, zh, value):
    its = find(name, "carbon", file=Path("site.yaml"), key="factors.carbon")
    assert (its.region.zh, its.factors["electricity"].value) == (zh, value)


def test_what_is_recalled_says_so_and_nothing_claims_to_be_verified():
    recalled = {each.id for each in shipped().values() if each.status == "recalled"}
    assert recalled == {"cn-grid-2021-national", "cn-grid-2022-national-enterprise"}
    assert all(each.source for each in shipped().values())
    assert not any(each.verified_by for each in shipped().values())


def test_the_basis_follows_from_the_factor_of_electricity():
    for each in shipped().values():
        if each.kind == "coal_equivalent" and (factor := each.factors.get("electricity")):
            assert each.basis == ("当量" if factor.value == 0.1229 else "等价")


def test_the_defaults_of_a_site_exist():
    coal, carbon = chosen(Factors(), Path("site.yaml"))
    assert (coal.id, carbon.id) == ("gbt2589-2020-equivalent", "cn-grid-2023-national")


def test_an_unknown_set_names_file_key_and_those_that_there_are():
    with pytest.raises(ConfigError) as caught:
        chosen(Factors(carbon="cn-grid-2023-tibet"), Path("site.yaml"))
    text = str(caught.value)
    assert text.startswith("site.yaml: factors.carbon: there is no carbon set 'cn-grid-2023-tibet'")
    assert "cn-grid-2023-sichuan" in text
    assert "db31t-783" not in text


SET = """\
kind: coal_equivalent
title: {zh: 甲, en: One}
standard: A
source: somewhere
sets:
  - id: one
    region: {zh: 乙, en: Somewhere}
    basis: 当量
    status: confirmed
    factors: [{energy: electricity, unit: kWh, value: 0.1}]
"""


@pytest.mark.parametrize(
    ("old", "new", "wording"),
    [
        ("unit: kWh", "unit: kwh", "unit"),
        ("value: 0.1", "value: 0", "value"),
        ("    basis: 当量\n", "", "needs 当量 or 等价"),
        ("source:", "sauce:", "sauce"),
        ("}]\n", "}, {energy: electricity, unit: kWh, value: 0.2}]\n", "electricity stands twice"),
        ("source: somewhere", "source: somewhere\ncompanion: two", "no coal_equivalent set 'two'"),
    ],
)
def test_a_file_with_a_mistake_is_refused(old, new, wording):
    with pytest.raises(ConfigError, match=wording):
        read_sets({Path("one.yaml"): SET.replace(old, new)})


def test_an_id_stands_once():
    with pytest.raises(ConfigError, match="'one' stands twice"):
        read_sets({Path("one.yaml"): SET, Path("two.yaml"): SET})
