"""Units on the wire and the canonical units they become, once, at decoding."""

from __future__ import annotations

from collections.abc import Mapping

from collector.model import QUANTITIES

# Raw unit → (canonical unit, factor, divisor, offset): canonical = raw × factor / divisor + offset.
_UNITS: Mapping[str, tuple[str, float, float, float]] = {
    "W": ("kW", 1, 1000, 0), "MW": ("kW", 1000, 1, 0),
    "Wh": ("kWh", 1, 1000, 0), "MWh": ("kWh", 1000, 1, 0), "GWh": ("kWh", 1e6, 1, 0),
    "kJ": ("kWh", 1, 3600, 0), "MJ": ("kWh", 1, 3.6, 0), "GJ": ("kWh", 1000, 3.6, 0),
    "var": ("kvar", 1, 1000, 0), "VA": ("kVA", 1, 1000, 0),
    "mA": ("A", 1, 1000, 0), "mV": ("V", 1, 1000, 0), "kV": ("V", 1000, 1, 0),
    "l": ("m³", 1, 1000, 0), "l/h": ("m³/h", 1, 1000, 0), "l/min": ("m³/h", 3, 50, 0),
    "l/s": ("m³/h", 18, 5, 0), "m³/s": ("m³/h", 3600, 1, 0),
    "°F": ("°C", 5, 9, -160 / 9), "bar": ("kPa", 100, 1, 0), "mbar": ("kPa", 1, 10, 0),
    "Pa": ("kPa", 1, 1000, 0), "MPa": ("kPa", 1000, 1, 0), "s": ("h", 1, 3600, 0),
    "min": ("h", 1, 60, 0), "kW/m²": ("W/m²", 1000, 1, 0), "1": ("", 1, 1, 0),
}  # fmt: skip
_SPELLINGS = {
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/s": "m³/s",
    "degC": "°C",
    "degF": "°F",
    "W/m2": "W/m²",
}


def canonical_unit(unit: str) -> tuple[str, float, float, float]:
    """Canonical unit of a raw unit with factor, divisor and offset.

    Raises
    ------
    ValueError
        A unit that is not known.
    """
    unit = _SPELLINGS.get(unit, unit)
    if unit in _UNITS:
        return _UNITS[unit]
    canonical = {quantity.unit for quantity in QUANTITIES.values()}
    if unit in canonical:
        return unit, 1, 1, 0
    known = ", ".join(sorted((_UNITS.keys() | canonical) - {""}))
    raise ValueError(f"unknown unit {unit!r}; known: {known}")
