"""Heat counted for another fluid than the circuit's: a corrected channel beside the raw one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analytics.fluids import volumetric_heat_capacity
from analytics.heat import Circuit
from analytics.series import FloatArray
from collector.model import Finding, Title
from collector.topology import Fluid

_LEAST_WATER_C = 1.0
"""Water's properties end here; a calculator goes on with those of cold water."""


def corrected_circuits(
    circuits: Mapping[str, Circuit],
) -> tuple[dict[str, Circuit], tuple[Finding, ...]]:
    """Circuits whose registers count what really flows, and what was done to them.

    Parameters
    ----------
    circuits : mapping of str to Circuit

    Returns
    -------
    circuits : dict of str to Circuit
        Copies where anything was corrected; those given are never changed.
    findings : tuple of Finding
        `heat.fluid-corrected` for each correction, `heat.fluid-unknown` (alarm) where the
        registers cannot be corrected: their heat is worth nothing.
    """
    found: list[Finding] = []
    right = dict(circuits)
    for name, circuit in circuits.items():
        heat, cold = circuit.heating_kwh, circuit.cooling_kwh
        if heat is None or cold is None or circuit.calculator_fluid in (None, circuit.fluid):
            continue
        supply, back = circuit.supply_temp_c, circuit.return_temp_c
        if supply is None or back is None or circuit.calculator_fluid != "water":
            found.append(unknown_finding(name, circuit.fluid))
            continue
        mean = 0.5 * (supply + back)
        given = {"calculator_fluid": circuit.calculator_fluid, "fluid": circuit.fluid}
        new_heat = corrected(heat, mean, mass_fraction=circuit.mass_fraction, **given)
        new_cold = corrected(cold, mean, mass_fraction=circuit.mass_fraction, **given)
        right[name] = replace(circuit, heating_kwh=new_heat, cooling_kwh=new_cold)
        known = ~np.isnan(new_heat + new_cold)
        sums = [float((h + c)[known].sum()) for h, c in ((heat, cold), (new_heat, new_cold))]
        found.append(corrected_finding(name, *sums))
    return right, tuple(found)


def corrected(
    energy_kwh: FloatArray,
    mean_temp_c: FloatArray,
    *,
    calculator_fluid: Fluid,
    fluid: Fluid,
    mass_fraction: float,
) -> FloatArray:
    """What a calculator set to water should have counted in a brine: a channel beside the raw one.

    Parameters
    ----------
    energy_kwh : array of float64
        As counted. [kWh]
    mean_temp_c : array of float64
        Mean of supply and return. [°C]
    calculator_fluid : str
        What the calculator was set to.
    fluid, mass_fraction : str and float
        What flows. [kg/kg]

    Returns
    -------
    array of float64
        NaN where the temperature is unknown or outside the fluids' range. [kWh]

    Raises
    ------
    ValueError
        calculator_fluid: another brine than the circuit's; nobody told its mass fraction.
    """
    if calculator_fluid == fluid:
        return energy_kwh.copy()
    if calculator_fluid != "water":
        raise ValueError(f"calculator_fluid: {calculator_fluid} of an unknown mass fraction")
    actual = volumetric_heat_capacity(fluid, mass_fraction, mean_temp_c)
    assumed = volumetric_heat_capacity("water", 0.0, np.maximum(mean_temp_c, _LEAST_WATER_C))
    return np.asarray(energy_kwh * actual / assumed)


def corrected_finding(device: str, raw_kwh: float, corrected_kwh: float) -> Finding:
    """Tell that a corrected channel stands beside the raw one."""
    change = 100.0 * (corrected_kwh / raw_kwh - 1.0) if raw_kwh else 0.0
    return Finding(
        "heat.fluid-corrected",
        "warning",
        Title(
            f"{device} 的计算器按其他流体设定，已并列给出修正热量（{change:+.1f} %）",
            f"{device}: the calculator is set to another fluid; a corrected heat stands beside "
            f"the raw one ({change:+.1f} %)",
        ),
        {"device": device, "raw_kwh": raw_kwh, "corrected_kwh": corrected_kwh},
    )


def unknown_finding(device: str, fluid: str) -> Finding:
    """Tell that registers count for another fluid and nobody can correct them."""
    return Finding(
        "heat.fluid-unknown",
        "alarm",
        Title(
            f"{device} 的计算器未按 {fluid} 设定，且缺少温度或浓度，无法修正，不给出性能系数",
            f"{device}: the calculator is set to another fluid than {fluid}, and temperatures or "
            "its mass fraction are missing: no correction, no performance is told",
        ),
        {"device": device, "fluid": fluid},
    )
