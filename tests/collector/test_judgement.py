"""Every message becomes stored, stored with doubts, or set aside with a reason."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.judgement import EARLIEST_MS, Judge
from collector.model import QUANTITIES, Device, Point, Site, Title

NOW = 1_800_000_000_000
POWER = Point("power_kw", QUANTITIES["power_kw"], -10.0, 100.0, 10_000)
ENERGY = Point("energy_kwh", QUANTITIES["energy_kwh"], 0.0, 1e9, 60_000)
METER = Device(
    "meter", "electricity_meter", Title("电表", "Meter"), "tower-a", "main", 10_000,
    {"power_kw": POWER, "energy_kwh": ENERGY},
)  # fmt: skip
SITE = Site("office", Title("办公区", "Office"), "Asia/Shanghai", {"meter": METER})
TOPIC = "groundwatt/v1/office/meter/sample"


def body(**changes: object) -> bytes:
    plain = {"at": NOW, "run": "k3f9", "seq": 7, "lag": 12, "values": {"power_kw": 41.2}}
    return orjson.dumps({k: v for k, v in (plain | changes).items() if v is not ...})


def judge(payload: bytes, topic: str = TOPIC):
    return Judge(SITE).judge(topic, payload, NOW)


def test_a_fitting_message_is_stored_unaltered():
    verdict = judge(body())
    assert verdict.aside == ""
    assert verdict.sample is not None
    assert verdict.sample.values == {"power_kw": 41.2}
    assert verdict.sample.flags == {}


def test_a_value_out_of_range_is_stored_and_doubted():
    sample = judge(body(values={"power_kw": 141.2})).sample
    assert sample.values == {"power_kw": 141.2}
    assert sample.flags == {"power_kw": "uncertain:out-of-range"}


def test_the_senders_own_doubt_goes_before_ours():
    sample = judge(
        body(values={"power_kw": 141.2}, flags={"power_kw": "uncertain:identity"})
    ).sample
    assert sample.flags == {"power_kw": "uncertain:identity"}


def test_unknown_fields_are_set_aside_and_the_known_ones_kept():
    verdict = judge(body(values={"power_kw": 1.0, "bogus_kw": 2.0}))
    assert verdict.sample.values == {"power_kw": 1.0}
    assert verdict.aside == "unknown fields: bogus_kw"


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("groundwatt/v1/office/stranger/sample", "unknown device stranger"),
        ("groundwatt/v1/elsewhere/meter/sample", "unknown site elsewhere"),
        ("groundwatt/v2/office/meter/sample", "topic: version v2 instead of v1"),
        ("groundwatt/v1/office/../sample", "topic: not a site or device id"),
        ("other/v1/office/meter/sample", "topic: not a sample topic"),
    ],
)
def test_messages_for_somebody_else_are_set_aside(topic, reason):
    verdict = judge(body(), topic)
    assert verdict.sample is None
    assert verdict.aside.startswith(reason)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"[]", b"{}", b"nonsense", b"\xff\xfe", b'{"at":1}', b"[" * 10_000,
        body(at="soon"), body(at=True), body(at=1.5), body(at=-1), body(seq=-1), body(at=2**60),
        body(run=...), body(run=5), body(run="Not An Id"), body(values=[1]), body(values=...),
        body(values={"power_kw": "41"}), body(values={"power_kw": None}),
        body(values={"power_kw": True}), body(flags=[]), body(flags={"power_kw": "fine"}),
        body(flags={"power kw": "bad:x"}), body(extra=1),
        body().replace(b"41.2", b"NaN"), body().replace(b"41.2", b"1e999"),
    ],
)  # fmt: skip
def test_malformed_payloads_are_set_aside_with_a_reason(payload):
    verdict = judge(payload)
    assert verdict.sample is None
    assert verdict.aside.startswith("payload: ")


def test_the_future_is_set_aside_beyond_five_minutes():
    assert judge(body(at=NOW + 300_000)).sample is not None
    verdict = judge(body(at=NOW + 300_001))
    assert verdict.sample is None
    assert verdict.aside.startswith("future")
    assert (verdict.device, verdict.run, verdict.seq) == ("meter", "k3f9", 7)


def test_a_clock_that_was_never_set_is_set_aside():
    assert judge(body(at=EARLIEST_MS - 1)).sample is None
    assert judge(body(at=EARLIEST_MS)).sample is not None


@given(st.binary(max_size=300), st.text(max_size=60))
def test_nothing_that_comes_from_outside_breaks_the_judge(payload, topic):
    verdict = Judge(SITE).judge(topic, payload, NOW)
    assert verdict.sample is not None or verdict.aside


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_any_json_gets_a_verdict(content):
    verdict = judge(orjson.dumps(content))
    assert verdict.sample is None
    assert verdict.aside
