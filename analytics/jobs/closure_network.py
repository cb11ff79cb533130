"""The balances that the meters of a plant must satisfy together.

Heat is counted with its sign, heating and extraction positive, so the same balances hold in both
modes. The modes are told apart because heating and cooling would cancel, and because the offset of
a sensor pair adds to one and takes from the other. Whole days on which the plant only heats, or
only cools with its heat pumps, are taken: what loops and pipes store comes back within the day.

- What the plant delivers is what its heat pumps deliver.
- The buildings take that, less losses of the pipes, plus what the load pumps warm the water.
- Each heat pump delivers what it takes from its source and its electricity, less what the drive
  loses to the room.
- The loop's meter counts what the source sides take.
- The plant's electricity is that of its parts.
- A meter and a controller that measure the same thing agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from analytics.buckets import QUARTER_H
from analytics.jobs.closure_values import PlantValues, UnitValues
from analytics.jobs.meter_errors import Metered
from analytics.metertree import COMPONENTS, meter_tree
from analytics.series import BoolArray, IntArray
from analytics.states import HEATING_STATES, StateArray
from analytics.uncertainty import Uncertain, rectangular, total
from collector.model import OperatingState, Title
from collector.topology import Plant

HeatMode = Literal["heating", "cooling", "both"]
NetworkMode = HeatMode | Literal["electricity"]

DRIVE_LOSS = 0.03
"""Of a heat pump's electricity, lost by inverter, controls and motor to the room. Taken as anything
from none to twice that; engineering judgement. [-]"""
PIPE_LOSS = 0.03
"""Of the heat or cold sent to the buildings, lost on the way; none to twice that, likewise. [-]"""
PUMP_SHARE = 0.02
"""Of the heat, electricity of load pumps that nobody meters; engineering judgement. [-]"""
STORE_KWH_KW = 0.5
"""What loops and buffers may hold more at the end than at the beginning, by rated heat: 40 L/kW by
10 K; engineering judgement. It matters in short spans only. [kWh/kW]"""
START_SHARE = 0.2
"""How far a heat pump's ratio of heat to electricity may differ while it starts and stops from what
it is in steady intervals; engineering judgement. [-]"""
LEAST_STEADY = 0.25
"""Least share of a heat pump's electricity in steady intervals to scale products of means. [-]"""
LEAST_HOURS = 24.0
"""Heat pumps that ran for less than this in a mode are no witnesses: starts are most of it. [h]"""
LEAST_KNOWN = 0.5
"""A meter that is known in less than this share of the intervals counts as not measured. [-]"""

PIPES = "pipes"
_OTHER = (OperatingState.SIMULTANEOUS, OperatingState.FREE_COOLING)


@dataclass(frozen=True, slots=True)
class Network:
    """Measured values and their balances, as `analytics.closure.check` takes them.

    Parameters
    ----------
    mode : str
    measured : mapping of str to Uncertain
        Meters, controllers and estimated losses by name. [kWh]
    constraints : tuple of mapping of str to float
    titles : mapping of str to Title
        Of every name.
    losses : frozenset of str
        Names of what is an estimate, not a meter.
    sign : float
        -1 for cooling, whose energies are negative.
    coverage : float
        Share of the mode's intervals in which all of them are known. [0..1]
    """

    mode: NetworkMode
    measured: Mapping[str, Uncertain]
    constraints: tuple[Mapping[str, float], ...]
    titles: Mapping[str, Title]
    losses: frozenset[str]
    sign: float
    coverage: float


