"""What every kind of store promises about writing; each test runs against each kind."""

from __future__ import annotations

import math

import pytest

from collector.errors import Rejected, StoreError
from collector.model import ALL_FIELDS, Reading
from collector.store import Bucket, Row, Run
from tests.collector.store.conftest import Open
from tests.collector.store.sites import MINUTE, NOON, at, device, sample

METER = device()


async def test_writing_again_overwrites_and_clears_flags(opened: Open) -> None:
    store = await opened([METER])
    flagged = sample(METER, 0, {"power_kw": 1.0}, {"power_kw": "uncertain:range"}, seq=1)
    await store.write([flagged])
    await store.write([flagged])
    again = sample(METER, 0, {"power_kw": 2.0, "energy_kwh": 9.0}, run="x7", seq=2, lag=4)
    await store.write([again])
    assert [row async for row in store.rows(METER, at(0), at(9))] == [Row(at(0), "x7", 2, 4, {})]
    assert await store.latest(METER) == again


async def test_the_last_of_two_samples_for_one_slot_in_a_batch_wins(opened: Open) -> None:
    store = await opened([METER])
    first = sample(METER, 0, {"power_kw": 1.0}, seq=1)
    second = sample(METER, 0, {"power_kw": 2.0, "energy_kwh": 3.0}, seq=2)
    third = sample(METER, 0, {"power_kw": 4.0}, {"energy_kwh": "bad:timeout"}, seq=3)
    await store.write([first, second, third])
    assert await store.latest(METER) == third


async def test_a_value_that_is_overwritten_by_a_bad_one_is_gone(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.0, "energy_kwh": 5.0})])
    silent = sample(METER, 0, {}, {ALL_FIELDS: "bad:no-answer"}, seq=1)
    await store.write([silent])
    assert await store.latest(METER) == silent
    readings = await store.readings(METER, ["power_kw"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), None, "bad:no-answer")]
    thinned = await store.thinned(METER, ["power_kw"], at(0), at(1), 1)
    assert thinned["power_kw"] == [Bucket(at(0), 0, None, None, None)]


async def test_a_field_can_appear_later(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    await store.write([sample(METER, 1, {"power_kw": 2.0, "frequency_hz": 50.0})])
    newer = device(fields=["power_kw", "frequency_hz"])
    readings = await store.readings(newer, ["frequency_hz"], at(0), at(9))
    assert readings["frequency_hz"] == [Reading(at(0), None, ""), Reading(at(1), 50.0, "")]


async def test_runs_come_back_oldest_first_and_overwrite_themselves(opened: Open) -> None:
    store = await opened([METER, device("meter-2")])
    first, second = Run("meter-1", "a1", NOON, None, None), Run("meter-1", "b2", at(5), "a1", 18231)
    await store.write_runs([second, first])
    await store.write_runs([second, Run("meter-2", "b2", at(5), None, None)])
    assert await store.runs(METER) == [first, second]


async def test_five_thousand_samples_go_in_one_batch(opened: Open) -> None:
    meters = [device(f"meter-{n}") for n in range(5)]
    store = await opened(meters)
    slots = range(1000)
    await store.write(
        [
            sample(meter, slot, {"power_kw": slot + number / 10, "energy_kwh": float(slot)})
            for slot in slots
            for number, meter in enumerate(meters)
        ]
    )
    for number, meter in enumerate(meters):
        readings = await store.readings(meter, ["power_kw"], at(0), at(1000))
        assert [r.value for r in readings["power_kw"]] == [slot + number / 10 for slot in slots]


async def test_what_can_never_be_stored_is_rejected_and_the_rest_is_stored(opened: Open) -> None:
    store = await opened([METER])
    wrong = [
        (sample("unknown-1", 0, {"power_kw": 1.0}), "not of this site"),
        (sample(METER, 1, {"power_kw": math.nan}), "not finite"),
        (sample(METER, 2, {"power_kw": 1.0, "energy_kwh": -math.inf}), "not finite"),
        (sample(METER, 3, {"power_kw": "41.2"}), "not a number"),
        (sample(METER, 4, {"power_kw": True}), "not a number"),
        (sample(METER, 5, {"Power kW": 1.0}), "not a field name"),
        (sample(METER, 6, {"time": 1.0}), "cannot be a field"),
        (sample(METER, 7, {"power_kw": 1.0}, run='r"'), "not an id"),
        (sample(METER, 8, {"power_kw": 10**400}), "not finite"),
        (sample(METER, -NOON // MINUTE - 1, {"power_kw": 1.0}), "outside the years"),
        (sample(METER, 9, {"power_kw": 1.0}, lag=2**60), "out of range"),
    ]
    good = [sample(METER, 100 + n, {"power_kw": float(n)}) for n in range(len(wrong))]
    batch = [each for (bad, _), fine in zip(wrong, good, strict=True) for each in (bad, fine)]
    with pytest.raises(Rejected) as caught:
        await store.write(batch)
    assert [r.index for r in caught.value.rejections] == list(range(0, len(batch), 2))
    for rejection, (_, reason) in zip(caught.value.rejections, wrong, strict=True):
        assert reason in rejection.reason
    readings = await store.readings(METER, ["power_kw"], 0, at(1000))
    assert [r.at for r in readings["power_kw"]] == [fine.at for fine in good]


async def test_very_large_finite_numbers_are_not_rejected(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.5e308, "energy_kwh": 1.5e308})])
    newest = await store.latest(METER)
    assert newest is not None
    assert newest.values == {"power_kw": 1.5e308, "energy_kwh": 1.5e308}


