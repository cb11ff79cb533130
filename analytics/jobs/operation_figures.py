"""How the plant and its heat pumps ran: temperatures and Carnot, switching, standby, part load."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from analytics import carnot, operation
from analytics.figures import Figure, Inputs
from analytics.heat import Circuit
from analytics.jobs.plant_channels import Channels
from analytics.jobs.plant_figures import Subject
from analytics.jobs.tabulation import HOURS, Table
from analytics.plant import Performance, UnitChannels
from analytics.series import FloatArray
from collector.model import OperatingState, Title
from collector.topology import Plant, Unit

_HEATING = (OperatingState.HEAT, OperatingState.DHW, OperatingState.SIMULTANEOUS)
_COOLING = (OperatingState.COOL, OperatingState.SIMULTANEOUS)
_NO_HEAT = Title("时段内无热（冷）量", "no heat or cold in the window")
_NOT_COUNTED = Title("控制器没有该计数器", "the controller has no such counter")
_NOT_METERED = Title("未计量", "not metered")


def of_plant(performance: Performance, channels: Channels, subject: Subject) -> Iterator[Figure]:
    """Pump share, standby, hours by state, temperatures and share of Carnot of the plant."""
    plant, table = subject.plant, channels.table
    meters = tuple(channels.electricity)
    inputs = subject.provenance.of([*meters, *channels.circuits])
    whole = channels.electricity.get(plant.whole) if plant.whole else None
    pumps = [*plant.source_pumps.electricity, *plant.load_pumps.electricity]
    share = math.nan
    if whole is not None and pumps:
        used = np.add.reduce([channels.electricity[name] for name in pumps])
        share = operation.pump_share(used, whole)
    yield _figure(subject, "pump_share", share, "", _NOT_METERED, inputs)
    standby = math.nan
    if whole is not None:
        standby = operation.standby_power(whole / HOURS, performance.states)
    yield _figure(subject, "standby_kw", standby, "kW", _NOT_METERED, inputs)
    for state in OperatingState:
        hours = float(np.count_nonzero(performance.states == state)) * HOURS
        name = f"state_hours.{state.name.lower()}"
        yield _figure(subject, name, hours, "h", _NOT_METERED, inputs)
    if plant.load.heat_meter and channels.source is not None:
        heats = _split(performance)
        electricity = _units_together(channels, plant)
        supply = table.mean(plant.load.heat_meter, "supply_temp_c")
        entering = channels.source.supply_temp_c
        if entering is not None:
            yield from _temperatures(subject, heats, electricity, supply, entering, inputs)


def of_unit(
    unit: Unit, channels: UnitChannels, performance: Performance, table: Table, subject: Subject
) -> Iterator[Figure]:
    """Starts, run hours, standby, part load, temperatures and share of Carnot of a heat pump."""
    device = unit.heat_pump
    inputs = subject.provenance.of(
        [device, *(each for each in (unit.electricity, unit.heat_meter) if each)]
    )
    yield from _switching(table, device, subject, inputs)
    power = channels.electricity_kwh / HOURS
    standby = operation.standby_power(power, performance.states)
    yield _figure(subject, "standby_kw", standby, "kW", _NOT_METERED, inputs)
    if unit.rated_heat_kw:
        output = np.abs(performance.heat_kwh)
        load = operation.part_load(output[~np.isnan(output)], HOURS, unit.rated_heat_kw)
        for low, high, hours in zip(load.edges[:-1], load.edges[1:], load.hours, strict=True):
            name = f"part_load_hours.{low * 100:.0f}-{high * 100:.0f}"
            yield _figure(subject, name, float(hours), "h", _NO_HEAT, inputs)
    supply, entering = _seen(channels.circuit, table, device)
    heats = _split(performance)
    yield from _temperatures(subject, heats, channels.electricity_kwh, supply, entering, inputs)


def _switching(table: Table, device: str, subject: Subject, inputs: Inputs) -> Iterator[Figure]:
    starts = (
        float(np.nansum(table.energy(device, "starts")))
        if table.has(device, "starts")
        else math.nan
    )
    hours = math.nan
    if table.has(device, "run_hours_h"):
        hours = float(np.nansum(table.energy(device, "run_hours_h")))
    yield _figure(subject, "starts", starts, "", _NOT_COUNTED, inputs)
    yield _figure(subject, "run_hours_h", hours, "h", _NOT_COUNTED, inputs)
    often = starts / hours if hours > 0.0 else math.nan
    yield _figure(subject, "starts_per_run_hour", often, "1/h", _NOT_COUNTED, inputs)


def _temperatures(
    subject: Subject,
    heats: tuple[FloatArray, FloatArray],
    electricity: FloatArray,
    supply: FloatArray,
    entering: FloatArray,
    inputs: Inputs,
) -> Iterator[Figure]:
    """Load-weighted temperatures, lift and share of Carnot, heating and cooling apart."""
    for mode, heat, cooling in (("heating", heats[0], False), ("cooling", heats[1], True)):
        lift = carnot.weighted_lift(heat, supply, entering, cooling=cooling)
        share = carnot.carnot_share(heat, electricity, supply, entering, cooling=cooling)
        told = (
            ("load_temp_c", lift.load_c, "°C"), ("source_temp_c", lift.source_c, "°C"),
            ("lift_k", lift.lift_k, "K"), ("carnot_share", share, ""),
        )  # fmt: skip
        for name, value, unit in told:
            yield _figure(subject, f"{name}.{mode}", value, unit, _NO_HEAT, inputs)


def _split(performance: Performance) -> tuple[FloatArray, FloatArray]:
    """Heat and cold of the states that deliver them, both positive. [kWh]

    What a sensor pair's offset makes of a resting circuit is neither.
    """
    heat, states = performance.heat_kwh, performance.states
    return (
        np.where(np.isin(states, _HEATING), np.maximum(heat, 0.0), 0.0),
        np.where(np.isin(states, _COOLING), np.maximum(-heat, 0.0), 0.0),
    )


def _units_together(channels: Channels, plant: Plant) -> FloatArray:
    parts = [channels.units[unit.heat_pump].electricity_kwh for unit in plant.units]
    return np.asarray(np.add.reduce(parts), np.float64)


def _seen(circuit: Circuit, table: Table, device: str) -> tuple[FloatArray, FloatArray]:
    """Water to the load and from the ground, as the heat meter and the controller see them. [°C]"""
    supply = circuit.supply_temp_c
    if supply is None:
        supply = table.mean(device, "load_leaving_temp_c")
    return supply, table.mean(device, "source_entering_temp_c")


def _figure(
    subject: Subject, name: str, value: float, unit: str, reason: Title, inputs: Inputs
) -> Figure:
    known = not math.isnan(value)
    return Figure(
        name, subject.id, subject.level, subject.start, subject.end,
        value if known else None, unit, reason=None if known else reason, inputs=inputs,
    )  # fmt: skip
