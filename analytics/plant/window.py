"""The arrays of a plant over a window: checked, and put in the form that the sums need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.heat import Circuit
from analytics.metertree import UNITS
from analytics.plant.block import BLOCK_ROWS, Channels
from analytics.series import DAY_MS, HOUR_MS, FloatArray, IntArray

RUNNING_SHARE = 0.05
"""A heat pump runs above this share of the largest power of the window."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a plant.

    Parameters
    ----------
    channels : Channels
    edges : array of int64, shape (days + 1,)
        [ms since epoch, UTC]
    bounds : array of int64, shape (days + 1,)
        First interval of each day, and the end of the last.
    season : array of int8, shape (days,), or None
        1 heating, -1 cooling, 0 neither.
    """

    channels: Channels
    edges: IntArray
    bounds: IntArray
    season: npt.NDArray[np.int8] | None

    @property
    def flags(self) -> npt.NDArray[np.int8]:
        """The season of each day, 0 when nobody told."""
        days = self.edges.size - 1
        return np.zeros(days, np.int8) if self.season is None else self.season

    @property
    def expected(self) -> float:
        """How many intervals there should be."""
        span = float(self.edges[-1] - self.edges[0])
        return span / (self.channels.interval_h * HOUR_MS)


def circuits_of(
    circuits: Mapping[str, Circuit] | None,
    q_heating_kwh: FloatArray | None,
    q_cooling_kwh: FloatArray | None,
) -> dict[str, Circuit]:
    """Heat meters by name, from either way of giving them; a plant may have none at all.

    Raises
    ------
    ValueError
        circuits, q_heating_kwh, q_cooling_kwh: both ways, or neither.
    """
    given = q_heating_kwh if q_heating_kwh is not None else q_cooling_kwh
    if (given is None and circuits is None) or (given is not None and circuits):
        raise ValueError("circuits, q_heating_kwh, q_cooling_kwh: give one way or the other")
    if given is None:
        return dict(circuits or {})
    none = np.zeros(given.shape)
    heating = none if q_heating_kwh is None else q_heating_kwh
    cooling = none if q_cooling_kwh is None else q_cooling_kwh
    return {"heat": Circuit(heating_kwh=heating, cooling_kwh=cooling)}


def window_of(
    at_ms: IntArray,
    interval_ms: int,
    circuits: Mapping[str, Circuit],
    electricity: Mapping[str, FloatArray],
    *,
    days: IntArray | None = None,
    season: npt.NDArray[np.integer] | None = None,
    status: npt.NDArray[np.integer] | None = None,
    source: Circuit | None = None,
    heat_pumps: Sequence[str] | None = None,
    running_kw: float | None = None,
) -> Window:
    """Check the arguments of `plant.performance` and arrange them.

    Returns
    -------
    Window

    Raises
    ------
    ValueError
        As `plant.performance` tells.
    """
    edges, bounds = _days(at_ms, interval_ms, days)
    arrays: dict[str, int] = {f"electricity {n!r}": a.size for n, a in electricity.items()}
    arrays |= {f"circuits {name!r}": circuit.size for name, circuit in circuits.items()}
    if status is not None:
        arrays["status"] = status.size
    if source is not None:
        arrays["source"] = source.size
    for name, size in arrays.items():
        if size != at_ms.size:
            raise ValueError(f"{name}: {size} intervals, at_ms has {at_ms.size}")
    if not electricity:
        raise ValueError("electricity: nothing is given")
    if season is not None and season.shape != (edges.size - 1,):
        raise ValueError(f"season: {season.size} days, the window has {edges.size - 1}")
    hours = interval_ms / HOUR_MS
    pumps = tuple(heat_pumps) if heat_pumps is not None else (UNITS,) * (UNITS in electricity)
    names = list(electricity)
    for pump in pumps:
        if pump not in electricity:
            raise ValueError(f"heat_pumps: there is no electricity of {pump!r}")
    channels = Channels(
        tuple(circuits.values()),
        tuple(electricity.values()),
        tuple(names.index(pump) for pump in pumps),
        _running_kwh([electricity[pump] for pump in pumps], running_kw, hours),
        hours,
        status,
    )
    flags = None if season is None else np.sign(season).astype(np.int8)
    return Window(channels, edges, bounds, flags)


def _days(at_ms: IntArray, interval_ms: int, days: IntArray | None) -> tuple[IntArray, IntArray]:
    """Edges of the days, and which intervals are theirs."""
    if interval_ms <= 0:
        raise ValueError(f"interval_ms: {interval_ms} ms is no length")
    if not at_ms.size or _shortest_step(at_ms) < interval_ms:
        raise ValueError("at_ms: intervals are missing altogether, or overlap")
    end = int(at_ms[-1]) + interval_ms
    if days is None:
        first = int(at_ms[0])
        days = np.append(np.arange(first, end, DAY_MS, dtype=np.int64), np.int64(end))
    if days.size < 2 or bool(np.any(np.diff(days) <= 0)):
        raise ValueError("days: edges must increase, and be two at least")
    if at_ms[0] < days[0] or end > days[-1]:
        raise ValueError("days: intervals lie outside")
    return days, np.searchsorted(at_ms, days).astype(np.int64)


def _shortest_step(at_ms: IntArray) -> float:
    """Smallest distance between neighbours, looked for piece by piece to spare memory. [ms]"""
    shortest = np.inf
    for begin in range(0, at_ms.size - 1, BLOCK_ROWS):
        piece = at_ms[begin : begin + BLOCK_ROWS + 1]
        shortest = min(shortest, float(np.subtract(piece[1:], piece[:-1]).min()))
    return shortest


def _running_kwh(heat_pumps: Sequence[FloatArray], running_kw: float | None, hours: float) -> float:
    """Energy of an interval above which a heat pump runs. [kWh]"""
    if running_kw is not None:
        return running_kw * hours
    if not heat_pumps:
        return 0.0
    together = np.add.reduce(list(heat_pumps)) if len(heat_pumps) > 1 else heat_pumps[0]
    largest = float(np.fmax.reduce(together))
    return RUNNING_SHARE * largest if largest > 0.0 else 0.0
