"""What a plant did over its channels: the one call of the kernel that all jobs share."""

from __future__ import annotations

import numpy as np

from analytics import plant as kernel
from analytics.buckets import QUARTER_MS
from analytics.jobs.plant_channels import Channels
from collector.topology import Plant


def performance_of(plant: Plant, channels: Channels) -> kernel.Performance:
    """What the plant did over its channels.

    Without any electricity meter that is not known at all, and no boundary is claimed.
    """
    nothing = {"units": np.full(len(channels.table), np.nan)}
    return kernel.performance(
        at_ms=channels.table.edges[:-1],
        interval_ms=QUARTER_MS,
        electricity=channels.electricity or nothing,
        circuits=channels.circuits,
        boundaries=channels.boundaries,
        heat_pumps=[unit.electricity for unit in plant.units if unit.electricity],
        source=channels.source,
        days=channels.days,
        season=channels.season,
        accuracy=channels.accuracy,
        register_kwh=channels.register_kwh,
        units=channels.units,
    )
