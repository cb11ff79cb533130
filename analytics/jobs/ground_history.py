"""Everything that is stored of a plant's ground loop, by hour: what its model is calibrated on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.buckets import QUARTER_H
from analytics.heat import Circuit
from analytics.jobs import ground_ledger, meter_errors
from analytics.jobs.plant_channels import HEAT_METER_FIELDS, RUNNING_SHARE, PlantReader, wanted
from analytics.jobs.plant_performance import performance_of
from analytics.jobs.readings import Readings
from analytics.jobs.source_loop import counting_what_flows
from analytics.jobs.tabulation import Table, Tabulator
from analytics.series import DAY_MS, BoolArray, FloatArray, IntArray
from analytics.uncertainty import Uncertain
from collector.topology import Plant, Unit

LONGEST_DAYS = 3 * 366
"""Older data add little to what the ground's slow answer can tell, and cost time. [d]"""
_PER_HOUR = 4


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A ground loop by hour; arrays of shape (n,).

    Parameters
    ----------
    at : array of int64
        Begin of each hour. [ms since epoch, UTC]
    rejected_kw : array of float64
        Heat into the ground, negative when extracted; NaN where unknown. [kW]
    loop_c : array of float64
        Mean of the loop's two temperatures in hours that were pumped throughout, else NaN. [°C]
    offset_k : array of float64
        Entering less mean; 0 where the loop rests. [K]
    pump_on, heat_pump_on : array of bool
        Source pump; any heat pump, free cooling too.
    devices : tuple of str
        What was read.
    """

    at: IntArray
    rejected_kw: FloatArray
    loop_c: FloatArray
    offset_k: FloatArray
    pump_on: BoolArray
    heat_pump_on: BoolArray
    devices: tuple[str, ...]

    @property
    def days(self) -> float:
        """Length. [d]"""
        return self.at.size / 24.0


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What lies behind a span's end.

    Parameters
    ----------
    since : int
        First stored day. [ms since epoch, UTC]
    net : Uncertain or None
        Extracted less rejected since then by the loop's meter; None without one. [kWh]
    hours : History or None
        None: the span is too short to be told the years to come.
    """

    since: int
    net: Uncertain | None
    hours: History | None


class HistoryReader:
    """Reads histories of a plant's ground loop.

    Parameters
    ----------
    plant : Plant
    reader : PlantReader
        Of the same plant.
    readings : Readings
        To know since when there are data.
    tabulator : Tabulator
    zone : ZoneInfo
        Of the site.
    """

    def __init__(
        self,
        plant: Plant,
        reader: PlantReader,
        readings: Readings,
        tabulator: Tabulator,
        zone: ZoneInfo,
    ) -> None:
        self._plant = plant
        self._reader = reader
        self._readings = readings
        self._tabulator = tabulator
        self._zone = zone

    async def past(self, end: int, *, with_hours: bool) -> Past | None:
        """Everything up to a span's end; None where nothing is stored. [ms since epoch, UTC]

        Hours go back `LONGEST_DAYS` at most, the net to the first day.

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        device = self._plant.source.heat_meter or self._plant.units[0].heat_pump
        stored = await self._readings.since(device)
        if stored is None or stored >= end:
            return None
        since = self._midnight(stored)
        if not with_hours:
            return Past(since, await self._net(since, end), None)
        begin = max(since, self._midnight(end - LONGEST_DAYS * DAY_MS))
        table = await self._tabulator.table(self._wanted(), begin, end)
        net = self._counted(table)
        if net is not None and since < begin:
            before = await self._net(since, begin)
            net = net + before if before is not None else net
        return Past(since, net, await asyncio.to_thread(self.history, table))

    async def _net(self, first: int, end: int) -> Uncertain | None:
        meter = self._plant.source.heat_meter
        if meter is None:
            return None
        return self._counted(await self._tabulator.table({meter: HEAT_METER_FIELDS}, first, end))

    def _counted(self, table: Table) -> Uncertain | None:
        """Extracted less rejected by the loop's meter; None without it. [kWh]"""
        meter = self._plant.source.heat_meter
        if meter is None:
            return None
        counted = meter_errors.of_circuit(meter, self._loop(table, meter))
        return counted.over(~np.isnan(counted.energy_kwh))

    def history(self, table: Table) -> History:
        """Hours of a table: by the loop's meter, else by the heat pumps' balance."""
        plant = self._plant
        running = np.logical_or.reduce([_running(table, unit) for unit in plant.units])
        meter = plant.source.heat_meter
        if meter:
            circuit = self._loop(table, meter)
            net = meter_errors.of_circuit(meter, circuit).energy_kwh
            pumped = ground_ledger.pumped(circuit)
        else:
            channels = self._reader.channels(table)
            states = performance_of(plant, channels).states
            net = ground_ledger.of_plant(plant, channels, states).net_extracted_kwh()
            circuit, pumped = _seen_by_controllers(table, plant), running
        return _by_hour(table, net, circuit, pumped, running)

    def _loop(self, table: Table, meter: str) -> Circuit:
        raw = self._reader.heat_meter(table, meter, self._plant.source, "source")
        return counting_what_flows(meter, raw)[0]

    def _wanted(self) -> Mapping[str, Sequence[str]]:
        plant = self._plant
        if not plant.source.heat_meter:
            return wanted(plant)
        meters = dict.fromkeys(unit.electricity or unit.heat_pump for unit in plant.units)
        return {
            plant.source.heat_meter: HEAT_METER_FIELDS,
            **dict.fromkeys(meters, ("energy_kwh",)),
        }

    def _midnight(self, at: int) -> int:
        return buckets.day_start(buckets.local_date(at, self._zone), self._zone)


