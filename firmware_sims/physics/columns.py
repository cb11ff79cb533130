"""What the columns of the truth are called and what each one is."""

from dataclasses import dataclass

from firmware_sims.physics.design import ComplexDesign


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of the truth: a mean over the step, unless the meaning says otherwise."""

    name: str
    unit: str
    meaning: str


_TOTALS = (("_kw", "_kwh"), ("m3h", "m3"), ("_on", "_run_hours"))
_TOTAL_UNITS = {"kwh": "kWh", "m3": "m³", "hours": "h"}


def total_of(name: str) -> str | None:
    """Return the name of a column's running total, `x_kw` to `x_kwh`; None if it has none."""
    for ending, total_ending in _TOTALS:
        if name.endswith(ending):
            return name.removesuffix(ending) + total_ending
    return None


def truth_columns(design: ComplexDesign, plant: list[Column]) -> list[Column]:
    """Return every column of a trace with unit and meaning."""
    columns = [*_WEATHER_COLUMNS, *plant]
    for tower in design.towers:
        columns += [Column(f"{tower.name}_{c.name}", c.unit, c.meaning) for c in _TOWER_COLUMNS]
    for n in range(1, len(design.plant.units) + 1):
        columns += [Column(f"hp{n}_{c.name}", c.unit, c.meaning) for c in _UNIT_COLUMNS]
        columns += [
            Column(f"{group}{n}_on", "-", "1 when the pump runs, 0 when not")
            for group in ("source_pump", "load_pump")
        ]
    columns += _SITE_COLUMNS
    totals = [
        Column(name, _TOTAL_UNITS[name.rsplit("_", 1)[1]], f"running total of {c.name}")
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
_UNIT_COLUMNS = [
    Column("kw", "kW", "electricity of the unit with controls"),
    Column("heat_kw", "kW", "heat given to the load loop"),
    Column("cold_kw", "kW", "heat taken from the load loop"),
    Column("cop", "-", "load side output over electricity of the unit; NaN without output"),
    Column("load_entering_temp_c", "°C", "load side, into the unit"),
    Column("load_leaving_temp_c", "°C", "load side, out of the unit"),
    Column("source_entering_temp_c", "°C", "source side, into the unit"),
    Column("source_leaving_temp_c", "°C", "source side, out of the unit"),
]
_SITE_COLUMNS = [
    Column("plant_cop", "-", "output of the plant over its electricity; NaN without output"),
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
