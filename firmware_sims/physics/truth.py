"""The truth of the complex: error-free figures over time, with their running totals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_sims.physics.columns import total_of
from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.drive import Outside, TowerOutside
from firmware_sims.physics.electricity import tower_items
from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.services import gas_flow_m3h, water_flow_m3h

Values = dict[str, FloatArray]


@dataclass(frozen=True)
class Trace:
    """Truth over a run of equal steps.

    Attributes
    ----------
    at_ms : array of int64, shape (n,)
        End of each step. Counters are read then; powers, flows and temperatures are means of the
        step that ends then. [ms since epoch, UTC]
    dt_s : float
        Step width. [s]
    values : mapping of str to array of float64, shape (n,)
        One entry per column; the unit is in the name, `columns.truth_columns` says what it is.
    """

    at_ms: npt.NDArray[np.int64]
    dt_s: float
    values: Mapping[str, FloatArray]

    def row(self, index: int = -1) -> dict[str, float]:
        """Return all figures of one step."""
        return {name: float(column[index]) for name, column in self.values.items()}


def derive(design: ComplexDesign, outside: Outside, plant: Values) -> Values:
    """Add to the plant's figures everything that follows from them.

    Parameters
    ----------
    design : ComplexDesign
    outside : Outside
        Over the same steps.
    plant : dict of str to array
        Columns of `rows.plant_row`.

    Returns
    -------
    dict of str to array
        All columns but the running totals.
    """
    weather = outside.weather
    values = {
        "outdoor_temp_c": weather.outdoor_temp_c,
        "relative_humidity_pct": weather.relative_humidity_pct,
        "global_irradiance_w_m2": weather.global_irradiance_w_m2,
        **plant,
    }
    for tower in outside.towers:
        values |= _tower_values(design, outside, tower, plant[f"{tower.design.name}_thermal_kw"])
    values |= _plant_values(design, values)
    names = [tower.name for tower in design.towers]
    values["water_m3h"] = _total([values[f"{name}_water_m3h"] for name in names])
    values["gas_m3h"] = _total([values[f"{name}_gas_m3h"] for name in names])
    towers_kw = [values[f"{name}_kw"] for name in names]
    values["sub_meters_kw"] = _total([*towers_kw, values["plant_kw"]])
    values["loss_kw"] = design.supply.loss_kw(values["sub_meters_kw"])
    values["main_kw"] = values["sub_meters_kw"] + values["loss_kw"]
    return values


def _tower_values(
    design: ComplexDesign, outside: Outside, tower: TowerOutside, water_kw: FloatArray
) -> Values:
    part, at_s, name = tower.design, outside.middle_s, tower.design.name
    items = tower_items(
        at_s,
        part.tower.area_m2,
        part.loads,
        tower.occupancy,
        outside.weather,
        tower.lighting_kw,
        water_kw,
        design.seed,
        name,
    )
    parts = {
        f"{name}_lighting_sockets_kw": items.lighting_sockets_kw,
        f"{name}_terminals_kw": items.terminals_kw,
        f"{name}_lifts_pumps_kw": items.power_kw,
        f"{name}_special_kw": items.special_kw,
    }
    people = part.tower.people
    return parts | {
        f"{name}_kw": _total(list(parts.values())),
        f"{name}_heat_kw": np.maximum(water_kw, 0.0),
        f"{name}_cold_kw": np.maximum(-water_kw, 0.0),
        f"{name}_people": people * tower.occupancy.presence,
        f"{name}_water_m3h": water_flow_m3h(
            at_s, people, part.services, tower.occupancy, design.seed, name
        ),
        f"{name}_gas_m3h": gas_flow_m3h(at_s, part.services, tower.occupancy, design.seed, name),
    }


def _plant_values(design: ComplexDesign, values: Values) -> Values:
    plant = design.plant
    numbers = range(1, len(plant.units) + 1)
    new: Values = {}
    for n, unit in zip(numbers, plant.units, strict=True):
        on = values[f"hp{n}_part_load"] > 0.0
        extra = np.where(on, unit.controls_kw, unit.standby_kw)
        new[f"hp{n}_kw"] = values[f"hp{n}_compressor_kw"] + extra
        new[f"hp{n}_cop"] = _ratio(np.abs(values[f"hp{n}_load_kw"]), new[f"hp{n}_kw"])
        new[f"hp{n}_heat_kw"] = np.maximum(values[f"hp{n}_load_kw"], 0.0)
        new[f"hp{n}_cold_kw"] = np.maximum(-values[f"hp{n}_load_kw"], 0.0)
        new |= _unit_temperatures(n, values)
        for pump in (f"source_pump{n}", f"load_pump{n}"):
            new[f"{pump}_on"] = (values[f"{pump}_speed_pct"] > 0.0).astype(np.float64)
    load_kw, source_kw = values["load_thermal_kw"], values["source_thermal_kw"]
    new["load_heat_kw"] = np.maximum(load_kw, 0.0)
    new["load_cold_kw"] = np.maximum(-load_kw, 0.0)
    new["source_extracted_kw"] = np.maximum(-source_kw, 0.0)
    new["source_rejected_kw"] = np.maximum(source_kw, 0.0)
    new["heat_pumps_kw"] = _total([new[f"hp{n}_kw"] for n in numbers])
    new["source_pumps_kw"] = _total([values[f"source_pump{n}_kw"] for n in numbers])
    new["load_pumps_kw"] = _total([values[f"load_pump{n}_kw"] for n in numbers])
    new["auxiliary_kw"] = np.full(load_kw.shape, plant.auxiliary_kw)
    parts = ("heat_pumps_kw", "source_pumps_kw", "load_pumps_kw", "auxiliary_kw")
    new["plant_kw"] = _total([new[part] for part in parts])
    new["plant_cop"] = _ratio(np.abs(load_kw), new["plant_kw"])
    return new


def _unit_temperatures(n: int, values: Values) -> Values:
    """Return what the four pipe sensors of a unit see; a resting unit shows the header."""
    new: Values = {}
    for side, pump, entering in (
        ("load", "load_pump", "load_return_temp_c"),
        ("source", "source_pump", "source_supply_temp_c"),
    ):
        enters_c = values[entering]
        flow_kw_k = values[f"{pump}{n}_flow_m3h"] * water_heat_capacity_kwh_m3k(enters_c)
        heat_kw = values[f"hp{n}_{side}_kw"]
        warmed_k = np.divide(heat_kw, flow_kw_k, out=np.zeros_like(heat_kw), where=flow_kw_k > 0.0)
        new[f"hp{n}_{side}_entering_temp_c"] = enters_c
        new[f"hp{n}_{side}_leaving_temp_c"] = enters_c + warmed_k
    return new


def _ratio(output_kw: FloatArray, power_kw: FloatArray) -> FloatArray:
    """Return output over power; NaN without output, because there is no efficiency then."""
    out = np.full(output_kw.shape, np.nan)
    np.divide(output_kw, power_kw, out=out, where=output_kw > 0.0)
    return out


def _total(parts: list[FloatArray]) -> FloatArray:
    total = np.zeros(parts[0].shape)
    for part in parts:
        total = total + part
    return total


def integrate(values: Values, totals: dict[str, float], dt_s: float) -> Values:
    """Add the running totals of powers [kWh], flows [m³] and running [h]; changes `totals`.

    Parameters
    ----------
    values : dict of str to array
        Columns; `columns.total_of` says which have a total and what it is called.
    totals : dict of str to float
        Totals before the first step; afterwards those at the end of the last one.
    dt_s : float
        Step width. [s]

    Returns
    -------
    dict of str to array
        `values` and the totals at the end of each step: mean power times width, nothing else.
    """
    new = dict(values)
    for name, column in values.items():
        total_name = total_of(name)
        if total_name:
            running = totals.get(total_name, 0.0) + np.cumsum(column) * (dt_s / 3_600.0)
            totals[total_name] = float(running[-1])
            new[total_name] = running
    return new
