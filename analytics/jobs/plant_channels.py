"""The plant of the site file as arrays over quarter-hours: what `plant.performance` takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics import buckets
from analytics.boundaries import Boundaries, infer
from analytics.buckets import QUARTER_H
from analytics.heat import Circuit, heat
from analytics.instruments import HeatLimits, heat_limits
from analytics.jobs.readings import Readings
from analytics.jobs.source_loop import counting_what_flows
from analytics.jobs.tabulation import Table
from analytics.metertree import meter_tree
from analytics.plant import UnitChannels
from analytics.series import FloatArray, IntArray
from collector import topology
from collector.model import Finding
from collector.sitefile import Configuration
from collector.topology import Accuracy, Plant, Unit

HEAT_METER_FIELDS = (
    "heat_energy_kwh", "cooling_energy_kwh", "flow_m3h", "supply_temp_c", "return_temp_c",
)  # fmt: skip
HEAT_PUMP_FIELDS = (
    "state", "energy_kwh", "heat_energy_kwh", "cooling_energy_kwh", "load_flow_m3h",
    "load_leaving_temp_c", "load_entering_temp_c", "source_flow_m3h", "source_entering_temp_c",
    "source_leaving_temp_c", "starts", "run_hours_h", "load_percent",
)  # fmt: skip
RUNNING_SHARE = 0.05
"""Share of the rated power above which a heat pump's compressor works. [0..1]"""

_OF_METER = ("flow_m3h", "supply_temp_c", "return_temp_c")
_OF_LOAD_SIDE = ("load_flow_m3h", "load_leaving_temp_c", "load_entering_temp_c")
_OF_SOURCE_SIDE = ("source_flow_m3h", "source_entering_temp_c", "source_leaving_temp_c")


def wanted(plant: Plant) -> dict[str, tuple[str, ...]]:
    """Devices and fields that the figures of a plant are made of."""
    found: dict[str, tuple[str, ...]] = {}
    for meter in _heat_meters(plant):
        found[meter] = HEAT_METER_FIELDS
    for unit in plant.units:
        found[unit.heat_pump] = HEAT_PUMP_FIELDS
    for meter in electricity_meters(plant):
        found[meter] = ("energy_kwh",)
    if plant.outdoor:
        found[plant.outdoor] = ("outdoor_temp_c",)
    return found


def electricity_meters(plant: Plant) -> tuple[str, ...]:
    """Every electricity meter of the plant once."""
    tree = meter_tree(plant)
    meters = [meter for own in tree.own.values() for meter in own]
    return tuple(dict.fromkeys([*meters, *([plant.whole] if plant.whole else [])]))


def _heat_meters(plant: Plant) -> Iterator[str]:
    circuits = [plant.load, plant.source, *([plant.hot_water] if plant.hot_water else [])]
    yield from (circuit.heat_meter for circuit in circuits if circuit.heat_meter)
    for unit in plant.units:
        yield from (each for each in (unit.heat_meter, unit.source_heat_meter) if each)
    yield from (served.heat_meter for served in plant.serves)


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """A plant over quarter-hours.

    Parameters
    ----------
    table : Table
        What everything is taken from.
    boundaries : Boundaries
        What the meters support.
    circuits : mapping of str to Circuit
        Heat meters on the output side that a boundary names.
    electricity : mapping of str to array of float64
        By meter. [kWh]
    units : mapping of str to UnitChannels
        By heat pump.
    source : Circuit or None
        The ground loop's meter, counting what really flows; heating is extraction.
    days : array of int64
        Edges of the local days. [ms since epoch, UTC]
    season : array of int8
        By day: 1 heating, -1 cooling, 0 neither.
    accuracy : mapping of str to Accuracy or None
    register_kwh : mapping of str to float
        Resolution of the electricity registers. [kWh]
    source_findings : tuple of Finding
        What was done to the ground loop's registers.
    """

    table: Table
    boundaries: Boundaries
    circuits: dict[str, Circuit]
    electricity: dict[str, FloatArray]
    units: dict[str, UnitChannels]
    source: Circuit | None
    days: IntArray
    season: npt.NDArray[np.int8]
    accuracy: dict[str, Accuracy | None]
    register_kwh: dict[str, float]
    source_findings: tuple[Finding, ...] = ()


