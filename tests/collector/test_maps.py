"""Every shipped register map against a frame that was worked out by hand."""

from __future__ import annotations

import pytest

from collector.config import DeviceEntry
from collector.doubt import WATCHED_READS
from collector.layout import Layout
from collector.registers import RegisterMap, parse_map, ratio_names
from collector.sitefile import find_map, shipped_maps
from tests.collector.golden import golden

MAPS = shipped_maps()
WANTED = {
    "eastron_sdm630", "chint_dtsu666", "schneider_iem3000", "abb_b23", "siemens_pac2200",
    "acrel_adw300", "sontex_supercal531", "nibe_s1155", "idm_navigator", "generic_gshp",
    "generic_heat_meter", "generic_water_meter", "generic_gas_meter", "generic_pump",
    "generic_weather",
}  # fmt: skip


def shipped(name: str) -> RegisterMap:
    file = find_map(name)
    assert file is not None
    return parse_map(file.read_text("utf-8"), file)


def layout(name: str) -> Layout:
    entry = DeviceEntry.model_validate(
        {"id": "d", "name": {"zh": "设备", "en": "device"}, "bus": "b", "unit": 1, "map": name}
    )
    return Layout(shipped(name), entry)


def test_the_promised_maps_are_shipped():
    assert set(MAPS) >= WANTED


@pytest.mark.parametrize("name", MAPS)
def test_map_is_named_like_its_file(name):
    assert shipped(name).map == name


@pytest.mark.parametrize("name", MAPS)
def test_golden_frame_decodes_to_what_was_worked_out_by_hand(name):
    frame, device = golden(name), layout(name)
    known, values, flags = {}, {}, {}
    for block in device.setup_blocks():
        known |= block.decode(frame.payload(block.function, block.address, block.count))[0]
    for cell, value in frame.expected.items():
        if ":" in cell:
            assert known[cell] == value, cell
    device.apply_setup(known, 0)
    for block in device.plan(device.due(0)):
        more, marks = block.decode(frame.payload(block.function, block.address, block.count))
        values |= more
        flags |= marks or {}
    decoded = {**values, **{n: flag for n, flag in flags.items() if n not in values}}
    assert decoded == {cell: v for cell, v in frame.expected.items() if ":" not in cell}
    assert set(flags) == {n for n, v in frame.expected.items() if isinstance(v, str)}
    assert device.identified is not False


@pytest.mark.parametrize("name", MAPS)
def test_golden_frame_covers_every_register_of_its_map(name):
    fields = {register.field for register in shipped(name).registers}
    assert {cell for cell in golden(name).expected if ":" not in cell} == fields


@pytest.mark.parametrize("name", MAPS)
def test_map_says_where_its_facts_come_from(name):
    register_map = shipped(name)
    assert len(register_map.source) > 20
    assert register_map.trust in {"vendor-doc", "open-source", "field-verified", "template"}
    assert register_map.identity


@pytest.mark.parametrize("name", MAPS)
def test_counters_are_polled_less_often_and_something_in_every_slot(name):
    registers = shipped(name).registers
    assert any(register.every == 1 for register in registers)
    assert all(r.every > 1 for r in registers if r.measured.kind == "counter")


@pytest.mark.parametrize("name", MAPS)
def test_ratios_that_registers_need_are_in_the_map(name):
    register_map = shipped(name)
    needed = {ratio for register in register_map.registers for ratio in ratio_names(register)}
    assert needed == set(register_map.ratios)


@pytest.mark.parametrize("name", MAPS)
def test_values_read_with_the_contrary_word_order_are_not_taken_for_good(name):
    register_map, frame = shipped(name), golden(name)
    contrary = "little" if register_map.word_order == "big" else "big"
    entry = DeviceEntry.model_validate(
        {"id": "d", "name": {"zh": "设备", "en": "device"}, "bus": "b", "unit": 1, "map": name,
         "word_order": contrary}
    )  # fmt: skip
    wrong, flags = Layout(register_map, entry), {}
    wrong.apply_setup({cell: v for cell, v in frame.expected.items() if ":" in cell}, 0)
    for _ in range(WATCHED_READS):
        for block in wrong.plan(wrong.due(0)):
            marks = block.decode(frame.payload(block.function, block.address, block.count))[1]
            flags |= marks or {}
    long = [r for r in register_map.registers if r.type[1:] in ("32", "64")]
    shown = [r for r in long if frame.expected[r.field] != 0.0]
    doubted = [r for r in shown if r.field in flags]
    assert all(r in doubted for r in shown if r.type[0] == "f")
    assert len(doubted) * 2 >= len(shown)
