"""Gates on periods: bills, baseline against reporting period, and the reach of a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import numpy as np

from analytics.baseline.sufficiency import (
    CALTRACK,
    REFUSED,
    Limits,
    check_consumption,
    too_short,
)
from analytics.series import FloatArray
from collector.model import Finding, Title

Day = date | np.datetime64


def check_bills(
    days: FloatArray, energy: FloatArray, limits: Limits = CALTRACK
) -> tuple[Finding, ...]:
    """Whether bills can carry a baseline (CalTRACK 2.0, 2.2.3).

    Whole bills rarely add up to 365 days: 328, a year less ten per cent, are enough.

    Parameters
    ----------
    days : array of float64, shape (n,)
        Length of each bill: 25 to 35 days, or all up to 70 when bills come every two months. [d]
    energy : array of float64, shape (n,)
        NaN where unknown. [unit of energy]
    limits : Limits
        Which gates; one without a period length takes bills of any length.
    """
    known = ~np.isnan(energy)
    covered = float(days[known].sum())
    longest = 70.0 if days.size and float(np.median(days)) > 35.0 else 35.0
    odd = int(((days < 25.0) | (days > longest)).sum())
    findings = list(check_consumption(energy))
    least = limits.period_days - math.ceil(limits.missing_share * limits.period_days)
    if covered < least:
        findings.insert(0, too_short(int(covered), least))
    if odd and limits.period_days:
        sentence = Title(
            f"有 {odd} 个账期不在 25–{longest:g} 天之内，应先剔除或合并。",
            f"{odd} periods are not 25 to {longest:g} days long: drop or merge them first.",
        )
        evidence = {"periods": float(odd), "longest_days": longest}
        findings.append(Finding("billing.period-length", REFUSED, sentence, evidence))
    return tuple(findings)


def check_periods(
    baseline: tuple[Day, Day],
    reporting: tuple[Day, Day],
    blackout: tuple[Day, Day] | None = None,
) -> tuple[Finding, ...]:
    """Whether baseline, works and reporting period keep apart.

    Parameters
    ----------
    baseline, reporting : pair of datetime64[D] or date
        First and last local day, both included.
    blackout : pair of datetime64[D] or date, optional
        First and last day of the works: they belong to neither period.
    """
    (first, last), (begin, end) = (_span(span) for span in (baseline, reporting))
    findings = []
    if last >= begin and first <= end:
        sentence = Title(
            f"基准期（至 {last}）与报告期（自 {begin}）重叠。",
            f"The baseline (to {last}) and the reporting period (from {begin}) overlap.",
        )
        evidence = {"baseline_last": str(last), "reporting_first": str(begin)}
        findings.append(Finding("periods.overlap", REFUSED, sentence, evidence))
    if blackout is not None:
        start, stop = _span(blackout)
        if last >= start or begin <= stop:
            sentence = Title(
                f"施工期 {start} 至 {stop} 落在基准期或报告期之内。",
                f"The works from {start} to {stop} lie within the baseline or reporting period.",
            )
            evidence = {"blackout_first": str(start), "blackout_last": str(stop)}
            findings.append(Finding("periods.blackout", REFUSED, sentence, evidence))
    return tuple(findings)


def _span(span: tuple[Day, Day]) -> tuple[np.datetime64, np.datetime64]:
    first, last = np.array(span, dtype="datetime64[D]")
    return first, last


def check_reach(
    seen: tuple[float, float], temperature: FloatArray, *, margin: float = 0.1
) -> tuple[Finding, ...]:
    """Whether a baseline has seen the temperatures that it is asked to predict (CalTRACK, hourly).

    Parameters
    ----------
    seen : tuple of float
        Lowest and highest temperature of the baseline. [degC or degF]
    temperature : array of float64, shape (m,)
        Of the reporting period. [same unit]
    margin : float
        Share of the baseline's range by which it may be left. [-]
    """
    slack = margin * (seen[1] - seen[0])
    outside = (temperature < seen[0] - slack) | (temperature > seen[1] + slack)
    beyond = int(outside.sum())
    if not beyond:
        return ()
    sentence = Title(
        f"报告期有 {beyond} 个时段的温度超出基准期范围 {seen[0]:.1f} 至 {seen[1]:.1f}"
        "（含一成余量），为外推结果。",
        f"{beyond} reporting periods lie outside the baseline's temperatures, {seen[0]:.1f} to "
        f"{seen[1]:.1f} with a tenth to spare: their baseline is extrapolated.",
    )
    evidence: Mapping[str, float] = {"periods": float(beyond), "low": seen[0], "high": seen[1]}
    return (Finding("savings.outside-temperature-range", "warning", sentence, evidence),)
