"""The result of a savings calculation, whichever way it was reached, and sums of results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from collector.model import Finding, Title

LEAST_COVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What one non-routine change did to the adjusted baseline.

    Parameters
    ----------
    effect : float
        Added to the adjusted baseline. [unit of energy]
    days : float
        Days of it that count. [d]
    per_day, reason, author
        As stated.
    """

    effect: float
    days: float
    per_day: float
    reason: str
    author: str


@dataclass(frozen=True, slots=True)
class Savings:
    """Savings of one reporting period.

    Parameters
    ----------
    adjusted_baseline : float
        Routine baseline plus non-routine adjustments. [unit of energy]
    observed : float
        What was used, over the same periods. [unit of energy]
    savings : float
        adjusted_baseline − observed: positive when less was used. [unit of energy]
    uncertainty : float
        Half width of the band at `confidence`. [unit of energy]
    fractional_uncertainty : float
        uncertainty / |savings|; infinite when nothing was saved. [-]
    confidence : float
        [0..1]
    routine_baseline : float
        Σ of the model's predictions. [unit of energy]
    adjustments : tuple of Adjustment
        Each with its effect.
    periods : int
        Reporting periods that count.
    coverage : float
        Their share of all reporting periods. [0..1]
    effective_observations : float
        n′ of the baseline as it entered the uncertainty.
    form : "caltrack", "guideline14" or "plant"
        Which formula the uncertainty is by.
    findings : tuple of Finding
        What is worth knowing.
    """

    adjusted_baseline: float
    observed: float
    savings: float
    uncertainty: float
    fractional_uncertainty: float
    confidence: float
    routine_baseline: float
    adjustments: tuple[Adjustment, ...]
    periods: int
    coverage: float
    effective_observations: float
    form: str
    findings: tuple[Finding, ...] = ()


def told(
    routine: float,
    observed: float,
    band: float,
    confidence: float,
    effects: tuple[Adjustment, ...],
    *,
    periods: int,
    coverage: float,
    worth: float,
    form: str,
    findings: tuple[Finding, ...],
) -> Savings:
    """Put a result together, with what is to be said about it."""
    adjusted = routine + math.fsum(each.effect for each in effects)
    saved = adjusted - observed
    remarks = [*findings]
    if coverage < LEAST_COVERAGE:
        remarks.append(_partial(coverage))
    if band >= abs(saved):
        remarks.append(_not_significant(saved, band))
    return Savings(
        adjusted_baseline=adjusted,
        observed=observed,
        savings=saved,
        uncertainty=band,
        fractional_uncertainty=band / abs(saved) if saved else math.inf,
        confidence=confidence,
        routine_baseline=routine,
        adjustments=effects,
        periods=periods,
        coverage=coverage,
        effective_observations=worth,
        form=form,
        findings=tuple(remarks),
    )


def portfolio(parts: Sequence[Savings]) -> Savings:
    """Sum of projects: savings add, independent uncertainties in quadrature.

    Raises
    ------
    ValueError
        `parts` is empty, or the confidences differ.
    """
    if not parts or len({each.confidence for each in parts}) != 1:
        raise ValueError("parts: needs projects, all at one confidence")
    periods = sum(each.periods for each in parts)
    return told(
        math.fsum(each.routine_baseline for each in parts),
        math.fsum(each.observed for each in parts),
        math.hypot(*(each.uncertainty for each in parts)),
        parts[0].confidence,
        tuple(effect for each in parts for effect in each.adjustments),
        periods=periods,
        coverage=math.fsum(each.coverage * each.periods for each in parts) / periods,
        worth=math.fsum(each.effective_observations for each in parts),
        form="+".join(sorted({each.form for each in parts})),
        findings=(),
    )


def _partial(coverage: float) -> Finding:
    sentence = Title(
        f"仅 {coverage:.0%} 的报告时段可用，结果不完整。",
        f"Only {coverage:.0%} of the reporting periods count: the result is partial.",
    )
    return Finding("savings.partial", "warning", sentence, {"coverage": coverage})


def _not_significant(saved: float, band: float) -> Finding:
    sentence = Title(
        f"节能量 {saved:.6g} 小于其不确定度 {band:.6g}（单位同能量），不能证明有节能。",
        f"The savings of {saved:.6g} are smaller than their uncertainty of {band:.6g}, both in the "
        "unit of the energies: they do not prove a saving.",
    )
    evidence = {"savings": saved, "uncertainty": band}
    return Finding("savings.not-significant", "warning", sentence, evidence)
