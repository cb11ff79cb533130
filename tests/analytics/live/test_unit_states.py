import pytest

from analytics.live.unit_states import plant_state
from analytics.states import UNKNOWN
from collector.model import OperatingState as State


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ((2, 1, 0), State.HEAT),
        ((2, 4), State.HEAT),
        ((4, 1), State.DHW),
        ((3, 6), State.COOL),
        ((6, 1), State.FREE_COOLING),
        ((2, 3), State.SIMULTANEOUS),
        ((5, 1), State.SIMULTANEOUS),
        ((2, 7), State.HEAT),
        ((2, None), State.HEAT),
        ((1, 0), State.STANDBY),
        ((0, 0), State.OFF),
        ((0, 7), State.DEFECT),
        ((1, None), UNKNOWN),
        ((1, 9), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_the_words_of_the_heat_pumps_make_the_plants_state(words: tuple, state: int) -> None:
    assert plant_state(None if w is None else float(w) for w in words) == state
