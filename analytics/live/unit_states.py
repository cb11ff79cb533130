"""What a plant does, from the words of its heat pumps. Codes are those of `OperatingState`."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.states import COOLING_STATES, HEATING_STATES, UNKNOWN
from collector.model import OperatingState as State

RESTING = frozenset({State.OFF, State.STANDBY, State.DEFECT})
"""States in which nothing is delivered."""

_WARM = frozenset(HEATING_STATES)
_COLD = frozenset(COOLING_STATES)


def plant_state(words: Iterable[float | None]) -> int:
    """State of a plant by what its heat pumps say.

    Parameters
    ----------
    words : iterable of float or None
        State of each heat pump; None, and a code that is none, say nothing.

    Returns
    -------
    int
        One that delivers speaks for the plant, also while others are silent: two that deliver
        heat and cold are simultaneous. That all rest is known only when all have spoken: off when
        all are off, defect when one is, else standby. -1 when it cannot be told.

    Notes
    -----
    Heating and hot water together are heating; cooling and free cooling together are cooling.
    """
    told = [_code(word) for word in words]
    active = {code for code in told if code is not None and code not in RESTING}
    if active:
        return int(_delivering(active))
    if not told or None in told:
        return UNKNOWN
    if State.DEFECT in told:
        return int(State.DEFECT)
    return int(State.OFF if set(told) == {State.OFF} else State.STANDBY)


def _delivering(active: set[State]) -> State:
    if State.SIMULTANEOUS in active or (active & _WARM and active & _COLD):
        return State.SIMULTANEOUS
    if active & _WARM:
        return State.HEAT if State.HEAT in active else State.DHW
    return State.COOL if State.COOL in active else State.FREE_COOLING


def _code(word: float | None) -> State | None:
    return State(int(word)) if word is not None and word in set(State) else None
