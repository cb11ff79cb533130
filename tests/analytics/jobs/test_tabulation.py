"""Quarter-hours of the known plant, from raw data and from roll-ups alike."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.jobs.rollup import RollUp
from analytics.jobs.tabulation import Table, Tabulator
from analytics.records import repairs
from analytics.records.acts import Act
from tests.analytics.jobs.known_plant import END, QUARTER_MS, START, ZONE, opened, truth

pytestmark = pytest.mark.asyncio

WANTED = {"e-plant": ("energy_kwh",), "h-load": ("heat_energy_kwh", "supply_temp_c", "nothing")}


async def test_every_quarter_holds_what_the_formula_says_across_months(
    plant_store, tmp_path
) -> None:
    async with opened(plant_store, tmp_path) as its:
        table = await its.tabulator.table(WANTED, START, END)
    assert len(table) == truth().at.size
    np.testing.assert_array_equal(table.edges[:-1], truth().at)
    used = table.energy("e-plant", "energy_kwh")
    np.testing.assert_allclose(used, truth().electricity["e-plant"], atol=1e-9)
    np.testing.assert_allclose(
        table.energy("h-load", "heat_energy_kwh"), truth().heat["h-load"], atol=1e-9
    )
    np.testing.assert_allclose(table.mean("h-load", "supply_temp_c"), truth().supply)


async def test_what_is_not_there_is_unknown(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        table = await its.tabulator.table(WANTED, START, START + 96 * QUARTER_MS)
    assert table.has("h-load", "heat_energy_kwh")
    for device, field in (("h-load", "nothing"), ("h-load", "flow_m3h"), ("e-9", "energy_kwh")):
        assert not table.has(device, field)
        assert np.isnan(table.energy(device, field)).all()
        assert table.mean(device, field).shape == (96,)


async def test_a_gap_is_no_number_and_repairs_count(plant_store, tmp_path) -> None:
    """Two hours are left out: eight quarters are unknown, and the others as they were."""
    noon = day_start(date(2026, 1, 10), ZONE) + 48 * QUARTER_MS
    left_out = repairs.Correction(
        "e-plant", "energy_kwh", noon + 1, noon + 8 * QUARTER_MS, "exclude"
    )
    async with opened(plant_store, tmp_path) as its:
        with its.records.transaction() as connection:
            repairs.add(connection, left_out, Act("Li", "wrong", 1))
        table = await its.tabulator.table(WANTED, START, END)
    used = table.energy("e-plant", "energy_kwh")
    gap = (truth().at >= noon) & (truth().at < noon + 8 * QUARTER_MS)
    assert np.isnan(used).tolist() == gap.tolist()
    np.testing.assert_allclose(used[~gap], truth().electricity["e-plant"][~gap], atol=1e-9)


async def test_roll_ups_and_raw_data_tell_the_same(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        raw = await Tabulator(its.configuration, its.readings).table(WANTED, START, END)
        job = RollUp(its.configuration, its.store, its.rollups, its.records)
        await job.catch_up(END + 3_600_000)
        rolled = await its.tabulator.table(WANTED, START, END)
    assert same(raw, rolled)


def same(one: Table, other: Table) -> bool:
    """Whether two tables hold the same figures."""
    return all(
        np.allclose(values, other.devices[device].figures[name], atol=1e-9, equal_nan=True)
        for device, its in one.devices.items()
        for name, values in its.figures.items()
    )
