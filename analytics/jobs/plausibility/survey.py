"""Goes through a span of a site day by day and lets every check look at it.

A day of all devices is in memory at a time, registers a month of one device at a time; numbers are
crunched in a thread, so that the loop stays free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.instruments import heat_limits
from analytics.jobs.plant_channels import wanted
from analytics.jobs.plausibility import circuits, closure, redundancy
from analytics.jobs.plausibility.closure import Closure
from analytics.jobs.plausibility.counters import Ledger
from analytics.jobs.plausibility.gauges import beside, of_gauge
from analytics.jobs.plausibility.modes import Seen, unit_mode
from analytics.jobs.plausibility.presence import Presence
from analytics.jobs.plausibility.ratios import implausible_ratios
from analytics.jobs.plausibility.slots import actual, held
from analytics.jobs.plausibility.told import Collected, DeviceFinding, Subject
from analytics.jobs.readings import Readings, Readout
from analytics.jobs.tabulation import Tabulator
from analytics.series import BoolArray, IntArray, Series
from collector.model import Device, Kind, Title
from collector.sitefile import Configuration
from collector.topology import Unit


async def findings(
    configuration: Configuration, readings: Readings, tabulator: Tabulator, start: int, end: int
) -> list[DeviceFinding]:
    """Tell what is implausible in the data of a site.

    Parameters
    ----------
    configuration : Configuration
        The site.
    readings : Readings
        Raw data with the records' layer.
    tabulator : Tabulator
        Quarter-hours of it, for the plant's ratios.
    start, end : int
        Half open; its days are those of the site's clock. [ms since epoch, UTC]

    Returns
    -------
    list of DeviceFinding
        Each code once per device and field; the gravest first.

    Raises
    ------
    ValueError
        The span is empty.
    ConfigError
        A meter has an accuracy class that its kind does not know.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    survey = _Survey(configuration, readings, start, end)
    await survey.look()
    await _add_accounts(survey.collected, configuration, readings, (start, end))
    plant = configuration.settings.plant
    if plant is not None:
        table = await tabulator.table(wanted(plant), start, end)
        ratios = await asyncio.to_thread(implausible_ratios, configuration, plant, readings, table)
        for field, finding in ratios:
            survey.collected.add(plant.id, field, [finding], (start, end))
    return survey.collected.all()


async def _add_accounts(
    collected: Collected, configuration: Configuration, readings: Readings, span: tuple[int, int]
) -> None:
    sums = Closure(configuration, readings)
    edges = closure.periods(*span, ZoneInfo(configuration.site.timezone))
    for account in sums:
        found = await sums.findings(account, edges)
        name = "+".join(account.meters)
        collected.add(name, account.medium, found, span, Subject(sums.title(account), name))