async def test_a_batch_of_nothing_or_of_bad_samples_only_is_no_trouble(opened: Open) -> None:
    store = await opened([METER])
    await store.write([])
    await store.write_runs([])
    with pytest.raises(Rejected):
        await store.write([sample("unknown-1", 0, {"power_kw": 1.0})])
    assert await store.span(METER) is None


@pytest.mark.parametrize(
    "name",
    [
        "塔楼 A, 2=3",
        "a\\b",
        "ends with\\",
        "quote\"s 'and' `more`",
        "'; DROP TABLE electricity_meter; --",
        "two\nlines",
        "tab\tand\\,comma",
        "100 %s %",
        "#x",
        "{}[]()*?",
        "é😀",
    ],
)
async def test_names_may_be_weird(opened: Open, name: str) -> None:
    weird = device(name, building=name, system=name)
    plain = device("meter-2")
    store = await opened([weird, plain])
    written = sample(weird, 1, {"power_kw": 1.0}, {"energy_kwh": "bad:timeout"})
    await store.write([written, sample(plain, 2, {"power_kw": 2.0})])
    await store.write_runs([Run(name, "a1", NOON, None, None)])
    assert await store.latest(weird) == written
    assert await store.span(weird) == (at(1), at(1))
    assert await store.runs(weird) == [Run(name, "a1", NOON, None, None)]
    readings = await store.readings(weird, ["power_kw"], at(0), at(9))
    assert readings["power_kw"] == [Reading(at(1), 1.0, "")]
    thinned = await store.thinned(weird, ["power_kw"], at(0), at(4), 2)
    assert sum(bucket.count for bucket in thinned["power_kw"]) == 1


async def test_a_device_without_building_or_system_is_stored(opened: Open) -> None:
    lonely = device(building="", system="")
    store = await opened([lonely])
    await store.write([sample(lonely, 0, {"power_kw": 1.0})])
    assert await store.span(lonely) == (at(0), at(0))


async def test_devices_of_different_kinds_do_not_mix(opened: Open) -> None:
    pump = device("pump-1", ["power_kw", "speed_percent"], kind="pump")
    store = await opened([METER, pump])
    await store.write(
        [
            sample(METER, 0, {"power_kw": 1.0}),
            sample(pump, 0, {"power_kw": 2.0, "speed_percent": 80.0}),
        ]
    )
    newest = await store.latest(pump)
    assert newest is not None
    assert newest.values == {"power_kw": 2.0, "speed_percent": 80.0}
    readings = await store.readings(METER, ["power_kw"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), 1.0, "")]


async def test_a_store_can_be_closed_and_opened_again(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    await store.close()
    with pytest.raises(StoreError, match="not open"):
        await store.write([sample(METER, 1, {"power_kw": 2.0})])
    await store.open()
    await store.open()
    await store.write([sample(METER, 2, {"power_kw": 3.0})])
    assert await store.span(METER) == (at(0), at(2))
