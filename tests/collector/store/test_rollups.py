"""Roll-ups as samples of derived devices: what they are called, and that every store keeps them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from collector.model import QUANTITIES, Kind, Sample
from collector.store import Columns
from collector.store.admission import Admission
from collector.store.rollups import RUN, WIDTHS, rollup_device, rollup_field, statistics_of
from collector.store.sqlite import SqliteStore
from tests.collector.store.sites import NOON, device

METER = device()
HOURLY = rollup_device(METER, "1h")
PUMP = device("hp-1", ["power_kw", "supply_temp_c", "run_hours_h", "state"], kind="heat_pump")


def test_the_statistics_follow_the_kind_of_the_quantity():
    derived = rollup_device(PUMP, "15min")
    kept = {
        field: [s for s in (*("mean", "low", "high", "last"), "count", "coverage", "energy")
                if rollup_field(field, s) in derived.points]
        for field in PUMP.points
    }  # fmt: skip
    assert kept == {
        "power_kw": ["mean", "low", "high", "last", "count", "coverage", "energy"],
        "supply_temp_c": ["mean", "low", "high", "last", "count", "coverage"],
        "run_hours_h": ["last", "count", "coverage", "energy"],
        "state": ["last", "count", "coverage"],
    }
    assert len(derived.points) == sum(len(statistics) for statistics in kept.values())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_derived_device_is_the_same_device_of_another_kind(width):
    derived = rollup_device(METER, width)
    assert derived.kind == f"electricity_meter_{WIDTHS[width][0]}"
    assert (derived.id, derived.building, derived.system, derived.title) == (
        METER.id, METER.building, METER.system, METER.title,
    )  # fmt: skip
    assert {point.interval_ms for point in derived.points.values()} == {derived.interval_ms}


def test_a_width_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="width: '1mo' is none of 15min, 1h, 1d"):
        rollup_device(METER, "1mo")


def test_every_statistic_has_the_unit_that_it_is_in():
    points = rollup_device(PUMP, "1d").points
    assert {name: (p.quantity.unit, p.quantity.kind) for name, p in points.items()} == {
        "power_kw_mean": ("kW", Kind.GAUGE),
        "power_kw_low": ("kW", Kind.GAUGE),
        "power_kw_high": ("kW", Kind.GAUGE),
        "power_kw_last": ("kW", Kind.GAUGE),
        "power_kw_count": ("", Kind.GAUGE),
        "power_kw_coverage": ("", Kind.GAUGE),
        "power_kw_energy": ("kWh", Kind.GAUGE),
        "supply_temp_c_mean": ("°C", Kind.GAUGE),
        "supply_temp_c_low": ("°C", Kind.GAUGE),
        "supply_temp_c_high": ("°C", Kind.GAUGE),
        "supply_temp_c_last": ("°C", Kind.GAUGE),
        "supply_temp_c_count": ("", Kind.GAUGE),
        "supply_temp_c_coverage": ("", Kind.GAUGE),
        "run_hours_h_last": ("h", Kind.COUNTER),
        "run_hours_h_count": ("", Kind.GAUGE),
        "run_hours_h_coverage": ("", Kind.GAUGE),
        "run_hours_h_energy": ("h", Kind.GAUGE),
        "state_last": ("", Kind.STATE),
        "state_count": ("", Kind.GAUGE),
        "state_coverage": ("", Kind.GAUGE),
    }
    title = points["power_kw_mean"].quantity.title
    assert (title.zh, title.en) == ("有功功率平均值", "Active power, mean")


def test_no_two_statistics_of_all_quantities_share_a_name():
    names = [
        rollup_field(name, statistic)
        for name, quantity in QUANTITIES.items()
        for statistic in statistics_of(quantity)
    ]
    assert len({*names, *QUANTITIES}) == len(names) + len(QUANTITIES)


def test_the_longest_field_of_a_register_map_still_has_its_statistics():
    longest = "f" * 63
    values = {rollup_field(longest, s): 1.0 for s in statistics_of(QUANTITIES["power_kw"])}
    admitted, rejections = Admission([HOURLY]).admit([Sample("meter-1", NOON, "r", 0, 0, values)])
    assert (len(admitted), rejections) == (1, [])


async def test_three_widths_share_one_file(tmp_path: Path) -> None:
    derived = {width: rollup_device(METER, width) for width in WIDTHS}
    stores = {
        width: SqliteStore(tmp_path / "r.sqlite", [made], "office")
        for width, made in derived.items()
    }
    await asyncio.gather(*(store.open() for store in stores.values()))

    async def write(width: str) -> None:
        made = derived[width]
        for n in range(30):
            slots = [NOON + (10 * n + k) * made.interval_ms for k in range(10)]
            values = {field: np.ones(10) for field in made.points}
            await stores[width].write_columns(made, RUN, Columns(np.array(slots), values, {}))

    await asyncio.gather(*(write(width) for width in WIDTHS))
    for width, made in derived.items():
        columns = await stores[width].columns(made, list(made.points), 0, 10**13)
        assert columns.at.tolist() == [NOON + n * made.interval_ms for n in range(300)]
        assert all((column == 1.0).all() for column in columns.values.values())
    for store in stores.values():
        await store.close()
