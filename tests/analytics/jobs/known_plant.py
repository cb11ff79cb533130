"""A small plant of which everything is known: two months by quarter-hours, two buildings served.

It heats on days of an even date and cools on the others, from 6 to 20 o'clock. Every register
counts what the formulas here say; tests compare with sums of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import yaml

from analytics.buckets import QUARTER_MS, day_start
from analytics.jobs.opened import Opened, open_site
from analytics.series import FloatArray
from collector.model import Sample
from collector.sitefile import load_site
from tests.analytics.jobs.known_building import copied

ZONE = ZoneInfo("Europe/Stockholm")
FIRST, BEHIND = date(2026, 1, 1), date(2026, 3, 1)
BETTER_FROM = date(2026, 2, 15)
"""From here on the heat pump uses a fifth less."""
LESS = 0.8
RATED_KW = 200.0
START, END = day_start(FIRST, ZONE), day_start(BEHIND, ZONE)
HEATING_SEASON = {"first": "01-05", "last": "01-20"}
COOLING_SEASON = {"first": "02-02", "last": "02-20"}
METERS = ("e-plant", "e-hp", "e-source", "e-load", "e-control")
WATER = 1.163
"""kWh per m³ and K, as near as flows need it."""
_MAPS = {"e": "chint_dtsu666", "h": "generic_heat_meter", "hp": "generic_gshp",
         "weather": "generic_weather"}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What every quarter-hour was; arrays of shape (n,).

    Electricity by meter, heat and cold by heat meter [kWh], temperatures [°C].
    """

    at: npt.NDArray[np.int64]
    heating: npt.NDArray[np.bool_]
    heat: dict[str, FloatArray]
    cold: dict[str, FloatArray]
    electricity: dict[str, FloatArray]
    supply: FloatArray
    entering: FloatArray

    def within(self, first: date, last: date) -> npt.NDArray[np.bool_]:
        """Quarter-hours of local days, both included."""
        end = day_start(last + timedelta(days=1), ZONE)
        return np.asarray((self.at >= day_start(first, ZONE)) & (self.at < end))


@cache
def truth() -> Truth:
    """The plant, quarter by quarter."""
    at = np.arange(START, END, QUARTER_MS, dtype=np.int64)
    place = (at - START) // QUARTER_MS
    day, quarter = place // 96, place % 96
    on = (quarter >= 24) & (quarter < 80)
    heating = (day + 1) % 2 == 0
    load = np.where(on, 0.55 + 0.2 * np.sin(quarter / 9.0) + 0.2 * np.cos(day * 1.7), 0.0)
    output = RATED_KW / 4 * load
    heat, cold = np.where(heating, output, 0.0), np.where(heating, 0.0, output)
    entering = np.where(heating, 12.0 + 2 * np.sin(day * 0.9), 20.0 + 2 * np.sin(day * 0.7))
    supply = np.where(heating, 44.0 + 3 * np.cos(day * 1.3), 8.0 + np.cos(day * 1.1))
    lift = np.where(heating, supply - entering, entering - supply)
    cop = np.exp(np.where(heating, 2.1, 2.2) - 0.02 * lift) - 0.4 * load
    better = np.where(at >= day_start(BETTER_FROM, ZONE), LESS, 1.0)
    used = {
        "e-hp": np.where(on, output / cop * better, 0.1),
        "e-source": np.where(on, 1.1, 0.05),
        "e-load": np.where(on, 0.9, 0.02),
        "e-control": np.full(at.size, 0.2),
    }
    used["e-plant"] = np.add.reduce(list(used.values()))
    share = 0.6 + 0.1 * np.sin(place / 40.0)
    towers = {"h-a": share, "h-b": 1.0 - share, "h-load": np.ones(at.size)}
    compressor = np.where(on, used["e-hp"], 0.0)
    return Truth(
        at,
        heating,
        {name: heat * part for name, part in towers.items()}
        | {"h-source": np.where(heating, output - compressor, 0.0)},
        {name: cold * part for name, part in towers.items()}
        | {"h-source": np.where(heating, 0.0, output + compressor)},
        used,
        supply,
        entering,
    )


def samples(device: str) -> list[Sample]:
    """Readings at the start of every quarter, and one at the very end."""
    columns = _columns(device)
    at = np.append(truth().at, END)
    return [
        Sample(device, int(at[n]), "run", n, 0, {name: float(v[n]) for name, v in columns.items()})
        for n in range(at.size)
    ]


