"""What a cumulative register can show: where it stands, its finest step, and when it rolls over.

All of it follows from the register map and the device's entry in site.yaml. A ratio or unit that
only the meter itself knows leaves the step and the rollover unknown, and that is said by None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.series import HOUR_MS
from collector.config import DeviceEntry
from collector.model import Device, Kind
from collector.plausible import plausible_range
from collector.registers import RatioCell, Register, RegisterMap, ratio_names
from collector.sitefile import Configuration

EXACT_INTEGERS = 2.0**53
"""Beyond this a float64 does not tell two neighbouring counts apart; nothing counts so far."""

_RANGE: Mapping[str, float] = {
    "u8": 2.0**8, "u16": 2.0**16, "u32": 2.0**32, "u64": 2.0**64,
    "bcd16": 1e4, "bcd32": 1e8, "bcd64": 1e16,
}  # fmt: skip
RATE_OF: Mapping[str, str] = {
    "energy_kwh": "power_kw", "energy_export_kwh": "power_kw", "heat_energy_kwh": "heat_kw",
    "cooling_energy_kwh": "heat_kw", "volume_m3": "flow_m3h",
}  # fmt: skip
"""The gauge that tells how fast a counter can go, by quantity."""
_MOST_PER_HOUR: Mapping[str, float] = {"run_hours_h": 1.0, "starts": 60.0}


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """One cumulative register of one device.

    Parameters
    ----------
    text : str
        `<address> <type> × <scale>`, for the inputs of a figure.
    per_count : float or None
        What one count comes to, ratios included; None when only the meter knows. [unit of field]
    modulus : float or None
        Where it starts again at 0; None when it does not, or when nobody knows. [unit of field]
    most_per_hour : float or None
        More than this in an hour is no consumption. [unit of field / h]
    single : bool
        Kept as a 32-bit float, whose step grows with the reading.
    """

    text: str
    per_count: float | None
    modulus: float | None
    most_per_hour: float | None
    single: bool = False

    def step(self, reading: float) -> float | None:
        """Finest difference that the register shows near a reading. [unit of field]

        >>> RegisterFacts("1 u32 × 0.1 kWh", 0.1, None, None).step(5000.0)
        0.1
        >>> RegisterFacts("1 f32 × 1 kWh", 1.0, None, None, single=True).step(1e6)
        0.0625
        """
        if not self.single:
            return self.per_count
        if self.per_count is None:  # the step of a float is relative: this is its greatest
            return abs(reading) * 2.0**-23
        return float(np.spacing(np.float32(abs(reading / self.per_count)))) * abs(self.per_count)


def registers(configuration: Configuration, device: str) -> dict[str, RegisterFacts]:
    """Facts of every counter of a device, by field; none of a computed device's."""
    site = configuration.site.devices[device]
    entries = {entry.id: entry for entry in configuration.settings.devices}
    if device not in entries:
        return {}
    entry = entries[device]
    its_map = configuration.maps[entry.map]
    return {
        register.field: _facts(configuration, site, entry, its_map, register)
        for register in its_map.registers
        if register.field in site.points and register.measured.kind is Kind.COUNTER
    }


def most_per_hour(configuration: Configuration, device: Device, field: str) -> float | None:
    """Fastest that a counter can go, from the ratings in the plant or what can be believed.

    Returns
    -------
    float or None
        [unit of the field / h]; None when nothing is known.
    """
    quantity = device.points[field].quantity.name
    if quantity in _MOST_PER_HOUR:
        return _MOST_PER_HOUR[quantity]
    if (rated := _rated(configuration, device.id, quantity)) is not None:
        return rated
    gauge = RATE_OF.get(quantity)
    if gauge is None:
        return None
    point = device.points.get(gauge)
    high = plausible_range(gauge)[1] if point is None else point.high
    return high if np.isfinite(high) else plausible_range(gauge)[1]


def _facts(
    configuration: Configuration,
    device: Device,
    entry: DeviceEntry,
    its_map: RegisterMap,
    register: Register,
) -> RegisterFacts:
    per_count = _per_count(entry, its_map, register)
    modulus = entry.rollover.get(register.field)
    fastest = most_per_hour(configuration, device, register.field)
    if fastest is not None and per_count is not None:  # the step itself, between two polls
        fastest += abs(per_count) * HOUR_MS / device.points[register.field].interval_ms
    if modulus is None and per_count is not None:
        modulus = _modulus(register, abs(per_count))
    return RegisterFacts(
        _text(entry, register),
        per_count,
        modulus,
        fastest,
        single=register.type == "f32",
    )


def _per_count(entry: DeviceEntry, its_map: RegisterMap, register: Register) -> float | None:
    """What one count comes to in the canonical unit; None when a ratio or unit is the meter's."""
    if register.unit_from:
        return None
    all_ratios: dict[str, float | RatioCell] = {str(n): r for n, r in its_map.ratios.items()}
    all_ratios |= {str(name): ratio for name, ratio in entry.ratios.items()}
    ratios: dict[str, float] = {}
    for name in ratio_names(register):
        known = all_ratios[name]
        if isinstance(known, RatioCell):
            return None
        ratios[name] = known
    word = its_map.word(register, ratios, None)
    return word.factor / word.divisor


def _modulus(register: Register, per_count: float) -> float | None:
    """Where a register starts again by the width of its type; signed and floats do not tell."""
    if register.bits:
        first, last = register.bits
        return 2.0 ** (last - first + 1) * per_count
    counts = _RANGE.get(register.type)
    return counts * per_count if counts is not None and counts <= EXACT_INTEGERS else None


def _text(entry: DeviceEntry, register: Register) -> str:
    unit = "" if register.unit == "1" else f" {register.unit}"
    unit = " unit as the meter says" if register.unit_from else unit
    text = f"{register.address} {register.type} × {register.scale / register.divisor:g}{unit}"
    given = {str(name): f" {ratio:g}" for name, ratio in entry.ratios.items()}
    return text + "".join(f" × {name}{given.get(name, '')}" for name in ratio_names(register))


def _rated(configuration: Configuration, device: str, quantity: str) -> float | None:
    """Rating of the heat pump that a device is or measures. [kW]"""
    plant = configuration.settings.plant
    for unit in plant.units if plant else ():
        if quantity == "energy_kwh" and device in {unit.heat_pump, unit.electricity}:
            return unit.rated_power_kw
        heat = quantity in {"heat_energy_kwh", "cooling_energy_kwh"}
        if heat and device in {unit.heat_pump, unit.heat_meter}:
            return unit.rated_heat_kw
    return None
