"""What a device's registers can show of a value: whole steps, within the type's limits.

The live devices get there by encoding; history has to say the same numbers without registers, for
whole arrays at once. `tests/firmware_sims/test_display.py` holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from collector.model import OperatingState
from firmware_sims.image import LIMITS, Cell
from firmware_sims.physics.noise import FloatArray

# Digits that instruments with floating-point registers resolve, by the ending of the field.
_DIGITS: Mapping[str, int] = {
    "_kw": 3, "_kvar": 3, "_kva": 3, "_v": 2, "_a": 2, "_hz": 3, "_kwh": 3, "_c": 2, "_k": 2,
    "_m3h": 3, "_m3": 4, "_kpa": 1, "_percent": 2, "_wm2": 1, "_h": 2, "_factor": 4,
}  # fmt: skip


_RESEMBLING = (
    (OperatingState.FREE_COOLING, OperatingState.COOL),
    (OperatingState.SIMULTANEOUS, OperatingState.HEAT),
    (OperatingState.DHW, OperatingState.HEAT),
    (OperatingState.STANDBY, OperatingState.OFF),
)


@dataclass(frozen=True, slots=True)
class Display:
    """The display of one field."""

    cell: Cell

    def shown(self, values: FloatArray) -> FloatArray:
        """Round values to what the registers show.

        Parameters
        ----------
        values : array of float64
            Canonical unit; NaN where there is none.

        Returns
        -------
        array of float64
            What the collector will decode; of the 24 bits of a short float, a gauge keeps the
            digits that the instrument resolves. [canonical unit]
        """
        word = self.cell.word
        if word.states is not None:
            return _known_states(values, set(word.states.values()))
        if word.bits is not None or word.type == "bit":
            return values
        if word.type[0] == "f":
            return self._floating(np.round(values, _digits(word.name)))
        raw = np.rint((values - word.offset) * word.divisor / word.factor)
        low, high = LIMITS[word.type]
        if self.cell.counts and low == 0:
            raw = np.where(raw > high, raw % (high + 1.0), raw)
        raw = np.clip(raw, low, high)
        return np.asarray(raw * word.factor / word.divisor + word.offset, dtype=np.float64)

    def _floating(self, values: FloatArray) -> FloatArray:
        word = self.cell.word
        if not self.cell.counts or word.type == "f64":
            return values
        raw = ((values - word.offset) * word.divisor / word.factor).astype(np.float32)
        shown = raw.astype(np.float64) * word.factor / word.divisor + word.offset
        return np.asarray(shown, dtype=np.float64)


def _known_states(values: FloatArray, known: set[float]) -> FloatArray:
    """Show a state that the map has no number for as the one that comes closest."""
    for state, resembling in _RESEMBLING:
        if state not in known:
            values = np.where(values == state, float(resembling), values)
    return values


def _digits(name: str) -> int:
    return next((n for ending, n in _DIGITS.items() if name.endswith(ending)), 3)
