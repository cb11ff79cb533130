"""Outdoor temperature by local day, and the degree days that baselines rest on.

Meter days and temperature days must be the same days. A label that is off by the offset of the
time zone pairs each day's energy with a quarter of the neighbour's weather and moves savings by
percents without any sign of it; so both sides are cut by the same local edges, or paired by local
date, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analytics.series import HOUR_MS, FloatArray, IntArray

TemperatureUnit = Literal["degC", "degF"]
DayArray = npt.NDArray[np.datetime64]

DEGF_PER_KELVIN = 1.8
LONGEST_BRIDGE_MS = 6 * HOUR_MS
"""Longest run of missing temperatures that is interpolated (CalTRACK 2.0)."""
LEAST_PRESENT = 0.5
"""Least share of a day's hours that must have been measured (CalTRACK 2.0)."""


def degrees_per_kelvin(unit: TemperatureUnit) -> float:
    """How many degrees of a unit make one kelvin.

    Raises
    ------
    ValueError
        `unit` is neither degC nor degF.
    """
    if unit not in ("degC", "degF"):
        raise ValueError(f"unit: {unit!r} is neither 'degC' nor 'degF'")
    return DEGF_PER_KELVIN if unit == "degF" else 1.0


def from_degc(temperature: float, unit: TemperatureUnit) -> float:
    """Convert a Celsius temperature to a unit. [unit]"""
    scale = degrees_per_kelvin(unit)
    return temperature * scale + (32.0 if unit == "degF" else 0.0)


def heating_degree_days(
    temperature: npt.ArrayLike, balance_point: float | FloatArray
) -> FloatArray:
    """Degrees by which each day's mean lies below the balance point.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Daily mean outdoor temperature; NaN stays NaN. [degC or degF]
    balance_point : float or array of float64, shape (g,)
        Temperature above which there is no heating. [same unit]

    Returns
    -------
    array of float64, shape (n,) or (n, g)
        [K d or degF d]
    """
    return np.maximum(np.subtract(*_crossed(balance_point, temperature)), 0.0)


def cooling_degree_days(
    temperature: npt.ArrayLike, balance_point: float | FloatArray
) -> FloatArray:
    """Degrees by which each day's mean lies above the balance point.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        Daily mean outdoor temperature; NaN stays NaN. [degC or degF]
    balance_point : float or array of float64, shape (g,)
        Temperature below which there is no cooling. [same unit]

    Returns
    -------
    array of float64, shape (n,) or (n, g)
        [K d or degF d]
    """
    balance, days = _crossed(balance_point, temperature)
    return np.maximum(days - balance, 0.0)


