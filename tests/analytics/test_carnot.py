"""Share of Carnot, and temperatures weighed by heat."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.carnot import carnot_cop, carnot_share, load_weighted, weighted_lift


def test_carnot_in_heating_and_cooling():
    load, source = np.array([45.0, 7.0, 20.0]), np.array([10.0, 25.0, 19.5])
    assert carnot_cop(load, source)[0] == pytest.approx(318.15 / 35.0)
    assert carnot_cop(load, source, cooling=True)[1] == pytest.approx(280.15 / 18.0)
    assert np.isnan(carnot_cop(load, source)[2])


def test_the_share_is_a_ratio_of_sums():
    """Half of Carnot at every temperature is half of Carnot in all."""
    load, source = np.array([45.0, 35.0, 45.0, 45.0]), np.array([10.0, 10.0, np.nan, 10.0])
    heat = np.array([100.0, 300.0, 100.0, 0.0])
    used = heat / (0.5 * np.nan_to_num(carnot_cop(load, source), nan=1.0))
    used[3] = 1.0
    assert carnot_share(heat, used, load, source) == pytest.approx(0.5)
    assert np.isnan(carnot_share(np.zeros(4), used, load, source))


def test_lift_at_which_the_heat_was_delivered():
    found = weighted_lift(np.array([100.0, 300.0, 50.0]), np.array([45.0, 35.0, 60.0]),
                          np.array([10.0, 12.0, np.nan]))  # fmt: skip
    assert (found.load_c, found.source_c) == pytest.approx((37.5, 11.5))
    assert found.lift_k == pytest.approx(26.0)
    cold = weighted_lift(np.array([1.0]), np.array([7.0]), np.array([25.0]), cooling=True)
    assert cold.lift_k == pytest.approx(18.0)
    assert np.isnan(load_weighted(np.array([1.0]), np.array([-1.0])))
