"""How the plant and its heat pumps ran: temperatures and Carnot, switching, standby, part load.

What is measured carries its uncertainty; what is counted (starts, hours in a state) has none beside
its resolution, a quarter of an hour.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analytics import carnot, operation
from analytics.boundaries import LETTERS, Mode
from analytics.buckets import QUARTER_H
from analytics.figures import Figure, Inputs
from analytics.instruments import class_percent, sensor_bound_k
from analytics.jobs.measured_figure import measured
from analytics.jobs.plant_channels import Channels, PlantReader
from analytics.jobs.plant_figures import Subject, partial
from analytics.jobs.tabulation import Table
from analytics.metered_energy import counted_energy
from analytics.plant import Performance, UnitChannels
from analytics.series import FloatArray
from analytics.uncertainty import Uncertain, rectangular, total
from collector.model import OperatingState, Title
from collector.topology import Accuracy, Unit

_HEATING = (OperatingState.HEAT, OperatingState.DHW, OperatingState.SIMULTANEOUS)
_COOLING = (OperatingState.COOL, OperatingState.SIMULTANEOUS)
_NO_HEAT = Title("时段内无热（冷）量", "no heat or cold in the window")
_AT_REST = Title("时段内未启动或未运行", "it did not start or run in the window")
_NO_HOUR = Title("没有数据完整的一小时", "no hour is known whole")
_NOT_COUNTED = Title("控制器没有该计数器", "the controller has no such counter")
_NO_OUTPUT = Title("热泵的热量未计量", "the heat pump's heat is not metered")
_NOT_METERED = Title("未计量", "not metered")
_UNKNOWN = Title("时段内热量或电量未知", "heat or electricity is not known in the window")


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Water on one side of the plant: who measures its temperature, and what. [°C]"""

    device: str
    temp_c: FloatArray
    bound_k: float

    @property
    def source(self) -> str:
        """The source of error."""
        return f"{self.device}:sensor"


def of_plant(
    performance: Performance, channels: Channels, reader: PlantReader, subject: Subject
) -> Iterator[Figure]:
    """Pump share, standby, hours by state, temperatures and share of Carnot of the plant."""
    plant, table = subject.plant, channels.table
    inputs = subject.provenance.of([*channels.electricity, *channels.circuits])
    yield measured(
        subject, "pump_share", _pump_share(channels, subject), "", reason=_NOT_METERED,
        inputs=inputs,
    )  # fmt: skip
    whole = plant.whole
    standby = math.nan
    if whole is not None:
        power = channels.electricity[whole] / QUARTER_H
        standby = operation.standby_power(power, performance.states)
    told = _by_class(whole or "", standby, channels.accuracy.get(whole or ""))
    yield measured(subject, "standby_kw", told, "kW", reason=_NOT_METERED, inputs=inputs)
    seen = float(np.mean(performance.states >= 0))
    for state in OperatingState:
        hours = float(np.count_nonzero(performance.states == state)) * QUARTER_H
        name = f"state_hours.{state.name.lower()}"
        yield measured(
            subject, name, Uncertain(hours) if seen else None, "h", reason=_UNKNOWN,
            inputs=inputs, coverage=seen,
        )  # fmt: skip
    load, source = plant.load.heat_meter, plant.source.heat_meter
    if load and source:
        electricity = np.add.reduce([unit.electricity_kwh for unit in channels.units.values()])
        sides = (
            _side(reader, load, table.mean(load, "supply_temp_c")),
            _side(reader, source, table.mean(source, "supply_temp_c")),
        )
        yield from _temperatures(subject, performance, electricity, sides, inputs)


def of_unit(
    unit: Unit,
    channels: UnitChannels,
    performance: Performance,
    table: Table,
    reader: PlantReader,
    subject: Subject,
) -> Iterator[Figure]:
    """Starts, run hours, standby, part load, temperatures and share of Carnot of a heat pump."""
    device = unit.heat_pump
    meters = [each for each in (unit.electricity, unit.heat_meter) if each]
    inputs = subject.provenance.of([device, *meters])
    yield from _switching(table, device, subject, inputs)
    standby = operation.standby_power(channels.electricity_kwh / QUARTER_H, performance.states)
    told = _by_class(
        unit.electricity or device, standby, channels.accuracy,
        "electricity_meter" if unit.electricity else "heat_pump",
    )  # fmt: skip
    yield measured(subject, "standby_kw", told, "kW", reason=_NOT_METERED, inputs=inputs)
    if unit.rated_heat_kw:
        yield from _part_load(performance, unit.rated_heat_kw, subject, inputs)
    supply = channels.circuit.supply_temp_c
    if supply is None:
        supply = table.mean(device, "load_leaving_temp_c")
    sides = (
        _side(reader, unit.heat_meter or device, supply),
        _side(reader, device, table.mean(device, "source_entering_temp_c")),
    )
    yield from _temperatures(subject, performance, channels.electricity_kwh, sides, inputs)


def _part_load(
    performance: Performance, rated_kw: float, subject: Subject, inputs: Inputs
) -> Iterator[Figure]:
    """Hours by share of the rated output; none where the output is not known at all."""
    known = ~np.isnan(performance.heat_kwh)
    load = operation.part_load(np.abs(performance.heat_kwh[known]), QUARTER_H, rated_kw)
    for low, high, hours in zip(load.edges[:-1], load.edges[1:], load.hours, strict=True):
        yield measured(
            subject, f"part_load_hours.{low * 100:.0f}-{high * 100:.0f}",
            Uncertain(float(hours)) if known.any() else None, "h", reason=_NO_OUTPUT,
            inputs=inputs, coverage=float(np.mean(known)) if known.any() else None,
        )  # fmt: skip


