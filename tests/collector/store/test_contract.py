"""What every kind of store promises; each test runs against each kind."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from collector.errors import Rejected, StoreError
from collector.model import ALL_FIELDS, Reading
from collector.store import Bucket, Row, Run
from tests.collector.store.conftest import Open
from tests.collector.store.sites import MINUTE, NOON, at, device, sample

METER = device()


async def test_floats_come_back_exactly(opened: Open) -> None:
    awkward = [
        0.1, 1 / 3, -0.0, 41.0, 5e-324, 1.7976931348623157e308, -273.15, 2**53 + 0.0, 1e21,
        6.287382626299771e16, 123456789012345680000.0, 1e-7,
    ]  # fmt: skip
    store = await opened([METER])
    await store.write([sample(METER, n, {"power_kw": value}) for n, value in enumerate(awkward)])
    readings = await store.readings(METER, ["power_kw"], at(0), at(60))
    assert [r.value for r in readings["power_kw"]] == awkward
    assert all(type(r.value) is float for r in readings["power_kw"])


async def test_whole_numbers_are_stored_as_floats(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 41}), sample(METER, 1, {"power_kw": 41.5})])
    newest = await store.latest(METER)
    assert newest is not None
    assert newest.values == {"power_kw": 41.5}
    readings = await store.readings(METER, ["power_kw"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), 41.0, "")]


async def test_a_sample_comes_back_whole(opened: Open) -> None:
    written = sample(
        METER, 3, {"power_kw": 41.2, "energy_kwh": 7.0}, {"energy_kwh": "uncertain:range"}, lag=-5
    )
    store = await opened([METER])
    await store.write([written])
    assert await store.latest(METER) == written


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


async def test_a_gap_is_none_and_never_zero(opened: Open) -> None:
    store = await opened([METER])
    await store.write(
        [
            sample(METER, 0, {"power_kw": 1.0}, {"energy_kwh": "bad:sentinel"}),
            sample(METER, 1, {}, {ALL_FIELDS: "bad:no-answer"}),
            sample(METER, 3, {"energy_kwh": 5.0}),
        ]
    )
    readings = await store.readings(METER, ["power_kw", "energy_kwh"], at(0), at(9))
    assert readings == {
        "power_kw": [
            Reading(at(0), 1.0, ""),
            Reading(at(1), None, "bad:no-answer"),
            Reading(at(3), None, ""),
        ],
        "energy_kwh": [
            Reading(at(0), None, "bad:sentinel"),
            Reading(at(1), None, "bad:no-answer"),
            Reading(at(3), 5.0, ""),
        ],
    }


async def test_a_value_that_is_flagged_bad_is_no_value(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 9.9}, {"power_kw": "bad:frozen"})])
    newest = await store.latest(METER)
    assert newest is not None
    assert newest.values == {}
    readings = await store.readings(METER, ["power_kw"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), None, "bad:frozen")]


async def test_a_flag_of_its_own_counts_before_the_one_for_all(opened: Open) -> None:
    store = await opened([METER])
    flags = {ALL_FIELDS: "bad:no-answer", "power_kw": "uncertain:substitute"}
    await store.write([sample(METER, 0, {"power_kw": 3.0, "energy_kwh": 4.0}, flags)])
    readings = await store.readings(METER, ["power_kw", "energy_kwh"], at(0), at(1))
    assert readings["power_kw"] == [Reading(at(0), 3.0, "uncertain:substitute")]
    assert readings["energy_kwh"] == [Reading(at(0), None, "bad:no-answer")]
    thinned = await store.thinned(METER, ["power_kw", "energy_kwh"], at(0), at(1), 1)
    assert thinned["power_kw"] == [Bucket(at(0), 1, 3.0, 3.0, 3.0)]
    assert thinned["energy_kwh"] == [Bucket(at(0), 0, None, None, None)]


async def test_a_field_polled_more_rarely_has_readings_in_its_own_slots(opened: Open) -> None:
    slow = device(slower={"energy_kwh": 15 * MINUTE})
    store = await opened([slow])
    samples = [sample(slow, n, {"power_kw": float(n)}) for n in range(1, 15)]
    samples.insert(0, sample(slow, 0, {"power_kw": 0.0, "energy_kwh": 5.0}))
    samples.append(sample(slow, 15, {}, {ALL_FIELDS: "bad:no-answer"}))
    samples.append(sample(slow, 16, {}, {ALL_FIELDS: "bad:no-answer"}))
    await store.write(samples)
    readings = await store.readings(slow, ["energy_kwh", "power_kw"], at(0), at(60))
    assert readings["energy_kwh"] == [
        Reading(at(0), 5.0, ""),
        Reading(at(15), None, "bad:no-answer"),
    ]
    assert len(readings["power_kw"]) == 17


async def test_ranges_are_half_open(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(5)])
    readings = await store.readings(METER, ["power_kw"], at(1), at(3))
    assert [r.at for r in readings["power_kw"]] == [at(1), at(2)]
    assert [row.at async for row in store.rows(METER, at(1), at(3))] == [at(1), at(2)]
    [one] = (await store.thinned(METER, ["power_kw"], at(1), at(3), 1))["power_kw"][-1:]
    assert one.high == 2.0


async def test_ranges_may_reach_beyond_all_time(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 1, {"power_kw": 1.0})])
    for start, end in ((-(10**30), 10**30), (0, 10**13), (at(1), 2**63)):
        readings = await store.readings(METER, ["power_kw"], start, end)
        assert readings["power_kw"] == [Reading(at(1), 1.0, "")]
        assert [row.at async for row in store.rows(METER, start, end)] == [at(1)]
        thinned = await store.thinned(METER, ["power_kw"], start, end, 10)
        assert sum(bucket.count for bucket in thinned["power_kw"]) == 1


async def test_a_limit_keeps_the_oldest(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(9, -1, -1)])
    readings = await store.readings(METER, ["power_kw"], at(2), at(9), limit=3)
    assert [r.value for r in readings["power_kw"]] == [2.0, 3.0, 4.0]
    assert await store.readings(METER, ["power_kw"], at(2), at(9), limit=0) == {"power_kw": []}


async def test_what_is_not_there_is_empty(opened: Open) -> None:
    other = device("pump-1", ["speed_percent"], kind="pump")
    store = await opened([METER])
    for asked in (METER, other):
        assert await store.readings(asked, ["power_kw"], at(0), at(9)) == {"power_kw": []}
        assert await store.latest(asked) is None
        assert await store.span(asked) is None
        assert [row async for row in store.rows(asked, at(0), at(9))] == []
        assert await store.runs(asked) == []
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    assert await store.readings(METER, ["power_kw"], at(5), at(9)) == {"power_kw": []}
    assert await store.readings(METER, ["power_kw"], at(9), at(0)) == {"power_kw": []}


async def test_a_field_that_does_not_exist_has_no_readings(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    asked = ["flow_m3h", 'x" FROM y; --', "flags"]
    readings = await store.readings(METER, [*asked, "power_kw"], at(0), at(9))
    assert [readings[name] for name in asked] == [[], [], []]
    assert len(readings["power_kw"]) == 1
    thinned = await store.thinned(METER, asked, at(0), at(2), 2)
    assert {bucket.count for buckets in thinned.values() for bucket in buckets} == {0}


async def test_a_field_can_appear_later(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    await store.write([sample(METER, 1, {"power_kw": 2.0, "frequency_hz": 50.0})])
    newer = device(fields=["power_kw", "frequency_hz"])
    readings = await store.readings(newer, ["frequency_hz"], at(0), at(9))
    assert readings["frequency_hz"] == [Reading(at(0), None, ""), Reading(at(1), 50.0, "")]


async def test_span_is_the_first_and_the_last_slot(opened: Open) -> None:
    store = await opened([METER, device("meter-2")])
    await store.write([sample(METER, n, {"power_kw": 1.0}) for n in (7, 3, 5)])
    await store.write([sample("meter-2", 99, {"power_kw": 1.0})])
    assert await store.span(METER) == (at(3), at(7))


async def test_rows_tell_run_seq_lag_and_flags_without_values(opened: Open) -> None:
    store = await opened([METER])
    flags = {"power_kw": "bad:timeout"}
    await store.write(
        [
            sample(METER, 0, {"power_kw": 1.0}, run="a1", seq=18230, lag=12),
            sample(METER, 1, {}, flags, run="b2", seq=0, lag=3),
        ]
    )
    assert [row async for row in store.rows(METER, at(0), at(9))] == [
        Row(at(0), "a1", 18230, 12, {}),
        Row(at(1), "b2", 0, 3, flags),
    ]


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


async def test_long_ranges_come_whole(opened: Open) -> None:
    store = await opened([METER])
    count = 20_001
    samples = [sample(METER, n, {"power_kw": float(n)}) for n in range(count)]
    for first in range(0, count, 5000):
        await store.write(samples[first : first + 5000])
    readings = await store.readings(METER, ["power_kw"], at(0), at(count))
    assert [r.value for r in readings["power_kw"]] == [float(n) for n in range(count)]
    assert [row.seq async for row in store.rows(METER, at(0), at(count))] == list(range(count))


async def test_rows_may_be_left_early(opened: Open) -> None:
    store = await opened([METER])
    for first in (0, 5000, 10_000):
        await store.write([sample(METER, n, {"power_kw": 1.0}) for n in range(first, first + 5000)])
    rows = store.rows(METER, at(0), at(15_000))
    assert [(await anext(rows)).seq for _ in range(3)] == [0, 1, 2]
    await rows.aclose()
    assert await store.span(METER) == (at(0), at(14_999))


async def test_the_newest_sample_is_found_after_older_and_newer_ones_came(opened: Open) -> None:
    store = await opened([METER])
    for slot in (5, 3, 9):
        await store.write([sample(METER, slot, {"power_kw": float(slot)})])
        newest = await store.latest(METER)
        assert newest is not None
        assert newest.at == at({5: 5, 3: 5, 9: 9}[slot])


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


async def test_thinned_gives_least_mean_and_greatest_and_keeps_gaps(opened: Open) -> None:
    store = await opened([METER])
    values = {0: 1.0, 1: 3.0, 2: 5.0, 9: 7.0}
    await store.write([sample(METER, n, {"power_kw": value}) for n, value in values.items()])
    thinned = await store.thinned(METER, ["power_kw", "energy_kwh"], at(0), at(12), 4)
    assert thinned["power_kw"] == [
        Bucket(at(0), 3, 1.0, 3.0, 5.0),
        Bucket(at(3), 0, None, None, None),
        Bucket(at(6), 0, None, None, None),
        Bucket(at(9), 1, 7.0, 7.0, 7.0),
    ]
    assert [bucket.count for bucket in thinned["energy_kwh"]] == [0, 0, 0, 0]


async def test_thinned_buckets_are_never_narrower_than_the_interval(opened: Open) -> None:
    slow = device(slower={"energy_kwh": 15 * MINUTE})
    store = await opened([slow])
    await store.write(
        [
            sample(slow, n, {"power_kw": 1.0} | ({} if n % 15 else {"energy_kwh": 2.0}))
            for n in range(60)
        ]
    )
    thinned = await store.thinned(slow, ["power_kw", "energy_kwh"], at(0), at(60), 1000)
    assert [bucket.count for bucket in thinned["power_kw"]] == [1] * 60
    assert [(b.at, b.count) for b in thinned["energy_kwh"]] == [(at(n), 1) for n in (0, 15, 30, 45)]


async def test_thinned_counts_only_what_lies_in_the_range(opened: Open) -> None:
    store = await opened([METER])
    await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(40)])
    thinned = await store.thinned(METER, ["power_kw"], at(7), at(23), 2)
    buckets = thinned["power_kw"]
    assert sum(bucket.count for bucket in buckets) == 16
    assert min(b.low for b in buckets if b.low is not None) == 7.0
    assert max(b.high for b in buckets if b.high is not None) == 22.0
    assert len({later.at - sooner.at for sooner, later in pairwise(buckets)}) <= 1


async def test_thinned_of_an_empty_range_is_empty(opened: Open) -> None:
    store = await opened([METER])
    assert await store.thinned(METER, ["power_kw"], at(5), at(5), 10) == {"power_kw": []}
    with pytest.raises(ValueError, match="too few"):
        await store.thinned(METER, ["power_kw"], at(5), at(6), 0)


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
