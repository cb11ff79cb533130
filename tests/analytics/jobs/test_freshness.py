"""How far roll-ups are relied on: up to where something is known against them."""

from __future__ import annotations

import pytest

from analytics.jobs.freshness import Freshness
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Tabulator
from analytics.records import repairs
from analytics.records.repairs import Correction
from tests.analytics.jobs.polled_site import DAY, HOUR, MIDNIGHT, MINUTE, QUARTER, Plant, steady

MARGIN = QUARTER
"""Of a device that is polled each minute."""


def freshness(plant: Plant) -> Freshness:
    return Freshness(plant.configuration, plant.store, plant.windows, plant.records)


async def test_without_anything_against_them_they_hold_to_their_end(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    assert await freshness(plant).reached(["m1", "m2"]) == {}
    await plant.catch_up()
    assert await freshness(plant).reached(["m1", "m2"]) == {"m1": MIDNIGHT + 25 * HOUR - QUARTER}


async def test_a_late_sample_ends_them_where_it_lies_until_it_is_followed(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    await plant.late("m1", steady, [605, 900])
    first = MIDNIGHT + 605 * MINUTE
    assert await freshness(plant).reached(["m1"]) == {"m1": first - MARGIN}
    await plant.catch_up()
    assert await freshness(plant).reached(["m1"]) == {"m1": MIDNIGHT + 25 * HOUR - QUARTER}


@pytest.mark.parametrize("field", ["energy_kwh", "power_kw"])
async def test_what_is_told_is_what_raw_data_say_whatever_is_under_way(
    plant: Plant, field: str
) -> None:
    await plant.poll("m1", lambda m: {} if m in (300, 605) else steady(m), range(25 * 60))
    await plant.catch_up()
    await plant.late("m1", lambda _: {"power_kw": 30.0, "energy_kwh": 160.55}, [605])
    span = MIDNIGHT + 900 * MINUTE, MIDNIGHT + 930 * MINUTE
    with plant.records.transaction() as connection:
        repairs.add(connection, Correction("m1", field, *span, "scale", 2.0), plant.act)
    readings = Readings(plant.configuration, plant.store, plant.records)
    wanted = {"m1": ["energy_kwh", "power_kw"]}
    tables = [
        await Tabulator(plant.configuration, readings, rolled).table(
            wanted, MIDNIGHT, MIDNIGHT + DAY
        )
        for rolled in (None, (plant.windows, freshness(plant)))
    ]
    for name in wanted["m1"]:
        raw, rolled = (table.energy("m1", name).tolist() for table in tables)
        assert rolled == pytest.approx(raw, nan_ok=True)