class _Survey:
    """The checks on single devices and on the plant's circuits."""

    def __init__(
        self, configuration: Configuration, readings: Readings, start: int, end: int
    ) -> None:
        self._configuration = configuration
        self._readings = readings
        self._span = start, end
        self._zone = ZoneInfo(configuration.site.timezone)
        days = buckets.edges(start, end, "1d", self._zone)
        self._days: IntArray = np.unique(np.clip(days, start, end))
        devices = configuration.site.devices
        self._devices = [devices[entry.id] for entry in configuration.settings.devices]
        plant = configuration.settings.plant
        self._units = {unit.heat_pump: unit for unit in plant.units} if plant else {}
        self._presence = {each.id: Presence(each, each.interval_ms) for each in self._devices}
        self._ledger = Ledger(self._days)
        self.collected = Collected(configuration)

    async def look(self) -> None:
        """Look at every day, then at every register, then at the whole."""
        for day in range(self._days.size - 1):
            start, end = self._days[day : day + 2].tolist()
            readouts = {
                device.id: await self._readings.of(device.id, fields, start, end)
                for device in self._devices
                if (fields := _fields(device, lambda kind: kind is not Kind.COUNTER))
            }
            await asyncio.to_thread(self._day, day, readouts)
        for device in self._devices:
            await self._registers(device)
        await asyncio.to_thread(self._whole)

    def _day(self, day: int, readouts: dict[str, dict[str, Readout]]) -> None:
        start, end = self._days[day : day + 2].tolist()
        seen = {
            device: {name: actual(its.series, start, end) for name, its in fields.items()}
            for device, fields in readouts.items()
        }
        for device in self._devices:
            if device.id not in seen:
                continue
            presence = self._presence[device.id]
            for field, finding in presence.take(seen[device.id], start, end):
                self.collected.add(device.id, field, [finding], (start, end))
            self._gauges(device, seen, (start, end))
            self._ledger.take_rates(device, readouts[device.id], day)
        self._circuits(seen, (start, end))

    def _gauges(self, device: Device, seen: Seen, span: tuple[int, int]) -> None:
        least = self._least_flow(device)
        gauges = {
            field: series
            for field, series in seen[device.id].items()
            if device.points[field].quantity.kind is Kind.GAUGE and len(series)
        }
        for field, series in gauges.items():
            running = self._running(device, seen, series.at)
            near = beside(device.points[field].quantity.name)
            others = [
                other for name, other in gauges.items() if near(device.points[name].quantity.name)
            ]
            found = of_gauge(series, device.points[field], running, others, least)
            self.collected.add(device.id, field, found, span)

    def _running(self, device: Device, seen: Seen, at: IntArray) -> BoolArray:
        """Where a gauge ought to move: where its heat pump works, where its water flows."""
        own = seen[device.id]
        if device.id in self._units:
            return _works(seen, self._units[device.id], at)
        flow = own.get("flow_m3h")
        return np.ones(at.shape, np.bool_) if flow is None else held(flow, at) > 0

    def _least_flow(self, device: Device) -> float:
        if device.kind != "heat_meter":
            return 0.0
        accuracy = self._configuration.entry(device.id).accuracy
        return heat_limits(accuracy, device.kind).least_flow_m3h

    def _circuits(self, seen: Seen, span: tuple[int, int]) -> None:
        plant = self._configuration.settings.plant
        if plant is None:
            return
        add, devices = self.collected.add, self._configuration.site.devices
        for name, finding, window in circuits.swapped_pairs(self._configuration, plant, seen):
            add(name, "", [finding], window)
        for name, field, finding in circuits.standing_flows(plant, seen):
            add(name, field, [finding], span)
        for name, field, finding in circuits.zero_tests(self._configuration, plant, seen):
            add(name, field, [finding], span)
        for twin, finding in redundancy.deviations(plant, seen, np.array(span)):
            (one, field), (other, its) = twin.one, twin.other
            first, second = devices[one].title, devices[other].title
            about = Title(f"{first.zh}与{second.zh}", f"{first.en} against {second.en}")
            add(one, field, [finding], span, Subject(about, f"{one}/{field}, {other}/{its}"))
        for name, finding in redundancy.own_differences(seen, np.array(span)):
            add(name, "temp_difference_k", [finding], span)

    async def _registers(self, device: Device) -> None:
        """Read the counters of a device month by month."""
        fields = _fields(device, lambda kind: kind is Kind.COUNTER)
        if not fields:
            return
        months = closure.periods(*self._span, self._zone)
        for start, end in zip(months[:-1].tolist(), months[1:].tolist(), strict=True):
            readouts = await self._readings.of(device.id, fields, start, end)
            await asyncio.to_thread(self._month, device, readouts, start, end)

    def _month(self, device: Device, readouts: dict[str, Readout], start: int, end: int) -> None:
        first, last = np.searchsorted(self._days, (start, end)).tolist()
        edges = self._days[first : last + 1]
        for field, readout in readouts.items():
            found = self._ledger.take_register(readout, first, edges)
            self.collected.add(device.id, field, found, (start, end))

    def _whole(self) -> None:
        for device in self._devices:
            found = self._presence[device.id].findings(*self._span)
            self.collected.add(device.id, "", found, self._span)
            for field, finding in self._ledger.disagreements(device):
                self.collected.add(device.id, field, [finding], self._span)


def _fields(device: Device, wanted: Callable[[Kind], bool]) -> list[str]:
    return [name for name, point in device.points.items() if wanted(point.quantity.kind)]


def _works(seen: Seen, unit: Unit, at: IntArray) -> BoolArray:
    """Where a heat pump heats or cools; by its power where it tells no state."""
    mode = unit_mode(seen, unit, at)
    if mode is not None:
        return np.asarray(mode != 0)
    power: Series | None = seen[unit.heat_pump].get("power_kw")
    if power is None or not len(power):
        return np.zeros(at.shape, np.bool_)
    return np.asarray(held(power, at) > 0)
