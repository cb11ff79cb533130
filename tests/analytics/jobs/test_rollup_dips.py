"""A register that is back after hours has dipped: figures that were told meanwhile follow."""

from __future__ import annotations

import pytest

from analytics.jobs.freshness import Freshness
from analytics.jobs.readings import Readings
from analytics.jobs.rollup import Summary
from analytics.jobs.tabulation import Tabulator
from analytics.records import exchanges, repairs
from analytics.records.exchanges import Change, Handover
from analytics.records.repairs import Correction
from tests.analytics.jobs.polled_site import (
    DAY,
    ENERGY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    QUARTER,
    Plant,
    steady,
    told,
)

FROM, TO = 23 * 60 + 20, 25 * 60 + 45
"""Minutes between which the register shows nothing but zero, across midnight."""


def dipping(minute: int) -> dict[str, float]:
    return steady(minute) | ({"energy_kwh": 0.0} if FROM <= minute < TO else {})


async def _quarter_by_quarter(plant: Plant, last: int) -> None:
    for minute in range(0, last, 15):
        await plant.poll("m1", dipping, range(minute, minute + 15))
        await plant.catch_up(minute + 15)


async def test_zeros_of_a_dip_are_no_consumption_once_it_is_over(plant: Plant) -> None:
    await _quarter_by_quarter(plant, TO)
    inside = "m1", "15min", MIDNIGHT + DAY
    assert (await plant.rows())[inside][ENERGY] == 0.0  # it might have been reset
    await plant.poll("m1", dipping, range(TO, 49 * 60))
    await plant.catch_up(49 * 60)
    rows = await plant.rows()
    during = [
        rows["m1", "15min", start]
        for start in range(MIDNIGHT + 23 * HOUR + 30 * MINUTE, MIDNIGHT + 25 * HOUR, QUARTER)
    ]
    assert [row[ENERGY] for row in during] == [None] * len(during)
    assert {row["energy_kwh", "coverage"] for row in during} == {0.0}
    assert rows["m1", "15min", MIDNIGHT + 26 * HOUR][ENERGY] == pytest.approx(1.5)
    assert {r.cause for r in await told(plant)} == {"later reading"}
    assert await plant.catch_up(49 * 60) == Summary(0, 0)


async def test_it_comes_out_the_same_at_once_and_bit_by_bit(plant: Plant) -> None:
    await _quarter_by_quarter(plant, 49 * 60)
    rows = await plant.rows()
    readings = Readings(plant.configuration, plant.store, plant.records)
    fresh = Freshness(plant.configuration, plant.store, plant.windows, plant.records)
    wanted, span = {"m1": ["energy_kwh"]}, (MIDNIGHT, MIDNIGHT + 2 * DAY)
    raw = await Tabulator(plant.configuration, readings).table(wanted, *span)
    rolled = await Tabulator(plant.configuration, readings, (plant.windows, fresh)).table(
        wanted, *span
    )
    for table in (raw, rolled):
        assert table.energy("m1", "energy_kwh").tolist() == pytest.approx(
            [rows["m1", "15min", start][ENERGY] or float("nan") for start in raw.edges[:-1]],
            nan_ok=True,
        )


async def test_a_late_sample_near_a_dip_does_not_bring_its_zeros_back(plant: Plant) -> None:
    await plant.poll("m1", lambda m: {} if m == 26 * 60 + 5 else dipping(m), range(49 * 60))
    await plant.catch_up(49 * 60)
    before = await plant.rows()
    await plant.late("m1", dipping, [26 * 60 + 5])
    await plant.catch_up(49 * 60)
    after = await plant.rows()
    changed = {key[1:] for key in after if after[key] != before[key]}
    assert changed == {
        ("15min", MIDNIGHT + 26 * HOUR), ("1h", MIDNIGHT + 26 * HOUR), ("1d", MIDNIGHT + DAY)
    }  # fmt: skip


async def test_what_is_not_rolled_up_yet_is_told_in_the_light_of_what_is(plant: Plant) -> None:
    """The register is back since a few minutes; the dip began long before."""
    await _quarter_by_quarter(plant, TO)
    await plant.poll("m1", dipping, range(TO, TO + 10))
    readings = Readings(plant.configuration, plant.store, plant.records)
    fresh = Freshness(plant.configuration, plant.store, plant.windows, plant.records)
    tabulator = Tabulator(plant.configuration, readings, (plant.windows, fresh))
    table = await tabulator.table({"m1": ["energy_kwh"]}, MIDNIGHT + DAY, MIDNIGHT + 26 * HOUR)
    assert table.edges[-1] == MIDNIGHT + 26 * HOUR
    energy = table.energy("m1", "energy_kwh")
    assert energy[6] != energy[6]  # 01:30 to 01:45, at the end of which the register comes back


async def test_a_scaled_span_is_no_wrong_height(plant: Plant) -> None:
    """It begins and ends with a step; a late sample on a day in its midst sees neither."""
    missing = 48 * 60 + 300
    await plant.poll("m2", lambda m: {} if m == missing else steady(m), range(97 * 60))
    span = MIDNIGHT + DAY + HOUR, MIDNIGHT + 3 * DAY + HOUR
    with plant.records.transaction() as connection:
        repairs.add(connection, Correction("m2", "energy_kwh", *span, "scale", 1.5), plant.act)
    await plant.catch_up()
    before = await plant.rows()
    await plant.late("m2", steady, [missing])
    await plant.catch_up()
    after = await plant.rows()
    assert after["m2", "1d", MIDNIGHT + 2 * DAY][ENERGY] == pytest.approx(216.0)
    assert len([key for key in after if after[key] != before[key]]) == 3


async def test_a_meter_that_stood_in_for_a_while_is_no_dip_once_that_is_recorded(
    plant: Plant,
) -> None:
    there, back = 25 * 60, 70 * 60

    def shown(minute: int) -> dict[str, float]:
        if there <= minute < back:
            return {"power_kw": 6.0, "energy_kwh": (minute - there) / 10}
        gone = 0 if minute < there else back - there
        return {"power_kw": 6.0, "energy_kwh": 5e4 + (minute - gone) / 10}

    await plant.poll("m2", shown, range(97 * 60))
    await plant.catch_up()
    assert (await plant.rows())["m2", "1h", MIDNIGHT + 48 * HOUR][ENERGY] is None
    stand = 5e4 + there / 10
    with plant.records.transaction() as connection:
        for minute, last, first in ((there, stand, 0.0), (back, (back - there) / 10, stand)):
            registers = {"energy_kwh": Handover(last, first)}
            exchanges.add(
                connection, Change("m2", MIDNIGHT + minute * MINUTE, registers), plant.act
            )
    await plant.catch_up()
    rows = await plant.rows()
    assert {row[ENERGY] is None for row in rows.values()} == {False}
    assert rows["m2", "1h", MIDNIGHT + 48 * HOUR][ENERGY] == pytest.approx(6.0)
