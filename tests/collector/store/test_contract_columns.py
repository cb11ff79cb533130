"""What every kind of store promises about whole columns; each test runs against each kind."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from collector.model import ALL_FIELDS, Device, Reading, Sample
from collector.store import Columns, Store
from tests.collector.store.conftest import Open
from tests.collector.store.sites import MINUTE, at, device, sample

METER = device()
FIELDS = ("power_kw", "energy_kwh", "frequency_hz", "flow_m3h")
FLAGS = ("bad:timeout", "bad:sentinel", "uncertain:range", "uncertain:clock")


def as_readings(of: Device, columns: Columns) -> dict[str, list[Reading]]:
    """What `readings` would have said."""
    found: dict[str, list[Reading]] = {}
    for field, column in columns.values.items():
        point = of.points.get(field)
        own = columns.flags.get(field, {})
        found[field] = [
            Reading(slot, None if np.isnan(value) else float(value), columns.flag(field, index))
            for index, (slot, value) in enumerate(zip(columns.at.tolist(), column, strict=True))
            if not np.isnan(value) or index in own or (point and slot % point.interval_ms == 0)
        ]
    return found


async def assert_same(
    store: Store, of: Device, fields: Sequence[str], start: int, end: int
) -> Columns:
    """Ask in both ways; the columns must say what the readings say."""
    columns = await store.columns(of, fields, start, end)
    assert columns.at.dtype == np.int64
    assert (np.diff(columns.at) > 0).all()
    assert {values.dtype for values in columns.values.values()} <= {np.dtype(np.float64)}
    assert {values.shape for values in columns.values.values()} <= {columns.at.shape}
    assert all(list(flags) == sorted(flags) for flags in columns.flags.values())
    assert set(columns.flags) <= {*fields, ALL_FIELDS}
    assert as_readings(of, columns) == await store.readings(of, fields, start, end)
    return columns


def random_sample(of: Device, slot: int, chance: random.Random) -> Sample:
    """A sample with gaps and flags of every sort, some of them for all fields."""
    chosen = [name for name in FIELDS if chance.random() < 0.8]
    values = {name: chance.uniform(-1e6, 1e6) for name in chosen}
    flags = {name: chance.choice(FLAGS) for name in FIELDS if chance.random() < 0.15}
    if chance.random() < 0.2:
        flags[ALL_FIELDS] = chance.choice(FLAGS)
    return sample(of, slot, values, flags)


@pytest.mark.parametrize("seed", range(4))
async def test_columns_say_what_readings_say(opened: Open, seed: int) -> None:
    chance = random.Random(seed)
    slow = device(fields=FIELDS, slower={"energy_kwh": 5 * MINUTE, "frequency_hz": 15 * MINUTE})
    store = await opened([slow, device("meter-2")])
    slots = [slot for slot in range(300) if chance.random() < 0.9]
    await store.write([random_sample(slow, slot, chance) for slot in slots])
    again = chance.sample(slots, 60)
    await store.write([random_sample(slow, slot, chance) for slot in again])
    await store.write([sample("meter-2", slot, {"power_kw": 5.0}) for slot in range(300)])
    columns = await assert_same(store, slow, FIELDS, at(0), at(300))
    assert columns.at.tolist() == [at(slot) for slot in slots]
    await assert_same(store, slow, FIELDS, at(40) + 1, at(200) + 1)


async def test_numbers_come_back_exactly(opened: Open) -> None:
    awkward = [
        0.1, 1 / 3, -0.0, 41.0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, -273.15,
        2**53 + 0.0, 1e21, 6.287382626299771e16, 123456789012345680000.0, 1e-7,
    ]  # fmt: skip
    store = await opened([METER])
    await store.write([sample(METER, n, {"power_kw": value}) for n, value in enumerate(awkward)])
    columns = await assert_same(store, METER, ["power_kw"], at(0), at(60))
    assert columns.values["power_kw"].tolist() == awkward


async def test_slots_come_back_exactly_up_to_the_last(opened: Open) -> None:
    slots = [0, 1, 2**32 - 1, 2**32, 9_223_372_036_000]
    store = await opened([METER])
    await store.write([Sample("meter-1", slot, "k3f9", 1, 0, {"power_kw": 1.0}) for slot in slots])
    columns = await assert_same(store, METER, ["power_kw"], -(10**30), 10**30)
    assert columns.at.tolist() == slots


async def test_all_slots_are_there_whatever_is_asked_for(opened: Open) -> None:
    store = await opened([METER])
    await store.write(
        [
            sample(METER, 0, {"power_kw": 1.0}),
            sample(METER, 1, {}, {ALL_FIELDS: "bad:no-answer"}),
            sample(METER, 2, {"energy_kwh": 2.0}, {"energy_kwh": "uncertain:range"}),
            sample(METER, 3, {"energy_kwh": 3.0}, {"power_kw": "bad:timeout"}),
        ]
    )
    fields = ["power_kw", "power_kw", "flow_m3h", 'x" FROM y; --', "flags"]
    columns = await store.columns(METER, fields, at(0), at(9))
    assert columns.at.tolist() == [at(0), at(1), at(2), at(3)]
    assert list(columns.values) == ["power_kw", "flow_m3h", 'x" FROM y; --', "flags"]
    assert np.flatnonzero(~np.isnan(columns.values["power_kw"])).tolist() == [0]
    assert all(np.isnan(columns.values[name]).all() for name in fields[2:])
    assert columns.flags == {ALL_FIELDS: {1: "bad:no-answer"}, "power_kw": {3: "bad:timeout"}}
    assert columns.answered.tolist() == [True, False, True, True]
    assert len(await store.columns(METER, [], at(0), at(9))) == 4


async def test_a_value_kept_under_a_flag_is_uncertain(opened: Open) -> None:
    store = await opened([METER])
    flags = {ALL_FIELDS: "uncertain:clock", "energy_kwh": "bad:timeout"}
    await store.write(
        [
            sample(METER, 0, {"power_kw": 1.0, "energy_kwh": 5.0}, flags),
            sample(METER, 1, {"power_kw": 2.0, "energy_kwh": 6.0}),
            sample(METER, 2, {"power_kw": 3.0}, {"power_kw": "uncertain:range"}),
        ]
    )
    columns = await store.columns(METER, ["power_kw", "energy_kwh"], at(0), at(9))
    assert columns.uncertain("power_kw").tolist() == [True, False, True]
    assert columns.uncertain("energy_kwh").tolist() == [False, False, False]
    assert columns.flag("power_kw", 0) == "uncertain:clock"
    assert columns.flag("energy_kwh", 0) == "bad:timeout"
    assert columns.flag("energy_kwh", 1) == ""


async def test_what_is_not_there_has_no_slots(opened: Open) -> None:
    pump = device("pump-1", ["speed_percent"], kind="pump")
    store = await opened([METER])
    for asked in (METER, pump):
        columns = await assert_same(store, asked, ["power_kw"], at(0), at(9))
        assert (len(columns), columns.flags) == (0, {})
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    for start, end in ((at(5), at(9)), (at(9), at(0)), (at(0), at(0))):
        assert len(await assert_same(store, METER, ["power_kw"], start, end)) == 0


async def test_long_ranges_come_whole(opened: Open) -> None:
    store = await opened([METER])
    for first in range(0, 25_000, 5000):
        await store.write(
            [
                sample(
                    METER, n, {"power_kw": float(n)}, {"power_kw": "uncertain:x"} if n % 7 else {}
                )
                for n in range(first, first + 5000)
            ]
        )
    columns = await store.columns(METER, ["power_kw"], at(0), at(25_000))
    assert columns.values["power_kw"].tolist() == [float(n) for n in range(25_000)]
    assert [n for n in range(25_000) if n % 7] == list(columns.flags["power_kw"])
