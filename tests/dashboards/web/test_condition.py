"""What makes a device doubtful: its own faults, not what a resting plant cannot tell."""

from __future__ import annotations

import pytest

from collector.model import Reading
from collector.topology import Plant, Unit
from collector.virtual import plant_device
from dashboards.web.condition import Condition, Newest, condition_of

NOW = 1_767_319_200_000
PLANT = plant_device(Plant(units=(Unit(heat_pump="hp-1"),)), "plant")


@pytest.mark.parametrize(
    ("value", "flag", "condition"),
    [
        (3.6, "", Condition.GOOD),
        (None, "bad:not-running", Condition.GOOD),
        (None, "bad:not-claimable", Condition.GOOD),
        (None, "bad:not-measured", Condition.GOOD),
        (3.6, "uncertain:below-range", Condition.GOOD),
        (3.6, "uncertain:input", Condition.DOUBTFUL),
        (None, "bad:no-value", Condition.DOUBTFUL),
    ],
)
def test_the_plants_device_is_judged_by_its_faults(
    value: float | None, flag: str, condition: Condition
) -> None:
    readings = {"state": Reading(NOW, 2.0, ""), "cop_level4": Reading(NOW, value, flag)}
    assert condition_of(PLANT, Newest(NOW, 5_000, True, readings), NOW) is condition
