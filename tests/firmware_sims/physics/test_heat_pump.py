import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.heat_pump import HeatPump, lift_map, part_load_power_share
from firmware_sims.physics.staging import UnitState
from firmware_sims.physics.units import run_unit

UNIT = HeatPump(lift_map("WWC 190H/X"), rated_heat_kw=1_000.0)
sources, sinks = st.floats(3.0, 30.0), st.floats(20.0, 58.0)


@given(sources, sinks, st.floats(0.0, 1.0), st.booleans(), st.sampled_from([1.0, 60.0, 900.0]))
def test_condenser_heat_is_evaporator_heat_plus_compressor_power(source, sink, load, heating, dt_s):
    memory = UnitState(running=True, start_up_left_s=UNIT.start_up_s)
    full = UNIT.full_load(source, sink)
    assert full.heat_kw == pytest.approx(full.cold_kw + full.power_kw, rel=1e-12)
    step = run_unit(UNIT, memory, full, load, heating=heating, dt_s=dt_s)
    assert step.condenser_kw == pytest.approx(step.evaporator_kw + step.compressor_kw, rel=1e-12)
    assert step.load_kw + step.source_kw == pytest.approx(step.compressor_kw, rel=1e-9)
    assert step.evaporator_kw > 0.0


@given(sources, sinks)
def test_cop_falls_with_the_lift_and_stays_below_carnot(source, sink):
    full = UNIT.full_load(source, sink)
    cop = full.heat_kw / full.power_kw
    assert cop < 0.6001 * (sink + 273.15) / max(sink - source, 5.0)
    harder = UNIT.full_load(source - 1.0, sink + 1.0)
    assert harder.heat_kw / harder.power_kw <= cop


def test_the_laboratory_map_is_reproduced():
    # hplib at W10/W35, T_amb = 0: 0.110866 · 10 - 0.110866 · 35 + 8.283407
    full = UNIT.full_load(10.0, 35.0)
    assert full.heat_kw / full.power_kw == pytest.approx(5.51177, abs=1e-4)


def test_the_rating_is_met_at_the_rated_lift():
    assert UNIT.full_load(10.0, 45.0).heat_kw == pytest.approx(1_000.0)


def test_wear_costs_power_and_leaves_the_heat():
    worn = HeatPump(UNIT.lift, rated_heat_kw=1_000.0, condition=0.9)
    fresh_load, worn_load = UNIT.full_load(12.0, 45.0), worn.full_load(12.0, 45.0)
    assert worn_load.heat_kw == fresh_load.heat_kw
    assert worn_load.power_kw == pytest.approx(fresh_load.power_kw / 0.9)


def test_part_load_is_best_near_half_and_poor_at_the_bottom():
    assert part_load_power_share(1.0) == pytest.approx(1.0)
    cop = {load: load / part_load_power_share(load) for load in (0.25, 0.5, 1.0)}
    assert cop[0.5] > cop[1.0]
    assert cop[0.25] < cop[0.5]


def test_a_start_costs_the_same_heat_at_any_step_width():
    full = UNIT.full_load(12.0, 45.0)
    lost = {}
    for dt_s in (1.0, 60.0, 900.0):
        memory = UnitState(running=True, start_up_left_s=UNIT.start_up_s)
        steps = [
            run_unit(UNIT, memory, full, 1.0, heating=True, dt_s=dt_s)
            for _ in range(round(900.0 / dt_s))
        ]
        lost[dt_s] = sum(full.heat_kw - step.condenser_kw for step in steps) * dt_s
        assert memory.run_s == 900.0
    assert lost[1.0] == pytest.approx(full.heat_kw * 60.0)
    assert lost[60.0] == pytest.approx(lost[1.0])
    assert lost[900.0] == pytest.approx(lost[1.0])


def test_an_unknown_machine_is_refused_by_name():
    with pytest.raises(ValueError, match="no laboratory map named 'X'"):
        lift_map("X")
