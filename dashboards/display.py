"""How values are shown, on the page and in the terminal alike. Pure.

Which fields stand for a kind of device where there is room for a few, and how many decimals a unit
has: so many that a figure does not jump in width while it changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.model import Device, OperatingState, Point, Title

FIRST_FIELDS: Mapping[str, tuple[str, ...]] = {
    "electricity_meter": ("power_kw", "energy_kwh"),
    "heat_meter": ("heat_kw", "supply_temp_c", "return_temp_c", "flow_m3h"),
    "heat_pump": ("state", "power_kw", "heat_kw", "load_leaving_temp_c", "source_leaving_temp_c"),
    "pump": ("speed_percent", "power_kw", "head_kpa", "flow_m3h"),
    "water_meter": ("flow_m3h", "volume_m3"),
    "gas_meter": ("flow_m3h", "volume_m3"),
    "weather": ("outdoor_temp_c", "outdoor_humidity_percent", "irradiance_wm2"),
    "plant": ("state", "cop_level4", "heat_kw", "lift_k"),
    "collector": ("devices_silent", "outbox_depth", "latency_ms"),
}

DECIMALS: Mapping[str, int] = {
    "kW": 1, "kvar": 1, "kVA": 1, "kWh": 0, "°C": 1, "K": 2, "m³/h": 2, "m³": 1, "kPa": 1,
    "V": 1, "A": 1, "Hz": 1, "%": 0, "W/m²": 0, "ms": 0, "h": 1, "B": 0,
}  # fmt: skip
FIELD_DECIMALS: Mapping[str, int] = {
    "power_factor": 3, "lift_k": 1, "cop_uncertainty": 2,
    **{f"cop_level{level}": 2 for level in (1, 2, 3, 4)},
}  # fmt: skip

STATE_TITLES: Mapping[OperatingState, Title] = {
    OperatingState.OFF: Title("停机", "Off"),
    OperatingState.STANDBY: Title("待机", "Standby"),
    OperatingState.HEAT: Title("制热", "Heating"),
    OperatingState.COOL: Title("制冷", "Cooling"),
    OperatingState.DHW: Title("生活热水", "Hot water"),
    OperatingState.SIMULTANEOUS: Title("冷热联供", "Heat + cool"),
    OperatingState.FREE_COOLING: Title("自然冷却", "Free cooling"),
    OperatingState.DEFECT: Title("故障", "Fault"),
}

NO_VALUE = "–"


def first_points(device: Device, count: int) -> list[Point]:
    """Points by which a device is known at a glance."""
    first = [name for name in FIRST_FIELDS.get(device.kind, ()) if name in device.points]
    names = first or list(device.points)
    return [device.points[name] for name in names[:count]]


def decimals(point: Point) -> int:
    """How many decimals a point's values are shown with."""
    return FIELD_DECIMALS.get(point.field, DECIMALS.get(point.quantity.unit, 0))


def shown(point: Point, value: float | None, language: str) -> str:
    """A value as people read it, without its unit."""
    if value is None:
        return NO_VALUE
    if point.field == "state":
        title = STATE_TITLES.get(OperatingState(int(value))) if _is_state(value) else None
        return title_in(title, language) if title else f"{value:g}"
    return f"{value:,.{decimals(point)}f}".replace("-", "\u2212")


def title_in(title: Title, language: str) -> str:
    """A title in one of the two languages."""
    return title.zh if language == "zh" else title.en


def _is_state(value: float) -> bool:
    return value in set(OperatingState)
