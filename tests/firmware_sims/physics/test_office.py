import math
import time
from dataclasses import replace

import numpy as np
import pytest

from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.office import OfficeComplex
from firmware_sims.physics.truth import Trace
from tests.firmware_sims.physics.conftest import START_MS, YEAR_STEPS

UNITS = (1, 2, 3)
HOURS = 0.25


def energy_kwh(trace: Trace, column: str) -> float:
    return float(trace.values[column].sum()) * trace.dt_s / 3_600.0


def test_condenser_heat_is_evaporator_heat_plus_compressor_power(year):
    v = year.values
    for n in UNITS:
        gap = v[f"hp{n}_condenser_kw"] - v[f"hp{n}_evaporator_kw"] - v[f"hp{n}_compressor_kw"]
        assert np.abs(gap).max() < 1e-9
        assert v[f"hp{n}_condenser_kw"].max() > 800.0


def test_the_main_meter_is_its_sub_meters_plus_losses(year):
    v = year.values
    items = ("lighting_sockets", "terminals", "lifts_pumps", "special")
    subs = sum(v[f"tower_{tower}_{item}_kw"] for tower in "ab" for item in items)
    subs = subs + v["auxiliary_kw"] + sum(v[f"hp{n}_kw"] for n in UNITS)
    subs = subs + sum(v[f"{group}_pump{n}_kw"] for group in ("source", "load") for n in UNITS)
    assert np.allclose(v["main_kw"], subs + v["loss_kw"], atol=1e-9)
    assert np.all(v["loss_kw"] > 0.0)
    assert 0.005 < energy_kwh(year, "loss_kw") / energy_kwh(year, "main_kw") < 0.03


def test_the_load_loop_balances_over_the_year(year, office):
    v, plant = year.values, office.design.plant
    curve = plant.load_pumps.curve
    running = sum(v[f"load_pump{n}_on"] for n in UNITS)
    shafts_kw = (v["load_pumps_kw"] - running * curve.drive_loss_kw) * curve.motor_efficiency
    before_c = np.concatenate([[plant.plant_room_c], v["load_loop_temp_c"][:-1]])
    lost_kw = plant.load_loss_kw_k * (before_c - plant.plant_room_c)
    kept_kw = v["load_thermal_kw"] + shafts_kw - lost_kw
    kept_kw = kept_kw - v["tower_a_thermal_kw"] - v["tower_b_thermal_kw"]
    stored_kwh = plant.load_capacity_kwh_k * (v["load_loop_temp_c"] - before_c)
    assert np.abs(kept_kw * HOURS - stored_kwh).max() < 1e-6


def test_the_ground_gets_what_units_and_source_pumps_reject(year, office):
    v, plant = year.values, office.design.plant
    curve, field = plant.source_pumps.curve, plant.bore_field
    running = sum(v[f"source_pump{n}_on"] for n in UNITS)
    shafts_kw = (v["source_pumps_kw"] - running * curve.drive_loss_kw) * curve.motor_efficiency
    rejected_kw = sum(v[f"hp{n}_source_kw"] for n in UNITS) + v["free_cooling_kw"]
    assert np.allclose(rejected_kw, v["source_thermal_kw"])
    stored_kwh = field.loop_capacity_kwh_k * (v["ground_fluid_temp_c"][-1] - field.undisturbed_c)
    into_loop_kwh = float((rejected_kw + shafts_kw).sum()) * HOURS
    assert into_loop_kwh == pytest.approx(energy_kwh(year, "ground_kw") + stored_kwh, abs=1e-3)


@pytest.mark.parametrize("circuit", ["load", "source", "tower_a", "tower_b"])
def test_heat_is_flow_times_spread(year, circuit):
    v = year.values
    supply, back = v[f"{circuit}_supply_temp_c"], v[f"{circuit}_return_temp_c"]
    # The source loop is named from the plant: supply comes from the ground.
    spread = back - supply if circuit == "source" else supply - back
    capacity = water_heat_capacity_kwh_m3k(0.5 * (supply + back))
    expected = v[f"{circuit}_flow_m3h"] * capacity * spread
    off_kw = np.abs(expected - v[f"{circuit}_thermal_kw"])
    assert off_kw.max() < 0.012 * np.abs(v[f"{circuit}_thermal_kw"]).max()
    assert off_kw.mean() < 1.0


