"""What the ground's ledger, drift and forecast mean to the people who run the plant.

Limits are the engineering defaults of the domain reference (§1.10 and §4: G3, G5, G6); each
finding carries the numbers that it rests on.
"""

from __future__ import annotations

from typing import Literal

from analytics.uncertainty import Uncertain
from collector.model import Finding, Title

Way = Literal["loop-meter", "heat-pumps"]

IMBALANCE_WATCH, IMBALANCE_ACT = 0.10, 0.20
DRIFT_K_A = 0.5
WHOLE_YEAR_DAYS = 350.0
"""A year with its last two weeks still to come shows its balance."""
ANNUAL_COVERAGE = 0.95

_WAYS: dict[Way, Title] = {
    "loop-meter": Title("按地埋管侧热量表", "by the loop meter"),
    "heat-pumps": Title("按热泵热平衡", "by the heat pump balance"),
}


def of_exchange(
    way: Way, imbalance: Uncertain | None, coverage: float, span_days: float
) -> tuple[Finding, ...]:
    """Judge the imbalance of a period and how much of the period it rests on.

    Parameters
    ----------
    way : str
        How it was told.
    imbalance : Uncertain or None
        [-]
    coverage : float
        [0..1]
    span_days : float
        [d]
    """
    findings = []
    if coverage < ANNUAL_COVERAGE:
        findings.append(_low_coverage(way, coverage))
    if imbalance is not None:
        if span_days < WHOLE_YEAR_DAYS:
            findings.append(_short(way, span_days))
        elif abs(imbalance.value) > IMBALANCE_WATCH:
            findings.append(_imbalance(way, imbalance))
    return tuple(findings)


def _low_coverage(way: Way, coverage: float) -> Finding:
    share = f"{100 * coverage:.1f} %"
    return Finding(
        "ground.low-coverage",
        "warning",
        Title(
            f"地下热平衡（{_WAYS[way].zh}）只覆盖 {share} 的时段，结果不完整",
            f"The ground balance {_WAYS[way].en} covers only {share} of the intervals: partial",
        ),
        {"way": way, "coverage": coverage},
    )


def _short(way: Way, span_days: float) -> Finding:
    return Finding(
        "ground.less-than-a-year",
        "info",
        Title(
            f"时段仅 {span_days:.0f} 天，不足一年，不对取放热不平衡作判断",
            f"{span_days:.0f} days are less than a year: the imbalance is not judged",
        ),
        {"way": way, "span_days": span_days},
    )


def _imbalance(way: Way, imbalance: Uncertain) -> Finding:
    acts = abs(imbalance.value) > IMBALANCE_ACT
    zh = "取热多于放热，地温将逐年下降" if imbalance.value > 0 else "放热多于取热，地温将逐年上升"
    en = (
        "more heat is extracted than rejected, the ground cools from year to year"
        if imbalance.value > 0
        else "more heat is rejected than extracted, the ground warms from year to year"
    )
    told = f"{100 * imbalance.value:+.1f} % ± {100 * imbalance.expanded:.1f} %"
    return Finding(
        "ground.imbalance",
        "alarm" if acts else "warning",
        Title(
            f"地下取放热不平衡率 {told}（{_WAYS[way].zh}）：{zh}；"
            + ("需采取措施" if acts else "请关注"),
            f"Ground imbalance {told} {_WAYS[way].en}: {en}; {'act' if acts else 'watch'}",
        ),
        {
            "way": way,
            "imbalance": imbalance.value,
            "uncertainty": imbalance.expanded,
            "limit": IMBALANCE_ACT if acts else IMBALANCE_WATCH,
            "beyond_uncertainty": "yes"
            if abs(imbalance.value) - imbalance.expanded > IMBALANCE_WATCH
            else "no",
        },
    )


def of_difference(extracted: Uncertain | None, rejected: Uncertain | None) -> tuple[Finding, ...]:
    """Tell where loop meter and heat pump balance differ by more than both can err. [kWh]"""
    sides = (
        ("extracted", Title("取热量", "heat extracted"), extracted),
        ("rejected", Title("放热量", "heat rejected"), rejected),
    )
    return tuple(
        Finding(
            "ground.estimates-disagree",
            "warning",
            Title(
                f"{name.zh}：地埋管侧热量表与热泵热平衡相差 {gap.value:+.0f} kWh，"
                f"超出合成不确定度 ± {gap.expanded:.0f} kWh",
                f"{name.en.capitalize()}: the loop meter and the heat pump balance differ by "
                f"{gap.value:+.0f} kWh, more than their combined ± {gap.expanded:.0f} kWh",
            ),
            {"side": side, "difference_kwh": gap.value, "uncertainty_kwh": gap.expanded},
        )
        for side, name, gap in sides
        if gap is not None and abs(gap.value) > gap.expanded
    )


def of_drift(drift: Uncertain, subject: Title) -> tuple[Finding, ...]:
    """Judge the drift of the loop's temperature (G5). [K/a]"""
    if abs(drift.value) <= DRIFT_K_A:
        return ()
    told = f"{drift.value:+.2f} ± {drift.expanded:.2f} K/a"
    certain = abs(drift.value) - drift.expanded > DRIFT_K_A
    return (
        Finding(
            "ground.drift",
            "warning",
            Title(
                f"{subject.zh}逐年漂移 {told}，超过 {DRIFT_K_A} K/a"
                + ("" if certain else "（尚在不确定度之内）"),
                f"{subject.en} drifts by {told}, more than {DRIFT_K_A} K/a"
                + ("" if certain else " (not yet beyond its uncertainty)"),
            ),
            {
                "drift_k_a": drift.value,
                "uncertainty_k_a": drift.expanded,
                "limit_k_a": DRIFT_K_A,
                "beyond_uncertainty": "yes" if certain else "no",
            },
        ),
    )
