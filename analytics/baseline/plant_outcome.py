"""Savings of a plant against its whole baseline: both modes, rest, meters (IPMVP option B)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analytics.baseline.fit import effective_observations
from analytics.baseline.fractional import student
from analytics.baseline.outcome import Adjustment, Savings, told
from analytics.baseline.plant_fit import PlantFit, PlantHours, Side, resting, running
from analytics.baseline.plant_savings import MeterErrors, expected_use, outside_reach
from analytics.baseline.sufficiency import REFUSED, InsufficientData
from analytics.series import BoolArray
from collector.model import Finding, Title


def whole_plant_savings(
    model: PlantFit,
    hours: PlantHours,
    *,
    confidence: float = 0.9,
    meters: MeterErrors | None = None,
    adjustments: Sequence[Adjustment] = (),
) -> Savings:
    """Savings of a plant over every hour of a reporting period.

    Adjusted baseline = Σ Q/COP of each mode + hours at rest × what an hour at rest used. An hour
    of which anything is unknown, or whose mode the baseline does not know, counts on neither side.

    Parameters
    ----------
    model : PlantFit
        The baseline.
    hours : PlantHours
        Of the reporting period.
    confidence : float
        Two-sided. [0..1]
    meters : MeterErrors, optional
        Left out, the uncertainty is that of the regressions alone.
    adjustments : sequence of Adjustment
        Non-routine, each with its effect.

    Returns
    -------
    Savings
        Uncertainty: of both regressions, common to all hours and of each hour, of the rest, and
        of the meters, in quadrature.

    Raises
    ------
    InsufficientData
        No hour counts.
    """
    predicted = model.predict(hours)
    counts = ~np.isnan(predicted + hours.electricity)
    if not counts.any():
        raise InsufficientData([_nothing()])
    routine = float(predicted[counts].sum())
    observed = float(hours.electricity[counts].sum())
    idle = int((resting(hours, model.rated_kw) & counts).sum())
    parts, findings = [model.rest.uncertainty(idle)], list(_unknown_modes(model, hours))
    for side, line in model.sides():
        chosen = running(hours, side, model.rated_kw) & counts
        if chosen.any():
            heat, lift = hours.heat(side)[chosen], hours.lift_of(side)[chosen]
            # what it used is told above; here only what the line expects
            its = expected_use(line, heat, np.zeros(heat.size), lift, heat / model.rated_kw)
            parts.append(its.model_u)
            findings += outside_reach(its.outside, line)
    parts.append((meters or MeterErrors()).standard(routine, observed))
    return told(
        routine,
        observed,
        student(confidence, model.n - model.p) * math.hypot(*parts),
        confidence,
        tuple(adjustments),
        periods=int(counts.sum()),
        coverage=float(counts.mean()),
        worth=effective_observations(model.n, model.autocorrelation),
        form="plant",
        findings=tuple(findings),
    )


def _unknown_modes(model: PlantFit, hours: PlantHours) -> list[Finding]:
    sides: tuple[Side, ...] = ("heating", "cooling")
    found = []
    for side in sides:
        runs: BoolArray = running(hours, side, model.rated_kw)
        if model.line(side) is None and runs.any():
            zh = "供热" if side == "heating" else "供冷"
            sentence = Title(
                f"报告期有 {int(runs.sum())} 小时{zh}，而基准不含该模式：这些小时两侧均不计入。",
                f"{int(runs.sum())} hours of {side}, a mode that the baseline does not know: they "
                "count on neither side.",
            )
            evidence = {"hours": float(runs.sum())}
            found.append(Finding("savings.mode-without-baseline", "warning", sentence, evidence))
    return found


def _nothing() -> Finding:
    sentence = Title(
        "报告期内没有同时具备热量、电量和温度的小时。",
        "No reporting hour has heat, electricity and temperatures.",
    )
    return Finding("savings.no-data", REFUSED, sentence)
