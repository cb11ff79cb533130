"""A wrong word order shows in floats that no meter measures."""

from __future__ import annotations

import struct

from collector.layout import Layout
from tests.collector.bench_meter import HOUR_MS, PLAIN, layout


def swapped(*numbers: float) -> bytes:
    """Floats as a device sends them that puts the low word first."""
    words = [struct.pack(">f", number) for number in numbers]
    return b"".join(word[2:] + word[:2] for word in words)


def poll_all(device: Layout, payload: bytes) -> dict[str, str]:
    (block,) = device.plan(frozenset({"voltage_l1_v", "power_kw"}))
    return block.decode(payload)[1] or {}


def test_floats_of_another_word_order_are_doubted_even_inside_their_range():
    wrong = layout(PLAIN, ranges={"voltage_l1_v": (-1, 300)})
    wrong.apply_setup({}, 0)
    assert poll_all(wrong, swapped(230.5, 41_250.0)) == {
        "voltage_l1_v": "uncertain:word-order", "power_kw": "uncertain:word-order"
    }  # fmt: skip


def test_suspected_word_order_is_told_once_and_stays_doubted():
    wrong = layout(PLAIN)
    wrong.apply_setup({}, 0)
    for _ in range(5):
        poll_all(wrong, swapped(230.5, 41_250.0))
    assert wrong.setup_due(10_000)
    (sentence,) = wrong.apply_setup({}, 10_000)
    assert "another order" in sentence
    for _ in range(9):
        assert "power_kw" in poll_all(wrong, swapped(230.5, 41_250.0))
    assert not wrong.setup_due(20_000)
    assert wrong.apply_setup({}, HOUR_MS) == ()


def test_word_order_that_was_put_right_is_trusted_again_after_the_next_setup():
    device = layout(PLAIN)
    device.apply_setup({}, 0)
    for _ in range(5):
        poll_all(device, swapped(230.5, 41_250.0))
    device.apply_setup({}, 10_000)
    for _ in range(5):
        poll_all(device, struct.pack(">ff", 230.5, 41_250.0))
    assert poll_all(device, struct.pack(">ff", 230.5, 41_250.0)) == {}


def test_idle_meter_with_zeros_is_not_suspected():
    idle = layout(PLAIN, ranges={"voltage_l1_v": (-1, 300)})
    idle.apply_setup({}, 0)
    for _ in range(9):
        assert poll_all(idle, struct.pack(">ff", 0.0, 0.0)) == {}
