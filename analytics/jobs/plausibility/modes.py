"""What the plant does at any moment, as far as its heat pumps or the season tell."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np

from analytics import buckets
from analytics.jobs.plausibility.slots import held
from analytics.series import BoolArray, FloatArray, IntArray, Series
from analytics.states import COOLING_STATES, HEATING_STATES
from collector.model import OperatingState
from collector.topology import Plant, Unit

Seen = Mapping[str, Mapping[str, Series]]
"""Known values of a day, by device and field."""

_IDLE = (OperatingState.OFF, OperatingState.STANDBY)


def unit_mode(seen: Seen, unit: Unit, at: IntArray) -> FloatArray | None:
    """Direction of one heat pump: 1 heats, -1 cools, 0 neither or both; None without its state."""
    state = _state(seen, unit, at)
    if state is None:
        return None
    return _sign(np.isin(state, HEATING_STATES), np.isin(state, COOLING_STATES))


def unit_idle(seen: Seen, unit: Unit, at: IntArray) -> BoolArray | None:
    """Where a heat pump's compressor rests for sure; None without its state."""
    state = _state(seen, unit, at)
    return None if state is None else np.isin(state, _IDLE)


def plant_mode(seen: Seen, plant: Plant, at: IntArray, zone: ZoneInfo) -> FloatArray:
    """Direction of the plant: that of its running heat pumps; 0 where they contradict each other.

    Where no heat pump tells its state, the season decides; outside the seasons nobody knows.
    """
    modes = [mode for unit in plant.units if (mode := unit_mode(seen, unit, at)) is not None]
    if not modes:
        return _season(plant, at, zone)
    warm = np.any([mode > 0 for mode in modes], axis=0)
    cold = np.any([mode < 0 for mode in modes], axis=0)
    return _sign(warm, cold)


def _sign(warm: BoolArray, cold: BoolArray) -> FloatArray:
    """1 where only warm, -1 where only cold."""
    return np.where(warm, 1.0, 0.0) - np.where(cold, 1.0, 0.0)


def _state(seen: Seen, unit: Unit, at: IntArray) -> FloatArray | None:
    series = seen.get(unit.heat_pump, {}).get("state")
    return held(series, at) if series is not None and len(series) else None


def _season(plant: Plant, at: IntArray, zone: ZoneInfo) -> FloatArray:
    mode = np.zeros(at.shape)
    if not at.size:
        return mode
    for sign, season in ((1.0, plant.heating_season), (-1.0, plant.cooling_season)):
        for span in buckets.seasons(int(at[0]), int(at[-1]) + 1, season, zone):
            mode[(at >= span.start) & (at < span.end)] = sign
    return mode
