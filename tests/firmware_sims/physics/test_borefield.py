import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.borefield import BoreField, GroundLoop
from firmware_sims.physics.gfunction import field_response

FIELD = BoreField()
LOOP = GroundLoop(FIELD)
HOUR_S = 3_600.0
KELVIN_PER_KW = 1_000.0 / (
    2.0 * math.pi * FIELD.geometry.conductivity_w_mk * FIELD.geometry.total_length_m
)


@given(
    st.lists(
        st.tuples(st.floats(-3_000.0, 3_000.0), st.sampled_from([1.0, 60.0, 900.0, 3_600.0])),
        min_size=1,
        max_size=60,
    )
)
def test_the_heat_that_leaves_the_fluid_is_what_the_ground_gets(steps):
    state, rejected_kwh, ground_kwh = LOOP.undisturbed(), 0.0, 0.0
    for rejected_kw, dt_s in steps:
        step = LOOP.advance(state, rejected_kw, dt_s)
        rejected_kwh += rejected_kw * dt_s / HOUR_S
        ground_kwh += step.ground_heat_kw * dt_s / HOUR_S
    stored_kwh = FIELD.loop_capacity_kwh_k * (state.fluid_c - FIELD.undisturbed_c)
    assert rejected_kwh == pytest.approx(ground_kwh + stored_kwh, abs=1e-6)


def test_the_wall_follows_the_convolution_of_all_past_loads():
    """Compare 3 000 hours of changing load with the sum over the whole history."""
    rng = np.random.default_rng(5)
    loads_kw = 900.0 * np.sin(np.arange(3_000) / 300.0) + rng.normal(0.0, 400.0, 3_000)
    state, into_ground, wall_k = LOOP.undisturbed(), [], []
    for kw in loads_kw.tolist():
        into_ground.append(LOOP.advance(state, kw, HOUR_S).ground_heat_kw)
        wall_k.append(LOOP.wall_temp_c(state) - FIELD.undisturbed_c)
    response = field_response(FIELD.geometry, np.arange(1, 3_001) * HOUR_S)
    per_hour = np.diff(response, prepend=0.0)
    exact_k = KELVIN_PER_KW * np.convolve(into_ground, per_hour)[:3_000]
    assert np.ptp(exact_k) > 6.0
    assert np.abs(np.array(wall_k) - exact_k).max() < 0.15


def test_any_step_width_leads_to_the_same_ground():
    after = {}
    for dt_s in (60.0, 900.0, 3_600.0):
        state = LOOP.undisturbed()
        for hour in range(240):
            for _ in range(round(HOUR_S / dt_s)):
                LOOP.advance(state, 1_500.0 if hour % 24 < 10 else 0.0, dt_s)
        after[dt_s] = (state.fluid_c, LOOP.wall_temp_c(state))
    assert after[900.0] == pytest.approx(after[60.0], abs=0.02)
    assert after[3_600.0] == pytest.approx(after[60.0], abs=0.03)


def test_the_ground_remembers_a_summer_and_slowly_forgets_it():
    state = LOOP.undisturbed()
    for _ in range(90 * 24):
        LOOP.advance(state, 1_000.0, HOUR_S)
    warm_k = LOOP.wall_temp_c(state) - FIELD.undisturbed_c
    later = []
    for _ in range(3):
        for _ in range(60 * 24):
            LOOP.advance(state, 0.0, HOUR_S)
        later.append(LOOP.wall_temp_c(state) - FIELD.undisturbed_c)
    assert warm_k > later[0] > later[1] > later[2] > 0.3


def test_the_fluid_stands_above_the_wall_by_the_bore_resistance():
    state = LOOP.undisturbed()
    for _ in range(200):
        step = LOOP.advance(state, 1_200.0, HOUR_S)
    per_metre_w = step.ground_heat_kw * 1_000.0 / FIELD.geometry.total_length_m
    assert step.fluid_c - step.wall_c == pytest.approx(per_metre_w * FIELD.bore_resistance_mk_w)
    assert step.ground_heat_kw == pytest.approx(1_200.0, rel=0.01)
