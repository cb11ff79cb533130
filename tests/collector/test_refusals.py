"""Registers that a device refuses: found, left out, tried again; the rest goes on."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.layout import Layout
from tests.collector.bench_meter import HOUR_MS, PLAIN, RATIOS, entry, layout, meter, requests


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
