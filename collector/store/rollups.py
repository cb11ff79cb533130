"""Roll-ups as samples of derived devices, so that every kind of store keeps them. Pure.

    electricity_meter, power_kw, energy_kwh
      └▶ electricity_meter_15m, power_kw_mean, power_kw_low, …, energy_kwh_energy, …

A derived device has its origin's id, building and system; its kind says the width of the windows,
and the slot of its samples is the start of the window. There is one store per width, as in one
store an id means one device. Which statistics a field has depends on the kind of its quantity:

    gauge     mean low high last count coverage, of a power also energy [kWh]
    counter   last count coverage, energy: by how much it advanced [unit of the counter]
    state     last count coverage

The temperatures of a circuit whose flow the device measures as well have another mean, `flowing`,
weighted by that flow: a machine that runs half of a quarter-hour moves heat at the temperatures of
that half, and flow times the difference of plain means would be far too little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from collector.model import Device, Kind, Point, Quantity, Title

WIDTHS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"15min": ("15m", 900_000), "1h": ("1h", 3_600_000), "1d": ("1d", 86_400_000)}
)
"""Ending of the kind and usual length [ms] by width; local days may have an hour less or more."""

FLOW_OF: Mapping[str, str] = MappingProxyType(
    {
        "supply_temp_c": "flow_m3h",
        "return_temp_c": "flow_m3h",
        "load_leaving_temp_c": "load_flow_m3h",
        "load_entering_temp_c": "load_flow_m3h",
        "source_entering_temp_c": "source_flow_m3h",
        "source_leaving_temp_c": "source_flow_m3h",
    }
)
"""Field of the flow that has a temperature, by the temperature's field."""

RUN = "rollup"
"""The run that roll-ups are written under; they have no sequence numbers."""

_COMMON = ("last", "count", "coverage")
_STATISTICS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.GAUGE: ("mean", "low", "high", *_COMMON),
        Kind.COUNTER: (*_COMMON, "energy"),
        Kind.STATE: _COMMON,
    }
)
_TITLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "mean": ("平均值", "mean"),
        "low": ("最小值", "lowest"),
        "high": ("最大值", "highest"),
        "last": ("末值", "last"),
        "count": ("数据个数", "readings"),
        "coverage": ("覆盖率", "coverage"),
        "energy": ("累计量", "total"),
        "flowing": ("流量加权平均值", "mean weighted by flow"),
    }
)


def statistics_of(quantity: Quantity) -> tuple[str, ...]:
    """Return the statistics that roll-ups keep of a quantity."""
    statistics = _STATISTICS[quantity.kind]
    return (*statistics, "energy") if _is_power(quantity) else statistics


def statistics_in(device: Device, field: str) -> tuple[str, ...]:
    """Return the statistics that roll-ups keep of a field of a device."""
    statistics = statistics_of(device.points[field].quantity)
    return (*statistics, "flowing") if FLOW_OF.get(field) in device.points else statistics


def rollup_field(field: str, statistic: str) -> str:
    """Return the field of a derived device that keeps a statistic of a field.

    >>> rollup_field("power_kw", "mean")
    'power_kw_mean'
    """
    return f"{field}_{statistic}"


def rollup_device(device: Device, width: str) -> Device:
    """Return the derived device that keeps a device's roll-ups of one width.

    Raises
    ------
    ValueError
        There is no such width.
    """
    if width not in WIDTHS:
        raise ValueError(f"width: {width!r} is none of {', '.join(WIDTHS)}")
    ending, length_ms = WIDTHS[width]
    points = {
        (name := rollup_field(point.field, statistic)): _derived(point, name, statistic, length_ms)
        for point in device.points.values()
        for statistic in statistics_in(device, point.field)
    }
    return replace(device, kind=f"{device.kind}_{ending}", interval_ms=length_ms, points=points)


def _derived(origin: Point, name: str, statistic: str, interval_ms: int) -> Point:
    """One statistic as a point: its unit, its kind and its bounds."""
    quantity, low, high = origin.quantity, origin.low, origin.high
    unit, kind = quantity.unit, Kind.GAUGE
    if statistic == "last":
        kind = quantity.kind
    elif statistic in {"count", "coverage"}:
        unit, low, high = "", 0.0, 1.0 if statistic == "coverage" else math.inf
    elif statistic == "energy":
        unit, low, high = "kWh" if _is_power(quantity) else unit, -math.inf, math.inf
    zh, en = _TITLES[statistic]
    title = Title(f"{quantity.title.zh}{zh}", f"{quantity.title.en}, {en}")
    measured = Quantity(rollup_field(quantity.name, statistic), unit, kind, title)
    return Point(name, measured, low, high, interval_ms)


def _is_power(quantity: Quantity) -> bool:
    return quantity.kind is Kind.GAUGE and quantity.unit == "kW"
