"""What every kind of store promises about columns that are written; runs against each kind."""

from __future__ import annotations

import numpy as np
import pytest

from collector.store import Columns
from tests.collector.store.conftest import Open
from tests.collector.store.sites import at, device

METER = device()
SLOTS = np.array([at(0), at(1), at(3)])


def columns(power: list[float], energy: list[float], flags=None) -> Columns:
    values = {"power_kw": np.array(power), "energy_kwh": np.array(energy)}
    return Columns(SLOTS, values, flags or {})


async def test_what_is_written_is_read(opened: Open) -> None:
    store = await opened([METER])
    flags = {"power_kw": {0: "uncertain:estimated", 1: "uncertain:estimated"}}
    nan = np.nan
    await store.write_columns(METER, "r", columns([1 / 3, nan, -2.0], [nan, nan, 1e9], flags))
    read = await store.columns(METER, ("power_kw", "energy_kwh"), at(0), at(9))
    assert read.at.tolist() == SLOTS.tolist()
    np.testing.assert_array_equal(read.values["power_kw"], [1 / 3, nan, -2.0])
    np.testing.assert_array_equal(read.values["energy_kwh"], [nan, nan, 1e9])
    assert read.uncertain("power_kw").tolist() == [True, False, False]
    assert not read.uncertain("energy_kwh").any()


async def test_a_value_that_becomes_unknown_is_gone(opened: Open) -> None:
    store = await opened([METER])
    await store.write_columns(METER, "r", columns([1.0] * 3, [1.0] * 3))
    await store.write_columns(METER, "r", columns([2.0, np.nan, 2.0], [1.0, np.nan, np.nan]))
    fields = ("power_kw", "energy_kwh")
    read = await store.columns(METER, fields, at(0), at(9))
    np.testing.assert_array_equal(read.values["power_kw"], [2.0, np.nan, 2.0])
    np.testing.assert_array_equal(read.values["energy_kwh"], [1.0, np.nan, np.nan])
    readings = await store.readings(METER, fields, at(0), at(9))
    assert [one.value for one in readings["energy_kwh"]] == [1.0, None, None]


async def test_no_slots_are_nothing_to_write(opened: Open) -> None:
    store = await opened([METER])
    empty = np.empty(0)
    await store.write_columns(METER, "r", Columns(empty.astype(np.int64), {"power_kw": empty}, {}))
    assert await store.span(METER) is None


@pytest.mark.parametrize(
    ("name", "field", "value", "told"),
    [
        ("meter-9", "power_kw", 1.0, "'meter-9' is not of this site"),
        ("meter-1", "Power", 1.0, "'Power' is not a field name"),
        ("meter-1", "flags", 1.0, "flags cannot be a field"),
        ("meter-1", "power_kw", np.inf, "power_kw is not finite"),
    ],
)
async def test_what_cannot_be_stored_is_refused_as_a_whole(
    opened: Open, name: str, field: str, value: float, told: str
) -> None:
    store = await opened([METER])
    given = Columns(SLOTS, {field: np.array([0.0, value, 0.0])}, {})
    with pytest.raises(ValueError, match=told):
        await store.write_columns(device(name), "r", given)
    assert await store.span(METER) is None
