"""Savings: what the baseline would have used under the reporting conditions, less what was used.

A period of which either side is missing counts on neither side. Savings are not annualised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analytics.baseline.caltrack import row
from analytics.baseline.fit import DegreeDayFit, effective_observations
from analytics.baseline.fractional import MONTH_DAYS, caltrack_band, guideline14_band
from analytics.baseline.outcome import Adjustment, Savings, told
from analytics.baseline.period_gates import check_reach
from analytics.baseline.periods import Temperatures, period_temperatures
from analytics.baseline.sufficiency import InsufficientData
from analytics.baseline.towt import TowtFit
from analytics.series import BoolArray, FloatArray
from collector.model import Finding, Title

Form = Literal["caltrack", "guideline14"]


@dataclass(frozen=True, slots=True)
class NonRoutine:
    """A change that the baseline knows nothing about, such as a floor let or a kitchen closed.

    Parameters
    ----------
    affected : array of bool, shape (m,)
        Which reporting periods.
    per_day : float
        What the baseline would have used more. [unit of energy per day]
    reason, author : str
        Why, and who says so.
    """

    affected: BoolArray
    per_day: float
    reason: str
    author: str


def savings(
    model: DegreeDayFit | TowtFit,
    temperature: Temperatures,
    energy: npt.ArrayLike,
    *,
    confidence: float = 0.9,
    form: Form | None = None,
    days: npt.ArrayLike | None = None,
    day: npt.ArrayLike | None = None,
    non_routine: Sequence[NonRoutine] = (),
) -> Savings:
    """Savings of a reporting period against a fitted baseline.

    Parameters
    ----------
    model : DegreeDayFit or TowtFit
        The baseline.
    temperature : array of float64, shape (m,), or as the model's `predict` takes it
        Of the reporting period. [the model's unit]
    energy : array of float64, shape (m,)
        What was used, NaN where unknown. [unit of energy]
    confidence : float
        Two-sided, of the uncertainty. [0..1]
    form : "guideline14" or "caltrack", optional
        Formula of the uncertainty. "guideline14" never takes n′ above n, counts every parameter
        and scales with the adjusted baseline: for figures that are issued. "caltrack" is the band
        that eemeter 3.1.1 prints: the default of CalTRACK models, so that published numbers come
        out as published. Other models: "guideline14".
    days : array of float64, shape (m,), optional
        Length of each period; required by a CalTRACK billing model. A change-point model of
        bills takes each for a month if not given. [d]
    day : array of datetime64[D], shape (m,), optional
        Local days; required by a TOWT model.
    non_routine : sequence of NonRoutine
        Stated changes; they carry no uncertainty of their own.

    Raises
    ------
    InsufficientData
        No reporting period has both sides.
    ValueError
        The arrays do not fit each other, or `days` or `day` is missing.
    """
    used = row(energy, "energy")
    predicted = _predicted(model, temperature, days, day)
    if predicted.shape != used.shape:
        raise ValueError(f"energy: {used.size} values for {predicted.size} predictions")
    known = ~np.isnan(predicted + used)
    if not known.any():
        raise InsufficientData([_nothing()])
    length = np.ones(used.size) if days is None else row(days, "days")
    if model.interval == "daily" and bool(np.any(length != 1.0)):
        raise ValueError("days: the uncertainty of a daily baseline is told of daily values")
    routine, observed = float(predicted[known].sum()), float(used[known].sum())
    effects = tuple(_effect(each, length, known) for each in non_routine)
    chosen = form or ("caltrack" if model.method.startswith("caltrack") else "guideline14")
    count, span = int(known.sum()), float(length[known].sum())
    if chosen == "caltrack":
        band = caltrack_band(model, count, span, confidence)
    else:
        # Without lengths, a period that is not a day is a month.
        monthly = days is None and model.interval == "billing"
        months = float(count) if monthly else span / MONTH_DAYS
        band = guideline14_band(model, routine, count, months, confidence)
    worth = effective_observations(model.n, model.autocorrelation, capped=chosen == "guideline14")
    seen = _seen(model, temperature, days)[known]
    return told(
        routine,
        observed,
        band,
        confidence,
        effects,
        periods=count,
        coverage=count / used.size,
        worth=worth,
        form=chosen,
        findings=check_reach(model.temperature_range, seen),
    )


def _predicted(
    model: DegreeDayFit | TowtFit,
    temperature: Temperatures,
    days: npt.ArrayLike | None,
    day: npt.ArrayLike | None,
) -> FloatArray:
    if isinstance(model, DegreeDayFit):
        return model.predict(temperature, None if model.method == "change_point" else days)
    if day is None:
        raise ValueError("day: a TOWT model predicts by weekday, give the local days")
    return model.predict(np.asarray(temperature, dtype=np.float64), day)


def _seen(
    model: DegreeDayFit | TowtFit, temperature: Temperatures, days: npt.ArrayLike | None
) -> FloatArray:
    if days is None or not model.method.startswith("caltrack"):
        return np.asarray(temperature, dtype=np.float64)
    return period_temperatures(temperature, np.asarray(days, dtype=np.float64)).mean


def _effect(change: NonRoutine, length: FloatArray, known: BoolArray) -> Adjustment:
    if change.affected.shape != known.shape:
        raise ValueError(f"non_routine: {change.reason!r} does not cover the reporting period")
    days = float(length[change.affected & known].sum())
    return Adjustment(change.per_day * days, days, change.per_day, change.reason, change.author)


def _nothing() -> Finding:
    sentence = Title(
        "报告期内没有同时具备温度和用量的时段。",
        "No reporting period has both temperature and energy.",
    )
    return Finding("savings.no-data", "alarm", sentence)
