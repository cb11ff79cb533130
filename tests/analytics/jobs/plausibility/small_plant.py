"""A heat pump with its meters over a day of minutes, in a real store, sound or spoilt at will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from analytics.buckets import day_start
from analytics.jobs.opened import open_site
from analytics.jobs.plausibility import DeviceFinding, findings
from analytics.series import FloatArray
from collector.model import Sample
from collector.sitefile import load_site

ZONE = ZoneInfo("Asia/Shanghai")
START = day_start(date(2026, 1, 15), ZONE)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FIRST, LAST = -60, 1440 + 60
"""Minutes that are stored, from midnight."""
MINUTES = np.arange(FIRST, LAST)
HOURS: FloatArray = MINUTES / 60.0
AT = START + MINUTES * MINUTE
RUNNING = (HOURS % 24 >= 6) & (HOURS % 24 < 22)
_KWH_PER_M3K = 1.151

Values = dict[str, dict[str, FloatArray]]
"""What every device shows in every minute; NaN where it shows nothing."""

_MAPS = {
    "e-main": "chint_dtsu666", "e-a": "chint_dtsu666", "e-hp": "chint_dtsu666",
    "hp": "generic_gshp", "h-load": "generic_heat_meter", "h-source": "generic_heat_meter",
    "w": "generic_water_meter", "weather": "generic_weather",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Findings of a day, for tests."""

    found: Sequence[DeviceFinding]

    @property
    def codes(self) -> set[tuple[str, str]]:
        """Point and code of everything."""
        return {(one.point, one.finding.code) for one in self.found}

    def one(self, code: str) -> DeviceFinding:
        """The only finding of a code."""
        [found] = [one for one in self.found if one.finding.code == code]
        return found


def wobble(size: float, seed: float) -> FloatArray:
    """Small movement that never repeats itself."""
    return size * (np.sin(MINUTES * seed) + np.sin(MINUTES * seed * 1.618))


def register(rate: FloatArray, start: float = 5000.0) -> FloatArray:
    """What a register shows that counts a rate per hour."""
    return start + np.concatenate(([0.0], np.cumsum((rate[1:] + rate[:-1]) / 120.0)))


def sound() -> Values:
    """A winter's day: the heat pump heats from six to ten, all meters agree."""
    on = RUNNING.astype(np.float64)
    flow = on * (30.0 + wobble(0.2, 0.7))
    supply = np.where(RUNNING, 45.0, 30.0 - 0.2 * (HOURS % 24)) + wobble(0.2, 0.31)
    back = supply - on * (5.0 + wobble(0.1, 0.53))
    source_flow = on * (25.0 + wobble(0.2, 0.43))
    entering = 12.0 + wobble(0.1, 0.37)
    leaving = entering - on * (4.0 + wobble(0.05, 0.61))
    heat = flow * (supply - back) * _KWH_PER_M3K
    power = on * (45.0 + wobble(1.0, 0.83)) + 0.5
    lights = 20.0 + 5.0 * np.sin(HOURS / 4.0) + wobble(0.5, 0.91)
    water = np.maximum(0.4 + 0.3 * np.sin(HOURS / 3.0), 0.0)
    return {
        "e-main": _electric(power + 1.01 * lights, 0.11),
        "e-a": _electric(lights, 0.13),
        "e-hp": _electric(power, 0.17),
        "hp": {
            "state": np.where(RUNNING, 2.0, 1.0),
            "power_kw": power,
            "load_leaving_temp_c": supply + 0.1,
            "load_entering_temp_c": back + 0.1,
            "load_flow_m3h": flow,
            "source_entering_temp_c": entering - 0.1,
            "source_leaving_temp_c": leaving - 0.1,
            "source_flow_m3h": source_flow,
        },
        "h-load": _heat(flow, supply, back, heat),
        "h-source": _heat(
            source_flow, entering, leaving, source_flow * (entering - leaving) * _KWH_PER_M3K
        ),
        "w": {"flow_m3h": water, "volume_m3": register(water)},
        "weather": {"outdoor_temp_c": 2.0 + wobble(0.4, 0.023)},
    }


