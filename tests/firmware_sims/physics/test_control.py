from firmware_sims.physics.building import Season
from firmware_sims.physics.control import (
    ControlRules,
    ControlState,
    decide_free_cooling,
    decide_season,
    supply_set_point_c,
)

RULES = ControlRules()


def season_after(state, outdoor_c, days=15):
    for _ in range(days * 24):
        decide_season(state, RULES, outdoor_c, 3_600.0)
    return state.season


def test_seasons_follow_the_outdoor_mean_with_hysteresis():
    state = ControlState(outdoor_mean_c=17.0)
    assert season_after(state, 13.0) == Season.OFF
    assert season_after(state, 11.0) == Season.HEATING
    assert season_after(state, 13.5) == Season.HEATING
    assert season_after(state, 15.0) == Season.OFF
    assert season_after(state, 23.0) == Season.COOLING
    assert season_after(state, 19.5) == Season.COOLING
    assert season_after(state, 17.0) == Season.OFF


def test_one_cold_night_does_not_start_the_heating():
    state = ControlState(outdoor_mean_c=17.0)
    for _ in range(10):
        decide_season(state, RULES, 4.0, 3_600.0)
    assert state.season == Season.OFF


def test_the_outdoor_mean_does_not_depend_on_the_step_width():
    fine, coarse = ControlState(10.0), ControlState(10.0)
    for _ in range(900):
        decide_season(fine, RULES, 20.0, 1.0)
    decide_season(coarse, RULES, 20.0, 900.0)
    assert abs(fine.outdoor_mean_c - coarse.outdoor_mean_c) < 1e-9


def test_free_cooling_needs_a_cold_ground_in_the_cooling_season():
    state = ControlState(22.0, season=Season.COOLING)
    decide_free_cooling(state, RULES, 18.0, 0.0, 60.0)
    assert not state.free
    decide_free_cooling(state, RULES, 15.0, 0.0, 60.0)
    assert state.free
    state.season = Season.HEATING
    decide_free_cooling(state, RULES, 15.0, 0.0, 60.0)
    assert not state.free


def test_free_cooling_that_is_too_weak_gives_way_and_pauses():
    state = ControlState(22.0, season=Season.COOLING, free=True)
    for _ in range(60):
        decide_free_cooling(state, RULES, 15.0, 4.0, 60.0)
    assert state.free
    decide_free_cooling(state, RULES, 15.0, 4.0, 60.0)
    assert not state.free
    for _ in range(round(RULES.free_rest_h * 60) - 1):
        decide_free_cooling(state, RULES, 15.0, 0.0, 60.0)
    assert not state.free
    decide_free_cooling(state, RULES, 15.0, 0.0, 60.0)
    assert state.free


def test_set_points_follow_the_weather():
    heating = ControlState(5.0, season=Season.HEATING)
    assert supply_set_point_c(heating, RULES, -10.0) == RULES.warmest_supply_c
    assert supply_set_point_c(heating, RULES, 15.0) == RULES.mildest_supply_c
    cooling = ControlState(25.0, season=Season.COOLING)
    assert supply_set_point_c(cooling, RULES, 35.0) == RULES.coldest_supply_c
    assert supply_set_point_c(cooling, RULES, 20.0) == RULES.highest_supply_c
    cooling.free = True
    assert supply_set_point_c(cooling, RULES, 35.0) == RULES.free_supply_c
