"""Heat capacity by volume of water and brines against CoolProp."""

from __future__ import annotations

from collections.abc import Iterator

from CoolProp.CoolProp import PropsSI

from analytics.fluids import volumetric_heat_capacity
from collector.topology import Fluid
from tests.verification.table import Check

GROUP = "Fluids"
KELVIN = 273.15
BRINES: dict[Fluid, tuple[str, tuple[int, ...]]] = {
    "ethylene_glycol": ("MEG", (10, 20, 25, 30, 40)),
    "propylene_glycol": ("MPG", (20, 25, 30, 40)),
    "ethanol": ("MEA", (20, 25, 30)),
}


def checks() -> Iterator[Check]:
    """Water at working temperatures, brines at 5 °C."""
    for temp_c in (5.0, 10.0, 20.0, 40.0, 60.0):
        published = _property(temp_c, 1.6e6, "IF97::Water")
        ours = float(volumetric_heat_capacity("water", 0.0, temp_c))
        what = f"ρ·cp of water at {temp_c:g} °C"
        yield Check(GROUP, what, published, ours, 2e-4 * published, "kJ/(m³ K)")
    for fluid, (name, percents) in BRINES.items():
        for percent in percents:
            published = _property(5.0, 3e5, f"INCOMP::{name}[{percent / 100:g}]")
            ours = float(volumetric_heat_capacity(fluid, percent / 100, 5.0))
            what = f"ρ·cp of {fluid.replace('_', ' ')} {percent} % at 5 °C"
            yield Check(GROUP, what, published, ours, 2e-5 * published, "kJ/(m³ K)")


def _property(temp_c: float, pressure_pa: float, fluid: str) -> float:
    """Density times specific heat. [kJ/(m³ K)]"""
    kelvin = temp_c + KELVIN
    density = PropsSI("D", "T", kelvin, "P", pressure_pa, fluid)
    return float(density * PropsSI("C", "T", kelvin, "P", pressure_pa, fluid) / 1000.0)