def look(
    folder: Path, spoil: Callable[[Values], None] | None = None, *, every_minutes: int = 1
) -> Told:
    """Store the day as it is after `spoil`, and look at it.

    Parameters
    ----------
    folder : Path
        For site file, store and records.
    spoil : callable, optional
        Changes the values in place.
    every_minutes : int
        Distance of the stored samples; the site file says one minute.
    """
    values = {  # copies, since two devices see the same flow
        device: {name: shown.copy() for name, shown in fields.items()}
        for device, fields in sound().items()
    }
    if spoil is not None:
        spoil(values)
    file = folder / "site.yaml"
    file.write_text(site_text(), encoding="utf-8")
    configuration = load_site(file)

    async def told() -> list[DeviceFinding]:
        async with open_site(configuration, folder) as its:
            for device, fields in values.items():
                await its.store.write(_samples(device, fields, every_minutes))
            return await findings(configuration, its.readings, its.tabulator, START, START + DAY)

    return Told(asyncio.run(told()))


def site_text() -> str:
    """The site file."""
    return yaml.safe_dump(_site(), allow_unicode=True)


def _electric(power: FloatArray, seed: float) -> dict[str, FloatArray]:
    return {
        "power_kw": power,
        "energy_kwh": register(power),
        "voltage_l1_v": 230.0 + wobble(1.0, seed),
    }


def _heat(
    flow: FloatArray, supply: FloatArray, back: FloatArray, heat: FloatArray
) -> dict[str, FloatArray]:
    return {
        "flow_m3h": flow,
        "supply_temp_c": supply,
        "return_temp_c": back,
        "heat_kw": heat,
        "heat_energy_kwh": register(heat),
        "cooling_energy_kwh": register(np.zeros(heat.shape)),
        "volume_m3": register(flow),
    }


def _samples(device: str, fields: dict[str, FloatArray], every: int) -> list[Sample]:
    samples = []
    for row in range(-FIRST % every, MINUTES.size, every):
        shown = {name: float(values[row]) for name, values in fields.items()}
        good = {name: value for name, value in shown.items() if not np.isnan(value)}
        if good:
            flags = {name: "bad:not-a-value" for name in shown if name not in good}
            samples.append(Sample(device, int(AT[row]), "run", row, 5, good, flags))
    return samples


def _site() -> dict:
    devices = []
    for unit, (name, fields) in enumerate(sound().items(), start=1):
        devices.append({
            "id": name, "name": {"zh": f"{name} 表", "en": f"Meter {name}"}, "bus": "bus",
            "unit": unit, "map": _MAPS[name], "interval": "60s", "only": [*fields],
            "every": dict.fromkeys(fields, 1),
        })  # fmt: skip
    accuracy = {"class": "2", "permanent_flow_m3h": 60, "least_difference_k": 3}
    for device in devices:
        if device["id"].startswith("h-"):
            device["accuracy"] = accuracy
    unit = {"heat_pump": "hp", "electricity": "e-hp", "rated_power_kw": 60, "rated_heat_kw": 250}
    items = [
        {"code": "A", "name": {"zh": "照明", "en": "Lighting"}, "meters": ["e-a"]},
        {"code": "B", "name": {"zh": "热泵", "en": "Heat pump"}, "meters": ["e-hp"]},
    ]
    return {
        "site": {"id": "small", "name": {"zh": "小站", "en": "Small"}, "timezone": str(ZONE)},
        "buses": [{"id": "bus", "kind": "tcp", "host": "127.0.0.1", "port": 1502}],
        "devices": devices,
        "plant": {
            "units": [unit],
            "source": {"heat_meter": "h-source"},
            "load": {"heat_meter": "h-load"},
            "outdoor": "weather",
        },
        "accounts": [
            {"medium": "electricity", "meters": ["e-main"], "items": items},
            {"medium": "water", "meters": ["w"]},
        ],
    }
