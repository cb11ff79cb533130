"""The test vector of the domain reference, by the algebra that every figure goes through."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analytics.uncertainty import Uncertain
from tests.verification.table import Check

GROUP = "Propagation of uncertainty"


def checks() -> Iterator[Check]:
    """Heat from volume, spread and heat capacity; COP from heat and electricity."""
    supply, back = Uncertain(45.0, {"supply sensor": 0.1}), Uncertain(40.0, {"return sensor": 0.1})
    # The vector goes on with the rounded 0.141 K; 2 %, 2.82 % and 1 % give its 3.599 %.
    spread = Uncertain(5.0, {"pair": 0.141})
    volume, capacity = Uncertain(1.0, {"flow": 0.02}), Uncertain(4.15, {"fluid": 0.0415})
    heat = capacity * volume * spread
    cop = heat / Uncertain(5.0, {"electricity": 0.05})
    yield Check(GROUP, "u(ΔT) of two sensors", 0.141, (supply - back).standard, 5e-4, "K")
    yield Check(GROUP, "u(Q)/Q", 3.599, 100.0 * heat.standard / heat.value, 5e-4, "%")
    yield Check(GROUP, "u(COP)/COP", 3.735, 100.0 * cop.standard / cop.value, 5e-4, "%")
    year = sum((Uncertain(100.0, {"meter": 2.0}) for _ in range(12)), Uncertain(0.0))
    yield Check(GROUP, "one instrument, twelve months (linear)", 24.0, year.standard, 1e-9, "kWh")
    both = Uncertain(0.0, {"a": 9785.0}) + Uncertain(0.0, {"b": 1260.0})
    yield Check(GROUP, "two instruments (quadrature)", math.hypot(9785, 1260), both.standard, 1e-9)
