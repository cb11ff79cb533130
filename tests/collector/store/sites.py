"""Devices and samples that the tests of the stores share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collector.model import QUANTITIES, Device, Point, Sample, Title

MINUTE = 60_000
NOON = 1_767_240_000_000
"""A slot on a whole hour. [ms since epoch, UTC]"""

TITLE = Title("设备", "Device")


def device(
    name: str = "meter-1",
    fields: Iterable[str] = ("power_kw", "energy_kwh"),
    *,
    kind: str = "electricity_meter",
    building: str = "tower-a",
    system: str = "lighting",
    interval_ms: int = MINUTE,
    slower: Mapping[str, int] | None = None,
) -> Device:
    """A device whose fields are polled at its interval, those in `slower` at their own."""
    rhythm = dict.fromkeys(fields, interval_ms) | dict(slower or {})
    points = {
        field: Point(field, QUANTITIES[field], -1e9, 1e9, interval)
        for field, interval in rhythm.items()
    }
    return Device(name, kind, TITLE, building, system, interval_ms, points)


def sample(
    of: Device | str,
    slot: int = 0,
    values: Mapping[str, float] | None = None,
    flags: Mapping[str, str] | None = None,
    *,
    run: str = "k3f9",
    seq: int | None = None,
    lag: int = 37,
) -> Sample:
    """A sample of a device in the slot so many minutes after noon."""
    name = of if isinstance(of, str) else of.id
    number = slot if seq is None else seq
    return Sample(name, NOON + slot * MINUTE, run, number, lag, values or {}, flags or {})


def at(slot: int) -> int:
    """The moment so many minutes after noon. [ms since epoch, UTC]"""
    return NOON + slot * MINUTE
