"""The plant: towers' demand, load loop, heat pumps, source loop and ground, step by step.

The hot path of every simulation: plain floats, no arrays. Signs: heat into the load loop and heat
into the ground are positive.
"""

from dataclasses import dataclass

from firmware_sims.physics.borefield import GroundLoop, GroundState, GroundStep
from firmware_sims.physics.building import Season, Tower, TowerModel, TowerState
from firmware_sims.physics.control import (
    ControlState,
    decide_free_cooling,
    decide_season,
    supply_set_point_c,
)
from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.heat_pump import FullLoad
from firmware_sims.physics.plant_design import PlantDesign
from firmware_sims.physics.pump import STANDSTILL, PumpGroup, PumpPoint
from firmware_sims.physics.staging import StagingState, UnitState, lead, stage, stop_all
from firmware_sims.physics.units import IDLE, UnitStep, run_unit

TowerInputs = tuple[float, float, float, float]
"""Gain [kW], exchange [kW/K], latent [kW], conditioned share [-] of one tower in one step."""


@dataclass(slots=True)
class PlantState:
    """Everything that the plant and the towers remember.

    Attributes
    ----------
    towers : list of TowerState
    control : ControlState
    staging : StagingState
    ground : GroundState
    loop_c : float
        Mean temperature of the load loop. [°C]
    load_half_k, source_half_k : float
        Half the spread of either loop in the last step, supply minus return, and leaving minus
        entering the plant. [K]
    """

    towers: list[TowerState]
    control: ControlState
    staging: StagingState
    ground: GroundState
    loop_c: float
    load_half_k: float = 0.0
    source_half_k: float = 0.0


@dataclass(frozen=True, slots=True)
class PlantStep:
    """Means over one step; `rows.plant_columns` says what each figure is."""

    tower_heat_kw: list[float]
    tower_flow_m3h: list[float]
    units: list[UnitStep]
    source_points: list[PumpPoint]
    load_points: list[PumpPoint]
    loop_c: float
    supply_c: float
    return_c: float
    load_flow_m3h: float
    load_heat_kw: float
    free_kw: float
    source_flow_m3h: float
    source_entering_c: float
    source_leaving_c: float
    source_heat_kw: float
    ground: GroundStep


