"""Change-point baselines with two to five parameters (ASHRAE RP-1050).

    2P   y = b0 + b1 T
    3PC  y = b0 + b2 (T − c)+            3PH  y = b0 + b1 (c − T)+
    4P   y = b0 + b1 (c − T)+ + b2 (T − c)+, either slope of any sign
    5P   y = b0 + b1 (c1 − T)+ + b2 (T − c2)+

The change points are not taken from a grid, whose step would have to know the unit, but are those
of least squares: `bends` finds them exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from analytics.baseline.bends import KINDS, Kind, bend_design, best_bends
from analytics.baseline.caltrack import row
from analytics.baseline.fit import DegreeDayFit, Interval, quality
from analytics.baseline.sufficiency import (
    ANY_LENGTH,
    REFUSED,
    InsufficientData,
    check_baseline,
    check_year,
    refuse,
)
from analytics.series import FloatArray
from analytics.weather import TemperatureUnit
from collector.model import Finding, Title

LEAST_T = 2.0
"""A slope with a smaller t is not told from none."""
LEAST_POINTS = 5
"""A line on fewer points is weak."""
MOST_BILLS = 60
"""Longer rows are taken for daily values."""


def fit_change_point(
    temperature: npt.ArrayLike,
    energy: npt.ArrayLike,
    *,
    kind: Kind,
    unit: TemperatureUnit = "degC",
    interval: Interval | None = None,
    within: tuple[float, float] | None = None,
) -> DegreeDayFit:
    """Fit a change-point baseline.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Mean outdoor temperature of each day or month, NaN where unknown. [unit]
    energy : array of float64, shape (n,)
        NaN where unknown. [unit of energy per period]
    kind : "2P", "3PC", "3PH", "4P" or "5P"
        The form.
    unit : "degC" or "degF"
        Of the temperature.
    interval : "daily" or "billing", optional
        What one value is; taken from their number if not given (up to 60: billing).
    within : tuple of float, optional
        Where change points may lie; the 2nd to the 98th percentile of temperature if not given.
        [unit]

    Returns
    -------
    DegreeDayFit
        `coefficients`: intercept (the base load b0), slope (2P), beta_hdd (b1), beta_cdd (b2);
        `balance_points`: heating, cooling (the same in 4P). p is the number in the form's name:
        change points count. Warnings `change-point.weak-slope` and `change-point.few-points` tell
        a form that the data do not support.

    Raises
    ------
    InsufficientData
        The data cannot carry a baseline, or no line of this form goes through them; a ValueError
        whose `findings` say why.
    ValueError
        The arrays differ in length, hold an infinite value, or `kind` is none of the five.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    weather, used = row(temperature, "temperature"), row(energy, "energy")
    if weather.size != used.size:
        raise ValueError(f"energy: {used.size} values for {weather.size} temperatures")
    findings = refuse(check_baseline(weather, used, unit=unit, limits=ANY_LENGTH))
    known = ~np.isnan(weather + used)
    t, y = weather[known], used[known]
    if t.size <= KINDS[kind]:
        raise InsufficientData([_too_few(t.size, kind)])
    bends = best_bends(t, y, kind, within)
    if bends is None:
        raise InsufficientData([_no_such_shape(kind)])
    names, design = bend_design(t, bends, kind)
    solution: FloatArray = np.linalg.lstsq(design, y)[0].astype(np.float64)
    _, whole = bend_design(weather, bends, kind)
    statistics = quality(used, whole @ solution, KINDS[kind])
    balance = {} if not bends else {"heating": bends[0], "cooling": bends[-1]}
    if kind in ("3PC", "3PH"):
        balance.pop("heating" if kind == "3PC" else "cooling")
    rhythm: Interval = interval or ("billing" if weather.size <= MOST_BILLS else "daily")
    if rhythm == "daily":
        findings += check_year(weather.size)
    return DegreeDayFit(
        method="change_point",
        model=kind,
        interval=rhythm,
        unit=unit,
        coefficients=dict(zip(names, solution.tolist(), strict=True)),
        balance_points=balance,
        temperature_range=(float(t.min()), float(t.max())),
        findings=(*findings, *_supported(design, solution, statistics.standard_error, names)),
        **asdict(statistics),
    )


def select_change_point(
    temperature: npt.ArrayLike,
    energy: npt.ArrayLike,
    *,
    kinds: Sequence[Kind] = ("2P", "3PC", "3PH", "4P", "5P"),
    unit: TemperatureUnit = "degC",
    interval: Interval | None = None,
) -> DegreeDayFit:
    """Fit several forms and keep the one with the largest adjusted coefficient of determination.

    Forms with a slope of t < 2 or a line on less than five points do not compete.

    Parameters
    ----------
    temperature, energy, unit, interval
        As in `fit_change_point`.
    kinds : sequence of str
        Forms that compete.

    Raises
    ------
    InsufficientData
        No form is left; `findings` say why of each.
    """
    fits: list[DegreeDayFit] = []
    reasons: list[Finding] = []
    for kind in kinds:
        try:
            fit = fit_change_point(temperature, energy, kind=kind, unit=unit, interval=interval)
        except InsufficientData as refusal:
            reasons += refusal.findings
            continue
        weak = [each for each in fit.findings if each.code.startswith("change-point.")]
        reasons += [Finding(each.code, REFUSED, each.sentence, each.evidence) for each in weak]
        if not weak:
            fits.append(fit)
    if not fits:
        raise InsufficientData(reasons)
    return max(fits, key=lambda fit: fit.r_squared_adjusted)


def _supported(
    design: FloatArray, solution: FloatArray, error: float, names: Sequence[str]
) -> list[Finding]:
    """Whether each slope is told from zero and rests on enough points."""
    covariance = error**2 * np.linalg.pinv(design.T @ design)
    findings = []
    for place, name in enumerate(names[1:], start=1):
        spread = math.sqrt(max(float(covariance[place, place]), 0.0))
        t = abs(float(solution[place])) / spread if spread else math.inf
        if t < LEAST_T:
            findings.append(_weak(name, t))
        points = int(np.count_nonzero(design[:, place]))
        if points < LEAST_POINTS:
            findings.append(_few(name, points))
    return findings


def _weak(name: str, t: float) -> Finding:
    sentence = Title(
        f"斜率 {name} 的 t 值只有 {t:.2f}，与零无法区分。",
        f"The slope {name} has t = {t:.2f} and is not told from zero.",
    )
    return Finding("change-point.weak-slope", "warning", sentence, {"slope": name, "t": t})


def _few(name: str, points: int) -> Finding:
    sentence = Title(
        f"斜率 {name} 只有 {points} 个点支持。",
        f"The slope {name} rests on {points} points only.",
    )
    evidence: dict[str, float | str] = {"slope": name, "points": float(points)}
    return Finding("change-point.few-points", "warning", sentence, evidence)


def _too_few(n: int, kind: Kind) -> Finding:
    sentence = Title(
        f"{n} 个值不足以确定 {kind} 模型。", f"{n} values do not determine a {kind} model."
    )
    return Finding("change-point.too-few-values", REFUSED, sentence, {"values": float(n)})


def _no_such_shape(kind: Kind) -> Finding:
    sentence = Title(
        f"数据不呈 {kind} 形状：没有变点使斜率为正。",
        f"The data do not have the shape of {kind}: no change point has slopes of the right sign.",
    )
    return Finding("change-point.no-such-shape", REFUSED, sentence, {"kind": kind})
