"""The layout of a device: plans by due fields, ratios and units, refusals, identity."""

from __future__ import annotations

import struct
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.config import DeviceEntry
from collector.layout import Layout
from collector.registers import RegisterMap, parse_map

HOUR_MS = 3_600_000
HEAD = """
map: bench_meter
kind: electricity_meter
maker: Bench
models: [B1]
source: written for a test
trust: template
address_base: 0
function: 3
"""
PLAIN = """
registers:
  - {field: voltage_l1_v, address: 0, type: f32, unit: V, low: 80, high: 300}
  - {field: power_kw, address: 2, type: f32, unit: W, low: 0, high: 100}
  - {field: frequency_hz, address: 6, type: u16, scale: 0.01, unit: Hz, low: 45, high: 65}
  - {field: energy_kwh, address: 10, type: u32, unit: kWh, low: 0, high: 1e9, every: 6}
"""
RATIOS = """
ratios:
  ct: {address: 100, type: u16, low: 1, high: 2000}
  pt: {address: 101, type: u16, scale: 0.1}
registers:
  - {field: voltage_l1_v, address: 0, type: u16, scale: 0.1, unit: V, ratio: pt, low: 0, high: 9e5}
  - {field: current_l1_a, address: 1, type: u16, scale: 0.001, unit: A,ratio: ct, low: 0, high: 9e4}
  - {field: power_kw, address: 2, type: s32, unit: W, ratio: ct*pt, low: -9e9, high: 9e9}
  - {field: frequency_hz, address: 4, type: u16, scale: 0.01, unit: Hz, low: 45, high: 65}
"""
UNITS = """
units:
  energy: {address: 90, type: u16, codes: {1: kWh, 2: MWh, 3: GJ}}
registers:
  - {field: energy_kwh, address: 0, type: f32, unit_from: energy, low: 0, high: 1e9}
  - {field: power_kw, address: 2, type: f32, unit: kW, low: 0, high: 1e9}
"""
IDENTITY = """
identity:
  - {field: meter_code, address: 200, type: u16, equals: [112, 113]}
  - {field: frequency, address: 6, type: u16, scale: 0.01, low: 45, high: 65}
"""


def entry(**more) -> DeviceEntry:
    return DeviceEntry.model_validate(
        {"id": "m1", "name": {"zh": "表", "en": "meter"}, "bus": "b", "unit": 1,
         "map": "bench_meter", "interval": "10s", **more}
    )  # fmt: skip


def meter(body: str) -> RegisterMap:
    return parse_map(HEAD + body, Path("bench_meter.yaml"))


def layout(body: str, **more) -> Layout:
    return Layout(meter(body), entry(**more))


def requests(plan) -> list[tuple[int, int, int]]:
    return [(block.function, block.address, block.count) for block in plan]


def test_fields_are_due_by_their_rhythm_counted_from_the_epoch():
    plain = layout(PLAIN)
    assert "energy_kwh" in plain.due(60_000)
    assert plain.due(10_000) == {"voltage_l1_v", "power_kw", "frequency_hz"}
    assert plain.due(70_000) is plain.due(10_000)


def test_site_file_changes_the_rhythm_of_a_field():
    plain = layout(PLAIN, every={"frequency_hz": 3})
    assert plain.due(20_000) == {"voltage_l1_v", "power_kw"}
    assert plain.due(30_000) == {"voltage_l1_v", "power_kw", "frequency_hz"}


def test_plan_of_a_due_set_is_made_once():
    plain = layout(PLAIN)
    assert plain.plan(plain.due(0)) is plain.plan(plain.due(60_000))
    assert requests(plain.plan(plain.due(0))) == [(3, 0, 12)]
    assert requests(plain.plan(plain.due(10_000))) == [(3, 0, 7)]


def test_block_decodes_its_payload_into_canonical_units():
    (block,) = layout(PLAIN).plan(frozenset({"voltage_l1_v", "power_kw"}))
    assert block.decode(struct.pack(">ff", 230.5, 41_250.0)) == (
        {"voltage_l1_v": 230.5, "power_kw": 41.25}, None
    )  # fmt: skip