def of_heat(
    mode: HeatMode, plant: Plant, values: PlantValues, states: StateArray, places: IntArray
) -> Network | None:
    """Balances of heat over the days of a mode.

    Parameters
    ----------
    mode : str
    plant : Plant
    values : PlantValues
        On quarter-hours.
    states : array of int8, shape (n,)
        `OperatingState` of the plant, -1 unknown.
    places : array of int64, shape (days + 1,)
        First quarter-hour of each local day, and the end.

    Returns
    -------
    Network or None
        None: hardly a day of that mode, or never is everything known that is measured at all.
    """
    modes: tuple[HeatMode, ...] = ("heating", "cooling") if mode == "both" else (mode,)
    days = [days_of(one, states, places) for one in modes]
    chosen = np.logical_or.reduce(days)
    found = _usable(_heat_meters(values), chosen)
    kept = _kept(chosen, found)
    parts = [
        (-1.0 if one == "cooling" else 1.0, _measured(plant, values, found, kept & its))
        for one, its in zip(modes, days, strict=True)
        if _ran_hours(values, kept & its) >= LEAST_HOURS
    ]
    if len(parts) < len(modes):
        return None
    measured = parts[0][1]
    if mode == "both":
        [(_, heated), (_, cooled)] = parts
        measured = {name: heated[name] - cooled[name] for name in heated if name in cooled}
    sign = parts[0][0]
    coverage = float(kept.sum() / chosen.sum())
    losses = _titled_losses(values)
    titles = {**values.titles, **losses}
    return Network(
        mode, measured, _heat_balances(values), titles, frozenset(losses), sign, coverage
    )


def _ran_hours(values: PlantValues, over: BoolArray) -> float:
    """Hours in which any heat pump ran. [h]"""
    running = np.logical_or.reduce([unit.running for unit in values.units])
    return float(np.count_nonzero(running & over)) * QUARTER_H


def _measured(
    plant: Plant, values: PlantValues, meters: Mapping[str, Metered], kept: BoolArray
) -> dict[str, Uncertain]:
    """Sums of meters over some intervals, and estimates of what nobody measures."""
    owners = {name: unit for unit in values.units for name in (*unit.load, *unit.source)}
    sums = {name: _sum(name, metered, owners.get(name), kept) for name, metered in meters.items()}
    measured = {name: value for name, value in sums.items() if value is not None}
    return measured | _losses(plant, values, measured, kept)


def of_electricity(plant: Plant, values: PlantValues) -> Network | None:
    """Balances of electricity over the whole span; None: nothing is measured twice."""
    balances: list[Mapping[str, float]] = []
    meters = dict(values.electricity)
    if plant.whole is not None:
        inside = [(n, own) for n, own in meter_tree(plant).own.items() if n != "distribution"]
        parts = dict.fromkeys(meter for name, own in inside for meter in own or (name,))
        balances.append({plant.whole: 1.0, **dict.fromkeys(parts, -1.0)})
    for unit in values.units:
        main, *others = unit.electricity or [unit.main("electricity")]
        balances += [{main: 1.0, other: -1.0} for other in others]
        meters |= unit.electricity
    meters = {name: meters[name] for one in balances for name in one if name in meters}
    everything = np.ones(values.units[0].running.size, bool)
    found = _usable(meters, everything)
    kept = _kept(everything, found)
    if not kept.any():
        return None
    measured = {name: metered.over(kept) for name, metered in found.items()}
    coverage = float(kept.mean())
    titles = {**COMPONENTS, **values.titles}
    return Network("electricity", measured, tuple(balances), titles, frozenset(), 1.0, coverage)


def days_of(mode: HeatMode, states: StateArray, places: IntArray) -> BoolArray:
    """Quarter-hours of the days on which the plant only heats, or only cools."""
    heats, cools = np.isin(states, HEATING_STATES), states == OperatingState.COOL
    other = np.isin(states, _OTHER)
    wanted, against = (heats, cools | other) if mode == "heating" else (cools, heats | other)
    chosen = np.zeros(states.size, bool)
    for begin, end in pairwise(places):
        chosen[begin:end] = wanted[begin:end].any() and not against[begin:end].any()
    return chosen


def _heat_meters(values: PlantValues) -> dict[str, Metered]:
    found = {**values.outputs, **values.buildings, **values.source}
    for unit in values.units:
        found |= {**unit.load, **unit.source}
        found |= unit.working()
    return found


def _usable(meters: Mapping[str, Metered], over: BoolArray) -> dict[str, Metered]:
    least = LEAST_KNOWN * int(over.sum())
    return {
        name: metered
        for name, metered in meters.items()
        if over.any() and np.count_nonzero(~np.isnan(metered.energy_kwh[over])) > least
    }


def _kept(over: BoolArray, meters: Mapping[str, Metered]) -> BoolArray:
    """Intervals in which everything is known."""
    kept = over & bool(meters)
    for metered in meters.values():
        kept &= ~np.isnan(metered.energy_kwh)
    return kept


