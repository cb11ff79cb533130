"""A register map that uses everything a map can say, for tests of the simulated devices."""

from __future__ import annotations

from pathlib import Path

from collector.config import Bus, DeviceEntry
from collector.registers import RegisterMap, parse_map

EVERYTHING = """
map: everything
kind: heat_pump
maker: Test
models: [Everything]
source: written for the tests
trust: template
address_base: 1
function: 3
hole_limit: 4
forbidden: [[60, 61]]
identity:
  - {address: 100, type: u16, equals: [4711]}
ratios:
  ct: {address: 90, type: u16, scale: 0.1}
units:
  energy_unit: {address: 80, type: u16, codes: {1: kWh, 2: MWh, 5: GJ}}
registers:
  - {field: power_kw, address: 1, type: s32, word_order: little, unit: W, ratio: ct,
     low: -9000, high: 9000}
  - {field: heat_energy_kwh, address: 3, type: f32, byte_order: little, unit_from: energy_unit,
     low: 0, high: 1.0e+9}
  - {field: flow_m3h, address: 5, type: f64, word_order: halves, unit: l/min, low: 0, high: 900}
  - {field: volume_m3, address: 9, type: bcd32, scale: 0.01, unit: m³, low: 0, high: 1.0e+6}
  - {field: supply_temp_c, address: 11, type: s16, scale: 0.1, unit: °C, sentinels: [-32768],
     low: -50, high: 150}
  - {field: return_temp_c, address: 12, type: u16, scale: 0.1, offset: -100, unit: °C,
     low: -50, high: 150}
  - {field: speed_percent, address: 13, type: u8, unit: "%", low: 0, high: 100}
  - {field: state, address: 14, type: u16, bits: [4, 7], states: {0: "off", 3: heat, 4: cool}}
  - {field: alarm_code, address: 14, type: u16, bits: [0, 3]}
  - {field: starts, address: 16, type: u64, word_order: pairs, low: 0, high: 1.0e+9}
  - {field: energy_kwh, address: 20, type: s64, word_order: little, unit: Wh, low: 0,
     high: 1.0e+9}
  - {field: run_hours_h, address: 58, type: u32, unit: h, low: 0, high: 1.0e+6}
  - {field: frequency_hz, address: 62, type: u16, scale: 0.01, unit: Hz, low: 40, high: 60}
  - {field: status_code, address: 18, type: bit, function: 2}
  - {field: head_kpa, address: 7, type: u16, function: 4, unit: mbar, low: 0, high: 900}
"""

VALUES = {
    "power_kw": -41.2,
    "heat_energy_kwh": 250_000.0,
    "flow_m3h": 12.75,
    "volume_m3": 1234.56,
    "supply_temp_c": -3.4,
    "return_temp_c": 39.5,
    "speed_percent": 73.0,
    "state": 3.0,
    "alarm_code": 9.0,
    "starts": 70_000.0,
    "energy_kwh": 123_456.789,
    "run_hours_h": 4321.0,
    "frequency_hz": 50.02,
    "status_code": 1.0,
    "head_kpa": 21.5,
}
RATIOS = {"ct": 40.0}
UNITS = {"energy_unit": "MWh"}


def everything() -> RegisterMap:
    """The map that uses everything."""
    return parse_map(EVERYTHING, Path("everything.yaml"))


def entry(device: str = "dut", unit: int = 7, bus: str = "bus") -> DeviceEntry:
    """The entry of a device of that map in a site file."""
    names = {"zh": "被测", "en": "Device under test"}
    return DeviceEntry.model_validate(
        {"id": device, "name": names, "bus": bus, "unit": unit, "map": "everything"}
    )


def bus(kind: str = "tcp", **more: object) -> Bus:
    """The entry of a bus in a site file."""
    place = {} if kind == "rtu" else {"host": "127.0.0.1", "port": 1502}
    return Bus.model_validate({"id": "bus", "kind": kind, **place, **more})