def test_range_of_the_site_file_goes_before_the_map():
    (block,) = layout(PLAIN, ranges={"power_kw": (0, 40)}).plan(frozenset({"power_kw"}))
    values, flags = block.decode(struct.pack(">f", 41_250.0))
    assert values == {"power_kw": 41.25}
    assert flags == {"power_kw": "uncertain:out-of-range"}


def test_word_order_of_the_site_file_goes_before_the_map():
    (block,) = layout(PLAIN, word_order="little").plan(frozenset({"power_kw"}))
    words = struct.pack(">f", 41_250.0)
    assert block.decode(words[2:] + words[:2])[0] == {"power_kw": 41.25}


def test_only_the_named_fields_are_read():
    assert requests(layout(PLAIN, only=["frequency_hz"]).plan(frozenset({"frequency_hz"}))) == [
        (3, 6, 1)
    ]


def test_extent_counts_requests_registers_and_points():
    assert str(layout(PLAIN).extent) == "1 requests, 12 registers, 4 points"


def test_fields_wait_for_the_ratio_that_the_meter_keeps():
    ratios = layout(RATIOS)
    everything = ratios.due(0)
    assert ratios.excluded() == {
        "voltage_l1_v": "bad:no-ratio", "current_l1_a": "bad:no-ratio", "power_kw": "bad:no-ratio"
    }  # fmt: skip
    assert requests(ratios.plan(everything)) == [(3, 4, 1)]
    assert requests(ratios.setup_blocks()) == [(3, 100, 1), (3, 101, 1)]
    values = {}
    for block, raw in zip(ratios.setup_blocks(), (40, 100), strict=True):
        values |= block.decode(struct.pack(">H", raw))[0]
    assert ratios.apply_setup(values, 0) == ("the ct ratio is 40", "the pt ratio is 10")
    assert ratios.excluded(everything) == {}
    (block,) = ratios.plan(everything)
    payload = struct.pack(">HHiH", 2305, 1500, 250, 5000)
    assert block.decode(payload)[0] == {
        "voltage_l1_v": 2305.0, "current_l1_a": 60.0, "power_kw": 100.0, "frequency_hz": 50.0
    }  # fmt: skip


def test_ratio_of_the_site_file_is_not_asked_of_the_meter():
    ratios = layout(RATIOS, ratios={"ct": 60, "pt": 1})
    assert ratios.setup_blocks() == ()
    assert ratios.excluded() == {}


def test_implausible_ratio_is_not_used():
    ratios = layout(RATIOS, ratios={"pt": 1})
    assert ratios.apply_setup({"ratio:ct": 0.0}, 0) == ("the ct ratio 0 is outside 1..2000",)
    assert ratios.excluded()["current_l1_a"] == "bad:no-ratio"


def test_changed_ratio_is_told_and_used():
    ratios = layout(RATIOS, ratios={"pt": 1})
    ratios.apply_setup({"ratio:ct": 40.0}, 0)
    assert ratios.apply_setup({"ratio:ct": 60.0}, HOUR_MS) == ("the ct ratio was 40 and is now 60",)
    (block,) = ratios.plan(frozenset({"current_l1_a"}))
    assert block.decode(struct.pack(">H", 1500))[0] == {"current_l1_a": 90.0}


def test_ratio_once_known_survives_a_setup_read_that_failed():
    ratios = layout(RATIOS, ratios={"pt": 1})
    ratios.apply_setup({"ratio:ct": 40.0}, 0)
    assert ratios.apply_setup({}, HOUR_MS) == ()
    assert ratios.excluded() == {}


def test_fields_wait_for_the_unit_that_the_meter_shows():
    units = layout(UNITS)
    assert units.excluded() == {"energy_kwh": "bad:no-unit"}
    assert units.apply_setup({"unit:energy": 2.0}, 0) == ("energy is MWh",)
    (block,) = units.plan(frozenset({"energy_kwh"}))
    assert block.decode(struct.pack(">f", 12.5))[0] == {"energy_kwh": 12_500.0}


def test_unit_code_that_is_not_known_is_never_guessed():
    units = layout(UNITS)
    units.apply_setup({"unit:energy": 2.0}, 0)
    assert units.apply_setup({"unit:energy": 77.0}, 1) == (
        "the code 77 of energy is no known unit",
    )
    assert units.excluded() == {"energy_kwh": "bad:no-unit"}