class PlantReader:
    """Makes channels of tables.

    Parameters
    ----------
    configuration : Configuration
        The site.
    plant : Plant
        Its plant.
    readings : Readings
        For the facts of the registers.
    """

    def __init__(self, configuration: Configuration, plant: Plant, readings: Readings) -> None:
        self._plant = plant
        self._site = configuration.site
        self._readings = readings
        self._zone = ZoneInfo(configuration.site.timezone)
        self._accuracy = {entry.id: entry.accuracy for entry in configuration.settings.devices}

    @property
    def plant(self) -> Plant:
        """Whose channels are read."""
        return self._plant

    def accuracy(self, device: str) -> Accuracy | None:
        """What the site file tells of an instrument."""
        return self._accuracy.get(device)

    def channels(self, table: Table) -> Channels:
        """Arrays of the plant over a table of `wanted`."""
        plant = self._plant
        claims = infer(plant)
        meters = electricity_meters(plant)
        outputs = {name for claim in claims.claims for name in claim.heat.meters}
        days = buckets.edges(int(table.edges[0]), int(table.edges[-1]), "1d", self._zone)
        loop = plant.source.heat_meter
        seen = (loop, self.heat_meter(table, loop, plant.source, "source")) if loop else None
        source, told = counting_what_flows(*seen) if seen else (None, ())
        return Channels(
            table,
            claims,
            {name: self._output(table, name) for name in sorted(outputs)},
            {name: table.energy(name, "energy_kwh") for name in meters},
            {unit.heat_pump: self._unit(table, unit) for unit in plant.units},
            source,
            days,
            self._season(days),
            {name: self._accuracy.get(name) for name in meters},
            {name: self._step(table, name, "energy_kwh") for name in meters},
            told,
        )

    def _output(self, table: Table, meter: str) -> Circuit:
        """A heat meter on the output side, with the fluid of its own circuit."""
        own = self._plant.hot_water
        if own is not None and own.heat_meter == meter:
            return self.heat_meter(table, meter, own, "hot_water", hot_water=True)
        return self.heat_meter(table, meter, self._plant.load, "load")

    def heat_meter(
        self,
        table: Table,
        device: str,
        fluid: topology.Circuit,
        name: str,
        *,
        hot_water: bool = False,
    ) -> Circuit:
        """One heat meter as a circuit; its registers go before flow and temperatures."""
        return self._circuit(table, device, _OF_METER, fluid, name, hot_water=hot_water)

    def load_side(self, table: Table, unit: Unit) -> Circuit:
        """The load side of a heat pump: its heat meter, else what its controller measures."""
        if unit.heat_meter:
            return self.heat_meter(table, unit.heat_meter, self._plant.load, "load")
        return self._circuit(table, unit.heat_pump, _OF_LOAD_SIDE, self._plant.load, "load")

    def controller_load(self, table: Table, unit: Unit) -> Circuit | None:
        """The load side as the controller itself measures it; None: it does not."""
        device = unit.heat_pump
        if not all(table.has(device, field) for field in _OF_LOAD_SIDE):
            return None
        return self._circuit(table, device, _OF_LOAD_SIDE, self._plant.load, "load")

    def controller_source(self, table: Table, unit: Unit) -> Circuit | None:
        """The source side as the controller measures it, extraction positive; None: it does not.

        Its registers count the load side, so here there are none.
        """
        device, source = unit.heat_pump, self._plant.source
        if not all(table.has(device, field) for field in _OF_SOURCE_SIDE):
            return None
        return self._circuit(table, device, _OF_SOURCE_SIDE, source, "source", registers=False)

    def _unit(self, table: Table, unit: Unit) -> UnitChannels:
        meter = unit.electricity or unit.heat_pump
        rated = unit.rated_power_kw
        return UnitChannels(
            self.load_side(table, unit),
            table.energy(meter, "energy_kwh"),
            unit.electricity,
            unit.heat_meter,
            self._accuracy.get(meter),
            RUNNING_SHARE * rated if rated else None,
            unit.internal_pump,
            self._status(table, unit.heat_pump),
        )

    def _status(self, table: Table, heat_pump: str) -> npt.NDArray[np.int64] | None:
        if not table.has(heat_pump, "state"):
            return None
        told = table.last(heat_pump, "state")
        return np.where(np.isnan(told), -1, np.nan_to_num(told)).astype(np.int64)

    def _circuit(
        self,
        table: Table,
        device: str,
        momentary: tuple[str, str, str],
        fluid: topology.Circuit,
        name: str,
        *,
        hot_water: bool = False,
        registers: bool = True,
    ) -> Circuit:
        seen = all(table.has(device, field) for field in momentary)
        # where nothing at all is measured, registers that are not there have no values
        counted = not seen or (registers and table.has(device, "heat_energy_kwh"))
        flow = table.mean(device, momentary[0])
        supply, back = (table.flowing(device, field) for field in momentary[1:])
        accuracy = self._accuracy.get(device)
        sensor = accuracy.flow_sensor if accuracy else None
        warm, cold = (table.energy(device, f"{kind}_energy_kwh") for kind in ("heat", "cooling"))
        if seen and counted and not table.has(device, "cooling_energy_kwh"):
            cold = np.where(warm > 0.0, 0.0, _cold(flow, supply, back))
        return Circuit(
            flow_m3h=flow if seen else None,
            supply_temp_c=supply if seen else None,
            return_temp_c=back if seen else None,
            heating_kwh=warm if counted else None,
            cooling_kwh=cold if counted else None,
            fluid=fluid.fluid,
            mass_fraction=fluid.mass_fraction,
            flow_sensor=sensor,
            limits=self._limits(device),
            register_kwh=self._step(table, device, "heat_energy_kwh") if counted else 0.0,
            hot_water=hot_water,
            calculator_fluid=accuracy.fluid if accuracy and accuracy.fluid else "water",
            circuit=name,
        )

    def _limits(self, device: str) -> HeatLimits:
        return heat_limits(self._accuracy.get(device), self._site.devices[device].kind)

    def _step(self, table: Table, device: str, field: str) -> float:
        """Finest step of a register near its last reading; 0 where nobody knows. [kWh]"""
        facts = self._readings.facts(device).get(field)
        shown = table.last(device, field)
        known = shown[~np.isnan(shown)]
        if facts is None or not known.size:
            return 0.0
        return facts.step(float(known[-1])) or 0.0

    def _season(self, days: IntArray) -> npt.NDArray[np.int8]:
        season = np.zeros(days.size - 1, np.int8)
        spans = (int(days[0]), int(days[-1]))
        for flag, its in ((1, self._plant.heating_season), (-1, self._plant.cooling_season)):
            for span in buckets.seasons(*spans, its, self._zone):
                season[(days[:-1] >= span.start) & (days[:-1] < span.end)] = flag
        return season


def _cold(flow_m3h: FloatArray, supply_c: FloatArray, return_c: FloatArray) -> FloatArray:
    """Cold past a meter that has a register of heat only, as its calculator would count. [kWh]"""
    seen = Circuit(flow_m3h=flow_m3h, supply_temp_c=supply_c, return_temp_c=return_c)
    return np.maximum(-heat(seen, QUARTER_H).energy_kwh, 0.0)


def all_points(table: Table) -> tuple[str, ...]:
    """`<device>/<field>` of everything in a table."""
    return tuple(
        f"{device}/{field}"
        for device, its in table.devices.items()
        for field in dict.fromkeys(name for name, _ in its.figures)
    )
