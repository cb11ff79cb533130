import numpy as np
import pytest

from firmware_sims.physics.electricity import Supply, three_phase

AT_S = 1_770_000_000.0 + np.arange(0.0, 86_400.0, 60.0)


def test_the_phases_sum_to_the_power_of_the_meter():
    power_kw = np.linspace(0.0, 300.0, AT_S.size)
    phases = three_phase(AT_S, power_kw, 0.93, 1, "meter")
    assert phases.power_kw.sum(axis=0) == pytest.approx(power_kw)
    shown_w = phases.voltage_v * phases.current_a * phases.power_factor
    assert shown_w.sum(axis=0) / 1_000.0 == pytest.approx(power_kw)


def test_the_grid_stays_within_its_tolerance():
    phases = three_phase(AT_S, np.full(AT_S.size, 50.0), 0.93, 1, "meter")
    assert phases.voltage_v.min() > 198.0
    assert phases.voltage_v.max() < 244.0
    assert np.abs(phases.frequency_hz - 50.0).max() < 0.1
    assert phases.power_factor.max() <= 1.0


def test_all_meters_share_one_grid_and_differ_in_load():
    one = three_phase(AT_S, np.full(AT_S.size, 50.0), 0.93, 1, "meter one")
    two = three_phase(AT_S, np.full(AT_S.size, 50.0), 0.93, 1, "meter two")
    assert np.array_equal(one.voltage_v, two.voltage_v)
    assert not np.array_equal(one.current_a, two.current_a)


def test_losses_grow_with_the_square_of_the_load():
    supply = Supply(no_load_loss_kw=4.0, rated_kw=1_000.0, rated_loss_kw=10.0)
    assert supply.loss_kw(np.array([0.0, 500.0, 1_000.0])) == pytest.approx([4.0, 6.5, 14.0])
