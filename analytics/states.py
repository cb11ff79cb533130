"""What a plant or heat pump does in each interval: one of the eight `OperatingState` codes.

Its own status word says it best. Without one it follows from the heat: sign and size of the
temperature difference with water flowing, and the power of the heat pumps.

- heat, cool, simultaneous: heat, cold or both are delivered;
- free cooling: cold is delivered while no heat pump runs;
- DHW: heat goes to hot water only;
- standby: nothing is delivered, but electricity is used; off: not even that;
- defect: known from a status word only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.instruments import HeatLimits
from analytics.series import BoolArray, FloatArray
from collector.model import OperatingState

StateArray = npt.NDArray[np.int8]
UNKNOWN = -1
"""State of an interval whose heat or electricity is unknown."""
HEATING_STATES = (OperatingState.HEAT, OperatingState.DHW)
COOLING_STATES = (OperatingState.COOL, OperatingState.FREE_COOLING)
"""States of one direction only; `SIMULTANEOUS` is both."""

_BOTH, _HEATING, _COOLING = 3, 1, 2
_MODE_OF_STATE = np.array([0, 0, _HEATING, _COOLING, _HEATING, _BOTH, _COOLING, 0], np.int8)


def operating_states(
    *,
    heating: BoolArray,
    cooling: BoolArray,
    powered: BoolArray,
    running: BoolArray | None = None,
    hot_water: BoolArray | None = None,
    status: npt.NDArray[np.integer] | None = None,
) -> StateArray:
    """State of every interval.

    Parameters
    ----------
    heating, cooling : array of bool, shape (n,)
        Heat or cold is delivered to the load loop or to hot water, beyond doubt
        (`tells_direction`).
    powered : array of bool, shape (n,)
        Any electricity is used.
    running : array of bool, shape (n,), optional
        A heat pump's compressor works; without it, free cooling is taken as cooling.
    hot_water : array of bool, shape (n,), optional
        Heat goes to hot water.  `heating` then speaks of the load loop.
    status : array of int, shape (n,), optional
        The plant's own word, an `OperatingState`; a negative number says nothing.

    Returns
    -------
    array of int8, shape (n,)

    Raises
    ------
    ValueError
        status: a code that is no operating state.
    """
    # The codes are ordered so that the largest of what applies is the state; see the tests.
    state = powered.astype(np.int8)
    np.maximum(state, heating.view(np.int8) * np.int8(OperatingState.HEAT), out=state)
    np.maximum(state, cooling.view(np.int8) * np.int8(OperatingState.COOL), out=state)
    warm = heating
    if hot_water is not None:
        only = hot_water & ~heating & ~cooling
        np.maximum(state, only.view(np.int8) * np.int8(OperatingState.DHW), out=state)
        warm = heating | hot_water
    both = warm & cooling
    np.maximum(state, both.view(np.int8) * np.int8(OperatingState.SIMULTANEOUS), out=state)
    if running is not None:
        free = cooling & ~running & ~warm
        np.maximum(state, free.view(np.int8) * np.int8(OperatingState.FREE_COOLING), out=state)
    return state if status is None else _as_told(state, status)


def tells_direction(limits: HeatLimits, difference_k: FloatArray) -> BoolArray:
    """Where a temperature difference is larger than its sensors' permissible error. [K]

    A smaller one has no sign that could be believed: a pump circulates and nothing more.
    """
    return np.asarray(np.abs(difference_k) > limits.pair_k / (1.0 - limits.pair_percent / 100.0))


def allowed(
    state: StateArray, season: npt.NDArray[np.integer] | None = None
) -> tuple[BoolArray, BoolArray]:
    """In which intervals heat may count as heating, and cold as cooling.

    Parameters
    ----------
    state : array of int8, shape (n,)
        From a status word.
    season : array of int, shape (n,), optional
        1 heating, -1 cooling, 0 neither.

    Returns
    -------
    heating, cooling : array of bool, shape (n,)
        While nothing runs, what the buffer still gives counts in its season; outside the seasons
        and in an unknown state the sign of the heat decides.
    """
    mode = np.where(state >= 0, _MODE_OF_STATE[np.maximum(state, 0)], 0)
    if season is not None:
        of_season = np.where(season > 0, _HEATING, np.where(season < 0, _COOLING, _BOTH))
    else:
        of_season = np.full(mode.shape, _BOTH)
    mode = np.where(mode == 0, of_season, mode)
    return (mode & _HEATING) > 0, (mode & _COOLING) > 0


def _as_told(state: StateArray, status: npt.NDArray[np.integer]) -> StateArray:
    if status.size and int(status.max()) > max(OperatingState):
        raise ValueError(f"status: {int(status.max())} is no operating state")
    return np.where(status < 0, state, status).astype(np.int8)
