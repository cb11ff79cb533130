"""The plant hour by hour: heat, cold, electricity and lift, as its own baseline needs them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.baseline import PlantHours
from analytics.heat import Circuit
from analytics.jobs.plant_channels import Channels
from analytics.metertree import MeterSum
from analytics.plant import Performance
from analytics.series import FloatArray
from collector.topology import Plant

QUARTERS = 4
"""Of an hour."""


def plant_hours(
    plant: Plant,
    channels: Channels,
    performance: Performance,
    electricity: MeterSum,
    resistance: tuple[str, ...] = (),
) -> PlantHours:
    """Hours of a plant inside one boundary.

    Parameters
    ----------
    plant : Plant
    channels : Channels
        Over whole local days.
    performance : Performance
        What the plant did over them.
    electricity : MeterSum
        Meters of the boundary.
    resistance : tuple of str
        Meters of resistance heaters inside the boundary: their electricity is heat too.

    Returns
    -------
    PlantHours
        An hour is known when all its quarters are. A quarter counts as heating or as cooling by
        the sign of its net heat.
    """
    net = performance.heat_kwh
    heating = np.maximum(net, 0.0)
    for name in resistance:
        heating = heating + channels.electricity[name]
    lift = _weighted(load_temperature(channels), net) - _weighted(
        entering_temperature(plant, channels), net
    )
    return PlantHours(
        _sums(heating), _sums(np.maximum(-net, 0.0)), _sums(_signed(channels, electricity)), lift
    )


def load_temperature(channels: Channels) -> FloatArray:
    """Water to the load: of all circuits, weighted by their heat. [°C]"""
    parts = [(c.supply_temp_c, _turnover(c)) for c in channels.circuits.values()]
    known = [(supply, weight) for supply, weight in parts if supply is not None]
    if not known:
        return np.full(len(channels.table), np.nan)
    if len(known) == 1:
        return known[0][0]
    weights = [np.where(np.isnan(t), 0.0, np.nan_to_num(w) + 1e-9) for t, w in known]
    whole = np.add.reduce(weights)
    mixed = np.add.reduce([np.nan_to_num(t) * w for (t, _), w in zip(known, weights, strict=True)])
    mean: FloatArray = np.divide(mixed, whole, out=np.full(whole.shape, np.nan), where=whole > 0.0)
    return mean


def entering_temperature(plant: Plant, channels: Channels) -> FloatArray:
    """Water from the ground: of the loop's meter, else the mean of the heat pumps' sensors. [°C]"""
    source = channels.source
    if source is not None and source.supply_temp_c is not None:
        return source.supply_temp_c
    seen = np.array(
        [channels.table.mean(unit.heat_pump, "source_entering_temp_c") for unit in plant.units]
    )
    known = (~np.isnan(seen)).sum(axis=0)
    total = np.nansum(seen, axis=0)
    mean: FloatArray = np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)
    return mean


def _turnover(circuit: Circuit) -> FloatArray:
    """Heat and cold of a circuit, by its registers; evenly where it has none. [kWh]"""
    if circuit.heating_kwh is None or circuit.cooling_kwh is None:
        return np.ones(1)
    return np.abs(circuit.heating_kwh) + np.abs(circuit.cooling_kwh)


def _signed(channels: Channels, meters: MeterSum) -> FloatArray:
    used = np.add.reduce([channels.electricity[name] for name in meters.plus])
    for name in meters.minus:
        used = used - channels.electricity[name]
    return np.asarray(used, np.float64)


def _by_hour(values: FloatArray) -> npt.NDArray[np.float64]:
    """Four quarters a row; local days are whole hours, also where the clock is changed."""
    whole = values.size // QUARTERS * QUARTERS
    return values[:whole].reshape(-1, QUARTERS)


def _sums(values: FloatArray) -> FloatArray:
    return np.asarray(_by_hour(values).sum(axis=1))


def _weighted(temperature: FloatArray, heat: FloatArray) -> FloatArray:
    """Hourly mean, weighted by the heat of its quarters; NaN where an hour has no heat."""
    weight, value = np.abs(_by_hour(heat)), _by_hour(temperature)
    # what the water is like while nothing is delivered does not matter
    needed = np.where(weight == 0.0, 0.0, value)
    whole = weight.sum(axis=1)
    mixed = (weight * needed).sum(axis=1)
    mean: FloatArray = np.divide(mixed, whole, out=np.full(whole.shape, np.nan), where=whole > 0.0)
    return mean
