"""What a cumulative register can count at most, as rated or as its own rises show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.series import HOUR_MS, FloatArray, IntArray

ROLLOVER_ABOVE = 0.9  # of the modulus, before [E]
ROLLOVER_BELOW = 0.1  # of the modulus, after [E]
RATE_MARGIN = 1.2  # over the rated power [E]
SEEN_MARGIN = 10.0  # over the rate seen, where no rated power is known [E]
RATE_QUANTILE = 0.999  # of the rates seen, for a register without rated power [E]
STEP_REPEATS = 3  # times that the smallest increment must occur to be the resolution [E]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a register can count at most.

    Parameters
    ----------
    modulus : float or None
        Value at which it returns to zero; None when unknown. [unit of the register]
    rate : float or None
        Most it counts, with its margin: 1.2 times the rated, else 10 times the seen; None when
        neither is known. [unit/ms]
    step : float
        Its resolution; a coarse register may jump by one step at any moment. [unit]
    """

    modulus: float | None
    rate: float | None
    step: float

    def plausible(self, rise: float, span_ms: int) -> bool:
        """Whether a rise can have been counted in a time, as far as anything is known of it."""
        return self.rate is None or rise <= self.rate * span_ms + self.step

    def rolled_over(self, before: float, after: float, span_ms: int) -> bool:
        """Whether a fall is the register's return to zero."""
        if self.modulus is None:
            return False
        full, empty = ROLLOVER_ABOVE * self.modulus, ROLLOVER_BELOW * self.modulus
        rise = after - before + self.modulus
        return before > full and after < empty and rise >= 0 and self.plausible(rise, span_ms)


def limits(
    at: IntArray, counter: FloatArray, modulus: float | None, most_per_hour: float | None
) -> Limits:
    """What a register can count at most: as rated, else as its own rises show.

    Parameters
    ----------
    at : array of int64, shape (n,)
        [ms since epoch, UTC]
    counter : array of float64, shape (n,)
        Finite readings. [unit]
    modulus : float or None
        [unit]
    most_per_hour : float or None
        Rated most. [unit/h]
    """
    delta = np.diff(counter)
    rises = delta[delta > 0]
    step = 0.0
    if rises.size:
        smallest = float(rises.min())
        alike = np.count_nonzero(rises <= smallest * (1.0 + 1e-6))
        step = smallest if alike >= STEP_REPEATS else 0.0
    if most_per_hour is not None:
        return Limits(modulus, RATE_MARGIN * most_per_hour / HOUR_MS, step)
    seen = _seen_rate(at, delta)
    return Limits(modulus, None if seen is None else SEEN_MARGIN * seen, step)


def _seen_rate(at: IntArray, delta: FloatArray) -> float | None:
    """Highest rate of a register's rises, but for outliers and those beside a fall. [unit/ms]"""
    fallen = np.concatenate(([False], delta < 0, [False]))
    beside = fallen[:-2] | fallen[2:]
    rising = (delta > 0) & ~beside
    if not rising.any():
        return None
    rates = delta[rising] / np.diff(at)[rising]
    return float(np.quantile(rates, RATE_QUANTILE, method="lower"))
