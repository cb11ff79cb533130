"""CalTRACK 2.0 baselines of billing data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.baseline.caltrack import LEAST_TOTAL_K, balance_grid, fitted, row
from analytics.baseline.candidates import DegreeDays, Demands, Loads, choose
from analytics.baseline.fit import DegreeDayFit
from analytics.baseline.period_gates import check_bills
from analytics.baseline.periods import Temperatures, degree_day_means, period_temperatures
from analytics.baseline.sufficiency import CALTRACK, Limits, check_weather, refuse
from analytics.weather import TemperatureUnit, degrees_per_kelvin
from collector.model import Finding, Title


def fit_caltrack_billing(
    temperature: Temperatures,
    energy: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    unit: TemperatureUnit = "degC",
    step: float | None = None,
    loads: Loads = "both",
    limits: Limits = CALTRACK,
) -> DegreeDayFit:
    """Fit a CalTRACK 2.0 billing baseline: usage per day, weighted by days.

    Parameters
    ----------
    temperature : sequence of n arrays, or array of shape (sum of days,) or (n,)
        Daily means of each period, as one array per period or in a row. One mean per period is
        taken too; degree days near the balance points are then too low, and a finding says so.
        [unit]
    energy : array of float64, shape (n,)
        Energy of each period, NaN where unknown. [unit of energy]
    days : array of float64, shape (n,)
        Length of each period. [d]
    unit, step, loads, limits
        As in `fit_caltrack_daily`.

    Returns
    -------
    DegreeDayFit
        Coefficients per day. The coefficients of determination are those of the weighted fit of
        usage per day, by which the method chooses; the other statistics those of the periods'
        totals, in which savings are told.

    Raises
    ------
    InsufficientData
        The bills cannot carry a baseline; a ValueError whose `findings` say why.
    ValueError
        The arrays do not fit each other, or hold an infinite value.
    """
    lengths, total = row(days, "days"), row(energy, "energy")
    if lengths.size != total.size:
        raise ValueError(f"days: {lengths.size} lengths for {total.size} energies")
    periods = period_temperatures(temperature, lengths)
    total = np.where(periods.known_days > 0, total, np.nan)
    weather = check_weather(periods.temperature, unit, limits)
    findings = refuse((*check_bills(lengths, total, limits), *weather))
    if periods.from_means:
        findings = (*findings, _from_means())
    grid = balance_grid(unit, step)
    heating, cooling = degree_day_means(periods, grid)
    table = DegreeDays(grid, heating, cooling, periods.known_days, lengths, daily=False)
    demands = Demands(0, LEAST_TOTAL_K * degrees_per_kelvin(unit), loads)
    per_day = total / lengths
    (pair,) = choose(table, per_day[np.newaxis], demands)
    return fitted(table, per_day, pair, demands, unit=unit, seen=periods.mean, findings=findings)


def _from_means() -> Finding:
    sentence = Title(
        "度日数由账期平均温度算得，在平衡点附近偏低；请提供逐日温度。",
        "Degree days come from each period's mean temperature and are too low near the balance "
        "points; give daily temperatures.",
    )
    return Finding("billing.mean-temperature", "warning", sentence)
