import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.building import Season, Tower, TowerModel, TowerState

TOWER = Tower("tower", area_m2=10_000.0, people=500.0)
MODEL = TowerModel(TOWER)
seasons = st.sampled_from([Season.OFF, Season.HEATING, Season.COOLING])


def advance(state, season, *, water_c=45.0, outdoor_c=0.0, gain_kw=0.0, latent_kw=0.0, dt_h=0.25):
    return MODEL.advance(state, season, water_c, outdoor_c, gain_kw, 15.0, latent_kw, 1.0, dt_h)


def settle(season, **inputs):
    state, heat_kw = TowerState(20.0, 20.0), 0.0
    for _ in range(4 * 24 * 60):
        heat_kw = advance(state, season, **inputs)
    return state, heat_kw


def test_without_water_a_tower_settles_where_gains_meet_losses():
    state, heat_kw = settle(Season.OFF, outdoor_c=5.0, gain_kw=90.0)
    assert heat_kw == 0.0
    assert state.room_c == pytest.approx(5.0 + 90.0 / 15.0, abs=1e-3)
    assert state.mass_c == pytest.approx(state.room_c, abs=1e-2)


def test_in_steady_heating_the_water_covers_the_losses():
    state, heat_kw = settle(Season.HEATING, outdoor_c=0.0, gain_kw=30.0)
    assert heat_kw == pytest.approx(15.0 * state.room_c - 30.0, rel=1e-3)
    assert TOWER.heating_set_c - 1.0 < state.room_c < TOWER.heating_set_c


def test_in_steady_cooling_the_water_takes_gains_and_moisture():
    state, heat_kw = settle(
        Season.COOLING, water_c=8.0, outdoor_c=33.0, gain_kw=150.0, latent_kw=40.0
    )
    assert heat_kw == pytest.approx(-(15.0 * (33.0 - state.room_c) + 150.0 + 40.0), rel=1e-3)
    assert TOWER.cooling_set_c < state.room_c < TOWER.cooling_set_c + 1.0


def test_water_that_is_too_warm_takes_no_moisture():
    _, dry_kw = settle(Season.COOLING, water_c=17.0, outdoor_c=30.0, latent_kw=40.0)
    _, without_kw = settle(Season.COOLING, water_c=17.0, outdoor_c=30.0, latent_kw=0.0)
    assert dry_kw == without_kw < 0.0


def test_lukewarm_water_limits_the_coil():
    state, heat_kw = settle(Season.HEATING, water_c=28.0, outdoor_c=-10.0)
    coil_kw_k = TOWER.heating_coil_w_m2k * TOWER.area_m2 / 1_000.0
    assert state.room_c < TOWER.heating_set_c - 2.0
    assert heat_kw == pytest.approx(coil_kw_k * (28.0 - state.room_c), rel=1e-3)


@given(
    seasons,
    st.floats(5.0, 50.0),
    st.floats(-10.0, 38.0),
    st.floats(0.0, 400.0),
    st.floats(5.0, 40.0),
    st.floats(5.0, 40.0),
    st.sampled_from([1.0 / 3_600.0, 1.0 / 60.0, 0.25]),
)
def test_heat_is_conserved_and_flows_the_right_way(
    season, water_c, outdoor_c, gain_kw, room_c, mass_c, dt_h
):
    state = TowerState(room_c, mass_c)
    water_kw = advance(
        state, season, water_c=water_c, outdoor_c=outdoor_c, gain_kw=gain_kw, dt_h=dt_h
    )
    assert water_kw * season >= 0.0
    kilo = TOWER.area_m2 / 1_000.0
    to_mass_kwh = TOWER.mass_wh_m2k * kilo * (state.mass_c - mass_c)
    room_mean_c = to_mass_kwh / (TOWER.mass_link_w_m2k * kilo * dt_h) + mass_c
    lost_kwh = 15.0 * (room_mean_c - outdoor_c) * dt_h
    to_room_kwh = TOWER.room_wh_m2k * kilo * (state.room_c - room_c)
    brought_kwh = (water_kw + gain_kw) * dt_h
    assert brought_kwh == pytest.approx(to_mass_kwh + to_room_kwh + lost_kwh, abs=1e-6)


def test_the_step_width_hardly_matters():
    used_kwh = {}
    for dt_h in (1.0 / 60.0, 0.25):
        state, total_kwh = TowerState(15.0, 16.0), 0.0
        for step in range(round(24 / dt_h)):
            outdoor_c = -3.0 if step * dt_h < 9.0 else 6.0
            total_kwh += dt_h * advance(state, Season.HEATING, outdoor_c=outdoor_c, dt_h=dt_h)
        used_kwh[dt_h] = total_kwh
    assert used_kwh[0.25] == pytest.approx(used_kwh[1.0 / 60.0], rel=0.01)
