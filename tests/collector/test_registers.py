"""Register maps: what a map may say, and how its entries become words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import ConfigError
from collector.model import QUANTITIES
from collector.plausible import plausible_range
from collector.registers import parse_map, state_code
from collector.units import canonical_unit

HEAD = """map: m
kind: electricity_meter
maker: x
models: [x]
source: a document
trust: template
address_base: 1
function: 3
"""
UNKNOWN = "no known quantity; see `groundwatt check --quantities`, or name one: `quantity:`"
STATES = "off, standby, heat, cool, dhw, simultaneous, free_cooling, defect"
VOLTS = "{field: voltage_l1_v, address: 10, type: u16, unit: V, low: 80, high: 300"


NEVER_ZERO = "a number is never multiplied by 0; leave it out for 1"


def parsed(*registers: str, head: str = ""):
    lines = "".join(f"  - {register}\n" for register in registers)
    return parse_map(f"{HEAD}{head}registers:\n{lines}", Path("m.yaml"))


def mistakes(*registers: str, head: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parsed(*registers, head=head)
    return [str(problem) for problem in caught.value.problems]


def test_address_base_is_taken_off_on_the_wire():
    register_map = parsed(VOLTS + "}", head="forbidden: [[5, 6]]\n")
    assert register_map.word(register_map.registers[0], {}, None).address == 9
    assert register_map.limits.forbidden == ((4, 5),)


def test_register_goes_before_the_map_in_function_and_orders():
    register_map = parsed(VOLTS + ", function: 4, word_order: little, byte_order: little}")
    (register,) = register_map.registers
    word = register_map.word(register, {}, None)
    assert (word.word_order, word.byte_order) == ("little", "little")
    assert register_map.function_of(register) == 4


@pytest.mark.parametrize(
    ("entry", "raw", "value"),
    [
        ("unit: W, scale: 0.1, low: 0, high: 9", 12345, 1.2345),
        ("unit: MW, scale: 0.01, low: 0, high: 9", 5, 50.0),
        ("unit: kW, divisor: 7, low: 0, high: 9", 21, 3.0),
        ("unit: kW, offset: -2, low: 0, high: 9", 21, 19.0),
        ("unit: W, ratio: ct*pt, low: 0, high: 9", 1500, 1500 * 40 * 10 / 1000),
        ("unit: kW, scale: 2.5, low: 0, high: 9", 4, 10.0),
    ],
)
def test_raw_number_to_canonical_unit(entry, raw, value):
    register_map = parsed(f"{{field: power_kw, address: 10, type: u16, {entry}}}")
    word = register_map.word(register_map.registers[0], {"ct": 40, "pt": 10}, None)
    assert raw * word.factor / word.divisor + word.offset == value


@given(st.sampled_from([0.1, 0.01, 0.001]), st.integers(0, 65535))
def test_decimal_scales_lose_nothing(scale, raw):
    register_map = parsed(
        f"{{field: power_kw, address: 10, type: u16, unit: kW, scale: {scale}, low: 0, high: 9}}"
    )
    word = register_map.word(register_map.registers[0], {}, None)
    assert raw * word.factor / word.divisor == raw / round(1 / scale)


def test_overlapping_registers_are_told_with_file_line_and_key():
    other = "{field: power_kw, address: 9, type: f32, unit: kW, low: 0, high: 9}"
    assert mistakes(VOLTS + "}", other) == [
        "m.yaml:11: registers[1].address: power_kw overlaps voltage_l1_v at 10"
    ]


def test_registers_of_two_functions_may_have_one_address():
    parsed(VOLTS + "}", "{field: power_kw, address: 10, type: f32, unit: kW, low: 0, high: 9, "
           "function: 4}")  # fmt: skip


def test_bits_of_one_register_may_not_overlap():
    assert "overlaps" in mistakes(
        "{field: state, address: 3, type: u16, bits: [0, 3]}",
        "{field: alarm_code, address: 3, type: u16, bits: [3, 7]}",
    )[0]  # fmt: skip
    parsed(
        "{field: state, address: 3, type: u16, bits: [0, 2]}",
        "{field: alarm_code, address: 3, type: u16, bits: [3, 7]}",
    )


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("{field: voltage_l1_v, address: 10, type: u16, unit: V}",
         "registers[0].low: low and high (the plausible range in canonical units) are missing"),
        ("{field: voltage_l1_v, address: 10, type: u16, unit: kW, low: 0, high: 1}",
         "registers[0].unit: 'kW' does not measure voltage_l1_v [V]"),
        ("{field: moon_phase, address: 10, type: u16, low: 0, high: 1}",
         f"registers[0].field: 'moon_phase' is {UNKNOWN}"),
        ("{field: x, quantity: moon, address: 10, type: u16, low: 0, high: 1}",
         f"registers[0].quantity: 'moon' is {UNKNOWN}"),
        (VOLTS + ", colour: red}", "registers[0].colour: unknown key"),
        (VOLTS.replace("80", "400") + "}", "registers[0].low: low must be below high"),
        (VOLTS + ", bits: [4, 2]}",
         "registers[0].bits: bits need an unsigned type and [first, last] with first ≤ last"),
        (VOLTS + ", bits: [8, 16]}", "registers[0].bits: u16 has no bit 16"),
        (VOLTS + ", word_order: pairs}",
         "registers[0]: the word order pairs is for types of four words"),
        (VOLTS + ", function: 2}", "registers[0]: function code 2 does not read the type u16"),
        (VOLTS.replace("10", "0") + "}", "registers[0]: address 0 is off the wire"),
        (VOLTS.replace("u16", "f32").replace("10", "65536") + "}",
         "registers[0]: address 65536 is off the wire"),
        ("{field: state, address: 1, type: u16, states: {1: hot}}",
         f"registers[0].states.1: unknown state 'hot'; known: {STATES}, or a number"),
        (VOLTS + ", scale: 0}", f"registers[0].scale: {NEVER_ZERO}"),
        (VOLTS + ", scale: 1e-320}",
         f"registers[0].scale: {NEVER_ZERO.replace('by 0', 'by 9.99989e-321')}"),
        (VOLTS + ", unit_from: volts}", "registers[0].unit_from: names no entry of `units`"),
    ],
)  # fmt: skip
def test_mistake_in_a_register_is_told_with_line_and_key(entry, mistake):
    assert mistakes(entry) == [f"m.yaml:10: {mistake}"]


def test_field_that_stands_twice():
    (mistake,) = mistakes(VOLTS + "}", VOLTS.replace("10", "11") + "}")
    assert mistake == "m.yaml:11: registers[1].field: the field voltage_l1_v stands twice"


def test_register_in_a_forbidden_range():
    (mistake,) = mistakes(VOLTS + "}", head="forbidden: [[8, 10]]\n")
    assert mistake == "m.yaml:11: registers[0].address: lies in the forbidden 8..10"


def test_unit_codes_must_measure_what_the_register_measures():
    head = "units:\n  u: {address: 1, type: u16, codes: {1: V, 2: kW}}\n"
    (mistake,) = mistakes(
        "{field: voltage_l1_v, address: 10, type: u16, unit_from: u, low: 0, high: 1}", head=head
    )
    assert mistake.endswith("registers[0].unit_from: code 2 (kW) does not measure voltage_l1_v")


@pytest.mark.parametrize(
    ("head", "mistake"),
    [
        ("ratios: {ct: 0}\n", "m.yaml:9: ratios.ct: Input should be greater than 0 (found 0)"),
        ("ratios: {ct: {address: 1, type: u16, hue: 3}}\n", "m.yaml:9: ratios.ct.hue: unknown key"),
        ("ratios: {ct: {address: 1, type: u16, scale: 0}}\n",
         f"m.yaml:9: ratios.ct.scale: {NEVER_ZERO}"),
        ("ratios: {ct: {address: 1, type: u16, low: 0}}\n",
         "m.yaml:9: ratios.ct.low: Input should be greater than 0 (found 0)"),
        ("identity: [{address: 5, type: u16, equals: [1], scale: 0}]\n",
         f"m.yaml:9: identity[0].scale: {NEVER_ZERO}"),
        ("identity: [{address: 5, type: u16}]\n",
         "m.yaml:9: identity[0]: give either `equals` or both `low` and `high`"),
        ("kind2: x\n", "m.yaml:9: kind2: unknown key"),
    ],
)  # fmt: skip
def test_mistake_in_the_head_is_told_once_with_line_and_key(head, mistake):
    assert mistakes(VOLTS + "}", head=head) == [mistake]


def test_states_are_named_or_numbered():
    assert (state_code("free_cooling"), state_code("OFF"), state_code(17)) == (6.0, 0.0, 17.0)


@pytest.mark.parametrize(
    ("unit", "raw", "canonical", "value"),
    [("GJ", 3.6, "kWh", 1000.0), ("MJ", 3.6, "kWh", 1.0), ("l/min", 50, "m³/h", 3.0),
     ("l/s", 5, "m³/h", 18.0), ("°F", 212, "°C", 100.0), ("bar", 1.5, "kPa", 150.0),
     ("m3", 2, "m³", 2.0), ("min", 90, "h", 1.5), ("Wh", 500, "kWh", 0.5)],
)  # fmt: skip
def test_units_become_canonical(unit, raw, canonical, value):
    name, factor, divisor, offset = canonical_unit(unit)
    assert name == canonical
    assert raw * factor / divisor + offset == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_has_a_plausible_range(quantity):
    low, high = plausible_range(quantity)
    assert low < high
