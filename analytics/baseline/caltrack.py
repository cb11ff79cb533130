"""CalTRACK 2.0 baselines of daily data.

Usage per day is regressed on heating and cooling degree days; the balance points are those of a
grid that explain most (CalTRACK 2.0, 3.2 to 3.4). In degF with a step of one degree the results
are those of eemeter 3.1.1.
"""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from analytics.baseline.candidates import DegreeDays, Demands, Loads, Pair, any_usable, choose
from analytics.baseline.fit import DegreeDayFit, adjusted, determination, quality
from analytics.baseline.sufficiency import (
    CALTRACK,
    InsufficientData,
    Limits,
    check_baseline,
    refused,
)
from analytics.series import BoolArray, FloatArray
from analytics.weather import (
    TemperatureUnit,
    cooling_degree_days,
    degrees_per_kelvin,
    heating_degree_days,
)
from collector.model import Finding, Title

MODELS = {
    (False, False): "intercept_only",
    (True, False): "hdd_only",
    (False, True): "cdd_only",
    (True, True): "cdd_hdd",
}
LOWEST_BALANCE = {"degF": 30.0, "degC": -10.0 / 9.0}
HIGHEST_BALANCE = {"degF": 90.0, "degC": 290.0 / 9.0}
LARGEST_STEP_K = 5.0 / 3.0
DEFAULT_STEP = {"degF": 1.0, "degC": 0.5}
LEAST_DAYS = 10
LEAST_TOTAL_K = 20.0 / 1.8
"""Twenty degree days Fahrenheit, whatever the unit. [K d]"""


def balance_grid(unit: TemperatureUnit, step: float | None = None) -> FloatArray:
    """Balance points that are tried: multiples of the step from 30 to 90 degF.

    Parameters
    ----------
    unit : "degC" or "degF"
        Of the grid.
    step : float, optional
        At most 3 degF; 1 degF or 0.5 K if not given. A step of 5/9 K is the grid of whole
        degrees Fahrenheit. [unit]

    Raises
    ------
    ValueError
        `step` is not positive, or wider than the method allows.
    """
    scale = degrees_per_kelvin(unit)
    width = DEFAULT_STEP[unit] if step is None else step
    if not 0.0 < width <= LARGEST_STEP_K * scale * (1.0 + 1e-9):
        raise ValueError(f"step: {width} {unit} is not within 0 and {LARGEST_STEP_K * scale:.4g}")
    low, high = LOWEST_BALANCE[unit] / width, HIGHEST_BALANCE[unit] / width
    steps = np.arange(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, dtype=np.float64)
    return width * steps


def fit_caltrack_daily(
    temperature: npt.ArrayLike,
    energy: npt.ArrayLike,
    *,
    unit: TemperatureUnit = "degC",
    step: float | None = None,
    loads: Loads = "both",
    limits: Limits = CALTRACK,
) -> DegreeDayFit:
    """Fit a CalTRACK 2.0 daily baseline.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Daily mean outdoor temperature of every day of the period, NaN where unknown. [unit]
    energy : array of float64, shape (n,)
        Energy of the same days, NaN where unknown. A zero is a zero: see
        `sufficiency.known_consumption` for main electricity meters. [unit of energy per day]
    unit : "degC" or "degF"
        Of temperature and balance points.
    step : float, optional
        Step of the balance points; 1 degF or 0.5 K if not given. [unit]
    loads : "both", "heating" or "cooling"
        Which loads the meter can have; gas and heat meters: "heating".
    limits : Limits
        Gates on the data; the method's own by default.

    Returns
    -------
    DegreeDayFit
        `model` is intercept_only, hdd_only, cdd_only or cdd_hdd; `coefficients` intercept,
        beta_hdd, beta_cdd; `balance_points` heating, cooling.

    Raises
    ------
    InsufficientData
        The data cannot carry a baseline; a ValueError whose `findings` say why.
    ValueError
        The arrays differ in length, or hold an infinite value.
    """
    days = row(temperature, "temperature")
    (result,) = fit_caltrack_daily_many(
        days, row(energy, "energy")[np.newaxis], unit=unit, step=step, loads=loads, limits=limits
    )
    if isinstance(result, InsufficientData):
        raise result
    return result


