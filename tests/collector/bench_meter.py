"""A meter of our own for tests of the layout: maps, a site entry, and short names."""

from __future__ import annotations

from pathlib import Path

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
