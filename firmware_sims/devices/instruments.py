"""The memory of the instruments: their counters, and the errors that they were built with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from firmware_sims.physics.meter import Counter, draw_share
from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.truth import Trace

Fields = dict[str, FloatArray]

_MS = 1_000.0
_SECONDS_PER_HOUR = 3_600.0
_PERCENT = 100.0


@dataclass(slots=True)
class Instruments:
    """Counters and errors of all devices of a simulation.

    Attributes
    ----------
    seed : int
        Seed of the complex; errors are drawn from it.
    exact : bool
        Instruments without errors, to write the truth that the others should have shown.
    counters : dict of str to Counter
        Unrounded totals by `device.field`.
    """

    seed: int
    exact: bool = False
    counters: dict[str, Counter] = field(default_factory=dict)

    def error_share(self, device: str, part: str) -> float:
        """Return how much of its permissible error a part of a device uses, -1 to 1 [-]."""
        return 0.0 if self.exact else draw_share(self.seed, device, part)

    def gain(self, device: str, part: str, accuracy_pct: float) -> float:
        """Return the factor by which an instrument of this accuracy misreads [-]."""
        return 1.0 + self.error_share(device, part) * accuracy_pct / _PERCENT

    def count(
        self, device: str, name: str, rate_per_h: FloatArray, dt_s: float, installed_at: float = 0.0
    ) -> FloatArray:
        """Advance a counter over a stretch of time; return its total at the end of every step.

        Parameters
        ----------
        device, name : str
            Whose counter.
        rate_per_h : array of float64
            Mean rate of each step. [unit of the counter / h]
        dt_s : float
            Step width. [s]
        installed_at : float
            About what the counter showed before the first step, from the years before; what
            exactly is drawn. [unit of the counter]

        Returns
        -------
        array of float64
            Unrounded totals. [unit of the counter]
        """
        key = f"{device}.{name}"
        counter = self.counters.get(key)
        if counter is None:
            years_before = 1.0 + draw_share(self.seed, device, f"{name}.before")
            counter = self.counters[key] = Counter(float(round(installed_at * years_before)))
        totals = counter.total + np.cumsum(rate_per_h) * (dt_s / _SECONDS_PER_HOUR)
        counter.total = float(totals[-1])
        return np.asarray(totals, dtype=np.float64)


def middle_s(trace: Trace) -> FloatArray:
    """Middle of each step of a trace. [s since epoch]"""
    return np.asarray(trace.at_ms / _MS - 0.5 * trace.dt_s, dtype=np.float64)


def column(trace: Trace, name: str) -> FloatArray:
    """One column of the truth.

    Raises
    ------
    ValueError
        The truth has no such column.
    """
    try:
        return trace.values[name]
    except KeyError:
        raise ValueError(f"the truth has no column {name!r}") from None