def fit_caltrack_daily_many(
    temperature: npt.ArrayLike,
    energies: npt.ArrayLike,
    *,
    unit: TemperatureUnit = "degC",
    step: float | None = None,
    loads: Loads = "both",
    limits: Limits = CALTRACK,
) -> tuple[DegreeDayFit | InsufficientData, ...]:
    """Fit the daily baselines of many meters on one weather station.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Daily mean outdoor temperature, NaN where unknown. [unit]
    energies : array of float64, shape (m, n)
        Energy of each meter and day, NaN where unknown. [unit of energy per day]
    unit, step, loads, limits
        As in `fit_caltrack_daily`.

    Returns
    -------
    tuple of m DegreeDayFit or InsufficientData
        A meter that is refused does not stop the others.

    Raises
    ------
    ValueError
        The arrays differ in length, or hold an infinite value.
    """
    days, meters = row(temperature, "temperature"), np.asarray(energies, dtype=np.float64)
    if meters.ndim != 2 or meters.shape[1] != days.size:
        raise ValueError(f"energies: shape {meters.shape} does not fit {days.size} days")
    if np.isinf(meters).any():
        raise ValueError("energies: holds an infinite value")
    meters = np.where(np.isnan(days), np.nan, meters)
    findings = [check_baseline(days, each, unit=unit, limits=limits) for each in meters]
    accepted = [index for index, each in enumerate(findings) if not refused(each)]
    table = _daily_table(days, balance_grid(unit, step))
    demands = Demands(LEAST_DAYS, LEAST_TOTAL_K * degrees_per_kelvin(unit), loads)
    chosen = choose(table, meters[accepted], demands) if accepted else []
    pairs = dict(zip(accepted, chosen, strict=True))
    return tuple(
        fitted(table, meters[index], pairs[index], demands, unit=unit, seen=days, findings=found)
        if index in pairs
        else InsufficientData(found)
        for index, found in enumerate(findings)
    )


def _daily_table(days: FloatArray, grid: FloatArray) -> DegreeDays:
    weather = np.where(np.isnan(days), 0.0, days)
    heating, cooling = heating_degree_days(weather, grid), cooling_degree_days(weather, grid)
    return DegreeDays(grid, heating, cooling, np.ones(days.size), np.ones(days.size), daily=True)


def fitted(
    table: DegreeDays,
    per_day: FloatArray,
    pair: Pair,
    demands: Demands,
    *,
    unit: TemperatureUnit,
    seen: FloatArray,
    findings: tuple[Finding, ...],
) -> DegreeDayFit:
    """Fit the chosen candidate by orthogonal factors and tell how good it is.

    Parameters
    ----------
    table : DegreeDays
        Of n observations.
    per_day : array of float64, shape (n,)
        Energy per day, NaN where unknown. [unit of energy per day]
    pair : Pair
        The chosen balance points.
    demands : Demands
        What qualified it.
    unit : "degC" or "degF"
        Of the table.
    seen : array of float64, shape (n,)
        Temperature of the observations. [unit]
    findings : tuple of Finding
        What the gates have said.
    """
    known = ~np.isnan(per_day)
    names, columns, balance = ["intercept"], [np.ones(per_day.size)], {}
    if pair.heating is not None:
        names.append("beta_hdd")
        columns.append(table.heating[:, pair.heating])
        balance["heating"] = float(table.grid[pair.heating])
    if pair.cooling is not None:
        names.append("beta_cdd")
        columns.append(table.cooling[:, pair.cooling])
        balance["cooling"] = float(table.grid[pair.cooling])
    design, root = np.stack(columns, axis=1), np.sqrt(table.weights[known])
    solution = np.linalg.lstsq(design[known] * root[:, np.newaxis], per_day[known] * root)[0]
    predicted = design @ solution
    explained = determination(per_day, predicted, table.weights)
    totals = quality(per_day * table.lengths, predicted * table.lengths, len(names))
    statistics = asdict(totals) | {
        "r_squared": explained,
        "r_squared_adjusted": adjusted(explained, totals.n, totals.p),
    }
    return DegreeDayFit(
        method="caltrack_daily" if table.daily else "caltrack_billing",
        model=MODELS[pair.heating is not None, pair.cooling is not None],
        interval="daily" if table.daily else "billing",
        unit=unit,
        coefficients=dict(zip(names, solution.tolist(), strict=True)),
        balance_points=balance,
        temperature_range=(float(seen[known].min()), float(seen[known].max())),
        findings=(*findings, *_weatherless(table, known, balance, demands)),
        **statistics,
    )


def _weatherless(
    table: DegreeDays, known: BoolArray, balance: dict[str, float], demands: Demands
) -> tuple[Finding, ...]:
    """Why a baseline has no weather in it."""
    if balance:
        return ()
    if not any_usable(table, known, demands):
        sentence = Title(
            f"没有一个平衡点具有 {demands.least_days} 个以上的度日值和足够的度日总和，"
            "基准即为平均值。",
            f"No balance point has {demands.least_days} days with degree days and a sufficient "
            "sum of them: the baseline is the mean.",
        )
        return (Finding("baseline.few-degree-days", "warning", sentence),)
    sentence = Title(
        "用量与室外温度无关：没有一个度日模型合格，基准即为平均值。",
        "The energy does not depend on the weather: no degree-day model qualified, the baseline is "
        "its mean.",
    )
    return (Finding("baseline.weather-independent", "warning", sentence),)


def row(value: npt.ArrayLike, name: str) -> FloatArray:
    """One row of numbers.

    Raises
    ------
    ValueError
        `name` is no such row, or holds an infinite value.
    """
    array = np.asarray(value, dtype=np.float64)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name}: shape {array.shape} is not a row of values")
    if np.isinf(array).any():
        raise ValueError(f"{name}: holds an infinite value")
    return array
