"""A plant's own COP as a line in lift and part load: its baseline, and what it should do today.

The lift, supply less source temperature, explains most of a heat pump's COP; part load most of
the rest. Fitted on the plant's good days, the line says what the COP should be under today's
conditions, with an uncertainty: for savings at the plant (IPMVP option B) and for the alarm on a
plant that falls below its own past.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analytics.baseline.caltrack import row
from analytics.baseline.fit import autocorrelation, determination, effective_observations
from analytics.baseline.sufficiency import REFUSED, InsufficientData
from analytics.series import BoolArray, FloatArray
from collector.model import Finding, Title

Shape = Literal["linear", "log"]
LEAST_LIFT_RANGE_K = 2.0
LEAST_PART_LOAD_RANGE = 0.1
LEAST_PER_PARAMETER = 10
"""So many observations per coefficient at least."""


@dataclass(frozen=True, slots=True)
class CopPrediction:
    """What the regression expects.

    Parameters
    ----------
    cop : array of float64, shape (m,)
        [-]
    standard_uncertainty : array of float64, shape (m,)
        Of the mean of many intervals under the same conditions: of the line. [-]
    scatter : array of float64, shape (m,)
        Standard deviation of one interval about the line. [-]
    """

    cop: FloatArray
    standard_uncertainty: FloatArray
    scatter: FloatArray


@dataclass(frozen=True, slots=True)
class CopFit:
    """COP, or its logarithm, as a straight line in lift and part load.

    Parameters
    ----------
    shape : "linear" or "log"
        What is a straight line.
    coefficients : dict of str to float
        intercept, lift and, where it was fitted, part_load.
    covariance : tuple of tuples of float
        Of the coefficients, widened for autocorrelation (n/n′).
    standard_error : float
        Weighted scatter about the line. [of COP, or of ln COP]
    r_squared : float
        Of the weighted fit. [-]
    autocorrelation : float
        Lag-1, of the residuals in the order given. [-]
    n, p : int
        Observations and coefficients.
    lift_range, part_load_range : tuple of float
        What the fit has seen. [K; -]
    """

    shape: Shape
    coefficients: dict[str, float]
    covariance: tuple[tuple[float, ...], ...]
    standard_error: float
    r_squared: float
    autocorrelation: float
    n: int
    p: int
    lift_range: tuple[float, float]
    part_load_range: tuple[float, float] | None

    def design(self, lift: npt.ArrayLike, part_load: npt.ArrayLike | None = None) -> FloatArray:
        """Columns of the regression under given conditions: shape (m, p).

        Raises
        ------
        ValueError
            `part_load` is missing though it was fitted, or differs in length.
        """
        if self.part_load_range is None:
            return _design(row(lift, "lift"), None)
        if part_load is None:
            raise ValueError("part_load: the regression needs it")
        return _design(row(lift, "lift"), row(part_load, "part_load"))

    def predict(self, lift: npt.ArrayLike, part_load: npt.ArrayLike | None = None) -> CopPrediction:
        """Expect the COP under given conditions.

        Parameters
        ----------
        lift : array of float64, shape (m,)
            Supply less source temperature. [K]
        part_load : array of float64, shape (m,), optional
            Required when it was fitted. [0..1]

        Raises
        ------
        ValueError
            `part_load` is missing though it was fitted, or differs in length.
        """
        columns = self.design(lift, part_load)
        line = columns @ np.array(list(self.coefficients.values()))
        spread = np.sqrt(np.einsum("ij,jk,ik->i", columns, np.array(self.covariance), columns))
        cop: FloatArray = np.exp(line) if self.shape == "log" else line
        # d(exp x) = exp x · dx
        scale = cop if self.shape == "log" else np.ones_like(cop)
        return CopPrediction(cop, scale * spread, scale * self.standard_error)


def fit_cop(
    lift: npt.ArrayLike,
    part_load: npt.ArrayLike | None,
    cop: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    shape: Shape = "linear",
) -> CopFit:
    """Regress COP, or ln COP, on lift and part load by weighted least squares.

    Parameters
    ----------
    lift : array of float64, shape (n,)
        Supply less source temperature of each interval, in order of time; NaN where unknown. [K]
    part_load : array of float64, shape (n,), optional
        None leaves it out; so does one that hardly varies. [0..1]
    cop : array of float64, shape (n,)
        Of the interval; NaN where it cannot be claimed. [-]
    weights : array of float64, shape (n,), optional
        Such as the heat of each interval, so that a busy hour counts more. [any]
    shape : "linear" or "log"
        Of the line.

    Raises
    ------
    InsufficientData
        Too few intervals, or a lift that does not vary; a ValueError whose `findings` say why.
    ValueError
        The arrays differ in length, or a weight is negative.
    """
    x, y = row(lift, "lift"), row(cop, "cop")
    load = None if part_load is None else row(part_load, "part_load")
    weight = np.ones(x.size) if weights is None else row(weights, "weights")
    if not x.size == y.size == weight.size or (load is not None and load.size != x.size):
        raise ValueError("lift, part_load, cop, weights: differ in length")
    if bool(np.any(weight < 0.0)):
        raise ValueError("weights: must not be negative")
    known = ~np.isnan(x + y + weight) & (weight > 0.0) & (y > 0.0)
    if load is not None:
        known &= ~np.isnan(load)
        if not known.any() or float(np.ptp(load[known])) < LEAST_PART_LOAD_RANGE:
            load = None
    _enough(x[known], 2 if load is None else 3)
    return _regressed(x, load, y, weight, known, shape)


def _design(lift: FloatArray, part_load: FloatArray | None) -> FloatArray:
    if part_load is None:
        return np.column_stack((np.ones(lift.size), lift))
    if part_load.size != lift.size:
        raise ValueError(f"part_load: {part_load.size} values for {lift.size} lifts")
    return np.column_stack((np.ones(lift.size), lift, part_load))


def _enough(lift: FloatArray, p: int) -> None:
    if lift.size < LEAST_PER_PARAMETER * p:
        sentence = Title(
            f"只有 {lift.size} 个可用时段，至少需要 {LEAST_PER_PARAMETER * p} 个。",
            f"Only {lift.size} intervals can be used; {LEAST_PER_PARAMETER * p} are needed.",
        )
        evidence = {"intervals": float(lift.size)}
        raise InsufficientData([Finding("cop.too-few-intervals", REFUSED, sentence, evidence)])
    if float(np.ptp(lift)) < LEAST_LIFT_RANGE_K:
        sentence = Title(
            f"温升变幅小于 {LEAST_LIFT_RANGE_K:g} K，无法确定 COP 随温升的变化。",
            f"The lift varies by less than {LEAST_LIFT_RANGE_K:g} K: it does not tell how the COP "
            "depends on it.",
        )
        raise InsufficientData([Finding("cop.constant-lift", REFUSED, sentence)])


def _regressed(
    lift: FloatArray,
    part_load: FloatArray | None,
    cop: FloatArray,
    weight: FloatArray,
    known: BoolArray,
    shape: Shape,
) -> CopFit:
    columns = _design(lift, part_load)[known]
    target = np.log(cop[known]) if shape == "log" else cop[known]
    share = weight[known] / weight[known].mean()
    root = np.sqrt(share)[:, np.newaxis]
    solution = np.linalg.lstsq(columns * root, target * root[:, 0])[0]
    residual = np.full(lift.size, np.nan)
    residual[known] = target - columns @ solution
    n, p = columns.shape
    error = math.sqrt(float(share @ residual[known] ** 2) / (n - p))
    rho = autocorrelation(residual)
    widened = error**2 * n / effective_observations(n, rho)
    covariance = widened * np.linalg.inv((columns * root).T @ (columns * root))
    return CopFit(
        shape=shape,
        coefficients=dict(zip(("intercept", "lift", "part_load"), solution.tolist(), strict=False)),
        covariance=tuple(tuple(each) for each in covariance.tolist()),
        standard_error=error,
        r_squared=determination(target, columns @ solution, share),
        autocorrelation=rho,
        n=n,
        p=p,
        lift_range=_range(lift[known]),
        part_load_range=None if part_load is None else _range(part_load[known]),
    )


def _range(values: FloatArray) -> tuple[float, float]:
    return float(values.min()), float(values.max())