def _pump_share(channels: Channels, subject: Subject) -> Uncertain | None:
    """Pumps over the plant's whole, both with their meters' classes; None when not metered. [-]"""
    plant = subject.plant
    pumps = [*plant.source_pumps.electricity, *plant.load_pumps.electricity]
    if plant.whole is None or not pumps:
        return None
    known = ~np.isnan(np.add.reduce([channels.electricity[n] for n in (*pumps, plant.whole)]))
    whole = _electricity(channels, [plant.whole], known)
    return _electricity(channels, pumps, known) / whole if whole.value > 0.0 else None


def _electricity(channels: Channels, meters: Sequence[str], known: FloatArray) -> Uncertain:
    return total(
        counted_energy(
            name,
            float(channels.electricity[name][known].sum()),
            class_percent("electricity_meter", channels.accuracy.get(name))[0],
        )
        for name in meters
    )


def _by_class(
    device: str, value: float, accuracy: Accuracy | None, kind: str = "electricity_meter"
) -> Uncertain | None:
    """A value that errs by its meter's class; None when it is not known."""
    if math.isnan(value):
        return None
    percent, _ = class_percent(kind, accuracy)
    return Uncertain(value, {f"{device}:class": rectangular(percent / 100.0 * value)})


def _side(reader: PlantReader, device: str, temp_c: FloatArray) -> _Side:
    return _Side(device, temp_c, sensor_bound_k(reader.accuracy(device)))


def _switching(table: Table, device: str, subject: Subject, inputs: Inputs) -> Iterator[Figure]:
    """Starts, hours and cycling by the controller's counters; none is told of a gap."""
    starts, hours = (_counted(table, device, name) for name in ("starts", "run_hours_h"))
    counted = starts[0] is not None and hours[0] is not None
    at_rest = _AT_REST if counted else _NOT_COUNTED
    often = starts[0] / hours[0] if starts[0] and hours[0] and hours[0].value > 0.0 else None
    run = hours[0] / starts[0] if starts[0] and hours[0] and starts[0].value > 0.0 else None
    most = operation.most_starts(table.energy(device, "starts"), round(1.0 / QUARTER_H))
    share = min(starts[1], hours[1])
    told = (
        ("starts", *starts, "", _NOT_COUNTED), ("run_hours_h", *hours, "h", _NOT_COUNTED),
        ("starts_per_run_hour", often, share, "1/h", at_rest),
        ("mean_run_h", run, share, "h", at_rest),
        ("most_starts_in_an_hour", None if math.isnan(most) else Uncertain(most), starts[1], "",
         _NO_HOUR if starts[0] else _NOT_COUNTED),
    )  # fmt: skip
    for name, value, coverage, unit, reason in told:
        yield measured(
            subject, name, value, unit, reason=reason, inputs=inputs,
            coverage=coverage if value else None, findings=partial(coverage, subject),
        )  # fmt: skip


def _counted(table: Table, device: str, field: str) -> tuple[Uncertain | None, float]:
    """What a counter counted in the quarter-hours that are known, and their share."""
    by_quarter = table.energy(device, field)
    known = ~np.isnan(by_quarter)
    if not known.any():
        return None, 1.0
    return Uncertain(float(by_quarter[known].sum())), float(np.mean(known))


def _temperatures(
    subject: Subject,
    performance: Performance,
    electricity: FloatArray,
    sides: tuple[_Side, _Side],
    inputs: Inputs,
) -> Iterator[Figure]:
    """Load-weighted temperatures, lift and share of Carnot, heating and cooling apart."""
    load, source = sides
    modes: tuple[tuple[Mode, tuple[OperatingState, ...], float], ...] = (
        ("heating", _HEATING, 1.0), ("cooling", _COOLING, -1.0),
    )  # fmt: skip
    for mode, states, sign in modes:
        delivers = np.isin(performance.states, states)
        heat = np.where(delivers, np.maximum(sign * performance.heat_kwh, 0.0), 0.0)
        cooling = mode == "cooling"
        seen = carnot.weighted_lift(heat, load.temp_c, source.temp_c, cooling=cooling)
        share = carnot.carnot_share(heat, electricity, load.temp_c, source.temp_c, cooling=cooling)
        load_c, source_c = _at(load, seen.load_c), _at(source, seen.source_c)
        lift = (load_c - source_c) * sign if load_c and source_c else None
        reason = _NO_HEAT if (performance.states >= 0).any() else _UNKNOWN
        for name, value, unit in (
            ("load_temp_c", load_c, "°C"), ("source_temp_c", source_c, "°C"), ("lift_k", lift, "K"),
            ("carnot_share", _carnot(share, lift, performance, mode), ""),
        ):  # fmt: skip
            yield measured(subject, f"{name}.{mode}", value, unit, reason=reason, inputs=inputs)


def _at(side: _Side, temp_c: float) -> Uncertain | None:
    """A mean temperature with the sensor's constant error; None when there is none. [°C]"""
    if math.isnan(temp_c):
        return None
    return Uncertain(temp_c, {side.source: rectangular(side.bound_k)})


def _carnot(
    share: float, lift: Uncertain | None, performance: Performance, mode: Mode
) -> Uncertain | None:
    """Share of Carnot ∝ Q·lift/W, with the errors of all three; None without heat. [-]"""
    if math.isnan(share) or lift is None:
        return None
    told = Uncertain(share) * (lift / lift.value)
    ratio = performance.ratios.get(f"{LETTERS[mode]}1")
    if ratio is None or not (ratio.heat.value and ratio.electricity.value):
        return told
    heat, used = ratio.heat, ratio.electricity
    return told * (heat / heat.value) / (used / used.value)
