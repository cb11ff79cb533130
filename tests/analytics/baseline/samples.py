"""Published samples as arrays."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from analytics.series import DAY_MS, FloatArray, IntArray
from analytics.weather import daily_weather

DATA = Path(__file__).parents[2] / "data"
EEMETER = DATA / "eemeter_samples"
BLACKOUT = (np.datetime64("2016-12-26"), np.datetime64("2017-01-04"))


@cache
def eemeter_expected() -> dict[str, Any]:
    return json.loads((EEMETER / "expected.json").read_text())["caltrack2_daily_eemeter_3.1.1"]


@cache
def eemeter_more() -> dict[str, Any]:
    return json.loads((EEMETER / "more_expected.json").read_text())


@cache
def eemeter_daily(period: str) -> tuple[FloatArray, FloatArray]:
    """Temperature [degF] and energy [kWh] of the pinned sample."""
    path = EEMETER / f"il-electricity-cdd-hdd-daily_{period}_daily.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([float(row["T"]) for row in rows]), np.array([float(row["y"]) for row in rows])


@cache
def hourly_weather() -> tuple[IntArray, FloatArray]:
    at, _, value = _read("il-tempF", "dt", "tempF")
    return at, value


def local_days(name: str, shift_to_utc: bool) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Temperature and energy by period, paired by local day or, as upstream does, by UTC day."""
    at, day, energy = _read(name, "start", "value")
    start = day.astype(np.int64) * DAY_MS if shift_to_utc else at
    ends = np.append(start[1:], start[-1] + DAY_MS)
    mean = daily_weather(*hourly_weather(), np.append(start, ends[-1])).mean
    baseline = (day >= BLACKOUT[0] - np.timedelta64(365, "D")) & (day < BLACKOUT[0])
    reporting = (day >= BLACKOUT[1]) & (day < BLACKOUT[1] + np.timedelta64(365, "D"))
    return {
        "baseline": (mean[baseline], energy[baseline]),
        "reporting": (mean[reporting], energy[reporting]),
    }


def bills(name: str) -> dict[str, tuple[list[FloatArray], FloatArray, FloatArray]]:
    """Daily temperatures of each bill, its energy and its days, by period."""
    at, _, energy = _read(name, "start", "value")
    first = _ms("2015-12-27"), _ms("2016-12-26")
    second = _ms("2017-01-04"), _ms("2018-01-04")
    found = {}
    for period, (low, high) in (("baseline", first), ("reporting", second)):
        inside = [i for i in range(at.size - 1) if low <= at[i] and at[i + 1] <= high]
        edges = [np.arange(at[i], at[i + 1] + 1, DAY_MS) for i in inside]
        days = np.array([float(each.size - 1) for each in edges])
        found[period] = (
            [daily_weather(*hourly_weather(), each).mean for each in edges],
            energy[inside],
            days,
        )
    return found


def _ms(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


@cache
def _read(name: str, time: str, value: str) -> tuple[IntArray, Any, FloatArray]:
    with gzip.open(EEMETER / f"{name}.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    at = [int(datetime.fromisoformat(row[time]).timestamp() * 1000) for row in rows]
    day = np.array([row[time][:10] for row in rows], dtype="datetime64[D]")
    return np.array(at, dtype=np.int64), day, np.array([float(row[value]) for row in rows])


@cache
def nmecr() -> tuple[Any, FloatArray, FloatArray, dict[str, Any]]:
    """Days, temperature [degF], energy [kWh], and what nmecr publishes."""
    with (DATA / "nmecr" / "daily.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return (
        np.array([row["day"] for row in rows], dtype="datetime64[D]"),
        np.array([float(row["temperature_degf"]) for row in rows]),
        np.array([float(row["energy_kwh"]) for row in rows]),
        json.loads((DATA / "nmecr" / "expected.json").read_text()),
    )


@cache
def changepointmodel() -> dict[str, Any]:
    return json.loads((DATA / "changepointmodel" / "expected.json").read_text())


def year(seed: int = 1, mean: float = 13.0, swing: float = 14.0) -> FloatArray:
    """A year of daily temperatures. [degC]"""
    rng = np.random.default_rng(seed)
    season = -swing * np.cos(2 * np.pi * np.arange(365) / 365)
    return mean + season + rng.normal(0.0, 3.0, 365)
