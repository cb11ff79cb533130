"""A building of which everything is known: sixteen months of its meters and weather, by the hour.

What a day uses follows from its mean temperature by `load`; in the reporting period it is a tenth
less. The truth that tests compare with is computed here from the formula, never by the jobs.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from analytics.buckets import day_start
from analytics.jobs.opened import Opened, open_site
from analytics.records.acts import Act
from collector.accounts import Retrofit
from collector.model import Sample
from collector.sitefile import load_site

ZONE = ZoneInfo("Europe/Stockholm")
HOUR_MS = 3_600_000
FIRST, LAST = date(2025, 1, 1), date(2026, 4, 30)
BASELINE = {"first": "2025-01-01", "last": "2025-12-31"}
REPORTING = {"first": "2026-01-01", "last": "2026-04-30"}
CHANGED = date(2026, 1, 1)
LESS = 0.9
"""What the measure leaves of the consumption. [-]"""
NOW_MS = day_start(date(2026, 5, 10), ZONE)
ACT = Act("Wang", "before the works", NOW_MS)
POINTS = {
    "e-main": ("chint_dtsu666", "energy_kwh"),
    "e-office": ("chint_dtsu666", "energy_kwh"),
    "h-a": ("generic_heat_meter", "heat_energy_kwh"),
    "weather": ("generic_weather", "outdoor_temp_c"),
}
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def swing(hour: int) -> float:
    """Temperature of an hour less that of its day. [K]"""
    return 3.0 if hour % 2 else -3.0


def season(day: date) -> float:
    """Temperature that a day's hours swing about. [°C]"""
    place = (day - FIRST).days
    return float(12 - 13 * np.cos(2 * np.pi * place / 365.25) + 3 * np.sin(place * 2.4))


def hours_of(day: date) -> int:
    """23, 24 or 25."""
    return (day_start(day + timedelta(days=1), ZONE) - day_start(day, ZONE)) // HOUR_MS


def mean_temperature(day: date) -> float:
    """Of the day's hours. [°C]"""
    hours = hours_of(day)
    return season(day) + sum(swing(hour) for hour in range(hours)) / hours


def load(device: str, day: date) -> float:
    """What a meter counts on a day without the measure. [kWh/d]"""
    temperature = mean_temperature(day)
    heating, cooling = max(12.0 - temperature, 0.0), max(temperature - 18.0, 0.0)
    if device == "e-main":
        return 480.0 + 24.0 * heating + 36.0 * cooling
    if device == "h-a":
        return 60.0 * heating
    return (300.0 if day.weekday() < 5 else 120.0) + 12.0 * cooling


def used(device: str, day: date) -> float:
    """What it really counts. [kWh/d]"""
    return load(device, day) * (LESS if day >= CHANGED else 1.0)


@dataclass(frozen=True)
class Silence:
    """A device gives nothing in some hours. [first and last day, both included]"""

    device: str
    first: date
    last: date


SILENT = Silence("h-a", date(2025, 3, 10), date(2025, 3, 12))
"""Nobody has read the heat meter in these days; its register went on."""
STILL = date(2025, 6, 2)
"""On this day the main meter stood still, and so did the one of the offices."""


def samples(device: str, days: list[date], silences: tuple[Silence, ...] = ()) -> list[Sample]:
    """Hourly readings of a device over days, the end of the last included."""
    field, count, found = POINTS[device][1], 10_000.0, []
    quiet = [s for s in silences if s.device == device]
    for day in days:
        start, hours = day_start(day, ZONE), hours_of(day)
        amount = 0.0 if day == STILL and device.startswith("e-") else used_or_none(device, day)
        for hour in range(hours):
            value = season(day) + swing(hour) if device == "weather" else count
            at = start + hour * HOUR_MS
            if not any(s.first <= day <= s.last for s in quiet):
                found.append(Sample(device, at, "run", len(found), 0, {field: value}))
            count += amount / hours
    end = day_start(days[-1] + timedelta(days=1), ZONE)
    if device != "weather":
        found.append(Sample(device, end, "run", len(found), 0, {field: count}))
    return found


def used_or_none(device: str, day: date) -> float:
    """As `used`; the weather counts nothing."""
    return 0.0 if device == "weather" else used(device, day)


def content(*retrofits: dict) -> dict:
    """The site file."""
    return {
        "site": {"id": "known", "name": {"zh": "楼", "en": "Known"}, "timezone": ZONE.key},
        "buildings": [{"id": "tower", "name": {"zh": "楼", "en": "Tower"}, "area_m2": 1000}],
        "buses": [{"id": "bus", "kind": "tcp", "host": "127.0.0.1", "port": 1502}],
        "devices": [
            {
                "id": name, "name": {"zh": name, "en": name}, "bus": "bus", "unit": place + 1,
                "map": which, "interval": "1h", "only": [field], "every": {field: 1},
                "building": "tower",
            }
            for place, (name, (which, field)) in enumerate(POINTS.items())
        ],
        "accounts": [{"medium": "electricity", "meters": ["e-main"]}],
        "retrofits": list(retrofits),
    }  # fmt: skip


def project(**changes: object) -> dict:
    """A retrofit of the main meter, with changes."""
    usual = {
        "id": "works", "name": {"zh": "改造", "en": "Works"}, "option": "C",
        "meters": ["e-main"], "baseline": BASELINE, "reporting": REPORTING,
    }  # fmt: skip
    return usual | changes


def write_site(folder: Path, *retrofits: dict) -> Path:
    """Write the site file."""
    file = folder / "site.yaml"
    file.write_text(yaml.safe_dump(content(*retrofits), allow_unicode=True), encoding="utf-8")
    return file


def fill(folder: Path) -> None:
    """Make the store that tests copy."""

    async def filled() -> None:
        async with open_site(load_site(write_site(folder)), folder) as opened:
            for device in POINTS:
                await opened.store.write(samples(device, DAYS, (SILENT,)))

    asyncio.run(filled())


@asynccontextmanager
async def opened(filled: Path, folder: Path, *retrofits: dict) -> AsyncIterator[Opened]:
    """A copy of the store with a site file of these retrofits."""
    copied(filled, folder)
    configuration = load_site(write_site(folder, *retrofits))
    async with open_site(configuration, folder) as its:
        yield its


def copied(filled: Path, folder: Path) -> None:
    """Copy the store, unless it is there already."""
    if not any(folder.glob("*.sqlite")):
        shutil.copytree(filled, folder, dirs_exist_ok=True)


def only(its: Opened) -> Retrofit:
    """The retrofit of the site file."""
    [retrofit] = its.configuration.settings.retrofits
    return retrofit


def days_between(first: str, last: str) -> list[date]:
    """Local days, both included."""
    return [day for day in DAYS if first <= day.isoformat() <= last]


def total(which: Callable[[str, date], float], device: str, span: dict) -> float:
    """Sum of a formula over the days of a span."""
    return sum(which(device, day) for day in days_between(span["first"], span["last"]))
