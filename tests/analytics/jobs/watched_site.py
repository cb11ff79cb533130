"""A site with two buses, a collector and a plant, and its samples as a day of polling brings them.

Time only passes by hand: `Scene.pass_time` stores what would have been polled and looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analytics.jobs.alarms import Alarms
from analytics.records import Records, alarms, open_records
from analytics.records.alarms import Alarm
from collector.model import Device, Sample
from collector.sitefile import Configuration, load_site
from collector.store import Store
from collector.store.sqlite import SqliteStore

START = 1_767_319_200_000
STEP = 30_000
MINUTE = 60_000
SITE = """\
site: {id: office, name: {zh: 示范园区, en: Demo office}}
buses:
  - {id: electric, kind: tcp, host: 127.0.0.1, port: 15020}
  - {id: heat, kind: tcp, host: 127.0.0.1, port: 15021}
devices:
DEVICES
plant:
  units: [{heat_pump: hp-1, electricity: e-1}]
  source: {fluid: SOURCE, heat_meter: h-1}
ALARMS
"""
MAPS = {"e": "chint_dtsu666", "h": "generic_heat_meter", "hp": "generic_gshp"}
NAMES = {**{f"e-{n}": "electric" for n in range(1, 5)}, "h-1": "heat", "hp-1": "heat"}
VALUES = {
    "power_kw": 40.0, "voltage_l1_v": 230.0, "current_l1_a": 60.0, "frequency_hz": 50.0,
    "power_factor": 0.95, "supply_temp_c": 9.0, "return_temp_c": 12.0, "temp_difference_k": -3.0,
    "flow_m3h": 30.0, "heat_kw": 100.0, "source_entering_temp_c": 12.0,
    "source_leaving_temp_c": 9.0, "load_entering_temp_c": 40.0, "load_leaving_temp_c": 45.0,
}  # fmt: skip
HEALTH = {
    "devices": 6.0, "devices_silent": 0.0, "slots": 1e5, "answered": 1e5, "missed": 0.0,
    "refused": 0.0, "dropped": 0.0, "outbox_depth": 3.0, "outbox_bytes": 2e3, "latency_ms": 20.0,
    "reconnects": 0.0,
}  # fmt: skip


def configuration(folder: Path, *, source: str = "water", overrides: str = "") -> Configuration:
    """The site, read from its file."""
    entries = [
        f"  - {{id: {name}, name: {{zh: 设备{name}, en: Device {name}}}, bus: {bus}, unit: {unit}, "
        f"map: {MAPS[name.split('-', maxsplit=1)[0]]}, interval: 30s}}"
        for unit, (name, bus) in enumerate(NAMES.items(), start=1)
    ]
    text = SITE.replace("DEVICES", "\n".join(entries)).replace("ALARMS", overrides)
    file = folder / "site.yaml"
    file.write_text(text.replace("SOURCE", source), encoding="utf-8")
    return load_site(file)


Shown = dict[str, float | None]
Spoil = Callable[[str, int], Shown | None]
"""What a device shows at a moment beside the usual, or None when it does not answer."""


def sound(_: str, __: int) -> Shown | None:
    """Everything is as it should be."""
    return {}


@dataclass
class Scene:
    """The site with its store and records, and the job that watches it."""

    configuration: Configuration
    store: Store
    records: Records
    channels: tuple[str, ...] = ()
    now: int = START
    job: Alarms = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As if the service had been started anew."""
        self.job = Alarms(self.configuration, self.store, self.records, self.channels)

    async def pass_time(
        self,
        duration: int,
        spoil: Spoil = sound,
        *,
        collector: bool = True,
        look: int | None = STEP,
    ) -> None:
        """Let time go by, slot by slot; the job looks every `look` [ms]."""
        end = self.now + duration
        while self.now < end:
            self.now += STEP
            if collector:
                await self.store.write(self.samples(spoil))
            if look is not None and (self.now - START) % look == 0:
                await self.job.look(self.now)

    def samples(self, spoil: Spoil) -> list[Sample]:
        """What is polled in the slot before now."""
        at = self.now - STEP // 2
        at -= at % STEP
        return [
            sample
            for device in self.configuration.site.devices.values()
            if device.kind != "plant"
            for sample in self._sample(device, at, spoil)
        ]

    def _sample(self, device: Device, at: int, spoil: Spoil) -> Iterable[Sample]:
        shown = spoil(device.id, at)
        if shown is None:
            yield Sample(device.id, at, "run", at // STEP, 0, {}, {"*": "bad:no-answer"})
            return
        values = HEALTH if device.kind == "collector" else VALUES
        due = {name: value for name, value in (values | shown).items() if name in device.due(at)}
        known = {name: value for name, value in due.items() if value is not None}
        flags = {name: "bad:not-a-value" for name, value in due.items() if value is None}
        yield Sample(device.id, at, "run", at // STEP, 30, known, flags)

    def alarms(self) -> list[Alarm]:
        """All that were ever raised, oldest first."""
        with self.records.reading() as connection:
            return alarms.listed(connection, everything=True)[::-1]

    def raised(self) -> list[tuple[str, str]]:
        """Rule and subject of all that were ever raised, oldest first."""
        return [(alarm.raised.rule, alarm.raised.subject) for alarm in self.alarms()]


@asynccontextmanager
async def scene(folder: Path, channels: tuple[str, ...] = (), **changes: str):
    """A scene for the length of the context."""
    site = configuration(folder, **changes)
    store = SqliteStore(folder / "store.sqlite", site.site.devices.values(), site.site.id)
    await store.open()
    records = await asyncio.to_thread(open_records, site.settings.records, folder)
    try:
        yield Scene(site, store, records, channels)
    finally:
        await store.close()
        records.close()
