"""Daily consumption and weather of a retrofit, from the raw data: what a baseline is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics import resample
from analytics.baseline.consumption import completed_days, known_consumption
from analytics.buckets import day_start, days_span, edges, local_date
from analytics.intervals import BucketEnergy
from analytics.jobs.counted import FIELDS, Reader
from analytics.series import HOUR_MS, FloatArray, IntArray, Series
from collector.accounts import Retrofit, Span
from collector.errors import ConfigError, Problem
from collector.sitefile import Configuration

LEAST_HOURS = 0.5
"""Share of a day's hours whose temperature must be known. [0..1]"""


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Every local day of a period; arrays of shape (n,).

    Parameters
    ----------
    day : array of datetime64[D]
    temperature : array of float64
        Daily mean outdoor temperature, NaN where too little is known. [°C]
    energy : array of float64
        NaN where unknown. [kWh or m³]
    estimated : int
        Days that were completed from at least half of their readings.
    points : tuple of str
        `<device>/<field>` of everything that was read.
    """

    day: npt.NDArray[np.datetime64]
    temperature: FloatArray
    energy: FloatArray
    estimated: int
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bills:
    """Calendar months of a period, as bills would have them; arrays of shape (m,).

    Parameters
    ----------
    energy : array of float64
        From the registers at the months' ends; NaN where unknown. [kWh or m³]
    days : array of float64
        Length of each. [d]
    temperature : tuple of array of float64
        Daily means of each month. [°C]
    """

    energy: FloatArray
    days: FloatArray
    temperature: tuple[FloatArray, ...]


def local_span(span: Span, zone: ZoneInfo) -> tuple[int, int]:
    """Half-open span of local days. [ms since epoch, UTC]"""
    return days_span(span.first, span.last, zone)


def until(span: Span, now_ms: int, zone: ZoneInfo) -> Span | None:
    """What has passed of a span, in whole days; None when nothing has."""
    yesterday = local_date(now_ms, zone) - timedelta(days=1)
    return (
        None if yesterday < span.first else Span(first=span.first, last=min(span.last, yesterday))
    )


async def days_of(
    configuration: Configuration, readings: Reader, retrofit: Retrofit, span: Span
) -> Days:
    """Consumption of a retrofit's meters and the weather, day by day.

    Raises
    ------
    ConfigError
        A meter has no counter of the medium, or there is no weather station.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    days = edges(*local_span(span, zone_of(configuration)), "1d", zone_of(configuration))
    energy, estimated, points = np.zeros(days.size - 1), np.zeros(days.size - 1, np.bool_), []
    for device in retrofit.meters:
        point, counted = await _counted(configuration, readings, retrofit, device, days)
        completed, scaled = completed_days(counted.measured, counted.coverage)
        energy, estimated = energy + completed, estimated | scaled
        points.append(point)
    main = _is_main(configuration, retrofit.meters)
    known = known_consumption(energy, medium=retrofit.medium, main=main)
    weather = outdoor(configuration, retrofit)
    return Days(
        np.arange(np.datetime64(span.first), np.datetime64(span.last) + 1),
        await _temperature(readings, weather, days),
        known,
        int(np.count_nonzero(estimated & ~np.isnan(known))),
        (*points, f"{weather}/outdoor_temp_c"),
    )


async def bills_of(
    configuration: Configuration, readings: Reader, retrofit: Retrofit, days: Days
) -> Bills:
    """The same period month by month; the first and last month may be cut by the period."""
    zone = zone_of(configuration)
    month = days.day.astype("datetime64[M]")
    first = np.flatnonzero(np.concatenate(([True], month[1:] != month[:-1])))
    starts = [*days.day[first].tolist(), days.day[-1].item() + timedelta(days=1)]
    borders = np.array([day_start(start, zone) for start in starts], dtype=np.int64)
    energy = np.zeros(first.size)
    for device in retrofit.meters:
        _, counted = await _counted(configuration, readings, retrofit, device, borders)
        energy += counted.energy
    length = np.diff(np.append(first, month.size)).astype(np.float64)
    return Bills(energy, length, tuple(np.split(days.temperature, first[1:])))


async def _counted(
    configuration: Configuration, readings: Reader, retrofit: Retrofit, device: str, at: IntArray
) -> tuple[str, BucketEnergy]:
    field = _field(configuration, device, retrofit)
    readout = (await readings.of(device, [field], int(at[0]), int(at[-1])))[field]
    return f"{device}/{field}", readout.amounts(at)


def zone_of(configuration: Configuration) -> ZoneInfo:
    """Zone of the site's local days."""
    return ZoneInfo(configuration.site.timezone)


def outdoor(configuration: Configuration, retrofit: Retrofit) -> str:
    """Weather station of a retrofit: its own, the plant's, or the site's only one.

    Raises
    ------
    ConfigError
        There is none, or several and none is named.
    """
    plant = configuration.settings.plant
    named = retrofit.outdoor or (plant.outdoor if plant else None)
    stations = [d.id for d in configuration.site.devices.values() if d.kind == "weather"]
    if named is None and len(stations) == 1:
        [named] = stations
    if named is None:
        wording = (
            f"name one of {', '.join(stations)}" if stations else "there is no weather station"
        )
        raise ConfigError([Problem(configuration.file, None, f"{retrofit.id}: outdoor", wording)])
    return named


async def _temperature(readings: Reader, weather: str, days: IntArray) -> FloatArray:
    """Daily means of hourly means; a day needs half of its hours (CalTRACK 2.0, 2.2.2.3)."""
    readout = await readings.of(weather, ["outdoor_temp_c"], int(days[0]), int(days[-1]))
    hours = np.arange(days[0], days[-1] + 1, HOUR_MS, dtype=np.int64)
    hourly = resample.statistics(readout["outdoor_temp_c"].series, hours)
    means = Series(hours[:-1], hourly.mean, "°C", HOUR_MS)
    daily = resample.statistics(means, days)
    return np.where(daily.coverage >= LEAST_HOURS, daily.mean, np.nan)


def _field(configuration: Configuration, device: str, retrofit: Retrofit) -> str:
    points = configuration.site.devices[device].points
    for field in FIELDS[retrofit.medium]:
        if field in points:
            return field
    wording = f"{device} counts no {retrofit.medium}"
    raise ConfigError([Problem(configuration.file, None, f"{retrofit.id}: meters", wording)])


def _is_main(configuration: Configuration, meters: Sequence[str]) -> bool:
    """Whether the meters together are an account of the site: a whole building, never off."""
    accounts = configuration.settings.accounts
    return any(set(account.meters) == set(meters) for account in accounts)
