import csv
from pathlib import Path

import pytest

from analytics.limit_tables import office_limits, plant_evaluation
from analytics.statistics import AREA_PER_PERSON, HOURS_OF_USE

DATA = Path(__file__).parents[1] / "data" / "cn_factors"
USES = {"党政机关": "government", "商业办公": "commercial_office"}
ZONES = {
    "严寒寒冷": "severe_cold_and_cold", "夏热冬冷": "hot_summer_cold_winter",
    "夏热冬暖": "hot_summer_warm_winter", "温和": "mild",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "row", rows("gbt51161_2016_office_nonheating.csv"), ids=lambda r: "-".join(r.values())
)
def test_every_limit_of_the_data(row):
    limit = office_limits().limit(row["class"], USES[row["use"]], ZONES[row["climate_zone"]])
    assert limit.constraint == float(row["constraint_kwh_m2a"])
    assert limit.guide == float(row["guide_kwh_m2a"])


def test_the_reference_use_of_the_table_is_that_of_the_formula():
    reference = office_limits().correction
    assert (reference.hours_per_year, reference.area_per_person_m2) == (
        HOURS_OF_USE, AREA_PER_PERSON,
    )  # fmt: skip


def test_every_grade_of_the_data():
    evaluation = plant_evaluation()
    for row in rows("gbt50801_2013_gshp_grades.csv"):
        table = evaluation.heating if "COP" in row["metric"] else evaluation.cooling
        least = float(row["min"])
        if row["level"] == "pass":
            assert table.passed == least
        else:
            assert table.grades[int(row["level"][-1]) - 1] == least


@pytest.mark.parametrize(("rated", "eer"), [(400, 2.3), (528, 2.6), (1162, 2.6), (1163, 2.8)])
def test_the_chiller_that_is_compared_with_follows_the_rated_power(rated, eer):
    assert plant_evaluation().instead(rated).chiller_eer == eer


def test_recalled_tables_say_so():
    assert office_limits().status == "recalled"
    assert plant_evaluation().status == "recalled"
