"""Two sensors that see the same water, as the plant's topology tells (rule S3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.jobs.plausibility.modes import Seen, unit_mode
from analytics.jobs.plausibility.slots import chosen, difference, held
from analytics.quality import pair_deviation
from analytics.series import BoolArray, IntArray, Series
from collector.model import Finding
from collector.topology import Plant, Unit

OWN_DIFFERENCE_K = 0.3
"""How far a meter's own difference may be from that of its temperatures; both are rounded. [E]"""


@dataclass(frozen=True, slots=True)
class Twin:
    """Two points in the same water.

    Parameters
    ----------
    one, other : tuple of str
        Device and field.
    unit : Unit or None
        They agree only while this heat pump runs; None: while water flows at both.
    """

    one: tuple[str, str]
    other: tuple[str, str]
    unit: Unit | None = None


def twins(plant: Plant) -> Iterator[Twin]:
    """Every two sensors that the topology puts into the same water.

    A heat pump and its own meters; all heat pumps and the common header that they draw from;
    buildings and the header that supplies them.
    """
    load, source = plant.load.heat_meter, plant.source.heat_meter
    for unit in plant.units:
        pump = unit.heat_pump
        if unit.heat_meter:
            yield Twin((unit.heat_meter, "supply_temp_c"), (pump, "load_leaving_temp_c"), unit)
            yield Twin((unit.heat_meter, "return_temp_c"), (pump, "load_entering_temp_c"), unit)
        if its := unit.source_heat_meter:
            yield Twin((its, "supply_temp_c"), (pump, "source_entering_temp_c"), unit)
            yield Twin((its, "return_temp_c"), (pump, "source_leaving_temp_c"), unit)
        if load and load != unit.heat_meter:
            yield Twin((load, "return_temp_c"), (pump, "load_entering_temp_c"), unit)
        if source and source != unit.source_heat_meter:
            yield Twin((source, "supply_temp_c"), (pump, "source_entering_temp_c"), unit)
    for served in plant.serves:
        if load and served.heat_meter != load:
            yield Twin((served.heat_meter, "supply_temp_c"), (load, "supply_temp_c"))


def deviations(plant: Plant, seen: Seen, day: IntArray) -> Iterator[tuple[Twin, Finding]]:
    """Twins that differ for hours of a day.

    Parameters
    ----------
    plant : Plant
    seen : Seen
        Known values of the day.
    day : array of int64, shape (2,)
        Its edges. [ms since epoch, UTC]
    """
    for twin in twins(plant):
        one, other = (seen.get(device, {}).get(field) for device, field in (twin.one, twin.other))
        if one is None or other is None:
            continue
        comparable = chosen(one, _same_water(twin, seen, one.at))
        same = Series(comparable.at, held(other, comparable.at), "°C", comparable.interval_ms)
        for finding in pair_deviation(comparable, same, day):
            yield twin, finding


def own_differences(seen: Seen, day: IntArray) -> Iterator[tuple[str, Finding]]:
    """Meters whose own difference is not that of the temperatures that they show.

    Both come from one calculator and agree, unless a register is read wrongly or a temperature
    comes from elsewhere.
    """
    for device, own in seen.items():
        if not {"temp_difference_k", "supply_temp_c", "return_temp_c"} <= own.keys():
            continue
        shown = own["temp_difference_k"]
        counted = difference(own["supply_temp_c"], own["return_temp_c"])
        for finding in pair_deviation(counted, shown, day, most_k=OWN_DIFFERENCE_K):
            yield device, finding


def _same_water(twin: Twin, seen: Seen, at: IntArray) -> BoolArray:
    """Where water passes both sensors: still water in a pipe takes the room's temperature."""
    flows = np.ones(at.shape, dtype=np.bool_)
    for device, _ in (twin.one, twin.other):
        flow = seen[device].get("flow_m3h")
        if flow is not None:
            flows &= held(flow, at) > 0
    if twin.unit is not None:
        mode = unit_mode(seen, twin.unit, at)
        flows &= np.zeros_like(flows) if mode is None else mode != 0
    return flows