def test_counters_are_mean_power_times_time_and_nothing_else(year):
    v = year.values
    for name in ("main_kw", "load_cold_kw", "hp2_kw", "tower_b_special_kw"):
        assert np.allclose(np.diff(v[name + "h"]), v[name][1:] * HOURS, atol=1e-6)
    assert v["water_m3"][-1] == pytest.approx(float(v["water_m3h"].sum()) * HOURS)
    for n in UNITS:
        assert np.all(np.diff(v[f"hp{n}_starts"]) >= 0)
        on_hours = float((v[f"hp{n}_part_load"] > 0.0).sum()) * HOURS
        assert v[f"hp{n}_run_hours"][-1] == pytest.approx(on_hours)


def test_the_year_is_plausible(year, office):
    v, area_m2 = year.values, office.design.area_m2
    heat, cold = energy_kwh(year, "load_heat_kw"), energy_kwh(year, "load_cold_kw")
    assert 80.0 < energy_kwh(year, "main_kw") / area_m2 < 110.0
    assert 25.0 < heat / area_m2 < 50.0
    assert 25.0 < cold / area_m2 < 50.0
    assert 3.0 < (heat + cold) / energy_kwh(year, "plant_kw") < 4.5
    drawing = v["source_flow_m3h"] > 0.0
    assert v["source_supply_temp_c"][drawing].min() > 8.0
    assert v["source_return_temp_c"][drawing].max() < 35.0
    taken = energy_kwh(year, "source_extracted_kw")
    given = energy_kwh(year, "source_rejected_kw")
    assert 0.10 < (given - taken) / given < 0.30
    assert energy_kwh(year, "free_cooling_kw") > 5_000.0
    rooms_c = v["tower_a_room_temp_c"]
    assert 8.0 < rooms_c.min() < rooms_c.max() < 36.0


def test_every_unit_works_in_its_usual_range(year):
    v = year.values
    heating, cooling = v["plant_season"] == 1.0, v["plant_season"] == -1.0
    for n in UNITS:
        power = v[f"hp{n}_compressor_kw"]
        heating_cop = v[f"hp{n}_condenser_kw"][heating].sum() / power[heating].sum()
        cooling_cop = v[f"hp{n}_evaporator_kw"][cooling].sum() / power[cooling].sum()
        assert 3.5 < heating_cop < 5.0
        assert 4.0 < cooling_cop < 6.5
        per_run_hour = v[f"hp{n}_starts"][-1] / v[f"hp{n}_run_hours"][-1]
        assert 0.02 < per_run_hour < 1.0
    hours = [float(v[f"hp{n}_run_hours"][-1]) for n in UNITS]
    assert max(hours) < 1.05 * min(hours)


def test_the_cop_of_a_resting_unit_is_no_number(year):
    resting = year.values["hp1_part_load"] == 0.0
    assert np.all(np.isnan(year.values["hp1_cop"][resting]))
    assert not np.isnan(year.values["hp1_cop"][~resting]).any()


def test_workdays_use_more_than_holidays(year):
    daily = year.values["main_kw"][: 365 * 96].reshape(365, 96).sum(axis=1) * HOURS
    # Days since 16 November 2025: Spring Festival is 15 to 23 February, 4 January is made up.
    festival, made_up, sunday = daily[91:100].mean(), daily[49], daily[56]
    assert made_up > 1.8 * sunday
    assert festival < 0.6 * daily[101:104].mean()


def test_the_same_seed_gives_the_same_complex_and_another_seed_another(office, year):
    again = OfficeComplex(ComplexDesign())
    same = again.run(again.rest_state(START_MS), 2_000, 900.0)
    for name, column in same.values.items():
        assert np.array_equal(column, year.values[name][:2_000], equal_nan=True), name
    other = OfficeComplex(replace(office.design, seed=7))
    changed = other.run(other.rest_state(START_MS), 2_000, 900.0)
    assert not np.allclose(changed.values["main_kw"], same.values["main_kw"], rtol=0.01)


def test_a_checkpoint_is_independent_and_continues_exactly(office):
    state = office.rest_state(START_MS)
    office.run(state, 500, 900.0)
    checkpoint = state.copy()
    whole = office.run(state, 100, 60.0)
    office.run(checkpoint, 40, 60.0)
    resumed = office.run(checkpoint.copy(), 60, 60.0)
    for name, column in whole.values.items():
        assert np.allclose(resumed.values[name], column[40:], rtol=1e-12, equal_nan=True), name
    assert checkpoint.at_ms == START_MS + 500 * 900_000 + 40 * 60_000


