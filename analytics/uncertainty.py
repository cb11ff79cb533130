"""Measured values with what their instruments may be wrong by (JCGM 100, GUM, first order).

An `Uncertain` keeps one signed standard uncertainty per independent source of error, such as the
flow sensor of one meter. Terms of the same source add algebraically, because an instrument errs
the same way all year and in every figure that it enters; different sources add in quadrature only
when a figure is told. So sums over time grow linearly, independent meters in quadrature, and a
meter in numerator and denominator weighs once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COVERAGE_FACTOR = 2.0
"""k of the expanded uncertainty U = k·u, about 95 %."""


def rectangular(bound: float) -> float:
    """Standard uncertainty of an error that lies anywhere within ± bound. [unit of bound]

    A maximum permissible error is such a bound: any value inside is as likely as another
    (JCGM 100, 4.3.7).
    """
    return bound / math.sqrt(3.0)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value and its standard uncertainties by independent source.

    Parameters
    ----------
    value : float
        [unit of the figure]
    terms : mapping of str to float
        Signed standard uncertainty by source, `<device>:<part>`; the sign is that of the figure's
        change when the source errs upward. [unit of the figure]
    """

    value: float
    terms: Mapping[str, float] = field(default_factory=dict)

    @property
    def standard(self) -> float:
        """Combined standard uncertainty. [unit of the figure]"""
        return math.hypot(*self.terms.values())

    @property
    def expanded(self) -> float:
        """Expanded uncertainty, k = 2. [unit of the figure]"""
        return COVERAGE_FACTOR * self.standard

    @property
    def dominant(self) -> str | None:
        """The source that contributes most; None when nothing does."""
        if not any(self.terms.values()):
            return None
        return max(self.terms, key=lambda source: abs(self.terms[source]))

    def share(self, source: str) -> float:
        """Part of the variance that a source contributes. [-]"""
        variance = self.standard**2
        return self.terms.get(source, 0.0) ** 2 / variance if variance else 0.0

    def __add__(self, other: Uncertain | float) -> Uncertain:
        return _combined(self, other, 1.0)

    def __radd__(self, other: float) -> Uncertain:
        return _combined(self, other, 1.0)

    def __sub__(self, other: Uncertain | float) -> Uncertain:
        return _combined(self, other, -1.0)

    def __rsub__(self, other: float) -> Uncertain:
        return _combined(-self, other, 1.0)

    def __neg__(self) -> Uncertain:
        return self * -1.0

    def __mul__(self, other: Uncertain | float) -> Uncertain:
        if not isinstance(other, Uncertain):
            return Uncertain(self.value * other, _scaled(self, other))
        product = self.value * other.value
        return Uncertain(product, _sum(_scaled(self, other.value), _scaled(other, self.value)))

    def __rmul__(self, other: float) -> Uncertain:
        return self * other

    def __truediv__(self, other: Uncertain | float) -> Uncertain:
        """Ratio; the caller has made sure that the denominator is not zero.

        Raises
        ------
        ZeroDivisionError
            It is.
        """
        if not isinstance(other, Uncertain):
            return Uncertain(self.value / other, _scaled(self, 1.0 / other))
        ratio = self.value / other.value
        numerator = _scaled(self, 1.0 / other.value)
        return Uncertain(ratio, _sum(numerator, _scaled(other, -ratio / other.value)))


def total(parts: Iterable[Uncertain]) -> Uncertain:
    """Sum of figures; sources that several of them share add algebraically."""
    value, terms = 0.0, dict[str, float]()
    for part in parts:
        value += part.value
        terms = _sum(terms, part.terms)
    return Uncertain(value, terms)


def _combined(one: Uncertain, other: Uncertain | float, sign: float) -> Uncertain:
    if not isinstance(other, Uncertain):
        return Uncertain(one.value + sign * other, one.terms)
    return Uncertain(one.value + sign * other.value, _sum(one.terms, _scaled(other, sign)))


def _scaled(figure: Uncertain, factor: float) -> dict[str, float]:
    return {source: factor * term for source, term in figure.terms.items()}


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    added = dict(one)
    for source, term in other.items():
        added[source] = added.get(source, 0.0) + term
    return added