def _running(table: Table, unit: Unit) -> BoolArray:
    used = table.energy(unit.electricity or unit.heat_pump, "energy_kwh")
    usual = unit.rated_power_kw * QUARTER_H if unit.rated_power_kw else np.nanmax(used, initial=0.0)
    return np.asarray(used > RUNNING_SHARE * usual)


def _seen_by_controllers(table: Table, plant: Plant) -> Circuit:
    """Loop temperatures as the running heat pumps' controllers see them, the mean of several."""
    pumps = [(unit.heat_pump, _running(table, unit)) for unit in plant.units]

    def mean(field: str) -> FloatArray:
        columns = np.array([np.where(on, table.mean(name, field), np.nan) for name, on in pumps])
        known = ~np.isnan(columns)
        count = known.sum(axis=0)
        summed = np.where(known, columns, 0.0).sum(axis=0)
        return np.where(count > 0, summed / np.maximum(count, 1), np.nan)

    return Circuit(
        np.ones(len(table)), mean("source_entering_temp_c"), mean("source_leaving_temp_c")
    )


def _by_hour(
    table: Table, net_kwh: FloatArray, circuit: Circuit, pumped: BoolArray, running: BoolArray
) -> History:
    """Hours of quarter-hours; days are whole, and so are hours."""
    hours = len(table) // _PER_HOUR
    entering, leaving = circuit.supply_temp_c, circuit.return_temp_c
    if entering is None or leaving is None:
        entering = leaving = np.full(len(table), np.nan)

    def of(array: FloatArray) -> FloatArray:
        return np.asarray(array[: hours * _PER_HOUR].reshape(hours, _PER_HOUR), np.float64)

    on = np.asarray(of(pumped.astype(np.float64)).min(axis=1) > 0.0)
    works = of(running.astype(np.float64)).max(axis=1) > 0.0
    loop = of(0.5 * (entering + leaving)).mean(axis=1)
    offset = of(0.5 * (entering - leaving)).mean(axis=1)
    rejected = -of(net_kwh).mean(axis=1) / QUARTER_H
    free = rejected > RUNNING_SHARE * float(np.nanmax(np.abs(rejected), initial=0.0))
    return History(
        table.edges[: hours * _PER_HOUR : _PER_HOUR],
        rejected,
        np.where(on, loop, np.nan),
        np.where(on, np.nan_to_num(offset), 0.0),
        on,
        np.asarray(works | free),
        tuple(table.devices),
    )
