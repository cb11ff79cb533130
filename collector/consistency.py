"""What physics says about the values of one device among themselves. Pure.

A range judges a value alone; these checks judge values together, so that a map which is one
register off or in another word order shows even where every number lies in its range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

WATER_KWH_M3K = 1.15
"""Heat that a cubic metre of water takes up per kelvin: 4.18 kJ/(kg K) * 990 kg/m³ / 3600 s/h."""

PHASES = ("l1", "l2", "l3")
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Check:
    """One relation between values of a device: whether it holds, and in words."""

    name: str
    holds: bool
    sentence: str
    fields: tuple[str, ...]


def check_values(values: Values) -> tuple[Check, ...]:
    """Every check that the present values allow."""
    return tuple(check for rule in _RULES for check in rule(values))


def _have(values: Values, *fields: str) -> bool:
    return all(field in values for field in fields)


def _voltages(values: Values) -> Iterator[Check]:
    fields = tuple(f"voltage_{phase}_v" for phase in PHASES)
    if not _have(values, *fields):
        return
    volts = [values[field] for field in fields]
    mean = math.fsum(volts) / 3
    spread = max(volts) - min(volts)
    sentence = f"phase voltages differ by {spread:.4g} V around {mean:.4g} V"
    yield Check("phase voltages", spread <= 0.15 * abs(mean), sentence, fields)


def _frequency(values: Values) -> Iterator[Check]:
    if "frequency_hz" in values:
        hertz = values["frequency_hz"]
        holds = min(abs(hertz - 50), abs(hertz - 60)) <= 1
        yield Check("frequency", holds, f"the frequency is {hertz:.4g} Hz", ("frequency_hz",))


def _power_sum(values: Values) -> Iterator[Check]:
    fields = ("power_kw", *(f"power_{phase}_kw" for phase in PHASES))
    if not _have(values, *fields):
        return
    total, *phases = (values[field] for field in fields)
    allowed = 0.05 + 0.05 * max(abs(total), math.fsum(abs(p) for p in phases))
    sentence = f"total power {total:.4g} kW, sum of the phases {math.fsum(phases):.4g} kW"
    yield Check("power sum", abs(total - math.fsum(phases)) <= allowed, sentence, fields)


def _power_triangle(values: Values) -> Iterator[Check]:
    fields = ("apparent_power_kva", "power_kw", "reactive_power_kvar")
    if not _have(values, *fields):
        return
    apparent, active, reactive = (values[field] for field in fields)
    expected = math.hypot(active, reactive)
    allowed = 0.1 + 0.2 * max(abs(apparent), expected)
    sentence = f"apparent power {apparent:.4g} kVA, from P and Q {expected:.4g} kVA"
    yield Check("power triangle", abs(apparent - expected) <= allowed, sentence, fields)


def _phase_powers(values: Values) -> Iterator[Check]:
    for phase in PHASES:
        fields = (f"power_{phase}_kw", f"voltage_{phase}_v", f"current_{phase}_a")
        if _have(values, *fields):
            power, volts, amperes = (values[field] for field in fields)
            most = abs(volts * amperes) / 1000
            sentence = f"{power:.4g} kW where voltage and current allow {most:.4g} kW"
            yield Check(f"power {phase}", abs(power) <= 1.1 * most + 0.05, sentence, fields)


def _temperature_difference(values: Values) -> Iterator[Check]:
    fields = ("temp_difference_k", "supply_temp_c", "return_temp_c")
    if not _have(values, *fields):
        return
    shown, supply, back = (values[field] for field in fields)
    sentence = f"difference shown {shown:.4g} K, of the temperatures {supply - back:.4g} K"
    holds = abs(abs(shown) - abs(supply - back)) <= 0.5 + 0.05 * abs(shown)
    yield Check("temperature difference", holds, sentence, fields)


def _heat_balance(values: Values) -> Iterator[Check]:
    fields = ("heat_kw", "flow_m3h", "supply_temp_c", "return_temp_c")
    if not _have(values, *fields):
        return
    heat, flow, supply, back = (values[field] for field in fields)
    expected = WATER_KWH_M3K * flow * (supply - back)
    allowed = 0.5 + 0.25 * max(abs(heat), abs(expected))
    sentence = f"heat rate {heat:.4g} kW, from flow and temperatures {expected:.4g} kW"
    yield Check("heat balance", abs(abs(heat) - abs(expected)) <= allowed, sentence, fields)


def _sides(values: Values) -> Iterator[Check]:
    for side in ("source", "load"):
        fields = (f"{side}_entering_temp_c", f"{side}_leaving_temp_c")
        if _have(values, *fields):
            entering, leaving = (values[field] for field in fields)
            sentence = f"{side} side: entering {entering:.4g} °C, leaving {leaving:.4g} °C"
            yield Check(f"{side} side", abs(entering - leaving) <= 25, sentence, fields)


_RULES: tuple[Callable[[Values], Iterator[Check]], ...] = (
    _voltages, _frequency, _power_sum, _power_triangle, _phase_powers, _temperature_difference,
    _heat_balance, _sides,
)  # fmt: skip
