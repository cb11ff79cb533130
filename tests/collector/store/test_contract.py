"""What every kind of store promises about reading; each test runs against each kind."""

from __future__ import annotations

from collector.model import ALL_FIELDS, Reading
from collector.store import Bucket, Row
from tests.collector.store.conftest import Open
from tests.collector.store.sites import MINUTE, at, device, sample

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