def _counted(amounts: FloatArray, first: float = 1000.0) -> FloatArray:
    return first + np.concatenate(([0.0], np.cumsum(amounts)))


def _shown(values: FloatArray) -> FloatArray:
    return np.append(values, values[-1])


def _columns(device: str) -> dict[str, FloatArray]:
    its = truth()
    if device in its.electricity:
        return {"energy_kwh": _counted(its.electricity[device])}
    if device == "weather":
        return {"outdoor_temp_c": _shown(its.entering - 15.0)}
    on = its.heat["h-load"] + its.cold["h-load"] > 0.0
    if device == "hp-1":
        started = np.diff(on.astype(np.int64), prepend=0) > 0
        return {
            "starts": _counted(started.astype(np.float64)),
            "run_hours_h": _counted(on * 0.25),
            "source_entering_temp_c": _shown(its.entering),
        }
    loop = device == "h-source"
    spread = np.where(its.heating, 5.0, -5.0) * np.where(on, 1.0, 0.0)
    power = (its.heat[device] + its.cold[device]) * 4
    supply = its.entering if loop else its.supply
    return {
        "heat_energy_kwh": _counted(its.heat[device]),
        "cooling_energy_kwh": _counted(its.cold[device]),
        "flow_m3h": _shown(power / 5.0 / WATER),
        "supply_temp_c": _shown(supply),
        "return_temp_c": _shown(supply - spread),
    }


DEVICES = (*METERS, "h-load", "h-source", "h-a", "h-b", "hp-1", "weather")


def content() -> dict:
    """The site file, to be changed at will."""
    return {
        "site": {"id": "small", "name": {"zh": "站", "en": "Plant"}, "timezone": ZONE.key},
        "buildings": [
            {"id": name, "name": {"zh": name, "en": name}, "area_m2": 1000}
            for name in ("tower-a", "tower-b")
        ],
        "buses": [{"id": "bus", "kind": "tcp", "host": "127.0.0.1", "port": 1502}],
        "devices": [_device(name, place) for place, name in enumerate(DEVICES)],
        "plant": {
            "units": [
                {"heat_pump": "hp-1", "electricity": "e-hp", "rated_heat_kw": RATED_KW,
                 "rated_power_kw": 60},
            ],
            "source": {"heat_meter": "h-source"},
            "load": {"heat_meter": "h-load"},
            "source_pumps": {"electricity": ["e-source"]},
            "load_pumps": {"electricity": ["e-load"]},
            "controls": {"electricity": ["e-control"]},
            "whole": "e-plant",
            "outdoor": "weather",
            "serves": [
                {"building": "tower-a", "heat_meter": "h-a"},
                {"building": "tower-b", "heat_meter": "h-b"},
            ],
            "heating_season": HEATING_SEASON,
            "cooling_season": COOLING_SEASON,
        },
        "accounts": [{"medium": "electricity", "meters": ["e-plant"]}],
    }  # fmt: skip


def _device(name: str, place: int) -> dict:
    fields = list(_columns(name))
    accuracy = {"class": "1"} if name.startswith("e-") else {}
    if name.startswith("h-"):
        accuracy = {"class": "2", "permanent_flow_m3h": 60, "least_difference_k": 3}
    return {
        "id": name, "name": {"zh": name, "en": name}, "bus": "bus", "unit": place + 1,
        "map": _MAPS.get(name.split("-")[0], name), "interval": "15min", "only": fields,
        "every": dict.fromkeys(fields, 1), "building": "tower-a",
        **({"accuracy": accuracy} if accuracy else {}),
    }  # fmt: skip


def write_site(folder: Path, site: dict) -> Path:
    """Write the site file."""
    file = folder / "site.yaml"
    file.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    return file


def fill(folder: Path) -> None:
    """Make the store that tests copy."""

    async def filled() -> None:
        async with open_site(load_site(write_site(folder, content())), folder) as opened:
            for device in DEVICES:
                await opened.store.write(samples(device))

    asyncio.run(filled())


@asynccontextmanager
async def opened(filled: Path, folder: Path, site: dict | None = None) -> AsyncIterator[Opened]:
    """A copy of the store, with a changed site file if one is given."""
    copied(filled, folder)
    async with open_site(load_site(write_site(folder, site or content())), folder) as its:
        yield its
