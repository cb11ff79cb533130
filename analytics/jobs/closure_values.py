"""Everything in a plant that is measured more than once: meters and controllers by name.

A device's name stands for its meter, `<heat pump>/<side>` for what a controller measures itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.heat import Circuit
from analytics.jobs import ground_ledger, meter_errors
from analytics.jobs.meter_errors import Metered
from analytics.jobs.plant_channels import Channels, PlantReader
from analytics.jobs.source_loop import counting_what_flows
from analytics.series import BoolArray
from collector.model import Device, Title
from collector.topology import Plant, Unit

Named = Mapping[str, Metered]

_SIDES = {
    "load": Title("控制器负荷侧", "controller, load side"),
    "source": Title("控制器源侧", "controller, source side"),
    "electricity": Title("控制器电量", "controller, electricity"),
}


@dataclass(frozen=True, slots=True, eq=False)
class UnitValues:
    """One heat pump: who measures each of its sides, the most exact first.

    Parameters
    ----------
    name : str
        Id of its controller.
    load, source, electricity : mapping of str to Metered
        By name; empty: nobody measures it.
    running, steady : array of bool, shape (n,)
        The compressor works; and it did and does so in the intervals on either side.
    """

    name: str
    load: Named
    source: Named
    electricity: Named
    running: BoolArray
    steady: BoolArray

    def of(self, side: str) -> Named:
        """One side."""
        return {"load": self.load, "source": self.source, "electricity": self.electricity}[side]

    def main(self, side: str) -> str:
        """Name of the most exact of a side; that of the controller where nobody measures it."""
        return next(iter(self.of(side)), f"{self.name}/{side}")

    def working(self) -> Named:
        """Electricity by its most exact meter while the compressor works: standby heats nothing."""
        first = next(iter(self.electricity.items()), None)
        if first is None:
            return {}
        return {first[0]: ground_ledger.working(first[1], self.running)}


@dataclass(frozen=True, slots=True, eq=False)
class PlantValues:
    """A plant's meters by what they measure.

    Parameters
    ----------
    units : tuple of UnitValues
    outputs, buildings, source : mapping of str to Metered
        Heat that the plant delivers, that the buildings take, and of the ground loop.
    electricity : mapping of str to Metered
        By meter.
    titles : mapping of str to Title
        Of every name.
    """

    units: tuple[UnitValues, ...]
    outputs: Named
    buildings: Named
    source: Named
    electricity: Named
    titles: Mapping[str, Title]


def of_plant(
    plant: Plant, reader: PlantReader, channels: Channels, devices: Mapping[str, Device]
) -> PlantValues:
    """Values of a plant's channels; `devices` are the site's, for their titles."""
    table = channels.table
    outputs = [plant.load.heat_meter, plant.hot_water.heat_meter if plant.hot_water else None]
    buildings = {
        each.heat_meter: reader.heat_meter(table, each.heat_meter, plant.load, "load")
        for each in plant.serves
    }
    source = plant.source.heat_meter
    circuits = {
        n: channels.circuits[n] for n in outputs if n is not None and n in channels.circuits
    }
    return PlantValues(
        tuple(_of_unit(unit, reader, channels) for unit in plant.units),
        _measured(circuits),
        _measured(buildings),
        _measured({source: channels.source} if source and channels.source else {}),
        {
            name: meter_errors.of_electricity(
                name, energy, "electricity_meter", channels.accuracy.get(name),
                channels.register_kwh.get(name, 0.0),
            )
            for name, energy in channels.electricity.items()
        },
        dict(_titles(plant, devices)),
    )  # fmt: skip


def steady_of(running: BoolArray) -> BoolArray:
    """Intervals whose neighbours are as they are: nothing switches in them."""
    same = running[1:] == running[:-1]
    return np.asarray(np.append(True, same) & np.append(same, True))


def _of_unit(unit: Unit, reader: PlantReader, channels: Channels) -> UnitValues:
    name, its, table = unit.heat_pump, channels.units[unit.heat_pump], channels.table
    load = {unit.heat_meter: its.circuit} if unit.heat_meter else {}
    source = {}
    if unit.source_heat_meter:
        meter = unit.source_heat_meter
        raw = reader.heat_meter(table, meter, reader.plant.source, "source")
        source[meter], _ = counting_what_flows(meter, raw)
    running = ground_ledger.running_of(its)
    return UnitValues(
        name,
        _measured(load | _some(f"{name}/load", reader.controller_load(table, unit))),
        _measured(source | _some(f"{name}/source", reader.controller_source(table, unit))),
        _electricity(unit, reader, channels),
        running,
        steady_of(running),
    )


def _electricity(unit: Unit, reader: PlantReader, channels: Channels) -> dict[str, Metered]:
    name, its = unit.heat_pump, channels.units[unit.heat_pump]
    found = {}
    if its.meter:
        found[its.meter] = ground_ledger.electricity_of(name, its)
    if channels.table.has(name, "energy_kwh"):
        energy = channels.table.energy(name, "energy_kwh")
        accuracy = reader.accuracy(name)
        own = meter_errors.of_electricity(f"{name}/electricity", energy, "heat_pump", accuracy)
        found[f"{name}/electricity"] = own
    return found


def _some(name: str, circuit: Circuit | None) -> dict[str, Circuit]:
    return {} if circuit is None else {name: circuit}


def _measured(circuits: Mapping[str, Circuit]) -> dict[str, Metered]:
    return {name: meter_errors.of_circuit(name, circuit) for name, circuit in circuits.items()}


def _titles(plant: Plant, devices: Mapping[str, Device]) -> Iterator[tuple[str, Title]]:
    yield from ((name, device.title) for name, device in devices.items())
    for unit in plant.units:
        title = devices[unit.heat_pump].title
        for side, its in _SIDES.items():
            told = Title(f"{title.zh}{its.zh}", f"{title.en} ({its.en})")
            yield f"{unit.heat_pump}/{side}", told
