"""History says the same numbers as the registers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.words import Word, judge, raw_number
from firmware_sims.display import Display
from firmware_sims.image import Cell, raw_number_of
from firmware_sims.server import registers_of


def through_registers(cell: Cell, value: float) -> float:
    registers = registers_of(cell.word, raw_number_of(cell, value))
    payload = b"".join(register.to_bytes(2, "big") for register in registers)
    decoded, _ = judge(cell.word, raw_number(cell.word, payload, 0))
    assert decoded is not None
    return decoded


WORDS = [
    Word("power_kw", 0, "s32", divisor=1000.0),
    Word("power_kw", 0, "s16", factor=50.0, divisor=1000.0),
    Word("supply_temp_c", 0, "s16", divisor=10.0, offset=-20.0),
    Word("volume_m3", 0, "bcd32", divisor=100.0),
    Word("energy_kwh", 0, "u32", divisor=10.0),
    Word("energy_kwh", 0, "u16", divisor=10.0),
    Word("energy_kwh", 0, "f32", factor=30.0),
    Word("energy_kwh", 0, "f64", divisor=1000.0),
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word.name}-{word.type}")
@given(value=st.floats(0, 90_000))
def test_a_display_shows_what_comes_back_from_the_registers(word, value):
    cell = Cell(3, word, counts=word.name in ("energy_kwh", "volume_m3"))
    shown = float(Display(cell).shown(np.array([value]))[0])
    assert through_registers(cell, shown) == shown
    if not (word.type == "u16" and value > 6553):
        assert through_registers(cell, value) == pytest.approx(shown, abs=0.003, rel=2e-7)


def test_a_short_float_gauge_keeps_the_digits_of_the_instrument():
    cell = Cell(3, Word("supply_temp_c", 0, "f32"))
    assert Display(cell).shown(np.array([41.2345, np.nan])).tolist()[0] == 41.23


def test_counters_start_again_and_gauges_stay_full():
    counter = Display(Cell(3, Word("energy_kwh", 0, "u16"), counts=True))
    gauge = Display(Cell(3, Word("flow_m3h", 0, "u16")))
    values = np.array([65_535.0, 65_536.0, 65_540.0])
    assert counter.shown(values).tolist() == [65_535.0, 0.0, 4.0]
    assert gauge.shown(values).tolist() == [65_535.0] * 3


def test_a_state_that_the_map_does_not_know_shows_as_its_nearest_kin():
    states = Word("state", 0, "u16", states={10: 0.0, 30: 2.0, 60: 3.0})
    shown = Display(Cell(3, states)).shown(np.array([0.0, 1.0, 2.0, 3.0, 6.0]))
    assert shown.tolist() == [0.0, 0.0, 2.0, 3.0, 3.0]
