from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.baseline.consumption import completed_days, known_consumption

NAN = np.nan
ENERGY = np.array([0.0, 5.0, NAN, 0.0])


@pytest.mark.parametrize("medium", ["heat", "cooling", "water", "gas"])
def test_a_zero_is_no_gap_where_things_really_stop(medium):
    for main in (True, False):
        np.testing.assert_array_equal(known_consumption(ENERGY, medium=medium, main=main), ENERGY)


def test_only_a_main_electricity_meter_cannot_stand_still():
    np.testing.assert_array_equal(
        known_consumption(ENERGY, medium="electricity", main=True), [NAN, 5.0, NAN, NAN]
    )
    np.testing.assert_array_equal(
        known_consumption(ENERGY, medium="electricity", main=False), ENERGY
    )


def test_a_day_needs_half_of_its_intervals():
    energy, estimated = completed_days(
        np.array([24.0, 12.0, 11.0, 0.0, NAN]), np.array([1.0, 0.5, 0.49, 0.0, 0.9])
    )
    np.testing.assert_array_equal(energy, [24.0, 24.0, NAN, NAN, NAN])
    assert estimated.tolist() == [False, True, False, False, False]


@given(st.floats(0, 1e6), st.floats(0.5, 1.0))
def test_filling_keeps_the_mean_of_what_is_there(energy, coverage):
    filled, _ = completed_days(np.array([energy]), np.array([coverage]))
    assert filled[0] * coverage == pytest.approx(energy)
