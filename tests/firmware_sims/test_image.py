"""What a simulated device shows in its registers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.registers import parse_map
from collector.sitefile import find_map, shipped_maps
from collector.words import Word, compile_bit_decoder, compile_decoder, judge, raw_number
from firmware_sims.image import Cell, Image, image_of, raw_number_of
from firmware_sims.server import registers_of
from tests.firmware_sims.sample_map import RATIOS, UNITS, VALUES, entry, everything


def the_image() -> Image:
    return image_of(entry(), everything(), RATIOS, UNITS)


def shown(image: Image, values: dict[str, float]) -> dict[tuple[int, int], list[int]]:
    return {(f, at): regs for f, at, regs in image.registers(values, registers_of)}


@pytest.mark.parametrize(
    ("word", "raw", "registers"),
    [
        (Word("a", 0, "u32"), 0x01020304, [0x0102, 0x0304]),
        (Word("a", 0, "u32", word_order="little"), 0x01020304, [0x0304, 0x0102]),
        (Word("a", 0, "u32", byte_order="little"), 0x01020304, [0x0201, 0x0403]),
        (Word("a", 0, "u32", "little", "little"), 0x01020304, [0x0403, 0x0201]),
        (Word("a", 0, "u64"), 0x0102030405060708, [0x0102, 0x0304, 0x0506, 0x0708]),
        (Word("a", 0, "u64", "little"), 0x0102030405060708, [0x0708, 0x0506, 0x0304, 0x0102]),
        (Word("a", 0, "u64", "pairs"), 0x0102030405060708, [0x0304, 0x0102, 0x0708, 0x0506]),
        (Word("a", 0, "u64", "halves"), 0x0102030405060708, [0x0506, 0x0708, 0x0102, 0x0304]),
        (Word("a", 0, "f32"), 1.0, [0x3F80, 0x0000]),
        (Word("a", 0, "f64", "little", "little"), 1.0, [0, 0, 0, 0xF03F]),
        (Word("a", 0, "s16"), -2, [0xFFFE]),
        (Word("a", 0, "u8"), 200, [200]),
        (Word("a", 0, "bcd32"), 0x12345678, [0x1234, 0x5678]),
        (Word("a", 0, "bit"), 1, [1]),
    ],
)
def test_raw_numbers_are_cut_into_the_registers_that_the_order_demands(word, raw, registers):
    assert registers_of(word, raw) == registers


def test_every_field_stands_where_the_map_says_in_its_type_unit_and_ratio():
    assert shown(the_image(), VALUES) == {
        (2, 17): [1],
        (3, 0): [0xFBFA, 0xFFFF],  # -41.2 kW behind a ratio of 40: -1030 W, low word first
        (3, 2): [0x7A43, 0x0000],  # 250 MWh as a float, bytes swapped
        (3, 4): [0x0000, 0x0000, 0x406A, 0x9000],  # 212.5 l/min, halves swapped
        (3, 8): [0x0012, 0x3456],  # 1234.56 m³ in decimal digits of 0.01
        (3, 10): [0xFFDE],
        (3, 11): [1395],
        (3, 12): [73],
        (3, 13): [0x49],  # cooling, 4 on the wire, in bits 4 to 7 beside alarm 9 in bits 0 to 3
        (3, 15): [0x0000, 0x0000, 0x1170, 0x0001],
        (3, 19): [0xCD15, 0x075B, 0x0000, 0x0000],
        (3, 57): [0, 4321],
        (3, 61): [5002],
        (3, 79): [2],  # the unit code of MWh
        (3, 89): [400],  # the ratio in tenths
        (3, 99): [4711],
        (4, 6): [215],
    }


def test_holes_are_readable_up_to_the_hole_limit_but_never_forbidden_ranges():
    assert the_image().readable == {
        2: ((17, 17),),
        3: ((0, 22), (57, 58), (61, 61), (79, 79), (89, 89), (99, 99)),
        4: ((6, 6),),
    }


def test_a_field_without_a_value_shows_the_sentinel_or_nan_or_zero():
    registers = shown(the_image(), {})
    assert registers[(3, 10)] == [0x8000]
    assert registers[(3, 2)] == [0xC07F, 0x0000]
    assert registers[(3, 11)] == [0]


def test_swapped_words_give_long_values_in_the_contrary_order_and_leave_short_ones():
    swapped = {
        (f, at): regs
        for f, at, regs in the_image().registers(VALUES, registers_of, word_swapped=True)
    }
    assert swapped[(3, 0)] == [0xFFFF, 0xFBFA]
    assert swapped[(3, 11)] == [1395]


def test_a_gauge_stays_full_and_a_counter_starts_again():
    gauge = Cell(3, Word("power_kw", 0, "s16"))
    counter = Cell(3, Word("energy_kwh", 0, "u16"), counts=True)
    digits = Cell(3, Word("volume_m3", 0, "bcd16"), counts=True)
    assert raw_number_of(gauge, 40_000.0) == 32_767
    assert raw_number_of(counter, 65_537.0) == 1
    assert raw_number_of(digits, 10_012.0) == 0x0012


def test_an_unknown_state_is_refused_rather_than_shown_as_another():
    cell = Cell(3, Word("state", 0, "u16", states={0: 0.0}))
    with pytest.raises(ValueError, match="no number for the state 7"):
        raw_number_of(cell, 7.0)


@given(st.floats(-3000, 3000), st.sampled_from(["s16", "s32", "f32", "s64"]))
def test_what_is_shown_reads_back_within_the_resolution(value, kind):
    word = Word("a", 0, kind, divisor=10.0)
    payload = b"".join(r.to_bytes(2, "big") for r in registers_of(word, raw_number_of(
        Cell(3, word), value)))  # fmt: skip
    decoded, flag = judge(word, raw_number(word, payload, 0))
    assert flag == ""
    assert decoded == pytest.approx(value, abs=0.0501 if kind[0] == "s" else 1e-3)


def plausible(word: Word) -> float:
    """A value in the middle of a word's range that its type can hold."""
    if word.states is not None:
        return sorted(word.states.values())[len(word.states) // 2]
    if word.type == "bit":
        return 1.0
    low = 0.0 if math.isinf(word.low) else max(word.low, -1000.0)
    high = min(word.high, low + 1234.5)
    step = abs(word.factor / word.divisor)
    value = low + 0.37 * (high - low)
    return round((value - word.offset) / step) * step + word.offset


@pytest.mark.parametrize("name", shipped_maps())
def test_values_of_every_shipped_map_come_back_through_the_collectors_decoder(name):
    file = find_map(name)
    assert file is not None
    register_map = parse_map(file.read_text(encoding="utf-8"), file)
    ratios = {"ct": 40.0, "pt": 1.0}
    image = image_of(entry(), register_map, ratios, {})
    fields = {register.field for register in register_map.registers}
    words = {cell.word.name: cell.word for cell in image.cells if cell.word.name in fields}
    values = {field: plausible(word) for field, word in words.items()}
    assert fields == set(values)
    registers = shown(image, values)
    for cell in image.cells:
        word = cell.word
        if word.name not in fields:
            continue
        cut = registers[(cell.function, word.address)]
        if cell.function in (1, 2):
            decoded, flags = compile_bit_decoder([word], word.address)(bytes([cut[0]]))
        else:
            payload = b"".join(register.to_bytes(2, "big") for register in cut)
            decoded, flags = compile_decoder([word], word.address)(payload)
        assert flags is None, (word, flags)
        step = abs(word.factor / word.divisor)
        tolerance = 1e-6 * abs(values[word.name]) if word.type[0] == "f" else step / 2 * 1.000001
        assert math.isclose(decoded[word.name], values[word.name], abs_tol=max(tolerance, 1e-12))