def test_setup_is_due_at_first_then_every_hour_and_soon_while_something_is_missing():
    units = layout(UNITS)
    assert units.setup_due(0)
    units.apply_setup({}, 0)
    assert not units.setup_due(59_999)
    assert units.setup_due(60_000)
    units.apply_setup({"unit:energy": 1.0}, 60_000)
    assert not units.setup_due(60_000 + HOUR_MS - 1)
    assert units.setup_due(60_000 + HOUR_MS)


def test_values_of_another_meter_than_the_map_describes_are_doubted():
    other = layout(IDENTITY + PLAIN)
    assert other.identified is None
    assert other.apply_setup({"identity:0": 300.0, "identity:1": 50.0}, 0) == (
        "meter_code is 300, not what bench_meter has (112 or 113)",
    )
    (block,) = other.plan(frozenset({"frequency_hz"}))
    assert block.decode(struct.pack(">H", 5000)) == (
        {"frequency_hz": 50.0}, {"frequency_hz": "uncertain:identity"}
    )  # fmt: skip
    assert block.decode(struct.pack(">H", 9000))[1] == {"frequency_hz": "uncertain:out-of-range"}


def test_meter_that_is_recognised_is_not_doubted_and_a_blackout_is_no_other_meter():
    right = layout(IDENTITY + PLAIN)
    assert right.apply_setup({"identity:0": 113.0, "identity:1": 0.0}, 0) == (
        "frequency is 0, not what bench_meter has (45..65)",
    )
    assert right.identified is True
    (block,) = right.plan(frozenset({"frequency_hz"}))
    assert block.decode(struct.pack(">H", 5000))[1] is None


# refusals ---------------------------------------------------------------------------------


class Device:
    """Answers block reads like a device that knows only some registers and short blocks."""

    def __init__(self, missing=frozenset(), longest=125, code=2):
        self.missing = missing
        self.longest = longest
        self.code = code
        self.asked = 0

    def answers(self, block) -> bool:
        self.asked += 1
        places = range(block.address, block.address + block.count)
        return block.count <= self.longest and not self.missing.intersection(places)

    def poll(self, layout: Layout, due, now_ms=0) -> tuple[set[str], int]:
        """Fields delivered in a slot, and how many requests were refused."""
        delivered, refusals = set(), 0
        waiting = deque(layout.plan(due))
        while waiting:
            block = waiting.popleft()
            if self.answers(block):
                delivered.update(block.fields)
            else:
                refusals += 1
                waiting.extendleft(reversed(layout.refused(block, self.code, now_ms)))
        return delivered, refusals

    def set_up(self, layout: Layout, now_ms: int) -> tuple[str, ...]:
        known = {}
        for block in layout.setup_blocks():
            if self.answers(block):
                known |= block.decode(bytes(2 * block.count))[0]
        return layout.apply_setup(known, now_ms)


def test_register_at_fault_is_isolated_in_its_first_slot_and_the_rest_delivered():
    plain = layout(PLAIN)
    device = Device(missing={6})
    everything = plain.due(0)
    delivered, refusals = device.poll(plain, everything)
    assert delivered == {"voltage_l1_v", "power_kw", "energy_kwh"}
    assert refusals > 0
    assert plain.excluded() == {"frequency_hz": "bad:refused:2"}
    assert requests(plain.plan(everything)) == [(3, 0, 4), (3, 10, 2)]
    assert device.poll(plain, everything) == (delivered, 0)


def test_hole_that_cannot_be_read_is_cut_out_without_losing_a_field():
    plain = layout(PLAIN)
    everything = plain.due(0)
    delivered, _ = Device(missing={8}, code=3).poll(plain, everything)
    assert delivered == everything
    assert plain.excluded() == {}
    assert Device(missing={8}).poll(plain, everything) == (everything, 0)


