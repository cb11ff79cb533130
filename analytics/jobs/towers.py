"""Each building's share of the plant: its heat and cold, the electricity behind it, its COP.

The plant's electricity is shared by the heat that each building takes in every quarter-hour; what
the plant uses while nobody takes any is shared by what each took over the whole span.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from analytics import allocation
from analytics.boundaries import Boundaries, Claim
from analytics.buckets import QUARTER_H, QUARTER_MS
from analytics.heat import Circuit, heat
from analytics.jobs.plant_channels import Channels
from analytics.metertree import MeterSum
from analytics.plant import Performance, Ratio, performance
from analytics.series import FloatArray
from analytics.uncertainty import Uncertain
from collector.topology import Served

_NUDGE = 1e-3
"""How much higher a building's heat is read to see what that does to the shares."""


def shares(heats: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Share of each building in each interval; they sum to 1, NaN where any heat is unknown. [-]

    Parameters
    ----------
    heats : mapping of str to array of float64, shape (n,)
        Heat and cold taken, as positive numbers. [kWh]
    """
    ones = np.ones(next(iter(heats.values())).shape)
    parts, idle = allocation.shares(ones, heats)
    known = ~np.isnan(idle)
    sums = {name: float(np.sum(taken[known])) for name, taken in heats.items()}
    whole = sum(sums.values())
    usual = {name: taken / whole if whole else 1.0 / len(heats) for name, taken in sums.items()}
    return {name: part + idle * usual[name] for name, part in parts.items()}


def of_buildings(
    channels: Channels, served: tuple[Served, ...], circuits: dict[str, Circuit]
) -> dict[str, Performance]:
    """Performance of the plant for each building, at the widest boundary of each mode.

    Parameters
    ----------
    channels : Channels
        The plant.
    served : tuple of Served
        Buildings with their heat meters.
    circuits : mapping of str to Circuit
        By heat meter.
    """
    heats = {each.building: heat_taken(circuits[each.heat_meter]) for each in served}
    share = shares(heats)
    found = {
        each.building: _performance(channels, each, circuits, share[each.building])
        for each in served
    }
    moved = {}
    for name, taken in heats.items():
        share = shares(heats | {name: taken * (1.0 + _NUDGE)})
        moved[name] = {
            each.building: _performance(channels, each, circuits, share[each.building]).ratios
            for each in served
        }
    return {
        building: replace(its, ratios={
            name: with_shares(ratio, [
                (found[other].ratios[name].heat,
                 (ratios[building][name].electricity.value - ratio.electricity.value) / _NUDGE)
                for other, ratios in moved.items()
            ])
            for name, ratio in its.ratios.items()
        })
        for building, its in found.items()
    }  # fmt: skip


def with_shares(ratio: Ratio, others: Iterable[tuple[Uncertain, float]]) -> Ratio:
    """A building's ratio, with what the heat meters do to its share of the electricity.

    Parameters
    ----------
    ratio : Ratio
        With the errors of the electricity meters only.
    others : iterable of (Uncertain, float)
        Of every building, itself among them: its heat [kWh], and by how much this building's
        electricity grows when that heat is read twice as high, to first order. [kWh]
    """
    electricity = ratio.electricity
    for taken, growth in others:
        if taken.value > 0.0:
            moves = growth / taken.value
            terms = {source: term * moves for source, term in taken.terms.items()}
            electricity = electricity + Uncertain(0.0, terms)
    value = ratio.heat / electricity if ratio.value else None
    return replace(ratio, electricity=electricity, value=value)


def _performance(
    channels: Channels, served: Served, circuits: dict[str, Circuit], share: FloatArray
) -> Performance:
    """The plant for one building, which has a share of all electricity."""
    meter = served.heat_meter
    return performance(
        at_ms=channels.table.edges[:-1],
        interval_ms=QUARTER_MS,
        electricity={name: energy * share for name, energy in channels.electricity.items()},
        circuits={meter: circuits[meter]},
        boundaries=_boundaries(channels.boundaries, meter),
        heat_pumps=(),
        days=channels.days,
        season=channels.season,
        accuracy=channels.accuracy,
        register_kwh=channels.register_kwh,
    )


def heat_taken(circuit: Circuit) -> FloatArray:
    """Heat and cold, both positive, by the registers or else by flow and temperatures. [kWh]"""
    if circuit.heating_kwh is None or circuit.cooling_kwh is None:
        return np.abs(heat(circuit, QUARTER_H).energy_kwh)
    return np.maximum(circuit.heating_kwh, 0.0) + np.maximum(circuit.cooling_kwh, 0.0)


def _boundaries(boundaries: Boundaries, meter: str) -> Boundaries:
    """The plant's widest claims with a building's heat in the numerator."""
    claims: list[Claim] = []
    for mode in ("heating", "cooling", "overall"):
        widest = boundaries.widest(mode)
        if widest is not None:
            claims.append(replace(widest, heat=MeterSum((meter,))))
    return Boundaries(tuple(claims))
