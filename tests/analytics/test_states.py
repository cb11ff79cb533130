"""Operating states, from a status word or from the heat."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.instruments import heat_limits
from analytics.states import UNKNOWN, allowed, operating_states, tells_direction
from collector.model import OperatingState as State


def flags(*values: int) -> np.ndarray:
    return np.array(values, np.bool_)


def test_every_state_that_heat_and_power_can_tell():
    #                off stand heat cool free dhw simul dhw+heat dhw+cool
    found = operating_states(
        heating=flags(0, 0, 1, 0, 0, 0, 1, 1, 0),
        cooling=flags(0, 0, 0, 1, 1, 0, 1, 0, 1),
        hot_water=flags(0, 0, 0, 0, 0, 1, 0, 1, 1),
        powered=flags(0, 1, 1, 1, 1, 1, 1, 1, 1),
        running=flags(0, 0, 1, 1, 0, 1, 1, 1, 1),
    )
    assert [State(code) for code in found] == [
        State.OFF, State.STANDBY, State.HEAT, State.COOL, State.FREE_COOLING, State.DHW,
        State.SIMULTANEOUS, State.HEAT, State.SIMULTANEOUS,
    ]  # fmt: skip


def test_the_plants_own_word_goes_first():
    status = np.array([State.DEFECT, -1, State.DHW])
    found = operating_states(
        heating=flags(1, 1, 1), cooling=flags(0, 0, 0), powered=flags(1, 1, 1), status=status
    )
    assert list(found) == [State.DEFECT, State.HEAT, State.DHW]
    with pytest.raises(ValueError, match="status"):
        operating_states(heating=flags(1), cooling=flags(0), powered=flags(1), status=np.array([9]))


def test_without_the_power_of_heat_pumps_cold_is_cooling():
    found = operating_states(heating=flags(0), cooling=flags(1), powered=flags(1))
    assert list(found) == [State.COOL]


def test_a_difference_within_the_sensors_error_has_no_sign():
    """Matched pair at ΔΘmin 3 K: 0.09 K and half a percent."""
    found = tells_direction(heat_limits(), np.array([0.08, -0.0904, 0.091, -5.0, np.nan]))
    np.testing.assert_array_equal(found, [False, False, True, True, False])


def test_in_which_mode_heat_may_count():
    states = np.array([State.HEAT, State.COOL, State.SIMULTANEOUS, State.STANDBY, UNKNOWN])
    heats, cools = allowed(states, np.array([1, 1, 1, -1, 0]))
    np.testing.assert_array_equal(heats, [True, False, True, False, True])
    np.testing.assert_array_equal(cools, [False, True, True, True, True])