class PlantModel:
    """Advance plant and towers together."""

    def __init__(self, design: PlantDesign, towers: tuple[Tower, ...]) -> None:
        self.design = design
        self.towers = [TowerModel(tower) for tower in towers]
        self.ground = GroundLoop(design.bore_field)
        self._area_share = [t.area_m2 / sum(x.area_m2 for x in towers) for t in towers]
        self._start_up_s = [unit.start_up_s for unit in design.units]

    def rest_state(self, outdoor_c: float) -> PlantState:
        """Return plant and towers before anything has run."""
        return PlantState(
            towers=[TowerState(20.0, 20.0) for _ in self.towers],
            control=ControlState(outdoor_mean_c=outdoor_c),
            staging=StagingState([UnitState() for _ in self.design.units]),
            ground=self.ground.undisturbed(),
            loop_c=self.design.plant_room_c,
        )

    def advance(
        self, state: PlantState, outdoor_c: float, inputs: list[TowerInputs], dt_s: float
    ) -> PlantStep:
        """Advance by one step; changes `state`.

        Parameters
        ----------
        state : PlantState
        outdoor_c : float
            Outdoor air. [°C]
        inputs : list of TowerInputs
            One per tower.
        dt_s : float
            Step width. [s]

        Returns
        -------
        PlantStep
        """
        rules, dt_h = self.design.control, dt_s / 3_600.0
        decide_season(state.control, rules, outdoor_c, dt_s)
        season = state.control.season
        water_c = state.loop_c + state.load_half_k
        tower_kw = [
            model.advance(tower, season, water_c, outdoor_c, *drive, dt_h)
            for model, tower, drive in zip(self.towers, state.towers, inputs, strict=True)
        ]
        drawn_kw = sum(tower_kw)
        heat_capacity = water_heat_capacity_kwh_m3k(state.loop_c)
        wanted_m3h = abs(drawn_kw) / (heat_capacity * rules.spread_k)
        asked_kw, gap_k = self._ask(state, outdoor_c, drawn_kw, wanted_m3h * heat_capacity, dt_s)
        full = self._switch(state, asked_kw, gap_k, dt_s)
        load_m3h, source_m3h, circulating = self._flows(state, asked_kw, wanted_m3h, full)
        units = self._run_units(state, asked_kw, full, dt_s)
        source_kw_k = source_m3h * water_heat_capacity_kwh_m3k(state.ground.fluid_c)
        free_kw = self._free_cooling(state, asked_kw, source_kw_k, load_m3h * heat_capacity)
        load_points = self._pump(self.design.load_pumps, load_m3h, circulating)
        source_points = self._pump(
            self.design.source_pumps, source_m3h, circulating if source_m3h else []
        )

        heat_kw = sum(u.load_kw for u in units) - free_kw
        shafts_kw = sum(point.shaft_kw for point in load_points)
        loop_mean_c = self._move_loop(state, heat_kw + shafts_kw - drawn_kw, dt_h)
        state.load_half_k = 0.5 * heat_kw / (load_m3h * heat_capacity) if load_m3h else 0.0

        rejected_kw = sum(u.source_kw for u in units) + free_kw
        ground = self.ground.advance(
            state.ground, rejected_kw + sum(point.shaft_kw for point in source_points), dt_s
        )
        state.source_half_k = 0.5 * rejected_kw / source_kw_k if source_kw_k else 0.0
        return PlantStep(
            tower_heat_kw=tower_kw,
            tower_flow_m3h=self._tower_flows(tower_kw, load_m3h),
            units=units,
            source_points=source_points,
            load_points=load_points,
            loop_c=loop_mean_c,
            supply_c=loop_mean_c + state.load_half_k,
            return_c=loop_mean_c - state.load_half_k,
            load_flow_m3h=load_m3h,
            load_heat_kw=heat_kw,
            free_kw=free_kw,
            source_flow_m3h=source_m3h,
            source_entering_c=ground.fluid_c - state.source_half_k,
            source_leaving_c=ground.fluid_c + state.source_half_k,
            source_heat_kw=rejected_kw,
            ground=ground,
        )

    def _ask(
        self,
        state: PlantState,
        outdoor_c: float,
        drawn_kw: float,
        wanted_kw_k: float,
        dt_s: float,
    ) -> tuple[float, float]:
        """Return the output that the loop needs [kW] and its gap to the set point [K]."""
        season, rules = state.control.season, self.design.control
        if season == Season.OFF:
            decide_free_cooling(state.control, rules, state.ground.fluid_c, 0.0, dt_s)
            return 0.0, 0.0
        half_k = 0.5 * abs(drawn_kw) / wanted_kw_k if wanted_kw_k else 0.0
        set_c = supply_set_point_c(state.control, rules, outdoor_c) - season * half_k
        gap_k = season * (set_c - state.loop_c)
        decide_free_cooling(state.control, rules, state.ground.fluid_c, gap_k, dt_s)
        settle_h = max(rules.settle_s, dt_s) / 3_600.0
        return season * drawn_kw + self.design.load_capacity_kwh_k * gap_k / settle_h, gap_k

    def _switch(
        self, state: PlantState, asked_kw: float, gap_k: float, dt_s: float
    ) -> list[FullLoad]:
        """Let the controller switch units; return what each could do at full load."""
        season = state.control.season
        if season == Season.OFF or state.control.free:
            stop_all(state.staging, dt_s)
            return []
        fluid_c = state.ground.fluid_c
        if season == Season.HEATING:
            cold_c, warm_c = fluid_c - state.source_half_k, state.loop_c + state.load_half_k
        else:
            cold_c, warm_c = state.loop_c - state.load_half_k, fluid_c + state.source_half_k
        full = [unit.full_load(cold_c, warm_c) for unit in self.design.units]
        output_kw = [f.heat_kw if season == Season.HEATING else f.cold_kw for f in full]
        stage(
            state.staging, self.design.staging, output_kw, self._start_up_s, asked_kw, gap_k, dt_s
        )
        return full

    def _run_units(
        self, state: PlantState, asked_kw: float, full: list[FullLoad], dt_s: float
    ) -> list[UnitStep]:
        """Share the asked output among the running units."""
        season, units = state.control.season, self.design.units
        if not full:
            return [IDLE for _ in units]
        heating = season == Season.HEATING
        running_kw = sum(
            (f.heat_kw if heating else f.cold_kw)
            for f, unit in zip(full, state.staging.units, strict=True)
            if unit.running
        )
        part_load = min(asked_kw / running_kw, 1.0) if running_kw else 0.0
        return [
            run_unit(unit, memory, f, part_load, heating=heating, dt_s=dt_s)
            for unit, memory, f in zip(units, state.staging.units, full, strict=True)
        ]

    def _flows(
        self, state: PlantState, asked_kw: float, wanted_m3h: float, full: list[FullLoad]
    ) -> tuple[float, float, list[int]]:
        """Return load flow, source flow [m³/h] and whose load pumps run."""
        if state.control.season == Season.OFF:
            return 0.0, 0.0, []
        design = self.design
        rated_load = design.load_pumps.curve.rated_flow_m3h
        rated_source = design.source_pumps.curve.rated_flow_m3h
        on = [n for n, unit in enumerate(state.staging.units) if unit.running]
        if not on:
            load_m3h = min(max(wanted_m3h, design.least_idle_flow * rated_load), rated_load)
            share = min(max(wanted_m3h / rated_load, design.least_unit_flow), 1.0)
            source_m3h = share * rated_source if state.control.free else 0.0
            return load_m3h, source_m3h, [lead(state.staging)]
        count = len(on)
        least = design.least_unit_flow
        load_m3h = min(max(wanted_m3h, least * count * rated_load), count * rated_load)
        running_kw = sum(full[n].heat_kw for n in on)
        share = min(max(asked_kw / running_kw, least), 1.0)
        return load_m3h, share * count * rated_source, on

    def _pump(self, group: PumpGroup, flow_m3h: float, running: list[int]) -> list[PumpPoint]:
        """Give the running pumps of a group their point, the others a standstill."""
        point = group.point(flow_m3h, len(running))
        return [point if n in running else STANDSTILL for n in range(group.pumps)]

    def _free_cooling(
        self, state: PlantState, asked_kw: float, source_kw_k: float, load_kw_k: float
    ) -> float:
        """Return the heat that the exchanger passes from load loop to ground loop [kW]."""
        if not state.control.free:
            return 0.0
        entering_c = state.ground.fluid_c - state.source_half_k
        drop_k = state.loop_c - state.load_half_k - entering_c
        possible_kw = self.design.free_effectiveness * min(source_kw_k, load_kw_k) * drop_k
        return max(min(asked_kw, possible_kw), 0.0)

    def _move_loop(self, state: PlantState, surplus_kw: float, dt_h: float) -> float:
        """Warm or cool the load loop; return its mean over the step [°C]."""
        before_c = state.loop_c
        loss_kw = self.design.load_loss_kw_k * (before_c - self.design.plant_room_c)
        state.loop_c += (surplus_kw - loss_kw) * dt_h / self.design.load_capacity_kwh_k
        return 0.5 * (before_c + state.loop_c)

    def _tower_flows(self, tower_kw: list[float], load_m3h: float) -> list[float]:
        """Share the flow by demand, idle circulation by area [m³/h]."""
        total_kw = sum(tower_kw)
        if total_kw == 0.0:
            return [share * load_m3h for share in self._area_share]
        return [kw / total_kw * load_m3h for kw in tower_kw]
