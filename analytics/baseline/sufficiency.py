"""Gates: whether data can carry a baseline, and if not, why, by name.

Every gate yields a Finding. `alarm` means refused: a fit raises `InsufficientData` with all of
them; `warning` and `info` travel with the result. The daily and billing limits are those of
CalTRACK 2.0 (2.2.1, 2.2.3 and 2.2.4), kept as data in `Limits`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.series import BoolArray, FloatArray
from analytics.weather import TemperatureUnit, degrees_per_kelvin
from collector.model import Finding, Title

REFUSED = "alarm"


class InsufficientData(ValueError):
    """The data cannot carry what was asked; `findings` say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(each for each in findings if each.severity == REFUSED)
        super().__init__("; ".join(f"{each.code}: {each.sentence.en}" for each in self.findings))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a baseline period must offer.

    Parameters
    ----------
    period_days : int
        Length of the baseline period. [d]
    missing_share : float
        Share of the period that may be missing, rounded up to whole days. [0..1]
    least_range_k : float
        Range of daily temperatures below which the weather counts as constant. [K]
    """

    period_days: int = 365
    missing_share: float = 0.10
    least_range_k: float = 1.0


CALTRACK = Limits()
ANY_LENGTH = Limits(period_days=0, missing_share=1.0)
"""For forms without a published gate on the period: only what no regression can do without."""


def refused(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings refuses."""
    return any(each.severity == REFUSED for each in findings)


def refuse(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings that do not refuse.

    Raises
    ------
    InsufficientData
        Some do.
    """
    found = tuple(findings)
    if refused(found):
        raise InsufficientData(found)
    return found


def check_baseline(
    temperature: FloatArray,
    energy: FloatArray,
    *,
    unit: TemperatureUnit = "degC",
    limits: Limits = CALTRACK,
) -> tuple[Finding, ...]:
    """Whether daily temperature and energy can carry a baseline.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Every day of the period, NaN where unknown. [unit]
    energy : array of float64, shape (n,)
        Every day of the period, NaN where unknown. [unit of energy]
    unit : "degC" or "degF"
        Of the temperature.
    limits : Limits
        Which gates.
    """
    known = ~np.isnan(temperature + energy)
    findings = [*_length(known, limits), *check_weather(temperature[known], unit, limits)]
    return (*findings, *check_consumption(energy))


def _length(known: BoolArray, limits: Limits) -> list[Finding]:
    period, valid = known.size, int(known.sum())
    if period < limits.period_days:
        return [too_short(period, limits.period_days)]
    allowed = math.ceil(limits.missing_share * period)
    if period - valid > allowed or not valid:
        sentence = Title(
            f"{period} 天中缺 {period - valid} 天，最多允许缺 {allowed} 天。",
            f"{period - valid} of {period} days are missing; at most {allowed} may be.",
        )
        evidence = {"missing_days": float(period - valid), "allowed_days": float(allowed)}
        return [Finding("baseline.missing-days", REFUSED, sentence, evidence)]
    return []


def too_short(period: int, needed: int) -> Finding:
    """The refusal of a period of too few days."""
    sentence = Title(
        f"基准期只有 {period} 天，需要 {needed} 天；缺失的日子应保留为空值，而不是删除。",
        f"The baseline period has {period} days and needs {needed}; days without data must be "
        "kept as gaps, not left out.",
    )
    evidence = {"days": float(period), "needed_days": float(needed)}
    return Finding("baseline.too-short", REFUSED, sentence, evidence)


def check_year(days: int) -> tuple[Finding, ...]:
    """Whether a baseline without a gate on its period covers a year at least."""
    if days >= CALTRACK.period_days:
        return ()
    sentence = Title(
        f"基准期只有 {days} 天，未覆盖一整年。",
        f"The baseline has {days} days: it does not cover a whole year.",
    )
    return (Finding("baseline.short", "warning", sentence, {"days": float(days)}),)


def check_weather(known: FloatArray, unit: TemperatureUnit, limits: Limits) -> tuple[Finding, ...]:
    """Whether known temperatures vary enough to explain anything."""
    least = limits.least_range_k * degrees_per_kelvin(unit)
    if not known.size or float(np.ptp(known)) >= least:
        return ()
    sentence = Title(
        f"室外温度几乎不变（变幅小于 {limits.least_range_k:g} K），无法建立与气候相关的基准；"
        "请检查温度传感器。",
        f"The outdoor temperature is constant within {limits.least_range_k:g} K: no baseline can "
        "depend on it; check the sensor.",
    )
    evidence = {"temperature": float(known[0])}
    return (Finding("baseline.constant-temperature", REFUSED, sentence, evidence),)


def check_consumption(energy: FloatArray) -> tuple[Finding, ...]:
    """What is odd about energy in order of time; NaN where unknown."""
    known = energy[~np.isnan(energy)]
    if not known.size:
        return ()
    if not known.any():
        sentence = Title("整个基准期用量为零。", "The meter counted nothing in the whole period.")
        return (Finding("baseline.no-consumption", REFUSED, sentence),)
    findings = []
    run = longest_run(energy == 0.0)
    if run >= 30:
        sentence = Title(
            f"连续 {run} 个值为零，按真实的零处理（例如供暖季以外）；若为停表，请先剔除。",
            f"{run} values in a row are zero and taken as real, as outside a season; if the meter "
            "stood still, exclude them.",
        )
        findings.append(Finding("baseline.zero-run", "warning", sentence, {"values": float(run)}))
    negative = int((known < 0.0).sum())
    if negative:
        sentence = Title(f"有 {negative} 个负值。", f"{negative} values are negative.")
        evidence = {"values": float(negative)}
        findings.append(Finding("baseline.negative-values", "warning", sentence, evidence))
    return (*findings, *_extreme(known))


def _extreme(known: FloatArray) -> list[Finding]:
    low, median, high = np.percentile(known, (25, 50, 75))
    extreme = int((known > median + 3.0 * (high - low)).sum())
    if not extreme or high <= low:
        return []
    sentence = Title(
        f"有 {extreme} 个值高出中位数三个四分位距以上，请人工核对。",
        f"{extreme} values lie more than three interquartile ranges above the median; review them.",
    )
    evidence = {"values": float(extreme), "limit": float(median + 3.0 * (high - low))}
    return [Finding("baseline.extreme-values", "info", sentence, evidence)]


def longest_run(condition: BoolArray) -> int:
    """Length of the longest row of neighbours that meet a condition."""
    padded = np.concatenate(([False], condition, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return int((edges[1::2] - edges[::2]).max(initial=0))
