"""Stored rows become readings, samples and buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.model import ALL_FIELDS, reading
from collector.store import Bucket
from collector.store.admission import Admission
from collector.store.readback import Grid, flags_of, grids, readings_of, sample_of
from tests.collector.store.sites import MINUTE, at, device, sample

METER = device()
_times = st.integers(0, 10**13)
_flags = st.dictionaries(
    st.sampled_from(["power_kw", "energy_kwh", ALL_FIELDS]),
    st.sampled_from(["bad:timeout", "uncertain:range", "bad:no-answer"]),
)
_values = st.dictionaries(
    st.sampled_from(["power_kw", "energy_kwh"]), st.floats(allow_nan=False, allow_infinity=False)
)


@given(start=_times, length=st.integers(1, 10**12), buckets=st.integers(1, 2000), data=st.data())
def test_buckets_cover_the_range_without_overlap(
    start: int, length: int, buckets: int, data: st.DataObject
) -> None:
    interval_ms = data.draw(st.sampled_from([1000, 10_000, MINUTE, 15 * MINUTE]))
    grid = Grid.over(start, start + length, buckets, interval_ms)
    edges = grid.edges()
    assert 1 <= len(edges) <= buckets + 1
    assert edges[0] <= start < edges[0] + grid.width_ms
    assert edges[-1] < start + length <= edges[-1] + grid.width_ms
    assert grid.width_ms % interval_ms == 0
    assert all(edge % grid.width_ms == 0 for edge in (edges[0], edges[-1]))
    assert edges.step == grid.width_ms


def test_a_moving_window_keeps_its_buckets() -> None:
    sooner = Grid.over(at(0), at(60), 10, MINUTE)
    later = Grid.over(at(1), at(61), 10, MINUTE)
    assert set(sooner.edges()) & set(later.edges()) == set(sooner.edges())


def test_fields_of_different_rhythm_get_different_buckets() -> None:
    mixed = device(slower={"energy_kwh": 15 * MINUTE})
    found = grids(mixed, ["power_kw", "energy_kwh", "flow_m3h"], at(0), at(60), 60)
    assert {grid.width_ms: fields for grid, fields in found.items()} == {
        MINUTE: ["power_kw", "flow_m3h"],
        15 * MINUTE: ["energy_kwh"],
    }


def test_a_grid_fills_gaps_with_empty_buckets() -> None:
    grid = Grid.over(at(0), at(3), 3, MINUTE)
    found = Bucket(at(1), 1, 2.0, 2.0, 2.0)
    empty = [Bucket(at(n), 0, None, None, None) for n in (0, 2)]
    assert grid.filled([found]) == [empty[0], found, empty[1]]


@given(values=_values, flags=_flags)
def test_a_stored_row_reads_like_the_sample_that_was_sent(
    values: dict[str, float], flags: dict[str, str]
) -> None:
    sent = sample(METER, 0, values, flags)
    [admitted], _ = Admission([METER]).admit([sent])
    fields = ["power_kw", "energy_kwh"]
    row = (sent.at, admitted.flags, *(admitted.values.get(field) for field in fields))
    readings = readings_of(METER, fields, [row])
    assert readings == {field: [reading(sent, field)] for field in fields}
    head = (sent.at, sent.run, sent.seq, sent.lag, admitted.flags)
    back = sample_of(METER, head, dict(admitted.values))
    assert {f: reading(back, f) for f in fields} == {f: reading(sent, f) for f in fields}
    assert back.flags == flags


def test_flags_that_cannot_be_read_cast_doubt_on_the_values() -> None:
    for text in ("{not json", "[1]", '"text"'):
        assert flags_of(text) == {ALL_FIELDS: "uncertain:unreadable-flags"}
    assert flags_of("") == flags_of(None) == {}
