"""Roll-ups on real stores: complete, exact, and done once."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from analytics import buckets
from analytics.jobs import rollup
from tests.analytics.jobs.polled_site import (
    COUNT,
    ENERGY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    POWER,
    QUARTER,
    Plant,
    steady,
    without,
)


async def test_a_steady_day_is_rolled_up_in_every_width(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    done = await plant.catch_up()
    rows = await plant.rows()
    assert done.revisions == 0
    assert done.windows == len(rows) == 99 + 24 + 1  # the 100th quarter is not complete
    quarter, hour = rows["m1", "15min", MIDNIGHT], rows["m1", "1h", MIDNIGHT + HOUR]
    assert quarter["power_kw", "mean"] == quarter["power_kw", "low"] == 6.0
    assert (quarter["power_kw", "count"], quarter["power_kw", "coverage"]) == (15.0, 1.0)
    assert hour[ENERGY] == pytest.approx(6.0)
    assert hour["power_kw", "energy"] == pytest.approx(6.0)
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)
    assert rows["m1", "1d", MIDNIGHT]["energy_kwh", "coverage"] == 1.0
    assert rows["m1", "1d", MIDNIGHT]["energy_kwh", "last"] == pytest.approx(243.9)


async def test_what_is_done_is_not_done_again(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    assert await plant.catch_up() == rollup.Summary(0, 0)
    await plant.poll("m1", steady, range(25 * 60, 25 * 60 + 16))
    assert await plant.catch_up() == rollup.Summary(2 + 1, 0)  # two quarters, and an hour


async def test_quarters_add_up_to_hours_and_days(plant: Plant) -> None:
    counted = [0.0]
    for minute in range(1, 26 * 60):
        counted.append(counted[-1] + minute % 13 / 10)
    await plant.poll("m2", lambda m: {"energy_kwh": counted[m], "power_kw": m % 7}, range(26 * 60))
    await plant.catch_up()
    rows = await plant.rows()
    for hour in range(24):
        start = MIDNIGHT + hour * HOUR
        parts = [rows["m2", "15min", start + n * QUARTER] for n in range(4)]
        whole = rows["m2", "1h", start]
        assert sum(part[ENERGY] for part in parts) == pytest.approx(whole[ENERGY])
        assert sum(part[COUNT] for part in parts) == whole[COUNT]
    hours = [rows["m2", "1h", MIDNIGHT + hour * HOUR][ENERGY] for hour in range(24)]
    assert sum(hours) == pytest.approx(rows["m2", "1d", MIDNIGHT][ENERGY])
    assert sum(hours) == pytest.approx(counted[24 * 60])


async def test_a_window_waits_until_its_edge_is_known(plant: Plant) -> None:
    await plant.poll("m1", without(60), range(62))
    await plant.catch_up(62)
    assert max(start for _, width, start in await plant.rows() if width == "15min") == (
        MIDNIGHT + 45 * MINUTE
    )
    assert (await plant.rows())["m1", "15min", MIDNIGHT + 45 * MINUTE][ENERGY] == pytest.approx(1.5)


async def test_a_register_that_falls_silent_holds_nothing_up_for_long(plant: Plant) -> None:
    await plant.poll("m1", lambda m: steady(m) if m < 40 else {"power_kw": 6.0}, range(120))
    await plant.catch_up(120)
    rows = await plant.rows()
    assert rows["m1", "15min", MIDNIGHT + 75 * MINUTE][POWER] == 6.0
    assert rows["m1", "15min", MIDNIGHT + 75 * MINUTE][ENERGY] is None


async def test_a_rollover_is_energy(plant: Plant) -> None:
    """The site file says that the register of m1 starts again at 1000."""
    await plant.poll(
        "m1", lambda m: {"power_kw": 6.0, "energy_kwh": (950 + m / 10) % 1000}, range(25 * 60)
    )
    await plant.catch_up()
    assert (await plant.rows())["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
async def test_days_of_a_moved_clock_have_23_and_25_hours(
    plant: Plant, day: date, hours: int
) -> None:
    start = buckets.day_start(day, ZoneInfo("Europe/Stockholm"))
    first = (start - MIDNIGHT) // MINUTE
    await plant.poll(
        "m1", lambda m: {"power_kw": 6.0, "energy_kwh": (m - first) / 10},
        range(first, first + (hours + 1) * 60),
    )  # fmt: skip
    await plant.catch_up(first + 30 * 60)
    rows = await plant.rows()
    assert rows["m1", "1d", start][ENERGY] == pytest.approx(6.0 * hours)
    assert rows["m1", "1d", start][COUNT] == 60 * hours
    assert len([start for _, width, start in rows if width == "1h"]) == hours
    assert ("m1", "15min", start + hours * HOUR) in rows
