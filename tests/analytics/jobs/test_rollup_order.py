"""However the samples arrive and whenever the job runs, the roll-ups end the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analytics.records import repairs
from analytics.records.repairs import Correction
from collector.sitefile import Configuration
from tests.analytics.jobs.conftest import opened
from tests.analytics.jobs.polled_site import MIDNIGHT, MINUTE, Plant, told

LAST = 26 * 60


def irregular(seed: int) -> dict[int, dict[str, float]]:
    """A day and more of readings: uneven use, bad values, gaps, a spike and a reset."""
    chance = random.Random(seed)
    register, found = 100.0, {}
    reset, spike = chance.randrange(200, LAST - 200), chance.randrange(200, LAST - 200)
    gap = chance.randrange(200, LAST - 200)
    for minute in range(LAST):
        power = chance.uniform(0, 30)
        register = 0.0 if minute == reset else register + power / 60
        if gap <= minute < gap + 40:
            continue
        values = {"power_kw": power, "energy_kwh": 5e4 if minute == spike else register}
        if chance.random() < 0.03:
            values.pop(chance.choice(["power_kw", "energy_kwh"]))
        found[minute] = values
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_roll_ups_do_not_depend_on_the_order_of_arrival(
    configuration: Configuration, tmp_path: Path, seed: int
) -> None:
    chance, values = random.Random(seed), irregular(seed)
    correction = Correction(
        "m1", "energy_kwh", MIDNIGHT + 300 * MINUTE, MIDNIGHT + 407 * MINUTE, "scale", 1.5
    )
    async with opened(configuration, tmp_path / "bit by bit") as plant:
        await _bit_by_bit(plant, values, correction, chance)
        rows, revised = await plant.rows(), await told(plant)
    async with opened(configuration, tmp_path / "at once") as plant:
        with plant.records.transaction() as connection:
            repairs.add(connection, correction, plant.act)
        await plant.poll("m1", values.__getitem__, values)
        await plant.catch_up()
        wanted = await plant.rows()
    assert revised
    assert rows.keys() == wanted.keys()
    for key, figures in wanted.items():
        assert rows[key] == pytest.approx(figures), key


async def _bit_by_bit(
    plant: Plant, values: dict[int, dict[str, float]], correction: Correction, chance: random.Random
) -> None:
    """Store the samples in uneven lots, some of them late; run the job in between."""
    kept_back: list[int] = []
    minute = 0
    while minute < LAST:
        lot = [m for m in range(minute, minute + chance.randrange(1, 90)) if m in values]
        minute = lot[-1] + 1 if lot else minute + 1
        late = [m for m in lot if chance.random() < 0.05 and m + 1 < LAST]
        kept_back += late
        await plant.poll("m1", values.__getitem__, [m for m in lot if m not in late])
        await plant.catch_up(minute)
        if kept_back and chance.random() < 0.3:
            await plant.late(
                "m1", values.__getitem__, [kept_back.pop(chance.randrange(len(kept_back)))]
            )
    with plant.records.transaction() as connection:
        repairs.add(connection, correction, plant.act)
    for late_minute in kept_back:
        await plant.late("m1", values.__getitem__, [late_minute])
    await plant.catch_up(LAST)
