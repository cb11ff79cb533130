import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.pump import STANDSTILL, PumpCurve, PumpGroup

CURVE = PumpCurve(rated_flow_m3h=175.0, rated_head_m=28.0, shutoff_head_m=35.0)
GROUP = PumpGroup(CURVE, pumps=3, held_head_m=0.0, common_head_m=11.0)

speeds = st.floats(0.3, 1.0)
flows = st.floats(20.0, 240.0)


@given(flows, speeds)
def test_affinity_laws_hold_along_a_similarity_line(flow, speed):
    head, power = CURVE.head_m(flow, 1.0), CURVE.shaft_power_kw(flow, CURVE.head_m(flow, 1.0), 1.0)
    slow_head = CURVE.head_m(flow * speed, speed)
    assert slow_head == pytest.approx(head * speed**2)
    slow_power = CURVE.shaft_power_kw(flow * speed, slow_head, speed)
    assert slow_power == pytest.approx(power * speed**3)


@given(flows, st.floats(5.0, 30.0))
def test_the_speed_for_a_point_gives_that_point(flow, head):
    assert CURVE.head_m(flow, CURVE.speed_for(flow, head)) == pytest.approx(head)


def test_the_rated_point_lies_at_full_speed_and_best_efficiency():
    assert CURVE.speed_for(175.0, 28.0) == pytest.approx(1.0)
    assert CURVE.efficiency(175.0, 1.0) == pytest.approx(CURVE.best_efficiency)
    # ρ g V H / η by hand: 998 · 9.80665 · 175/3600 · 28 / 0.76 W
    assert CURVE.shaft_power_kw(175.0, 28.0, 1.0) == pytest.approx(17.528, abs=0.01)


def test_a_closed_loop_without_held_pressure_follows_the_cube_law():
    full, half = GROUP.point(525.0, 3), GROUP.point(262.5, 3)
    assert half.speed == pytest.approx(0.5 * full.speed)
    assert half.shaft_kw == pytest.approx(full.shaft_kw / 8.0)


def test_held_pressure_costs_more_than_the_cube_law():
    held = PumpGroup(CURVE, pumps=3, held_head_m=8.0, common_head_m=11.0)
    assert held.point(262.5, 3).shaft_kw > held.point(525.0, 3).shaft_kw / 8.0 * 1.3


def test_fewer_pumps_on_the_common_pipe_meet_less_resistance():
    assert GROUP.point(175.0, 1).head_kpa < GROUP.point(525.0, 3).head_kpa


@given(st.floats(1.0, 525.0), st.integers(1, 3))
def test_pumps_never_need_more_than_full_speed_within_their_rating(flow, running):
    if flow <= running * CURVE.rated_flow_m3h:
        assert GROUP.point(flow, running).speed <= 1.0 + 1e-9


def test_pumps_that_rest_draw_nothing():
    assert GROUP.point(100.0, 0) == STANDSTILL
    assert GROUP.point(0.0, 2) == STANDSTILL
