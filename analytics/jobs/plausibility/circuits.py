"""The plant's circuits over one day: swapped pipes, flow that stands, sensors that disagree.

Which meter sits where is told by the site file's plant. Supply is the warmer pipe in heating on the
load side, and the pipe that comes from the ground on the source side, as everywhere in analytics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analytics.instruments import HeatLimits, heat_limits
from analytics.jobs.plausibility.modes import Seen, plant_mode, unit_idle, unit_mode
from analytics.jobs.plausibility.slots import chosen, difference, held
from analytics.quality import pair_offset, stuck_zero, swapped
from analytics.quality.circuits import PAIR_ALARM_K, PAIR_WARN_K
from analytics.series import HOUR_MS, FloatArray, Series
from analytics.states import tells_direction
from collector.model import Finding
from collector.sitefile import Configuration
from collector.topology import Plant, Unit

SWAPPED_WINDOW_MS = 3 * HOUR_MS
"""Swapped pipes are looked for in windows of this length, so that six hours of it are found in any
day however the rest of it was. [E]"""

_METER = ("supply_temp_c", "return_temp_c", "flow_m3h")
_LOAD = ("load_leaving_temp_c", "load_entering_temp_c", "load_flow_m3h")
_SOURCE = ("source_entering_temp_c", "source_leaving_temp_c", "source_flow_m3h")


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of temperature sensors around a consumer or source of heat.

    Parameters
    ----------
    device : str
    warm, cold : str
        Fields, of which the first is the warmer one in heating.
    flow : str
        Field of the flow through it; need not exist.
    unit : Unit or None
        The heat pump whose mode decides; None: that of the whole plant.
    always_warm : bool
        Hot water: heat flows in one direction only.
    """

    device: str
    warm: str
    cold: str
    flow: str
    unit: Unit | None = None
    always_warm: bool = False


def pairs(plant: Plant) -> Iterator[Pair]:
    """Every pair of sensors of a plant."""
    for unit in plant.units:
        yield Pair(unit.heat_pump, *_LOAD, unit)
        yield Pair(unit.heat_pump, *_SOURCE, unit)
        for meter in (unit.heat_meter, unit.source_heat_meter):
            if meter:
                yield Pair(meter, *_METER, unit)
    common = [plant.load.heat_meter, plant.source.heat_meter]
    common += [served.heat_meter for served in plant.serves]
    own = {meter for unit in plant.units for meter in (unit.heat_meter, unit.source_heat_meter)}
    for meter in dict.fromkeys(common):
        if meter and meter not in own:
            yield Pair(meter, *_METER)
    if plant.hot_water and plant.hot_water.heat_meter:
        yield Pair(plant.hot_water.heat_meter, *_METER, always_warm=True)


def swapped_pairs(
    configuration: Configuration, plant: Plant, seen: Seen
) -> Iterator[tuple[str, Finding, tuple[int, int]]]:
    """Devices whose difference runs against the mode, with the span of each window."""
    zone = ZoneInfo(configuration.site.timezone)
    for pair in pairs(plant):
        own = seen.get(pair.device, {})
        if pair.warm not in own or pair.cold not in own:
            continue
        apart = difference(own[pair.warm], own[pair.cold])
        expected = _expected(configuration, plant, pair, seen, apart, zone)
        for first in np.unique(apart.at // SWAPPED_WINDOW_MS).tolist():
            span = first * SWAPPED_WINDOW_MS, (first + 1) * SWAPPED_WINDOW_MS
            part = (apart.at >= span[0]) & (apart.at < span[1])
            for finding in swapped(chosen(apart, part), expected[part]):
                yield pair.device, finding, span


def _expected(
    configuration: Configuration,
    plant: Plant,
    pair: Pair,
    seen: Seen,
    apart: Series,
    zone: ZoneInfo,
) -> FloatArray:
    """Sign that the mode asks for; 0 where nothing flows or the difference tells no direction."""
    mode = unit_mode(seen, pair.unit, apart.at) if pair.unit else None
    if pair.always_warm:
        mode = np.ones(apart.at.shape)
    if mode is None:
        mode = plant_mode(seen, plant, apart.at, zone)
    limits = _limits(configuration, pair.device)
    tells = tells_direction(limits, apart.value)
    flow = seen[pair.device].get(pair.flow)
    if flow is not None:
        tells &= held(flow, apart.at) > limits.least_flow_m3h
    return np.where(tells, mode, 0.0)


def standing_flows(plant: Plant, seen: Seen) -> Iterator[tuple[str, str, Finding]]:
    """Flow sensors that show zero while the heat pump works (S8): device, field, finding."""
    for unit in plant.units:
        power = _power(seen, unit)
        if power is None or unit.rated_power_kw is None:
            continue
        meters = (
            unit.heat_meter, unit.source_heat_meter, plant.load.heat_meter,
            plant.source.heat_meter,
        )  # fmt: skip
        flows = [(unit.heat_pump, name) for name in ("load_flow_m3h", "source_flow_m3h")]
        flows += [(meter, "flow_m3h") for meter in meters if meter]
        for device, field in flows:
            flow = seen.get(device, {}).get(field)
            if flow is None:
                continue
            works = Series(flow.at, held(power, flow.at), "kW", flow.interval_ms)
            for finding in stuck_zero(flow, works, unit.rated_power_kw):
                yield device, field, finding


def zero_tests(
    configuration: Configuration, plant: Plant, seen: Seen
) -> Iterator[tuple[str, str, Finding]]:
    """Pairs of sensors that disagree while water passes an idle heat pump (S6).

    Only there the true difference is zero: a loop takes heat to the building or from the ground
    also while no compressor works. An offset that the sensors' class permits is not told.
    """
    for pair in pairs(plant):
        own = seen.get(pair.device, {})
        if pair.unit is None or not {pair.warm, pair.cold, pair.flow} <= own.keys():
            continue
        apart = difference(own[pair.warm], own[pair.cold])
        idle = unit_idle(seen, pair.unit, apart.at)
        if idle is None:
            continue
        flows = held(own[pair.flow], apart.at) > 0
        permitted = _limits(configuration, pair.device).pair_k
        limits = max(PAIR_WARN_K, permitted), max(PAIR_ALARM_K, 2.0 * permitted)
        for finding in pair_offset(apart, idle & flows, warn_k=limits[0], alarm_k=limits[1]):
            yield pair.device, pair.warm, finding


def _limits(configuration: Configuration, device: str) -> HeatLimits:
    kind = configuration.site.devices[device].kind
    return heat_limits(configuration.entry(device).accuracy, kind)


def _power(seen: Seen, unit: Unit) -> Series | None:
    """Electrical power of a heat pump: of its meter, else of its controller."""
    for device in (unit.electricity, unit.heat_pump):
        series = seen.get(device, {}).get("power_kw") if device else None
        if series is not None and len(series):
            return series
    return None
