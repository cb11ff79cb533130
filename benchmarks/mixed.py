"""The mixed map of forty points that the benchmarks poll and decode."""

from __future__ import annotations

from pathlib import Path

from collector.model import QUANTITIES
from collector.planner import Limits, plan_blocks
from collector.registers import RegisterMap, parse_map
from collector.words import Word

HEAD = """\
map: mixed_meter
kind: electricity_meter
maker: groundwatt benchmarks
models: [mixed]
source: benchmarks/mixed.py
trust: field-verified
address_base: 0
function: 3
registers:
"""
KINDS = ("f32", "u16", "s16", "u32", "f32", "s32", "f32", "u16", "u64", "f32")
FIELDS = (
    "power_kw", "power_l1_kw", "power_l2_kw", "power_l3_kw", "reactive_power_kvar",
    "apparent_power_kva", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v", "frequency_hz",
    "energy_kwh", "energy_export_kwh", "current_l1_a", "current_l2_a", "current_l3_a",
    "heat_kw", "heat_energy_kwh", "cooling_energy_kwh", "flow_m3h", "volume_m3",
    "supply_temp_c", "return_temp_c", "temp_difference_k", "source_entering_temp_c",
    "source_leaving_temp_c", "load_entering_temp_c", "load_leaving_temp_c", "source_flow_m3h",
    "load_flow_m3h", "condenser_temp_c", "discharge_temp_c", "suction_temp_c", "compressor_hz",
    "load_percent", "speed_percent", "head_kpa", "pressure_kpa", "outdoor_temp_c",
    "hot_water_temp_c", "buffer_temp_c",
)  # fmt: skip
REGISTERS = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2, "u64": 4}


def map_text() -> str:
    """The map as YAML: every type, scales, two word orders."""
    lines, address = [HEAD], 0
    for index, name in enumerate(FIELDS):
        kind = KINDS[index % len(KINDS)]
        order = ", word_order: little" if kind == "s32" else ""
        divisor = "" if kind == "f32" else ", divisor: 10"
        lines.append(
            f"  - {{field: {name}, address: {address}, type: {kind}{order}{divisor}, "
            f"unit: '{QUANTITIES[name].unit}', low: -1.0e12, high: 1.0e12}}\n"
        )
        address += REGISTERS[kind]
    return "".join(lines)


def mixed_map() -> RegisterMap:
    """The map as the collector sees it."""
    return parse_map(map_text(), Path("mixed_meter.yaml"))


def mixed_words() -> list[Word]:
    """Its forty words, in one block."""
    its_map = mixed_map()
    words = [its_map.word(register, {}, None) for register in its_map.registers]
    assert len(plan_blocks([(3, word) for word in words], Limits(max_block=125))) == 1
    return words
