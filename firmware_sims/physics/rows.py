"""The figures of one plant step as a flat row, and what each column means."""

from firmware_sims.physics.building import Season
from firmware_sims.physics.columns import Column
from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.plant import PlantState, PlantStep

MODE_OFF, MODE_STANDBY, MODE_HEAT, MODE_COOL, MODE_FREE = 0.0, 1.0, 2.0, 3.0, 4.0


def plant_columns(tower_names: list[str], units: int) -> list[Column]:
    """Return the columns of `plant_row`, in its order."""
    columns = [column for name in tower_names for column in _tower_columns(name)]
    columns += [column for n in range(1, units + 1) for column in _unit_columns(n)]
    for group in ("source_pump", "load_pump"):
        columns += [column for n in range(1, units + 1) for column in _pump_columns(group, n)]
    return columns + _LOOP_COLUMNS


def plant_row(step: PlantStep, state: PlantState) -> list[float]:
    """Flatten one step; the order is that of `plant_columns`."""
    row: list[float] = []
    kwh_m3k = water_heat_capacity_kwh_m3k(step.loop_c)
    for tower, heat_kw, flow in zip(
        state.towers, step.tower_heat_kw, step.tower_flow_m3h, strict=True
    ):
        return_c = step.supply_c - heat_kw / (flow * kwh_m3k) if flow else step.loop_c
        row += (tower.room_c, heat_kw, flow, step.supply_c, return_c)
    for unit, memory in zip(step.units, state.staging.units, strict=True):
        row += (unit.part_load, unit.condenser_kw, unit.evaporator_kw, unit.compressor_kw)
        row += (unit.load_kw, unit.source_kw, memory.starts, memory.run_s / 3_600.0)
    for point in (*step.source_points, *step.load_points):
        row += (100.0 * point.speed, point.flow_m3h, point.head_kpa, point.electric_kw)
    row += (_mode(state, step), float(state.control.season), state.control.outdoor_mean_c)
    row += (step.supply_c, step.return_c, step.load_flow_m3h, step.load_heat_kw, step.free_kw)
    row += (step.source_entering_c, step.source_leaving_c, step.source_flow_m3h)
    row += (step.source_heat_kw, step.ground.ground_heat_kw, step.ground.wall_c)
    row += (state.ground.fluid_c, state.loop_c)
    return row


def _mode(state: PlantState, step: PlantStep) -> float:
    """Return what the plant does, in the states of the monitoring."""
    if state.control.season == Season.OFF:
        return MODE_OFF
    if step.free_kw > 0.0:
        return MODE_FREE
    if not any(unit.running for unit in state.staging.units):
        return MODE_STANDBY
    return MODE_HEAT if state.control.season == Season.HEATING else MODE_COOL


def _tower_columns(name: str) -> list[Column]:
    return [
        Column(f"{name}_room_temp_c", "°C", "room temperature at the end of the step"),
        Column(f"{name}_thermal_kw", "kW", "heat given by the water, negative when it cools"),
        Column(f"{name}_flow_m3h", "m³/h", "water through the tower"),
        Column(f"{name}_supply_temp_c", "°C", "water to the tower"),
        Column(f"{name}_return_temp_c", "°C", "water from the tower"),
    ]


def _unit_columns(n: int) -> list[Column]:
    return [
        Column(f"hp{n}_part_load", "-", "useful output over full output, 0 when off"),
        Column(f"hp{n}_condenser_kw", "kW", "heat given by the condenser"),
        Column(f"hp{n}_evaporator_kw", "kW", "heat taken by the evaporator"),
        Column(f"hp{n}_compressor_kw", "kW", "electricity of the compressor"),
        Column(f"hp{n}_load_kw", "kW", "heat into the load loop, negative when cooling"),
        Column(f"hp{n}_source_kw", "kW", "heat into the ground loop, negative when heating"),
        Column(f"hp{n}_starts", "-", "starts so far"),
        Column(f"hp{n}_run_hours", "h", "running time so far"),
    ]


def _pump_columns(group: str, n: int) -> list[Column]:
    return [
        Column(f"{group}{n}_speed_pct", "%", "speed over rated speed"),
        Column(f"{group}{n}_flow_m3h", "m³/h", "water through the pump"),
        Column(f"{group}{n}_head_kpa", "kPa", "pressure rise"),
        Column(f"{group}{n}_kw", "kW", "electricity of motor and drive"),
    ]


_LOOP_COLUMNS = [
    Column("plant_mode", "-", "0 off, 1 standby, 2 heating, 3 cooling, 4 free cooling"),
    Column("plant_season", "-", "1 heating, -1 cooling, 0 off"),
    Column("outdoor_mean_temp_c", "°C", "fading outdoor mean of the controller"),
    Column("load_supply_temp_c", "°C", "load loop, leaving the plant"),
    Column("load_return_temp_c", "°C", "load loop, entering the plant"),
    Column("load_flow_m3h", "m³/h", "load loop through the plant"),
    Column("load_thermal_kw", "kW", "heat given to the load loop, negative when cooling"),
    Column("free_cooling_kw", "kW", "heat passed straight from load loop to ground loop"),
    Column("source_supply_temp_c", "°C", "ground loop, entering the plant"),
    Column("source_return_temp_c", "°C", "ground loop, leaving the plant to the bores"),
    Column("source_flow_m3h", "m³/h", "ground loop through the plant"),
    Column("source_thermal_kw", "kW", "heat given to the ground loop, negative when extracted"),
    Column("ground_kw", "kW", "heat passed from the loop to the ground"),
    Column("bore_wall_temp_c", "°C", "bore wall"),
    Column("ground_fluid_temp_c", "°C", "mean fluid of the ground loop at the end of the step"),
    Column("load_loop_temp_c", "°C", "mean water of the load loop at the end of the step"),
]
