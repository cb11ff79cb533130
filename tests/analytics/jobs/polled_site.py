"""A small site with real stores and records, and its readings as they would have been polled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from analytics.jobs.rollup import RollUp, Summary
from analytics.jobs.window_store import WindowStore
from analytics.records import Records, revisions
from analytics.records.acts import Act
from collector.model import Sample
from collector.sitefile import Configuration
from collector.store import Store, Touched

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}, timezone: Europe/Stockholm}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: acrel_adw300, interval: 60s,
     only: [power_kw, energy_kwh], every: {energy_kwh: 1}, rollover: {energy_kwh: 1000}}
  - {id: m2, name: {zh: 表, en: two}, bus: b1, unit: 2, map: acrel_adw300, interval: 60s,
     only: [power_kw, energy_kwh], every: {energy_kwh: 5}}
"""
MINUTE = 60_000
HOUR = 60 * MINUTE
QUARTER = 15 * MINUTE
DAY = 24 * HOUR
MIDNIGHT = 1_777_586_400_000
"""2026-05-01 00:00 in Stockholm. [ms since epoch, UTC]"""


@dataclass
class Plant:
    """A site with everything that jobs work with."""

    configuration: Configuration
    store: Store
    rollups: Mapping[str, Store]
    records: Records
    folder: Path

    @property
    def windows(self) -> WindowStore:
        return WindowStore(self.configuration.site, self.rollups)

    @property
    def act(self) -> Act:
        return Act("Wang", "because", MIDNIGHT)

    async def poll(
        self, device: str, values: Callable[[int], Mapping[str, float]], minutes: Iterable[int]
    ) -> None:
        """Store a sample for each of these minutes after midnight."""
        its = self.configuration.site.devices[device]
        samples = []
        for minute in minutes:
            at = MIDNIGHT + minute * MINUTE
            due = its.due(at)
            given = {name: value for name, value in values(minute).items() if name in due}
            flags = {name: "bad:timeout" for name in due if name not in given}
            samples.append(Sample(device, at, "run", abs(minute), 5, given, flags))
        await self.store.write(samples)

    async def late(
        self, device: str, values: Callable[[int], Mapping[str, float]], minutes: Iterable[int]
    ) -> None:
        """The same, with the mark that the ingest leaves for late samples."""
        minutes = list(minutes)
        await self.poll(device, values, minutes)
        first, last = (MIDNIGHT + minute * MINUTE for minute in (min(minutes), max(minutes)))
        await self.store.write_touched([Touched(device, first, last, last + DAY)])

    def job(self) -> RollUp:
        """A job that has just been started."""
        return RollUp(self.configuration, self.store, self.rollups, self.records)

    async def catch_up(self, minute: int = 10_000) -> Summary:
        """One pass of a job that has just been started."""
        return await self.job().catch_up(MIDNIGHT + minute * MINUTE)

    async def rows(self) -> dict[tuple[str, str, int], dict[tuple[str, str], float | None]]:
        """Every window that is written, by device, width and start; None where nothing is known."""
        found = {}
        for device in ("m1", "m2"):
            for width in ("15min", "1h", "1d"):
                windows = await self.windows.read(device, width, 0, 2**45)
                for place, start in enumerate(windows.start.tolist()):
                    found[device, width, start] = {
                        name: None if values[place] != values[place] else float(values[place])
                        for name, values in windows.figures.items()
                    }
        return found


def steady(minute: int) -> dict[str, float]:
    """6 kW all the time: 0.1 kWh a minute."""
    return {"power_kw": 6.0, "energy_kwh": 100.0 + minute / 10}


ENERGY, POWER, COUNT = ("energy_kwh", "energy"), ("power_kw", "mean"), ("power_kw", "count")


def without(*missing: int):
    """Steady readings, nothing at all in these minutes."""
    return lambda minute: {} if minute in missing else steady(minute)


def changed(before: Mapping, after: Mapping) -> dict[tuple[str, str, int], set[tuple[str, str]]]:
    """Figures that differ by window; every window of both."""
    assert before.keys() == after.keys()
    return {
        key: {name for name in after[key] if after[key][name] != pytest.approx(before[key][name])}
        for key in after
        if after[key] != before[key]
    }


async def told(plant: Plant) -> list[revisions.Revision]:
    with plant.records.reading() as connection:
        return revisions.listed(connection)
