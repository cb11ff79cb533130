"""A small site whose meters count at known rates, in a real store, for the jobs on accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import yaml

from analytics.buckets import QUARTER_MS, day_start
from analytics.jobs.opened import Opened, open_site
from collector.model import Sample
from collector.sitefile import load_site

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = day_start(date(2026, 10, 1), ZONE), day_start(date(2026, 11, 1), ZONE)
HOURS = 744
RATES: Mapping[str, Mapping[str, float]] = {
    "e-main": {"energy_kwh": 100.0},
    "e-light": {"energy_kwh": 40.0},
    "e-hvac": {"energy_kwh": 70.0},
    "e-server": {"energy_kwh": 20.0},
    "h-a": {"heat_energy_kwh": 200.0, "cooling_energy_kwh": 0.0},
    "g-1": {"volume_m3": 2.0},
    "w-1": {"volume_m3": 1.0},
}
"""What each register counts in an hour. [kWh/h or m³/h]"""
STEADY: Mapping[str, Mapping[str, float]] = {
    "h-a": {"flow_m3h": 40.0, "supply_temp_c": 45.0, "return_temp_c": 40.0}
}
_MAPS = {
    "e": "chint_dtsu666", "h": "generic_heat_meter", "g": "generic_gas_meter",
    "w": "generic_water_meter",
}  # fmt: skip
_TARIFF = {"valid_from": "2020-01-01", "source": "a contract"}

Result = TypeVar("Result")


@dataclass(frozen=True)
class Silence:
    """A meter delivers nothing in [first, last). [hours since the span began]"""

    device: str
    first: float
    last: float


def content() -> dict:
    """The site file, to be changed at will."""
    return {
        "site": {"id": "small", "name": {"zh": "小园区", "en": "Small site"}},
        "buildings": [{"id": "tower", "name": {"zh": "楼", "en": "Tower"}, "area_m2": 1000}],
        "buses": [{"id": "bus", "kind": "tcp", "host": "127.0.0.1", "port": 1502}],
        "devices": [_device(name, place) for place, name in enumerate(RATES)],
        "accounts": [
            {
                "medium": "electricity",
                "meters": ["e-main"],
                "items": [
                    _item("A", "照明", "Lighting", ["e-light"]),
                    _item("B", "空调", "HVAC", ["e-hvac"], less=["e-server"]),
                ],
            },
            {"medium": "heat", "meters": ["h-a"], "role": "delivered"},
            {"medium": "gas", "meters": ["g-1"], "energy": "natural_gas_gasfield"},
            {"medium": "water", "meters": ["w-1"]},
        ],
        "tariffs": [
            {
                "id": "tou",
                "medium": "electricity",
                "prices": {"sharp": 1.28, "peak": 1.07, "flat": 0.72, "valley": 0.35},
                "hours": {
                    "sharp": ["20:00-22:00"], "peak": ["09:00-15:00"], "valley": ["23:00-07:00"],
                },
                **_TARIFF,
            },
            {"id": "gas", "medium": "gas", "prices": {"flat": 3.6}, **_TARIFF},
            {"id": "water", "medium": "water", "prices": {"flat": 4.2}, **_TARIFF},
        ],
    }  # fmt: skip


def run(
    folder: Path,
    site: dict,
    job: Callable[[Opened], Awaitable[Result]],
    *silences: Silence,
    span: tuple[int, int] = OCTOBER,
) -> Result:
    """Fill a store with a span of the site and do a job on it."""
    file = folder / "site.yaml"
    file.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    configuration = load_site(file)

    async def filled() -> Result:
        async with open_site(configuration, folder) as opened:
            for device in RATES:
                await opened.store.write(_samples(device, span, silences))
            return await job(opened)

    return asyncio.run(filled())


def _device(name: str, place: int) -> dict:
    fields = [*RATES[name], *STEADY.get(name, {})]
    return {
        "id": name, "name": {"zh": name, "en": name}, "bus": "bus", "unit": place + 1,
        "map": _MAPS[name[0]], "interval": "15min", "only": fields,
        "every": dict.fromkeys(fields, 1), "building": "tower",
    }  # fmt: skip


def _item(code: str, zh: str, en: str, meters: list[str], less: list[str] | None = None) -> dict:
    return {"code": code, "name": {"zh": zh, "en": en}, "meters": meters, "less": less or []}


def _samples(device: str, span: tuple[int, int], silences: tuple[Silence, ...]) -> list[Sample]:
    start, end = span
    samples = []
    for seq, at in enumerate(range(start, end + QUARTER_MS, QUARTER_MS)):
        hour = (at - start) / 3_600_000
        if any(s.device == device and s.first < hour < s.last for s in silences):
            continue
        values = {name: 5000.0 + rate * hour for name, rate in RATES[device].items()}
        samples.append(Sample(device, at, "run", seq, 0, values | STEADY.get(device, {})))
    return samples
