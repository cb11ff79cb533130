"""The parts of a site that an alarm can be about, and which rules fit them.

Every part depends on others: a device on its bus, the bus on its collector, all on the store; the
plant's figures on its units and meters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analytics.rule_models import (
    BusSilent,
    CopLow,
    Freezing,
    Missing,
    Outside,
    Rise,
    Rule,
    Silent,
    StoreAway,
    Threshold,
)
from analytics.series import HOUR_MS
from collector.model import Device, Kind, Title
from collector.sitefile import Configuration
from collector.topology import Plant

HELD_INTERVALS = 3
"""A value speaks for so many of its intervals; values farther apart have a gap between them."""

TICK_STEP_MS = 120_000
"""Looks that lie farther apart than this have a gap between them: the service stood still."""

COP_STEP_MS = 36 * HOUR_MS
"""The plant is compared with itself once a day."""

_SOURCE_TEMPERATURES: Mapping[str, tuple[str, ...]] = {
    "heat_pump": ("source_leaving_temp_c",),
    "heat_meter": ("supply_temp_c", "return_temp_c"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the site that an alarm can be about.

    Parameters
    ----------
    id : str
        Device id, `bus:<id>` or `site:<id>`.
    title : Title
        How people call it.
    names : frozenset of str
        How `only` in site.yaml calls it.
    below : frozenset of str
        Ids of the parts that it depends on.
    """

    id: str
    title: Title
    names: frozenset[str]
    below: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    """Part, devices and fields that a rule fits."""

    part: Part
    devices: tuple[Device, ...] = ()
    fields: tuple[str, ...] = ()
    step_ms: int = TICK_STEP_MS


@dataclass(slots=True)
class Parts:
    """All parts of a site."""

    configuration: Configuration
    site: Part = field(init=False)
    collectors: dict[str, Part] = field(init=False)
    buses: dict[str, Part] = field(init=False)
    devices: dict[str, Part] = field(init=False)

    def __post_init__(self) -> None:
        settings, site = self.configuration.settings, self.configuration.site
        self.site = Part(f"site:{site.id}", site.title, frozenset({site.id}))
        self.collectors = {
            bus.collector: self._part(site.devices[f"collector-{bus.collector}"], self.site)
            for bus in settings.buses
        }
        self.buses = {}
        for bus in settings.buses:
            title = Title(f"总线 {bus.id}", f"Bus {bus.id}")
            below = frozenset({self.site.id, self.collectors[bus.collector].id})
            self.buses[bus.id] = Part(f"bus:{bus.id}", title, frozenset({bus.id}), below)
        self.devices = {
            entry.id: self._part(site.devices[entry.id], self.buses[entry.bus])
            for entry in settings.devices
        }

    def fitting(self, rule: Rule) -> Iterator[Fit]:
        """Parts, devices and fields that a rule fits, by its condition."""
        match rule.condition:
            case StoreAway():
                yield Fit(self.site)
            case Missing():
                yield from self._of_collectors()
            case BusSilent():
                yield from self._of_buses()
            case Silent():
                yield from self._polled(rule)
            case Outside():
                yield from self._ranged(rule)
            case Threshold() | Rise():
                yield from self._with_field(rule)
            case Freezing():
                yield from self._at_the_source()
            case CopLow():
                yield from self._of_the_plant()

    def _part(self, device: Device, on: Part) -> Part:
        return Part(device.id, device.title, frozenset({device.id}), on.below | {on.id})

    @staticmethod
    def _fits(rule: Rule, device: Device) -> bool:
        return not rule.looks_at.kinds or device.kind in rule.looks_at.kinds

    def _polled_by(self, collector: str) -> tuple[Device, ...]:
        settings, devices = self.configuration.settings, self.configuration.site.devices
        buses = {bus.id for bus in settings.buses if bus.collector == collector}
        polled = tuple(devices[entry.id] for entry in settings.devices if entry.bus in buses)
        return (devices[self.collectors[collector].id], *polled)

    def _of_collectors(self) -> Iterator[Fit]:
        for name, part in self.collectors.items():
            yield Fit(part, self._polled_by(name))

    def _of_buses(self) -> Iterator[Fit]:
        """Buses with several devices: a device that is alone on its bus is its own bus."""
        settings, devices = self.configuration.settings, self.configuration.site.devices
        for name, part in self.buses.items():
            on_it = tuple(devices[entry.id] for entry in settings.devices if entry.bus == name)
            if len(on_it) > 1:
                yield Fit(part, on_it)

    def _polled(self, rule: Rule) -> Iterator[Fit]:
        for name, part in self.devices.items():
            device = self.configuration.site.devices[name]
            if self._fits(rule, device):
                yield Fit(part, (device,))

    def _ranged(self, rule: Rule) -> Iterator[Fit]:
        for name, part in self.devices.items():
            device = self.configuration.site.devices[name]
            wanted = rule.looks_at.fields or tuple(device.points)
            fields = tuple(
                name
                for name in wanted
                if name in device.points
                and device.points[name].quantity.kind is Kind.GAUGE
                and not (
                    math.isinf(device.points[name].low) and math.isinf(device.points[name].high)
                )
            )
            if fields and self._fits(rule, device):
                yield self._on_fields(part, device, fields)

    def _with_field(self, rule: Rule) -> Iterator[Fit]:
        [name] = rule.looks_at.fields
        parts = {part.id: part for part in self.collectors.values()} | self.devices
        for part in parts.values():
            device = self.configuration.site.devices[part.id]
            if self._fits(rule, device) and name in device.points:
                yield self._on_fields(part, device, (name,))

    def _at_the_source(self) -> Iterator[Fit]:
        plant = self.configuration.settings.plant
        if plant is None:
            return
        meters = [unit.source_heat_meter for unit in plant.units]
        names = [*(unit.heat_pump for unit in plant.units), plant.source.heat_meter, *meters]
        for name in dict.fromkeys(name for name in names if name is not None):
            device = self.configuration.site.devices[name]
            candidates = _SOURCE_TEMPERATURES.get(device.kind, ())
            fields = tuple(field for field in candidates if field in device.points)
            if fields:
                yield self._on_fields(self.devices[name], device, fields)

    def _of_the_plant(self) -> Iterator[Fit]:
        plant = self.configuration.settings.plant
        if plant is None:
            return
        device = self.configuration.site.devices[plant.id]
        members = [self.devices[name] for name in devices_of(plant) if name in self.devices]
        below = frozenset({self.site.id}).union(*(member.below | {member.id} for member in members))
        part = Part(device.id, device.title, frozenset({device.id}), below)
        yield Fit(part, step_ms=COP_STEP_MS)

    @staticmethod
    def _on_fields(part: Part, device: Device, fields: tuple[str, ...]) -> Fit:
        fastest = min(device.points[name].interval_ms for name in fields)
        return Fit(part, (device,), fields, HELD_INTERVALS * fastest)


def devices_of(plant: Plant) -> tuple[str, ...]:
    """Units and meters that the plant's COP is computed from, by their ids."""
    names: list[str | None] = [plant.whole, plant.load.heat_meter]
    for unit in plant.units:
        names += [unit.heat_pump, unit.electricity, unit.heat_meter]
    for consumers in (plant.source_pumps, plant.load_pumps, plant.controls):
        names += consumers.electricity if consumers is not None else ()
    return tuple(dict.fromkeys(name for name in names if name is not None))
