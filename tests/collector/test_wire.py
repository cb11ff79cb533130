"""The wire: what is encoded comes back, and what is no message raises `WireError` alone."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import WireError
from collector.model import Sample
from collector.wire import (
    Meta,
    Receipt,
    decode_meta,
    decode_receipt,
    decode_sample,
    encode_line,
    encode_meta,
    encode_receipt,
    encode_sample,
    parse_topic,
    points_of,
    ranges_of,
    split_line,
    topic,
)

ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
sequences = st.integers(0, 2**53 - 1)
END_OF_9999_MS = 253_402_300_799_000

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3),
    max_leaves=8,
)  # fmt: skip


def meta_body(**changes: object) -> bytes:
    plain = {
        "run": "k3f9", "started": 1_790_000_000_000, "map": "meter", "interval_ms": 10_000,
        "serial": None, "previous": {"run": "k3f8", "seq": 41}, "points": [],
    }  # fmt: skip
    return orjson.dumps({k: v for k, v in (plain | changes).items() if v is not ...})


@given(ids, st.none() | st.tuples(ids, sequences), st.integers(0, END_OF_9999_MS))
def test_a_description_comes_back_as_it_was_sent(run, previous, started):
    points = points_of([("power_kw", "kW", "gauge")])
    before = previous or (None, None)
    meta = Meta("meter", run, started, "map-a", *before, 10_000, "S-1", points)
    assert decode_meta("meter", encode_meta(meta)) == meta


@pytest.mark.parametrize(
    "payload",
    [
        meta_body(run=...), meta_body(run=5), meta_body(run="Not An Id"), meta_body(run="k3f9\n"),
        meta_body(started=-1), meta_body(started=END_OF_9999_MS + 1), meta_body(started=1.5),
        meta_body(started=True), meta_body(started="now"), meta_body(interval_ms=None),
        meta_body(map=["x"]), meta_body(serial=5), meta_body(points={}),
        meta_body(previous=[]), meta_body(previous="k3f8"), meta_body(previous=0),
        meta_body(previous={}), meta_body(previous={"run": "k3f8"}), meta_body(previous={"seq": 4}),
        meta_body(previous={"run": ["a"], "seq": 1}), meta_body(previous={"run": "A b", "seq": 1}),
        meta_body(previous={"run": None, "seq": 1}), meta_body(previous={"run": "k3f8", "seq": -1}),
        meta_body(previous={"run": "k3f8", "seq": "abc"}),
        meta_body(previous={"run": "k3f8", "seq": 2**63}),
        meta_body(previous={"run": "k3f8", "seq": True}),
    ],
)  # fmt: skip
def test_a_description_with_one_wrong_part_is_none(payload):
    with pytest.raises(WireError):
        decode_meta("meter", payload)


def test_a_description_may_leave_out_what_is_not_needed():
    meta = decode_meta("meter", meta_body(serial=..., previous=..., points=...))
    assert (meta.previous_run, meta.previous_seq) == (None, None)
    assert (meta.serial, meta.points) == (None, ())


@given(
    st.sampled_from(["run", "started", "map", "interval_ms", "serial", "previous", "points"]),
    anything,
)
def test_no_json_breaks_the_reading_of_a_description(key, content):
    try:
        meta = decode_meta("meter", meta_body(**{key: content}))
    except WireError:
        return
    assert decode_meta("meter", encode_meta(meta)) == meta


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(payload):
    for decode in (decode_meta, decode_sample, decode_receipt):
        with pytest.raises(WireError):
            decode("meter", b"\xff" + payload)


@given(
    ids, sequences, st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False)),
    st.dictionaries(names, st.sampled_from(["bad:no-answer", "uncertain:out-of-range"])),
)  # fmt: skip
def test_a_sample_comes_back_as_it_was_sent(run, seq, values, flags):
    sample = Sample("meter", 1_790_000_000_000, run, seq, -3, values, flags)
    assert decode_sample("meter", encode_sample(sample)) == sample


@given(ids, st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200)))
def test_a_receipt_names_exactly_the_numbers_that_went_in(run, stored, refused):
    sent = Receipt("meter", run, ranges_of(stored), ranges_of(refused))
    receipt = decode_receipt("meter", encode_receipt(sent))
    assert receipt == sent
    unpacked = {seq for first, last in receipt.stored for seq in range(first, last + 1)}
    assert unpacked == stored


@given(ids, ids)
def test_a_topic_gives_site_and_device_back(site, device):
    assert parse_topic(topic(site, device, "sample"), "sample") == (site, device)


@pytest.mark.parametrize("device", ["", "meter\n", "Meter", "-meter", "m" * 64, "+"])
def test_a_topic_with_something_that_is_no_id_is_none(device):
    with pytest.raises(WireError):
        parse_topic(f"groundwatt/v1/office/{device}/sample", "sample")


def test_a_line_of_a_file_can_be_cut_into_topic_and_payload():
    line = encode_line("office", "meter", b'{"at": 1}')
    assert split_line(line) == ("groundwatt/v1/office/meter/sample", b'{"at": 1}')
    for broken in (b"no tab\n", b"\xff\xfe\t{}\n"):
        with pytest.raises(WireError):
            split_line(broken)
