"""Devices that nobody polls: what groundwatt itself measures or computes, sampled like a meter."""

from __future__ import annotations

import math
from collections.abc import Iterable

from collector.model import QUANTITIES, Device, Point, Title
from collector.topology import Plant

INTERVAL_MS = 10_000

ANALYSE = "analyse"
"""Who sends the samples of computed devices: `outbox-analyse.sqlite`; no collector is called so."""

HEALTH_FIELDS = (
    "devices", "devices_silent", "slots", "answered", "missed", "refused", "dropped",
    "outbox_depth", "outbox_bytes", "latency_ms", "reconnects",
)  # fmt: skip

PLANT_FIELDS = (
    "state", "power_kw", "heat_kw", "source_heat_kw", "cop_level1", "cop_level2", "cop_level3",
    "cop_level4", "cop_uncertainty", "lift_k",
)  # fmt: skip
"""Heat is positive when the plant heats and negative when it cools; source heat is positive when
it is taken from the ground."""


def health_device(collector: str) -> Device:
    """Build the virtual device that a collector's own health is sampled as."""
    title = Title(f"采集器 {collector}", f"Collector {collector}")
    points = _points(HEALTH_FIELDS, 0.0)
    return Device(
        f"collector-{collector}", "collector", title, "", "monitoring", INTERVAL_MS, points
    )


def plant_device(plant: Plant, building: str) -> Device:
    """Build the virtual device that the live figures of the plant are sampled as.

    It stands in the building of the heat pumps.
    """
    title = Title("热泵站实时指标", "Plant, live figures")
    points = _points(PLANT_FIELDS, -math.inf)
    return Device(plant.id, "plant", title, building, "plant", INTERVAL_MS, points)


def _points(fields: Iterable[str], low: float) -> dict[str, Point]:
    return {name: Point(name, QUANTITIES[name], low, math.inf, INTERVAL_MS) for name in fields}
