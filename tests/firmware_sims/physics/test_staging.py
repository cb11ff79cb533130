import pytest

from firmware_sims.physics.staging import (
    StagingRules,
    StagingState,
    UnitState,
    lead,
    stage,
    stop_all,
)

RULES = StagingRules()
CAPACITY_KW = [1_000.0, 1_000.0, 1_000.0]
START_UP_S = [120.0, 120.0, 120.0]


@pytest.fixture
def plant() -> StagingState:
    return StagingState([UnitState(run_s=300.0), UnitState(run_s=100.0), UnitState(run_s=200.0)])


def run(state, seconds, asked_kw, gap_k, dt_s=60.0):
    for _ in range(round(seconds / dt_s)):
        stage(state, RULES, CAPACITY_KW, START_UP_S, asked_kw, gap_k, dt_s)
        for unit in state.units:
            unit.run_s += dt_s * unit.running


def running(state):
    return [unit.running for unit in state.units]


def test_the_unit_with_the_fewest_hours_leads(plant):
    assert lead(plant) == 1
    run(plant, 60.0, 500.0, gap_k=3.0)
    assert running(plant) == [False, True, False]
    assert plant.units[1].starts == 1


def test_a_loop_within_its_band_starts_nothing(plant):
    run(plant, 3_600.0, 500.0, gap_k=1.5)
    assert running(plant) == [False, False, False]


def test_a_second_unit_waits_until_the_need_has_lasted(plant):
    run(plant, 60.0, 1_500.0, gap_k=3.0)
    run(plant, 240.0, 1_500.0, gap_k=3.0)
    assert sum(running(plant)) == 1
    run(plant, 60.0, 1_500.0, gap_k=3.0)
    assert sum(running(plant)) == 2


def test_a_wide_step_starts_as_many_units_as_its_time_allows(plant):
    run(plant, 900.0, 2_800.0, gap_k=3.0, dt_s=900.0)
    run(plant, 900.0, 2_800.0, gap_k=3.0, dt_s=900.0)
    assert running(plant) == [True, True, True]


def test_units_stop_one_by_one_when_the_others_suffice(plant):
    run(plant, 1_800.0, 2_800.0, gap_k=3.0)
    assert sum(running(plant)) == 3
    run(plant, 600.0, 900.0, gap_k=0.0)
    assert sum(running(plant)) == 2
    run(plant, 600.0, 700.0, gap_k=0.0)
    assert sum(running(plant)) == 1


def test_the_last_unit_runs_its_least_time_before_it_stops(plant):
    run(plant, 60.0, 100.0, gap_k=3.0)
    run(plant, RULES.least_run_s - 60.0, 100.0, gap_k=-5.0)
    assert sum(running(plant)) == 1
    run(plant, 60.0, 100.0, gap_k=-5.0)
    assert sum(running(plant)) == 0


def test_a_stopped_unit_rests_before_it_starts_again():
    plant = StagingState([UnitState()])
    for seconds, gap_k in ((60.0, 3.0), (RULES.least_run_s, -5.0)):
        for _ in range(round(seconds / 60.0)):
            stage(plant, RULES, [1_000.0], [120.0], 500.0, gap_k, 60.0)
    assert not plant.units[0].running
    for _ in range(round(RULES.least_off_s / 60.0) - 1):
        stage(plant, RULES, [1_000.0], [120.0], 500.0, 3.0, 60.0)
    assert not plant.units[0].running
    stage(plant, RULES, [1_000.0], [120.0], 500.0, 3.0, 60.0)
    assert plant.units[0].running
    assert plant.units[0].starts == 2


def test_a_blocked_unit_stops_and_another_takes_over(plant):
    run(plant, 60.0, 500.0, gap_k=3.0)
    plant.units[1].blocked = True
    run(plant, 120.0, 500.0, gap_k=3.0)
    assert running(plant) == [False, False, True]
    assert lead(plant) != 1


def test_a_unit_that_never_stops_hands_over():
    plant = StagingState([UnitState(run_s=1e6), UnitState(run_s=1e6 + 1.0)])
    stage(plant, RULES, [1_000.0, 1_000.0], [120.0, 120.0], 700.0, 3.0, 900.0)
    assert plant.units[0].running
    for _ in range(round(RULES.rotate_after_s / 900.0) + 2):
        plant.units[0].run_s += 900.0 * plant.units[0].running
        stage(plant, RULES, [1_000.0, 1_000.0], [120.0, 120.0], 700.0, 0.0, 900.0)
    assert [unit.running for unit in plant.units] == [False, True]


def test_stopping_all_ends_every_run(plant):
    run(plant, 1_800.0, 2_800.0, gap_k=3.0)
    stop_all(plant, 60.0)
    assert running(plant) == [False, False, False]
    assert all(unit.held_s == 0.0 for unit in plant.units)
