"""The truth of the complex: error-free figures over time, with their running totals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.drive import Outside, TowerOutside
from firmware_sims.physics.electricity import tower_items
from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.rows import Column
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
        One entry per column; the unit is in the name, `truth_columns` says what it is.
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
        values |= _tower_values(design, outside, tower, plant[f"{tower.design.name}_water_kw"])
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
    load_kw, source_kw = values["load_water_kw"], values["source_water_kw"]
    new["load_heat_kw"] = np.maximum(load_kw, 0.0)
    new["load_cold_kw"] = np.maximum(-load_kw, 0.0)
    new["source_extracted_kw"] = np.maximum(-source_kw, 0.0)
    new["source_rejected_kw"] = np.maximum(source_kw, 0.0)
    new["heat_pumps_kw"] = _total([new[f"hp{n}_kw"] for n in numbers])
    new["source_pumps_kw"] = _total([values[f"source_pump{n}_kw"] for n in numbers])
    new["load_pumps_kw"] = _total([values[f"load_pump{n}_kw"] for n in numbers])
    new["auxiliary_kw"] = np.full(load_kw.shape, plant.auxiliary_kw)
    new["plant_kw"] = (
        new["heat_pumps_kw"] + new["source_pumps_kw"] + new["load_pumps_kw"] + new["auxiliary_kw"]
    )
    return new


def _total(parts: list[FloatArray]) -> FloatArray:
    total = np.zeros(parts[0].shape)
    for part in parts:
        total = total + part
    return total


def integrate(values: Values, totals: dict[str, float], dt_s: float) -> Values:
    """Add the running totals of powers [kWh] and flows [m³]; changes `totals`.

    Parameters
    ----------
    values : dict of str to array
        Columns; the total of `x_kw` is called `x_kwh`, that of `x_m3h` is called `x_m3`.
    totals : dict of str to float
        Totals before the first step; after it the totals at the end of the last one.
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


def total_of(name: str) -> str | None:
    """Return the name of the running total of a column, None if it has none."""
    if name.endswith("_kw"):
        return name + "h"
    if name.endswith("_m3h"):
        return name[:-1]
    return None


def truth_columns(design: ComplexDesign, plant: list[Column]) -> list[Column]:
    """Return every column of a trace with unit and meaning."""
    columns = [*_WEATHER_COLUMNS, *plant]
    for tower in design.towers:
        columns += [Column(f"{tower.name}_{c.name}", c.unit, c.meaning) for c in _TOWER_COLUMNS]
    for n in range(1, len(design.plant.units) + 1):
        columns.append(Column(f"hp{n}_kw", "kW", "electricity of the unit with controls"))
    columns += _SITE_COLUMNS
    totals = [
        Column(name, "kWh" if name.endswith("_kwh") else "m³", f"running total of {c.name}")
        for c in columns
        if (name := total_of(c.name))
    ]
    return columns + totals


_WEATHER_COLUMNS = [
    Column("outdoor_temp_c", "°C", "outdoor dry bulb"),
    Column("relative_humidity_pct", "%", "outdoor relative humidity"),
    Column("global_irradiance_w_m2", "W/m²", "global irradiance on the horizontal"),
]
_TOWER_COLUMNS = [
    Column("lighting_sockets_kw", "kW", "item A, lighting and sockets"),
    Column("terminals_kw", "kW", "item B2, air handlers and fan coils"),
    Column("lifts_pumps_kw", "kW", "item C, lifts and water pumps"),
    Column("special_kw", "kW", "item D, server room and kitchen"),
    Column("kw", "kW", "all items of the tower"),
    Column("heat_kw", "kW", "heat given by the water"),
    Column("cold_kw", "kW", "heat taken by the water"),
    Column("people", "-", "people present"),
    Column("water_m3h", "m³/h", "cold water drawn"),
    Column("gas_m3h", "m³/h", "natural gas burnt"),
]
_SITE_COLUMNS = [
    Column("load_heat_kw", "kW", "heat given to the load loop"),
    Column("load_cold_kw", "kW", "heat taken from the load loop, free cooling included"),
    Column("source_extracted_kw", "kW", "heat taken from the ground loop"),
    Column("source_rejected_kw", "kW", "heat given to the ground loop, free cooling included"),
    Column("heat_pumps_kw", "kW", "electricity of all units, with standby"),
    Column("source_pumps_kw", "kW", "electricity of the source pumps"),
    Column("load_pumps_kw", "kW", "electricity of the load pumps"),
    Column("auxiliary_kw", "kW", "controls, valves and light of the plant room"),
    Column("plant_kw", "kW", "electricity of the plant"),
    Column("water_m3h", "m³/h", "cold water of the complex"),
    Column("gas_m3h", "m³/h", "natural gas of the complex"),
    Column("sub_meters_kw", "kW", "towers and plant"),
    Column("loss_kw", "kW", "transformers and cables"),
    Column("main_kw", "kW", "main meter: sub-meters and losses"),
]
