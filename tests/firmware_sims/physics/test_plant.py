import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sims.physics.building import Season, Tower
from firmware_sims.physics.plant import PlantModel
from firmware_sims.physics.plant_design import PlantDesign
from firmware_sims.physics.rows import plant_columns, plant_row

TOWERS = (Tower("a", area_m2=32_000.0, people=1_450.0), Tower("b", area_m2=21_000.0, people=980.0))
DESIGN = PlantDesign()
MODEL = PlantModel(DESIGN, TOWERS)

tower_inputs = st.tuples(
    st.floats(0.0, 900.0), st.floats(20.0, 90.0), st.floats(0.0, 300.0), st.floats(0.02, 1.0)
)
weather = st.floats(-12.0, 40.0)


def run_days(outdoor_c, days, inputs=(150.0, 55.0, 100.0, 1.0)):
    state = MODEL.rest_state(outdoor_c)
    steps = [MODEL.advance(state, outdoor_c, [inputs, inputs], 900.0) for _ in range(96 * days)]
    return state, steps


@settings(max_examples=60)
@given(
    weather,
    st.lists(
        st.tuples(weather, tower_inputs, tower_inputs, st.sampled_from([1.0, 60.0, 900.0])),
        min_size=5,
        max_size=60,
    ),
    st.sampled_from(Season),
)
def test_energy_is_conserved_under_any_load(first_c, steps, season):
    state = MODEL.rest_state(first_c)
    state.control.season = season
    for outdoor_c, one, other, dt_s in steps:
        before = copy.deepcopy(state)
        step = MODEL.advance(state, outdoor_c, [one, other], dt_s)
        hours = dt_s / 3_600.0
        for unit in step.units:
            balance_kw = unit.condenser_kw - unit.evaporator_kw - unit.compressor_kw
            assert balance_kw == pytest.approx(0.0, abs=1e-9)
        assert step.load_heat_kw == pytest.approx(
            sum(unit.load_kw for unit in step.units) - step.free_kw
        )
        loss_kw = DESIGN.load_loss_kw_k * (before.loop_c - DESIGN.plant_room_c)
        into_loop_kw = step.load_heat_kw + sum(point.shaft_kw for point in step.load_points)
        stored_kwh = DESIGN.load_capacity_kwh_k * (state.loop_c - before.loop_c)
        kept_kw = into_loop_kw - sum(step.tower_heat_kw) - loss_kw
        assert stored_kwh == pytest.approx(kept_kw * hours, abs=1e-6)
        into_source_kw = step.source_heat_kw + sum(point.shaft_kw for point in step.source_points)
        fluid_kwh = DESIGN.bore_field.loop_capacity_kwh_k * (
            state.ground.fluid_c - before.ground.fluid_c
        )
        to_ground_kwh = step.ground.ground_heat_kw * hours
        assert into_source_kw * hours == pytest.approx(fluid_kwh + to_ground_kwh, abs=1e-6)


@settings(max_examples=60)
@given(weather, st.lists(st.tuples(weather, tower_inputs), min_size=5, max_size=40))
def test_towers_plant_and_flow_agree(first_c, steps):
    state = MODEL.rest_state(first_c)
    for outdoor_c, inputs in steps:
        step = MODEL.advance(state, outdoor_c, [inputs, inputs], 900.0)
        assert sum(step.tower_flow_m3h) == pytest.approx(step.load_flow_m3h)
        running = [unit.running for unit in state.staging.units]
        assert [unit.compressor_kw > 0.0 for unit in step.units] == running
        if any(running):
            assert [point.speed > 0.0 for point in step.source_points] == running
            assert [point.speed > 0.0 for point in step.load_points] == running
        assert step.free_kw == 0.0 or not any(running)


def test_a_cold_spell_heats_and_cools_the_ground():
    state, steps = run_days(-2.0, 5)
    assert state.control.season == Season.HEATING
    assert steps[-1].load_heat_kw > 500.0
    assert 36.0 < steps[-1].supply_c < 50.0
    assert steps[-1].source_entering_c < DESIGN.bore_field.undisturbed_c
    assert steps[-1].source_leaving_c < steps[-1].source_entering_c


def test_a_heat_wave_cools_and_warms_the_ground():
    state, steps = run_days(34.0, 5, inputs=(400.0, 55.0, 150.0, 1.0))
    assert state.control.season == Season.COOLING
    assert steps[-1].load_heat_kw < -800.0
    assert 5.0 < steps[-1].supply_c < 13.0
    assert steps[-1].source_leaving_c > steps[-1].source_entering_c > 17.6


def test_a_cold_ground_cools_the_towers_without_compressors():
    state = MODEL.rest_state(23.0)
    state.control.season = Season.COOLING
    state.ground.fluid_c = 13.0
    state.ground.memories_k = [-0.4] * len(state.ground.memories_k)
    inputs = (150.0, 55.0, 0.0, 1.0)
    for _ in range(3):
        for tower in state.towers:
            tower.room_c = tower.mass_c = 27.0
        step = MODEL.advance(state, 24.0, [inputs, inputs], 900.0)
    assert step.free_kw > 100.0
    assert step.load_heat_kw == pytest.approx(-step.free_kw)
    assert all(unit.compressor_kw == 0.0 for unit in step.units)
    assert step.source_heat_kw == pytest.approx(step.free_kw)


def test_low_load_cycles_one_unit_within_its_protection_times():
    state = MODEL.rest_state(5.0)
    inputs = (0.0, 55.0, 0.0, 0.02)
    runs, rests, length, was = [], [], 0.0, False
    for _ in range(2 * 1_440):
        step = MODEL.advance(state, 5.0, [inputs, inputs], 60.0)
        now = any(unit.compressor_kw > 0.0 for unit in step.units)
        if now != was:
            (runs if was else rests).append(length)
            length, was = 0.0, now
        length += 60.0
    assert len(runs) > 3
    assert min(runs) >= DESIGN.staging.least_run_s
    assert min(rests[1:]) >= DESIGN.staging.least_off_s


def test_lead_rotation_keeps_run_hours_together():
    state, _ = run_days(8.0, 20, inputs=(0.0, 55.0, 0.0, 0.3))
    hours = [unit.run_s / 3_600.0 for unit in state.staging.units]
    assert min(hours) > 200.0
    assert max(hours) - min(hours) < 40.0


def test_rows_have_one_figure_per_column():
    _, steps = run_days(0.0, 1)
    state, _ = run_days(0.0, 1)
    columns = plant_columns([tower.name for tower in TOWERS], len(DESIGN.units))
    assert len(plant_row(steps[-1], state)) == len(columns)
    assert len({column.name for column in columns}) == len(columns)


def test_a_design_needs_as_many_pumps_as_units():
    with pytest.raises(ValueError, match="one pump for each"):
        PlantDesign(units=DESIGN.units[:2])
