"""The site as the page needs it, ready for JSON: devices, points, units and titles. Pure."""

from __future__ import annotations

import math
from typing import Any

from collector.model import DEVICE_KINDS, Device, Point, Title
from collector.sitefile import Configuration
from dashboards.display import FIRST_FIELDS, STATE_TITLES, decimals
from dashboards.web.headline import WIDEST, headline, widest_level


def describe(configuration: Configuration) -> dict[str, Any]:
    """Everything about the site that does not change while the page is open."""
    site = configuration.site
    return {
        "id": site.id,
        "title": _title(site.title),
        "timezone": site.timezone,
        "buildings": [
            {"id": building.id, "title": {"zh": building.name.zh, "en": building.name.en}}
            for building in configuration.settings.buildings
        ],
        "kinds": {name: _title(title) for name, title in DEVICE_KINDS.items()},
        "first_fields": {**FIRST_FIELDS, "plant": _first_of_plant(configuration)},
        "states": {str(int(state)): _title(title) for state, title in STATE_TITLES.items()},
        "headline": [tile.body() for tile in headline(site, configuration.settings.plant)],
        "devices": [_device(device) for device in site.devices.values()],
    }


def _first_of_plant(configuration: Configuration) -> tuple[str, ...]:
    """The plant's COP is shown at the widest boundary that its meters support."""
    plant = configuration.settings.plant
    level = widest_level(plant) if plant else None
    widest, its = f"cop_level{WIDEST}", f"cop_level{level or WIDEST}"
    return tuple(its if name == widest else name for name in FIRST_FIELDS["plant"])


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "kind": device.kind,
        "title": _title(device.title),
        "building": device.building,
        "system": device.system,
        "interval_ms": device.interval_ms,
        "points": [_point(point) for point in device.points.values()],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "field": point.field,
        "unit": point.quantity.unit,
        "decimals": decimals(point),
        "kind": point.quantity.kind.value,
        "title": _title(point.quantity.title),
        "low": point.low if math.isfinite(point.low) else None,
        "high": point.high if math.isfinite(point.high) else None,
        "interval_ms": point.interval_ms,
    }


def _title(title: Title) -> dict[str, str]:
    return {"zh": title.zh, "en": title.en}
