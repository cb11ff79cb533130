"""Arrays over time with their unit, rhythm and gaps: what every kernel works on.

A gap is explicit: either the slot is absent or its value is NaN, and neither is ever zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

HOUR_MS = 3_600_000
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Series:
    """One point's values over time.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Slots, strictly increasing. [ms since epoch, UTC]
    value : array of float64, shape (n,)
        NaN where there is no value. [unit]
    unit : str
        Canonical unit, as in `collector.model.QUANTITIES`.
    interval_ms : int
        Rhythm in which values are due. [ms]

    Raises
    ------
    ValueError
        The arrays differ in length, or the slots do not increase.
    """

    at: IntArray
    value: FloatArray
    unit: str
    interval_ms: int

    def __post_init__(self) -> None:
        """Refuse arrays that are no series."""
        if self.at.shape != self.value.shape or self.at.ndim != 1:
            raise ValueError(f"at and value: shapes {self.at.shape} and {self.value.shape} differ")
        if self.at.size > 1 and not bool(np.all(np.diff(self.at) > 0)):
            raise ValueError("at: slots must strictly increase")
        if self.interval_ms <= 0:
            raise ValueError(f"interval_ms: {self.interval_ms} ms is no rhythm")

    def __len__(self) -> int:
        """Return the number of slots that are present, with a value or without."""
        return int(self.at.size)

    @property
    def valid(self) -> BoolArray:
        """Where there is a value."""
        return ~np.isnan(self.value)

    def known(self) -> Series:
        """Only the slots that have a value."""
        valid = self.valid
        return self if valid.all() else self._of(self.at[valid], self.value[valid])

    def between(self, start: int, end: int) -> Series:
        """Slots in [start, end). [ms since epoch, UTC]"""
        low, high = np.searchsorted(self.at, (start, end))
        return self._of(self.at[low:high], self.value[low:high])

    def on(self, at: IntArray) -> FloatArray:
        """Values at given slots, NaN where the series has none.

        Parameters
        ----------
        at : array of int64
            Slots. [ms since epoch, UTC]

        Returns
        -------
        array of float64, the shape of `at`
            [unit]
        """
        if not self.at.size:
            return np.full(at.shape, np.nan)
        place = np.minimum(np.searchsorted(self.at, at), self.at.size - 1)
        return np.where(self.at[place] == at, self.value[place], np.nan)

    def _of(self, at: IntArray, value: FloatArray) -> Series:
        return Series(at, value, self.unit, self.interval_ms)
