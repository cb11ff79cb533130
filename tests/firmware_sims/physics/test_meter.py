import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.meter import (
    ClassMeter,
    Counter,
    HeatMeter,
    Register,
    count,
    draw_share,
    quantise,
    read_heat_meter,
    show,
)

shares = st.floats(-1.0, 1.0)
KWH = Register(step=1.0, modulus=1e7)
M3 = Register(step=0.1, modulus=1e6)


def heat_meter(flow_share=0.0, sensor_share=0.0, calculator_share=0.0) -> HeatMeter:
    return HeatMeter(100.0, flow_share, sensor_share, calculator_share, KWH, M3)


def circuit(flow_m3h, supply_c, return_c):
    """Return one true operating point as arrays, heat included."""
    flow, supply, back = (np.array([v]) for v in (flow_m3h, supply_c, return_c))
    heat_kw = flow * water_heat_capacity_kwh_m3k(0.5 * (supply + back)) * (supply - back)
    return flow, supply, back, heat_kw


@given(shares, shares, shares, st.floats(1.0, 120.0), st.floats(3.0, 40.0), st.booleans())
def test_a_heat_meter_stays_within_en_1434(flow_e, sensor_e, calc_e, flow_m3h, spread_k, cooling):
    meter = heat_meter(flow_e, sensor_e, calc_e)
    supply_c, return_c = (7.0, 7.0 + spread_k) if cooling else (15.0 + spread_k, 15.0)
    flow, supply, back, heat_kw = circuit(flow_m3h, supply_c, return_c)
    reading = read_heat_meter(meter, flow, supply, back, heat_kw)
    counted_kw = reading.counted_heat_kw - reading.counted_cold_kw
    error_pct = 100.0 * np.abs(counted_kw - heat_kw) / np.abs(heat_kw)
    assert error_pct[0] <= meter.limit_pct(flow, supply - back)[0] + 1e-9


def test_the_limits_match_the_worked_examples():
    meter = heat_meter()
    flow = np.array([100.0, 100.0, 50.0])
    spread_k = np.array([10.0, 5.0, 3.0])
    assert meter.limit_pct(flow, spread_k) == pytest.approx([4.22, 5.42, 7.04], abs=0.005)
    assert meter.flow_limit_pct(np.array([0.5]))[0] <= 5.0


def test_an_ideal_meter_shows_the_truth():
    flow, supply, back, heat_kw = circuit(60.0, 45.0, 40.0)
    reading = read_heat_meter(heat_meter(), flow, supply, back, heat_kw)
    assert reading.power_kw == pytest.approx(heat_kw, abs=0.05)
    assert reading.supply_c[0], reading.return_c[0] == (45.0, 40.0)
    assert reading.flow_m3h[0] == 60.0


def test_cold_goes_to_its_own_register():
    flow, supply, back, heat_kw = circuit(60.0, 7.0, 12.0)
    reading = read_heat_meter(heat_meter(), flow, supply, back, heat_kw)
    assert reading.counted_heat_kw[0] == 0.0
    assert reading.counted_cold_kw[0] == pytest.approx(-heat_kw[0])
    assert reading.power_kw[0] < 0.0


def test_a_pair_offset_weighs_more_at_a_small_spread():
    meter = heat_meter(sensor_share=1.0)
    errors = []
    for spread_k in (3.0, 6.0, 12.0):
        flow, supply, back, heat_kw = circuit(60.0, 40.0 + spread_k, 40.0)
        counted = read_heat_meter(meter, flow, supply, back, heat_kw).counted_heat_kw
        errors.append(float((counted / heat_kw - 1.0)[0]))
    assert errors[0] > errors[1] > errors[2] > 0.0
    assert errors[0] == pytest.approx(0.035, abs=1e-3)


def test_a_trickle_and_a_missing_spread_are_not_counted():
    meter = heat_meter()
    trickle = read_heat_meter(meter, *circuit(0.5, 45.0, 30.0))
    assert trickle.counted_heat_kw[0] == trickle.flow_m3h[0] == 0.0
    level = read_heat_meter(meter, *circuit(60.0, 40.05, 40.0))
    assert level.counted_heat_kw[0] == 0.0
    assert level.flow_m3h[0] == 60.0


@given(shares, st.floats(0.0, 2_000.0), st.sampled_from([0.5, 1.0, 2.0]))
def test_a_class_meter_stays_within_its_class(share, power_kw, accuracy_pct):
    meter = ClassMeter(accuracy_pct, share, KWH)
    error_kw = meter.shown(np.array([power_kw]))[0] - power_kw
    assert abs(error_kw) <= accuracy_pct / 100.0 * power_kw + 1e-9


def test_drawn_errors_are_systematic_and_differ_between_meters():
    drawn = [draw_share(1, f"meter {n}", "flow") for n in range(2_000)]
    assert drawn[:5] == [draw_share(1, f"meter {n}", "flow") for n in range(5)]
    assert max(map(abs, drawn)) <= 0.8
    assert abs(np.mean(drawn)) < 0.03
    assert np.std(drawn) > 0.35
    assert draw_share(1, "meter 0", "flow") != draw_share(1, "meter 0", "sensor")
    assert draw_share(2, "meter 0", "flow") != drawn[0]


def test_differences_of_a_quantised_register_scatter_by_step_over_root_six():
    step = 10.0
    power_kw = np.random.default_rng(3).uniform(20.0, 60.0, 20_000)
    readings = count(Counter(), Register(step, 1e9), power_kw, 3_600.0)
    error = np.diff(readings) - power_kw[1:]
    assert np.std(error) == pytest.approx(step / np.sqrt(6.0), rel=0.02)
    assert np.abs(error).max() <= step
    assert readings[-1] == pytest.approx(power_kw.sum(), abs=step)


def test_a_register_rolls_over_at_its_modulus():
    counter = Counter(99_990.0)
    readings = count(counter, Register(0.1, 100_000.0), np.full(4, 4.0), 3_600.0)
    assert readings == pytest.approx([99_994.0, 99_998.0, 2.0, 6.0], abs=1e-6)
    assert counter.total == pytest.approx(100_006.0)


@given(st.lists(st.floats(0.0, 500.0), min_size=2, max_size=40), st.data())
def test_a_run_can_be_cut_anywhere(rates, data):
    cut = data.draw(st.integers(1, len(rates) - 1))
    register, rate = Register(0.5, 1_000.0), np.array(rates)
    whole, parts = Counter(123.4), Counter(123.4)
    readings = count(whole, register, rate, 900.0)
    count(parts, register, rate[:cut], 900.0)
    resumed = copy.copy(parts)
    rest = count(resumed, register, rate[cut:], 900.0)
    assert resumed.total == pytest.approx(whole.total)
    apart = np.abs(rest - readings[cut:])
    # Sums of floats in another order may fall on the other side of a step, or of the rollover.
    assert np.all((apart < 0.51) | (apart > 999.0))


def test_totals_on_a_step_are_not_lost_to_rounding():
    totals = np.arange(1, 1_001) * 0.1
    assert show(Register(0.1, 1e6), totals) == pytest.approx(totals, abs=1e-9)


def test_displays_round_to_their_resolution():
    assert quantise(np.array([21.237, -3.1]), 0.05) == pytest.approx([21.25, -3.1])
