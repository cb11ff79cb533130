"""What state a device is in, judged from its newest readings and the time of day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from collector.model import Device, Reading

MISSED_SLOTS = 3
DELIVERY_MS = 15_000
"""Time that a sample may need from its slot to the store before it is missed."""

BY_NATURE = frozenset(
    {"bad:not-running", "bad:not-claimable", "bad:not-measured", "uncertain:below-range"}
)
"""Flags of computed figures that tell of the plant and not of a fault: the value is marked all the
same, but nobody has to do anything about the device."""


class Condition(StrEnum):
    """How far the values on screen can be relied upon."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    SILENT = "silent"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Newest:
    """What is known of a device: its newest sample, and the newest reading of each field.

    The two differ because not every field is polled in every slot.
    """

    at: int | None = None
    lag: int = 0
    answered: bool = False
    readings: Mapping[str, Reading] = field(default_factory=dict)


def condition_of(device: Device, newest: Newest, now_ms: int) -> Condition:
    """Judge a device at `now_ms` [ms since epoch, UTC].

    Stale means that no sample comes at all (our own side is at fault), silent that the device
    does not answer, doubtful that it answers but some value is flagged.
    """
    if newest.at is None or now_ms - newest.at > stale_after_ms(device):
        return Condition.STALE
    if not newest.answered:
        return Condition.SILENT
    if any(not (r.good or r.flag in BY_NATURE) for r in newest.readings.values()):
        return Condition.DOUBTFUL
    return Condition.GOOD


def stale_after_ms(device: Device) -> int:
    """Age from which a device's newest sample is old. [ms]"""
    return MISSED_SLOTS * device.interval_ms + DELIVERY_MS


def points_per_s(device: Device, newest: Newest, condition: Condition) -> float:
    """Rate at which a device delivers values at present, by the rhythm of its fields. [1/s]"""
    if condition in (Condition.STALE, Condition.SILENT):
        return 0.0
    return sum(
        1000 / device.points[name].interval_ms
        for name, reading in newest.readings.items()
        if reading.value is not None and name in device.points
    )
