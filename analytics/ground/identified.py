"""What a calibration could tell from the data, and what is still the design's word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.ground.verdicts import ANNUAL_COVERAGE, WHOLE_YEAR_DAYS
from analytics.series import FloatArray
from collector.model import Finding, Title

PARAMETERS: Mapping[str, Title] = {
    "conductivity": Title("导热系数", "conductivity"),
    "capacity": Title("体积热容", "heat capacity"),
    "resistance": Title("钻孔热阻", "bore resistance"),
    "undisturbed": Title("原始地温", "undisturbed temperature"),
}
_MOSTLY_DATA = 0.5
_HINDCAST_K = 0.2
"""Twice what a good sensor errs; engineering judgement. [K]"""


def shares(covariance: FloatArray, prior_sd: FloatArray) -> dict[str, float]:
    """Part of each design value's variance that the data removed. [0..1]

    Parameters
    ----------
    covariance : array of float64, shape (4, 4)
        After the fit.
    prior_sd : array of float64, shape (4,)
        Before it.
    """
    left = np.diag(covariance) / prior_sd**2
    return {
        name: float(np.clip(1.0 - part, 0.0, 1.0))
        for name, part in zip(PARAMETERS, left, strict=True)
    }


def findings(
    told: Mapping[str, float], days: float, coverage: float, hindcast_k: float | None
) -> tuple[Finding, ...]:
    """Say which parameters are still the design's, what the record lacks and the model misses.

    Parameters
    ----------
    told : mapping of str to float
        Of `shares`. [0..1]
    days, coverage : float
        Of the record. [d, 0..1]
    hindcast_k : float or None
        Of `analytics.ground.hindcast`. [K]
    """
    found = []
    weak = [name for name, share in told.items() if share < _MOSTLY_DATA]
    if weak:
        found.append(_not_identified(weak, told, days))
    if coverage < ANNUAL_COVERAGE:
        share = f"{100 * coverage:.1f} %"
        found.append(
            Finding(
                "ground.calibration-coverage",
                "warning",
                Title(
                    f"率定数据中仅 {share} 的时段有负荷，其余按相邻两周均值补齐",
                    f"Only {share} of the loads are known; the others were taken as the mean of "
                    "the weeks beside them",
                ),
                {"coverage": coverage},
            )
        )
    if hindcast_k is not None and hindcast_k > _HINDCAST_K:
        found.append(_missed(hindcast_k))
    return tuple(found)


def _missed(hindcast_k: float) -> Finding:
    return Finding(
        "ground.hindcast",
        "warning",
        Title(
            f"以前期数据率定的模型推算最近一年，平均偏差 {hindcast_k:.2f} K，超出参数不确定度："
            "可能存在未记录的运行年份、地下水流动，或井群与设计不符；预测区间已相应加宽",
            f"Calibrated without the last year, the model misses it by {hindcast_k:.2f} K more "
            "than its parameters explain: years before the record, ground water, or a field unlike "
            "its design; the forecast's band is wider for it",
        ),
        {"error_k": hindcast_k, "limit_k": _HINDCAST_K},
    )


def _not_identified(weak: list[str], told: Mapping[str, float], days: float) -> Finding:
    zh = "、".join(PARAMETERS[name].zh for name in weak)
    en = ", ".join(PARAMETERS[name].en for name in weak)
    short = days < WHOLE_YEAR_DAYS
    return Finding(
        "ground.not-identified",
        "info",
        Title(
            f"实测数据尚不足以确定：{zh}，仍主要采用设计值"
            + (f"（数据仅 {days:.0f} 天，不足一年，预测区间更宽）" if short else ""),
            f"The data do not tell yet: {en}; mostly design values are used"
            + (
                f" ({days:.0f} days are less than a year, the forecast's band is wider)"
                if short
                else ""
            ),
        ),
        {"days": days, **{name: told[name] for name in weak}},
    )