def _sum(name: str, metered: Metered, unit: UnitValues | None, kept: BoolArray) -> Uncertain | None:
    """Sum of a meter; products of means from steady intervals, by the heat pump's electricity."""
    if metered.counted or unit is None or not unit.electricity:
        return metered.over(kept)
    steady = kept & unit.running & unit.steady
    used = np.nan_to_num(next(iter(unit.electricity.values())).energy_kwh)
    whole, part = float(used[kept & unit.running].sum()), float(used[steady].sum())
    if whole <= 0.0:
        return metered.over(kept)
    if part < LEAST_STEADY * whole:
        return None
    found = metered.over(steady, whole / part)
    starting = START_SHARE * (1.0 - part / whole) * found.value
    return found + Uncertain(0.0, {f"{name}:starts": rectangular(starting)})


def _losses(
    plant: Plant,
    values: PlantValues,
    measured: Mapping[str, Uncertain],
    kept: BoolArray,
) -> dict[str, Uncertain]:
    """What nobody measures, as estimates with generous bounds."""
    found = {}
    for unit in values.units:
        used = measured.get(unit.main("electricity"))
        if used is not None:
            bound = DRIVE_LOSS * used.value
            found[f"{unit.name}:drive"] = Uncertain(
                bound, {f"{unit.name}:drive-loss": rectangular(bound)}
            )
    sent = [measured[name] for name in values.outputs if name in measured]
    sent = sent or [measured[name] for name in values.buildings if name in measured]
    heat = total(sent).value
    pumps = [values.electricity[n] for n in plant.load_pumps.electricity if n in values.electricity]
    used_kwh = sum(float(np.nansum(metered.energy_kwh[kept])) for metered in pumps)
    pumped = 0.5 * (used_kwh if pumps else PUMP_SHARE * abs(heat))
    lost = PIPE_LOSS * heat
    rated = [unit.rated_heat_kw for unit in plant.units if unit.rated_heat_kw]
    largest = sum(rated) if rated else _largest_kw(values)
    terms = {
        "pipes:loss": rectangular(lost),
        "load-pumps:heat": rectangular(pumped),
        "pipes:store": rectangular(STORE_KWH_KW * largest),
    }
    return found | {PIPES: Uncertain(lost - pumped, terms)}


def _titled_losses(values: PlantValues) -> dict[str, Title]:
    found = {PIPES: Title("管网损失（估计）", "losses of the pipes, an estimate")}
    for unit in values.units:
        title = values.titles[unit.name]
        found[f"{unit.name}:drive"] = Title(
            f"{title.zh}驱动损失（估计）", f"{title.en}, losses of the drive, an estimate"
        )
    return found


def _largest_kw(values: PlantValues) -> float:
    """Largest power of what the plant delivers, where the site file rates no heat pump."""
    known = [np.nan_to_num(metered.energy_kwh) for metered in values.outputs.values()]
    return float(np.abs(np.add.reduce(known)).max(initial=0.0)) / QUARTER_H if known else 0.0


def _heat_balances(values: PlantValues) -> tuple[Mapping[str, float], ...]:
    found: list[Mapping[str, float]] = []
    units = values.units
    if values.outputs:
        of_units = dict.fromkeys((unit.main("load") for unit in units), -1.0)
        found.append(dict.fromkeys(values.outputs, 1.0) | of_units)
        if values.buildings:
            taken = dict.fromkeys(values.buildings, -1.0)
            found.append(dict.fromkeys(values.outputs, 1.0) | taken | {PIPES: -1.0})
    if values.source:
        sides = dict.fromkeys((unit.main("source") for unit in units), -1.0)
        found.append(dict.fromkeys(values.source, 1.0) | sides)
    for unit in units:
        load, source, used = (unit.main(side) for side in ("load", "source", "electricity"))
        found.append({load: 1.0, source: -1.0, used: -1.0, f"{unit.name}:drive": 1.0})
        for side in ("load", "source"):
            main, *others = unit.of(side) or [unit.main(side)]
            found += [{main: 1.0, other: -1.0} for other in others]
    return tuple(found)
