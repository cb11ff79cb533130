"""Weather of billing periods: degree days belong to days, whatever the meter is read by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.series import FloatArray, IntArray
from analytics.weather import cooling_degree_days, heating_degree_days

Temperatures = npt.ArrayLike | Sequence[npt.ArrayLike]


@dataclass(frozen=True, slots=True)
class PeriodTemperatures:
    """Daily temperatures with the period that each belongs to.

    Parameters
    ----------
    temperature : array of float64, shape (d,)
        Known daily means, or one mean per period. [degC or degF]
    period : array of int64, shape (d,)
        Which period.
    known_days : array of float64, shape (n,)
        Days of each period whose temperature is known. [d]
    mean : array of float64, shape (n,)
        Mean temperature; NaN where nothing is known. [degC or degF]
    from_means : bool
        Only period means were given: degree days are then too low near the balance points.
    """

    temperature: FloatArray
    period: IntArray
    known_days: FloatArray
    mean: FloatArray
    from_means: bool


def period_temperatures(temperature: Temperatures, days: FloatArray) -> PeriodTemperatures:
    """Sort temperatures by period.

    Parameters
    ----------
    temperature : sequence of n arrays, or array of shape (sum of days,) or (n,)
        The daily means of each period; or all of them in a row; or one mean per period. [degC or
        degF]
    days : array of float64, shape (n,)
        Length of each period. [d]

    Raises
    ------
    ValueError
        `temperature` is none of these, or `days` has no positive whole lengths.
    """
    if days.ndim != 1 or not days.size or not bool(np.all(days > 0)):
        raise ValueError("days: every period needs a positive length")
    value, period, from_means = _flat(temperature, days)
    known = ~np.isnan(value)
    value, period = value[known], period[known]
    count = np.bincount(period, minlength=days.size).astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(period, value, minlength=days.size) / count
    known_days = np.where(count > 0, days, 0.0) if from_means else count
    return PeriodTemperatures(value, period, known_days, mean, from_means)


def degree_day_means(
    periods: PeriodTemperatures, balance_points: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean heating and cooling degree days per day of each period.

    Parameters
    ----------
    periods : PeriodTemperatures
        n periods.
    balance_points : array of float64, shape (g,)
        [unit of the temperatures]

    Returns
    -------
    heating, cooling : array of float64, shape (n, g)
        0 where nothing is known; look at `known_days`. [K or degF]
    """
    count = np.bincount(periods.period, minlength=periods.mean.size)
    share = 1.0 / np.maximum(count, 1)
    member = np.zeros((periods.mean.size, periods.period.size))
    member[periods.period, np.arange(periods.period.size)] = share[periods.period]
    heating = member @ heating_degree_days(periods.temperature, balance_points)
    return heating, member @ cooling_degree_days(periods.temperature, balance_points)


def _flat(temperature: Temperatures, days: FloatArray) -> tuple[FloatArray, IntArray, bool]:
    """Temperatures in a row, the period of each, and whether they are period means."""
    parts = _ragged(temperature)
    if parts is not None:
        if len(parts) != days.size:
            raise ValueError(f"temperature: {len(parts)} periods for {days.size} lengths in days")
        period = np.repeat(np.arange(days.size), [part.size for part in parts])
        return np.concatenate(parts), period, False
    value = np.asarray(temperature, dtype=np.float64)
    if value.shape == days.shape:
        return value, np.arange(days.size), True
    whole = np.rint(days).astype(np.int64)
    if value.shape == (int(whole.sum()),) and bool(np.all(whole == days)):
        return value, np.repeat(np.arange(days.size), whole), False
    raise ValueError(
        f"temperature: shape {value.shape} is neither one mean per period ({days.size}) "
        f"nor one per day ({int(whole.sum())})"
    )


def _ragged(temperature: Temperatures) -> list[FloatArray] | None:
    """One array per period; None when the temperatures are a plain row of numbers."""
    if isinstance(temperature, np.ndarray) and temperature.dtype != object:
        return list(temperature.astype(np.float64)) if temperature.ndim == 2 else None
    if not isinstance(temperature, Sequence | np.ndarray) or not len(temperature):
        return None
    parts = [np.asarray(part, dtype=np.float64) for part in temperature]
    if all(part.ndim == 1 for part in parts):
        return parts
    return None
