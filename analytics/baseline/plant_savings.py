"""Option B: what the plant would have used for the same heat, and how far it is from its past.

Adjusted baseline = Σ Qᵢ / COP_base(liftᵢ, part loadᵢ), savings = adjusted baseline − Σ Wᵢ
(IPMVP option B, all parameters measured).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.baseline.caltrack import row
from analytics.baseline.fit import effective_observations
from analytics.baseline.fractional import student
from analytics.baseline.outcome import Adjustment, Savings, told
from analytics.baseline.plant_cop import CopFit
from analytics.baseline.sufficiency import REFUSED, InsufficientData
from analytics.series import BoolArray, FloatArray
from collector.model import Finding, Title

LIFT_MARGIN_K = 2.0


@dataclass(frozen=True, slots=True)
class MeterErrors:
    """Relative standard uncertainties of the plant's meters.

    Parameters
    ----------
    heat, electricity : float
        Of the sums. [-]
    same : bool
        The same meters served in both periods. Then the heat meter's error is in the baseline COP
        and in the heat alike and cancels, and the electricity meter's scales the savings alone.
    """

    heat: float = 0.0
    electricity: float = 0.0
    same: bool = True

    def standard(self, baseline: float, observed: float) -> float:
        """Standard uncertainty that the meters bring into savings. [unit of energy]"""
        if self.same:
            return abs(self.electricity * (baseline - observed))
        return math.hypot(
            math.sqrt(2.0) * self.heat * baseline,
            self.electricity * baseline,
            self.electricity * observed,
        )


@dataclass(frozen=True, slots=True)
class CopGap:
    """How far a plant is from its own regression.

    Parameters
    ----------
    observed, expected : float
        Ratios of sums: ΣQ/ΣW, and ΣQ/Σ(Q/COP_base). [-]
    gap : float
        observed/expected − 1: negative when the plant does worse. [-]
    standard_uncertainty : float
        Of the gap. [-]
    significant : bool
        The gap is larger than twice its standard uncertainty.
    intervals : int
        How many count.
    """

    observed: float
    expected: float
    gap: float
    standard_uncertainty: float
    significant: bool
    intervals: int


@dataclass(frozen=True, slots=True)
class ExpectedUse:
    """What a plant would have used for its heat, by its regression.

    Parameters
    ----------
    known : array of bool, shape (m,)
        Intervals that count.
    heat, used : array of float64
        Of the intervals that count. [kWh]
    baseline : float
        Σ of heat over the COP of the regression. [kWh]
    model_u : float
        Its standard uncertainty. [kWh]
    outside : int
        Intervals whose lift lies outside what the regression has seen.
    """

    known: BoolArray
    heat: FloatArray
    used: FloatArray
    baseline: float
    model_u: float
    outside: int


def plant_savings(
    model: CopFit,
    heat: npt.ArrayLike,
    electricity: npt.ArrayLike,
    lift: npt.ArrayLike,
    part_load: npt.ArrayLike | None = None,
    *,
    confidence: float = 0.9,
    meters: MeterErrors | None = None,
    adjustments: Sequence[Adjustment] = (),
) -> Savings:
    """Savings of a plant against its own COP regression.

    Parameters
    ----------
    model : CopFit
        Of the baseline period.
    heat, electricity : array of float64, shape (m,)
        Of each interval of the reporting period, NaN where unknown. Intervals without heat keep
        their electricity: standby counts. [kWh]
    lift, part_load : array of float64, shape (m,)
        Conditions, needed where there is heat. [K; 0..1]
    confidence : float
        Two-sided. [0..1]
    meters : MeterErrors, optional
        Left out, the uncertainty is that of the regression alone.
    adjustments : sequence of Adjustment
        Non-routine, each with its effect.

    Raises
    ------
    InsufficientData
        No interval has all values.
    ValueError
        The arrays differ in length.
    """
    expected = expected_use(model, heat, electricity, lift, part_load)
    observed = float(expected.used.sum())
    meter_u = (meters or MeterErrors()).standard(expected.baseline, observed)
    band = student(confidence, model.n - model.p) * math.hypot(expected.model_u, meter_u)
    return told(
        expected.baseline,
        observed,
        band,
        confidence,
        tuple(adjustments),
        periods=int(expected.known.sum()),
        coverage=float(expected.known.mean()),
        worth=effective_observations(model.n, model.autocorrelation),
        form="plant",
        findings=outside_reach(expected.outside, model),
    )


def cop_gap(
    model: CopFit,
    heat: npt.ArrayLike,
    electricity: npt.ArrayLike,
    lift: npt.ArrayLike,
    part_load: npt.ArrayLike | None = None,
    *,
    relative_u: float = 0.0,
) -> CopGap:
    """Compare a window's COP, weighted by heat, with what the plant's own regression expects.

    Parameters
    ----------
    model, heat, electricity, lift, part_load
        As in `plant_savings`; give running intervals only.
    relative_u : float
        Relative standard uncertainty of the observed COP that the regression does not share: none
        of the meters' as long as they are the same. [-]

    Raises
    ------
    InsufficientData
        No interval has all values.
    ValueError
        The arrays differ in length, or there is no electricity.
    """
    expected = expected_use(model, heat, electricity, lift, part_load)
    delivered, used = float(expected.heat.sum()), float(expected.used.sum())
    if used <= 0.0 or expected.baseline <= 0.0:
        raise ValueError("electricity: the window has no electricity, or no heat")
    ratio = expected.baseline / used
    spread = ratio * math.hypot(expected.model_u / expected.baseline, relative_u)
    return CopGap(
        observed=delivered / used,
        expected=delivered / expected.baseline,
        gap=ratio - 1.0,
        standard_uncertainty=spread,
        significant=abs(ratio - 1.0) > 2.0 * spread,
        intervals=int(expected.known.sum()),
    )


def expected_use(
    model: CopFit,
    heat: npt.ArrayLike,
    electricity: npt.ArrayLike,
    lift: npt.ArrayLike,
    part_load: npt.ArrayLike | None,
) -> ExpectedUse:
    """What a plant would have used for its heat, with the uncertainty of the regression.

    Parameters
    ----------
    model, heat, electricity, lift, part_load
        As in `plant_savings`.

    Raises
    ------
    InsufficientData
        No running interval has all values, or the regression gives no positive COP.
    ValueError
        The arrays differ in length.
    """
    q, w, x = row(heat, "heat"), row(electricity, "electricity"), row(lift, "lift")
    load = np.zeros(q.size) if part_load is None else row(part_load, "part_load")
    if not q.size == w.size == x.size == load.size:
        raise ValueError("heat, electricity, lift, part_load: differ in length")
    if part_load is None and model.part_load_range is not None:
        raise ValueError("part_load: the regression needs it")
    idle = q == 0.0
    known = ~np.isnan(q + w) & (idle | ~np.isnan(x + load))
    running = known & ~idle
    if not running.any():
        raise InsufficientData([_nothing()])
    predicted = model.predict(x[running], load[running])
    if bool(np.any(predicted.cop <= 0.0)):
        raise InsufficientData([_no_cop()])
    columns = model.design(x[running], load[running])
    # W = Q/COP: linear, dW/db = −Q x / COP²; logarithmic, dW/db = −W x.
    needed = q[running] / predicted.cop
    weight = needed if model.shape == "log" else needed / predicted.cop
    slope = weight @ columns
    own_scatter = float(np.sum((weight * model.standard_error) ** 2))
    count = int(running.sum())
    own_scatter *= count / effective_observations(count, model.autocorrelation)
    common = float(slope @ np.array(model.covariance) @ slope)
    low, high = model.lift_range
    outside = (x[running] < low - LIFT_MARGIN_K) | (x[running] > high + LIFT_MARGIN_K)
    return ExpectedUse(
        known,
        q[known],
        w[known],
        float(needed.sum()),
        math.sqrt(common + own_scatter),
        int(outside.sum()),
    )


def outside_reach(outside: int, model: CopFit) -> tuple[Finding, ...]:
    """The remark that intervals are extrapolated; none when there are none."""
    if not outside:
        return ()
    low, high = model.lift_range
    sentence = Title(
        f"有 {outside} 个时段的温升超出基准期范围 {low:.1f} 至 {high:.1f} K，为外推结果。",
        f"{outside} intervals have a lift outside the baseline's {low:.1f} to {high:.1f} K: their "
        "baseline is extrapolated.",
    )
    evidence = {"intervals": float(outside), "low": low, "high": high}
    return (Finding("savings.outside-lift-range", "warning", sentence, evidence),)


def _nothing() -> Finding:
    sentence = Title(
        "没有同时具备热量、电量和温度的运行时段。",
        "No running interval has heat, electricity and temperatures.",
    )
    return Finding("savings.no-data", REFUSED, sentence)


def _no_cop() -> Finding:
    sentence = Title(
        "回归在这些工况下给出的 COP 不为正，超出其适用范围；可改用对数形式。",
        "The regression gives no positive COP under these conditions: they are out of its reach; "
        "the logarithmic shape may hold.",
    )
    return Finding("savings.no-baseline-cop", REFUSED, sentence)
