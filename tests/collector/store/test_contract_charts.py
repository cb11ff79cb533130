"""What every kind of store promises about thinned series; each test runs against each kind."""

from __future__ import annotations

from itertools import pairwise

import pytest

from collector.store import Bucket
from tests.collector.store.conftest import Open
from tests.collector.store.sites import MINUTE, at, device, sample

METER = device()


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