def _crossed(
    balance_point: float | FloatArray, temperature: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Every balance point against every day, as arrays that broadcast."""
    days = np.asarray(temperature, dtype=np.float64)
    balance = np.asarray(balance_point, dtype=np.float64)
    return balance, (days[..., np.newaxis] if balance.ndim else days)


@dataclass(frozen=True, slots=True)
class DailyWeather:
    """Outdoor temperature of local days.

    Parameters
    ----------
    mean : array of float64, shape (d,)
        NaN where less than half of the day was measured. [unit of the readings]
    present : array of float64, shape (d,)
        Share of the day's hours with a reading. [0..1]
    """

    mean: FloatArray
    present: FloatArray


def daily_weather(
    at: IntArray, temperature: FloatArray, edges: IntArray, *, slot_ms: int = HOUR_MS
) -> DailyWeather:
    """Daily means of sub-daily readings between local day edges (CalTRACK 2.0, 2.3.3).

    Readings are first averaged by slot, so that a burst of readings does not weigh more than a
    quiet hour. Runs of at most six hours without readings are interpolated; a day with less than
    half of its slots measured has no mean.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Instants, increasing. [ms since epoch, UTC]
    temperature : array of float64, shape (n,)
        NaN where there is no value. [degC or degF]
    edges : array of int64, shape (d + 1,)
        Edges of the local days, the same that cut the meter's energy. [ms since epoch, UTC]
    slot_ms : int
        Rhythm on which the mean is formed. [ms]

    Raises
    ------
    ValueError
        `edges` do not increase, or `at` and `temperature` differ in length.
    """
    slots, present = _by_slot(at, temperature, edges, slot_ms)
    middle = edges[0] + slot_ms * np.arange(slots.size) + slot_ms // 2
    day = np.searchsorted(edges, middle, side="right") - 1
    days = edges.size - 1
    filled = _bridged(slots, LONGEST_BRIDGE_MS // slot_ms)
    usable = ~np.isnan(filled)
    total = np.bincount(day[usable], filled[usable], minlength=days)
    count = np.bincount(day[usable], minlength=days)
    share = np.bincount(day, present, minlength=days) / np.bincount(day, minlength=days)
    mean = total / np.maximum(count, 1)
    return DailyWeather(np.where(share >= LEAST_PRESENT, mean, np.nan), share)


def degree_days_within(
    at: IntArray,
    temperature: FloatArray,
    edges: IntArray,
    balance_point: float,
    *,
    kind: Literal["heating", "cooling"],
    slot_ms: int = HOUR_MS,
) -> FloatArray:
    """Degree days from sub-daily readings: the mean over the day of the hourly degrees.

    A day that swings across the balance point has degree days of both kinds, which the daily mean
    hides.

    Parameters
    ----------
    at, temperature, edges, slot_ms
        As in `daily_weather`.
    balance_point : float
        [unit of `temperature`]
    kind : "heating" or "cooling"
        Below or above the balance point.

    Returns
    -------
    array of float64, shape (d,)
        NaN where less than half of the day was measured. [K d or degF d]
    """
    formula = heating_degree_days if kind == "heating" else cooling_degree_days
    slots, _ = _by_slot(at, temperature, edges, slot_ms)
    middle = edges[0] + slot_ms * np.arange(slots.size, dtype=np.int64) + slot_ms // 2
    degrees = formula(_bridged(slots, LONGEST_BRIDGE_MS // slot_ms), balance_point)
    missing = np.isnan(daily_weather(at, temperature, edges, slot_ms=slot_ms).mean)
    return np.where(missing, np.nan, daily_weather(middle, degrees, edges, slot_ms=slot_ms).mean)


def paired_days(
    weather_day: npt.ArrayLike,
    temperature: npt.ArrayLike,
    meter_day: npt.ArrayLike,
    energy: npt.ArrayLike,
) -> tuple[DayArray, FloatArray, FloatArray]:
    """Temperature and energy of the same local days, with every gap explicit.

    Parameters
    ----------
    weather_day, meter_day : array of datetime64[D] (or dates)
        Local days of either side, in any order, each at most once.
    temperature : array of float64
        [degC or degF]
    energy : array of float64
        [kWh]

    Returns
    -------
    day : array of datetime64[D], shape (n,)
        Every day from the meter's first to its last.
    temperature, energy : array of float64, shape (n,)
        NaN where a side has nothing for the day.

    Raises
    ------
    ValueError
        A day occurs twice, or a side's arrays differ in length.
    """
    meter = np.asarray(meter_day, dtype="datetime64[D]")
    if not meter.size:
        raise ValueError("meter_day: no days")
    day = np.arange(meter.min(), meter.max() + np.timedelta64(1, "D"))
    weather = np.asarray(weather_day, dtype="datetime64[D]")
    return (
        day,
        _on_days(day, weather, np.asarray(temperature, dtype=np.float64), "temperature"),
        _on_days(day, meter, np.asarray(energy, dtype=np.float64), "energy"),
    )


def _on_days(day: DayArray, own: DayArray, value: FloatArray, name: str) -> FloatArray:
    if own.shape != value.shape:
        raise ValueError(f"{name}: {value.shape} values for {own.shape} days")
    if np.unique(own).size != own.size:
        raise ValueError(f"{name}: a day occurs twice")
    placed = np.full(day.size, np.nan)
    place = (own - day[0]).astype(np.int64)
    inside = (place >= 0) & (place < day.size)
    placed[place[inside]] = value[inside]
    return placed


def _by_slot(
    at: IntArray, temperature: FloatArray, edges: IntArray, slot_ms: int
) -> tuple[FloatArray, FloatArray]:
    """Mean of each slot between the outer edges, and whether it has a reading."""
    if at.shape != temperature.shape:
        raise ValueError(f"temperature: {temperature.shape} values for {at.shape} instants")
    if edges.size < 2 or not bool(np.all(np.diff(edges) > 0)):
        raise ValueError("edges: must increase, and enclose at least one day")
    count = int(-(-(edges[-1] - edges[0]) // slot_ms))
    place = (at - edges[0]) // slot_ms
    usable = (at >= edges[0]) & (at < edges[-1]) & ~np.isnan(temperature)
    total = np.bincount(place[usable], temperature[usable], minlength=count)
    readings = np.bincount(place[usable], minlength=count)
    mean = np.where(readings > 0, total / np.maximum(readings, 1), np.nan)
    return mean, (readings > 0).astype(np.float64)


def _bridged(slots: FloatArray, longest: int) -> FloatArray:
    """Interpolate over runs of at most `longest` empty slots that have readings on both sides."""
    known = np.flatnonzero(~np.isnan(slots))
    if not known.size:
        return slots
    place = np.arange(slots.size)
    before = known[np.maximum(np.searchsorted(known, place, side="right") - 1, 0)]
    after = known[np.minimum(np.searchsorted(known, place), known.size - 1)]
    inside = (place > known[0]) & (place < known[-1])
    short = inside & (after - before - 1 <= longest)
    bridged: FloatArray = np.where(short, np.interp(place, known, slots[known]), slots)
    return bridged