def test_refused_register_is_tried_again_and_heals():
    plain = layout(PLAIN)
    everything = plain.due(0)
    Device(missing={6}).poll(plain, everything)
    assert Device(missing={6}).set_up(plain, HOUR_MS) == ()
    assert plain.excluded() == {"frequency_hz": "bad:refused:2"}
    assert Device().set_up(plain, 2 * HOUR_MS) == ("frequency_hz is answered again",)
    assert plain.excluded() == {}
    assert requests(plain.plan(everything)) == [(3, 0, 12)]


def test_device_that_refuses_everything_is_asked_again_soon():
    plain = layout(PLAIN)
    starting = Device(missing=frozenset(range(12)))
    starting.set_up(plain, 0)
    assert starting.poll(plain, plain.due(0)) == (set(), 7)
    assert plain.plan(plain.due(0)) == ()
    assert plain.setup_due(60_000)
    assert len(Device().set_up(plain, 60_000)) == 4
    assert Device().poll(plain, plain.due(0)) == (plain.due(0), 0)


def test_busy_device_teaches_nothing():
    plain = layout(PLAIN)
    (block,) = plain.plan(plain.due(0))
    assert plain.refused(block, 6, 0) == ()
    assert plain.plan(plain.due(0)) == (block,)
    assert plain.excluded() == {}


def test_refused_setup_block_excludes_no_field():
    ratios = layout(RATIOS)
    for block in ratios.setup_blocks():
        assert ratios.refused(block, 2, 0) == ()
    assert "bad:refused:2" not in ratios.excluded().values()


NAMES = [
    "power_kw", "power_l1_kw", "power_l2_kw", "power_l3_kw", "voltage_l1_v", "voltage_l2_v",
    "voltage_l3_v", "current_l1_a", "current_l2_a", "current_l3_a", "frequency_hz", "energy_kwh",
]  # fmt: skip
UNIT_OF = {"_kw": "kW", "_v": "V", "_a": "A", "_hz": "Hz", "_kwh": "kWh"}


@st.composite
def meters(draw):
    """A meter with registers here and there, and the addresses that its firmware lacks."""
    address, rows, places = draw(st.integers(0, 50)), [], {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        address += draw(st.sampled_from([0, 0, 1, 3, 30]))
        kind = draw(st.sampled_from(["u16", "f32"]))
        unit = UNIT_OF[name[name.rindex("_") :]]
        rows.append(f"  - {{field: {name}, address: {address}, type: {kind}, unit: {unit}, "
                    "low: 0, high: 1}")  # fmt: skip
        places[name] = range(address, address + (1 if kind == "u16" else 2))
        address += len(places[name])
    missing = draw(st.sets(st.integers(0, address), max_size=4))
    return meter("registers:\n" + "\n".join(rows)), places, frozenset(missing)


@settings(deadline=None)
@given(meters(), st.integers(2, 60))
def test_every_register_that_the_device_has_is_delivered_in_every_slot(case, longest):
    register_map, places, missing = case
    learning = Layout(register_map, entry())
    device = Device(missing, longest)
    everything = learning.due(0)
    sound = {name for name, place in places.items() if not missing.intersection(place)}
    refusals = 1
    for _ in range(2 * len(places)):
        delivered, refusals = device.poll(learning, everything)
        assert delivered == sound
        assert set(learning.excluded()) == everything - sound
    assert refusals == 0, "what the device refuses must be known by now"


def test_two_layouts_of_one_map_learn_apart():
    register_map = meter(PLAIN)
    first, second = Layout(register_map, entry()), Layout(register_map, entry(id="m2"))
    Device(missing={6}).poll(first, first.due(0))
    assert second.excluded() == {}


def test_inputs_and_registers_are_read_with_their_own_function_codes():
    mixed = layout(PLAIN + "  - {field: status_code, address: 3, type: bit, function: 2}\n")
    assert requests(mixed.plan(mixed.due(0))) == [(2, 3, 1), (3, 0, 12)]
    status, _ = mixed.plan(mixed.due(0))
    assert status.decode(b"\x01") == ({"status_code": 1.0}, None)


@pytest.mark.parametrize("field", ["power_kw", "voltage_l1_v"])
def test_device_without_site_settings_reads_every_field_of_its_map(field):
    assert field in layout(PLAIN).due(0)


# wrong word order -------------------------------------------------------------------------


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
