"""The word decoder against golden bytes, pymodbus's own converter and its own slow path."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client import ModbusTcpClient

from collector.words import (
    STRUCT_CODE,
    WORDS,
    Word,
    compile_bit_decoder,
    compile_decoder,
    decimal,
    judge,
    raw_number,
)

GOLDEN_32 = [
    ("big", "big", "41480000"),
    ("little", "big", "00004148"),
    ("big", "little", "48410000"),
    ("little", "little", "00004841"),
]
GOLDEN_64 = [
    ("big", "big", "0102030405060708"),
    ("little", "big", "0708050603040102"),
    ("pairs", "big", "0304010207080506"),
    ("halves", "big", "0506070801020304"),
    ("big", "little", "0201040306050807"),
    ("little", "little", "0807060504030201"),
]


def decoded(word: Word, text: str) -> tuple[float | None, str]:
    values, flags = compile_decoder([word], word.address)(bytes.fromhex(text))
    return values.get(word.name), (flags or {}).get(word.name, "")


@pytest.mark.parametrize(("word_order", "byte_order", "text"), GOLDEN_32)
def test_all_four_orders_of_32_bits(word_order, byte_order, text):
    assert decoded(Word("x", 7, "f32", word_order, byte_order), text) == (12.5, "")


@pytest.mark.parametrize(("word_order", "byte_order", "text"), GOLDEN_64)
def test_orders_of_64_bits(word_order, byte_order, text):
    expected = float(0x0102030405060708)
    assert decoded(Word("x", 0, "u64", word_order, byte_order), text) == (expected, "")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("u8", "0fa1", 161.0),
        ("u16", "ffff", 65535.0),
        ("s16", "fffe", -2.0),
        ("u32", "00010002", 65538.0),
        ("s32", "fffffffe", -2.0),
        ("s64", "fffffffffffffffe", -2.0),
        ("f64", "4029000000000000", 12.5),
        ("bcd16", "1234", 1234.0),
        ("bcd32", "00123456", 123456.0),
        ("bcd64", "0000000000987654", 987654.0),
    ],
)
def test_types(kind, text, value):
    assert decoded(Word("x", 0, kind), text) == (value, "")


def test_u8_with_swapped_bytes_is_the_other_byte():
    assert decoded(Word("x", 0, "u8", byte_order="little"), "0fa1") == (15.0, "")


def test_bits_take_first_to_last_inclusive():
    assert decoded(Word("x", 0, "u16", bits=(4, 7)), "00a5") == (10.0, "")


def test_states_translate_raw_codes_and_refuse_unknown_ones():
    word = Word("state", 0, "u16", states={10: 0.0, 30: 2.0})
    assert decoded(word, "001e") == (2.0, "")
    assert decoded(word, "001f") == (None, "bad:unknown-state")


def test_divisor_keeps_decimals_exact():
    assert decoded(Word("x", 0, "u16", divisor=10.0), "0003") == (0.3, "")


def test_sentinel_is_no_value_even_inside_the_range():
    word = Word("x", 0, "u16", sentinels=frozenset({100}))
    assert decoded(word, "0064") == (None, "bad:not-a-value")
    assert decoded(word, "0065") == (101.0, "")


def test_sentinel_of_a_permuted_word_is_no_value():
    word = Word("x", 0, "u64", "halves", sentinels=frozenset({0x0102030405060708}))
    assert decoded(word, "0506070801020304") == (None, "bad:not-a-value")


def test_not_a_number_is_bad_and_has_no_value():
    assert decoded(Word("x", 0, "f32"), "7fc00000") == (None, "bad:not-finite")
    assert decoded(Word("x", 0, "f32"), "7f800000") == (None, "bad:not-finite")


def test_value_out_of_range_is_kept_and_uncertain():
    word = Word("x", 0, "u16", low=0, high=50)
    assert decoded(word, "0033") == (51.0, "uncertain:out-of-range")


def test_hexadecimal_digit_in_a_decimal_register_is_bad():
    assert decoded(Word("x", 0, "bcd16"), "12a4") == (None, "bad:not-decimal")
    assert math.isnan(decimal(0x12A4))


def test_one_bad_field_leaves_the_others_of_the_block_good():
    words = [Word("a", 0, "u16"), Word("b", 1, "f32"), Word("c", 3, "s16")]
    values, flags = compile_decoder(words, 0)(bytes.fromhex("00017fc00000ffff"))
    assert values == {"a": 1.0, "c": -1.0}
    assert flags == {"b": "bad:not-finite"}


def test_two_fields_may_share_a_register():
    words = [Word("low", 0, "u16", bits=(0, 7)), Word("high", 0, "u16", bits=(8, 15))]
    assert compile_decoder(words, 0)(bytes.fromhex("0a0b"))[0] == {"low": 11.0, "high": 10.0}


def test_coils_are_read_bit_by_bit_from_the_low_end():
    words = [Word("a", 100, "bit"), Word("b", 109, "bit"), Word("c", 101, "bit")]
    assert compile_bit_decoder(words, 100)(bytes([0b01, 0b10]))[0] == {"a": 1, "b": 1, "c": 0}


ORDERS = st.tuples(st.sampled_from(["big", "little"]), st.sampled_from(["big", "little"]))
KINDS = st.sampled_from(sorted(set(STRUCT_CODE) - {"u8"}))


@st.composite
def blocks(draw):
    """Words laid out with holes, in any order, and a payload that covers them."""
    words, address = [], draw(st.integers(0, 100))
    start = address
    for index in range(draw(st.integers(1, 12))):
        address += draw(st.integers(0, 3))
        kind = draw(KINDS)
        word_order, byte_order = draw(ORDERS)
        if WORDS[kind] == 4:
            word_order = draw(st.sampled_from(["big", "little", "pairs", "halves"]))
        words.append(
            Word(f"x{index}", address, kind, word_order, byte_order,
                 divisor=draw(st.sampled_from([1.0, 10.0, 1000.0])), low=-1e9, high=1e12)
        )  # fmt: skip
        address += WORDS[kind]
    size = 2 * (address - start)
    return draw(st.permutations(words)), start, draw(st.binary(min_size=size, max_size=size))


@given(blocks())
def test_compiled_decoder_agrees_with_the_judgement_field_by_field(block):
    words, start, payload = block
    values, flags = compile_decoder(words, start)(payload)
    for word in words:
        expected, flag = judge(word, raw_number(word, payload, 2 * (word.address - start)))
        assert values.get(word.name) == expected
        assert (flags or {}).get(word.name, "") == flag


@given(
    st.sampled_from(["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]),
    st.sampled_from(["big", "little"]),
    st.data(),
)
def test_values_written_by_pymodbus_are_read_back(kind, word_order, data):
    """Another library's encoder checks our decoder."""
    datatype = ModbusTcpClient.DATATYPE[{"u": "UINT", "s": "INT", "f": "FLOAT"}[kind[0]] + kind[1:]]
    if kind[0] == "f":
        number = data.draw(st.floats(-1e6, 1e6, width=int(kind[1:])))
    else:
        low = 0 if kind[0] == "u" else -(2 ** (int(kind[1:]) - 1))
        number = data.draw(st.integers(low, low + 2 ** int(kind[1:]) - 1))
    registers = ModbusTcpClient.convert_to_registers(number, datatype, word_order=word_order)
    payload = struct.pack(f">{len(registers)}H", *registers)
    values, _ = compile_decoder([Word("x", 0, kind, word_order)], 0)(payload)
    assert values["x"] == float(number)