def test_single_steps_are_a_run(office):
    state, other = office.rest_state(START_MS), office.rest_state(START_MS)
    whole = office.run(state, 20, 1.0)
    rows = [office.step(other, other.at_ms, 1.0).row() for _ in range(20)]
    for name, column in whole.values.items():
        assert np.allclose([row[name] for row in rows], column, rtol=1e-12, equal_nan=True), name
    assert whole.at_ms[-1] == START_MS + 20_000 == state.at_ms == other.at_ms


@pytest.mark.parametrize("day", [60, 137, 185, 240])
def test_daily_energies_hardly_depend_on_the_step_width(office, day):
    state = office.rest_state(START_MS)
    office.run(state, day * 96, 900.0)
    coarse = office.run(state.copy(), 4 * 96, 900.0)
    fine = office.run(state.copy(), 4 * 1_440, 60.0)
    for name in ("main_kw", "plant_kw", "load_heat_kw", "load_cold_kw", "tower_a_kw"):
        one, other = (t.values[name].reshape(4, -1).mean(axis=1) * 24.0 for t in (coarse, fine))
        assert np.all(np.abs(one - other) <= 0.04 * other + 50.0), name
        assert one.sum() == pytest.approx(other.sum(), rel=0.03), name


def test_seconds_agree_with_minutes(office):
    state = office.rest_state(START_MS)
    office.run(state, 60 * 96 + 24, 900.0)
    minutes = office.run(state.copy(), 60, 60.0)
    seconds = office.run(state.copy(), 3_600, 1.0)
    for name in ("main_kw", "plant_kw", "load_heat_kw"):
        assert energy_kwh(seconds, name) == pytest.approx(energy_kwh(minutes, name), rel=0.03)


def test_a_blocked_unit_stays_off_and_the_others_carry_on(office):
    state = office.rest_state(START_MS)
    office.run(state, 20 * 96, 900.0)
    state.plant.staging.units[0].blocked = True
    starts = state.plant.staging.units[0].starts
    trace = office.run(state, 5 * 96, 900.0)
    assert trace.values["hp1_part_load"].max() == 0.0
    assert state.plant.staging.units[0].starts == starts
    assert trace.values["load_heat_kw"].max() > 500.0


def test_every_column_is_documented_once_with_its_unit(office, year):
    names = [column.name for column in office.columns]
    assert len(names) == len(set(names))
    assert set(names) == set(year.values)
    endings = {"_kw": "kW", "_kwh": "kWh", "_m3h": "m³/h", "_temp_c": "°C", "_pct": "%"}
    for column in office.columns:
        assert column.meaning
        for ending, unit in endings.items():
            if column.name.endswith(ending):
                assert column.unit == unit, column.name


def test_figures_are_finite_and_powers_positive(year):
    for name, column in year.values.items():
        if not name.endswith("_cop"):
            assert np.isfinite(column).all(), name
    for name in ("main_kw", "hp1_kw", "tower_a_terminals_kw", "water_m3h", "gas_m3h"):
        assert year.values[name].min() >= 0.0


def test_the_trace_covers_the_year_at_its_slots(year):
    assert year.at_ms.size == YEAR_STEPS
    assert year.at_ms[0] == START_MS + 900_000
    assert np.all(np.diff(year.at_ms) == 900_000)
    assert math.isclose(year.row()["main_kwh"], year.values["main_kwh"][-1])


def test_a_week_at_one_minute_takes_less_than_three_seconds_of_one_core(office):
    state = office.rest_state(START_MS)
    began_s = time.process_time()
    office.run(state, 10_080, 60.0)
    assert time.process_time() - began_s < 3.0


def test_steps_that_leave_a_gap_or_go_nowhere_are_refused(office):
    state = office.rest_state(START_MS)
    with pytest.raises(ValueError, match="the state stands at"):
        office.step(state, START_MS + 1_000, 1.0)
    with pytest.raises(ValueError, match="nothing to advance"):
        office.run(state, 0, 60.0)
    with pytest.raises(ValueError, match="nothing to advance"):
        office.run(state, 5, 0.0)
    assert state.at_ms == START_MS
