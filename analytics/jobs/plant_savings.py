"""Option B: the plant's own COP before and after, at the widest boundary of the plant room.

Boundary: the widest that the meters support up to the plant room (level 4). Distribution in the
buildings (level 5) is metered in places, and no part of a plant's retrofit: terminals run by their
own schedule, and drown what lift and part load explain.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np

from analytics.baseline import (
    Adjustment,
    InsufficientData,
    MeterErrors,
    PlantFit,
    PlantHours,
    Savings,
    fit_plant,
    frozen,
    whole_plant_savings,
)
from analytics.boundaries import Boundaries, Claim
from analytics.buckets import day_start
from analytics.jobs.metering import local_span, zone_of
from analytics.jobs.opened import Opened
from analytics.jobs.plant_channels import Channels, PlantReader, all_points, wanted
from analytics.jobs.plant_hours import plant_hours
from analytics.jobs.plant_performance import performance_of
from analytics.plant import Performance
from analytics.records import exchanges
from collector.accounts import Retrofit, Span
from collector.errors import ConfigError, Problem
from collector.model import Finding, Title
from collector.topology import Plant

PLANT_ROOM = 4
"""Highest level whose electricity is the plant's own."""
GRID = 3
"""Decimals of kWh and K that a fingerprint looks at: how sums are cut differs further behind."""


@dataclass(frozen=True, slots=True, eq=False)
class PlantData:
    """One period of the plant.

    Parameters
    ----------
    plant : Plant
    channels : Channels
    performance : Performance
    days : array of datetime64[D], shape (d,)
        Local days.
    starts : array of int64, shape (d,)
        Hour with which each begins.
    exchanged : frozenset of str
        Meters that were exchanged between the baseline's first day and this period's last.
    """

    plant: Plant
    channels: Channels
    performance: Performance
    days: np.ndarray[tuple[int], np.dtype[np.datetime64]]
    starts: np.ndarray[tuple[int], np.dtype[np.int64]]
    exchanged: frozenset[str]

    @property
    def estimated(self) -> int:
        """Hours are never completed."""
        return 0

    @property
    def points(self) -> tuple[str, ...]:
        """Everything that hours are made of."""
        circuits, source = self.channels.circuits, self.plant.source.heat_meter
        entering = (source,) if source else tuple(unit.heat_pump for unit in self.plant.units)
        claim = widest(self.channels.boundaries)
        meters = claim.electricity.meters if claim else ()
        used = {*circuits, *entering, *meters, *(claim.resistance if claim else ())}
        return tuple(
            point for point in all_points(self.channels.table) if point.split("/")[0] in used
        )

    def hours(self, claim: Claim) -> PlantHours:
        """Every hour of the period inside a boundary."""
        return plant_hours(
            self.plant, self.channels, self.performance, claim.electricity, claim.resistance
        )

    def fingerprint(self, model: PlantFit) -> str:
        """Of the hours inside the boundary of a model."""
        claim = self._same(model)
        if claim is None:
            return ""
        hours = self.hours(claim)
        start = np.array([self.channels.table.edges[0]])
        arrays = (hours.heating, hours.cooling, hours.electricity, hours.lift)
        return frozen.fingerprint(start, *(np.round(each, GRID) + 0.0 for each in arrays))

    def fitted(self, _: Retrofit) -> PlantFit:
        """Fit the plant's baseline at the widest boundary of the plant room.

        Raises
        ------
        InsufficientData
            The meters support no boundary, something is wrong with them, or too much is missing.
        """
        claim = widest(self.channels.boundaries)
        if claim is None:
            raise InsufficientData([self._no_boundary("HC")])
        self._trust(claim)
        rated = [unit.rated_heat_kw for unit in self.plant.units]
        known = [each for each in rated if each is not None]
        return fit_plant(
            self.hours(claim),
            boundary=claim.name,
            electricity_of=str(claim.electricity),
            heat_of=str(claim.heat),
            rated_kw=sum(known) if len(known) == len(rated) else None,
        )

    def told(self, model: PlantFit, retrofit: Retrofit) -> Savings:
        """Tell the savings of this period at the boundary of the baseline.

        Raises
        ------
        InsufficientData
            The boundary is no longer metered as it was, or no hour has everything.
        """
        claim = self._same(model)
        if claim is None:
            raise InsufficientData([self._no_boundary(model.boundary)])
        self._trust(claim)
        hours = self.hours(claim)
        return whole_plant_savings(
            model,
            hours,
            confidence=retrofit.confidence,
            meters=self._errors(claim),
            adjustments=self._adjusted(retrofit, hours),
        )

    def _same(self, model: PlantFit) -> Claim | None:
        """The boundary of a model; None when it is not metered as it was then."""
        claim = self.channels.boundaries.claim(model.boundary)
        if claim is None or str(claim.electricity) != model.electricity_of:
            return None
        return claim if str(claim.heat) == model.heat_of else None

    def _trust(self, claim: Claim) -> None:
        """Refuse readings of which the plant's own figures say that they cannot be."""
        ratio = self.performance.ratios.get(claim.name)
        if ratio is None:
            raise InsufficientData([self._no_boundary(claim.name)])
        if ratio.reason and ratio.heat.value > 0.0 and ratio.electricity.value > 0.0:
            raise InsufficientData([Finding("savings.readings", "alarm", ratio.reason)])

    def _errors(self, claim: Claim) -> MeterErrors:
        """What the instruments may be wrong by; new instruments err on their own."""
        ratio = self.performance.ratios[claim.name]
        meters = {*claim.electricity.meters, *claim.heat.meters}
        return MeterErrors(
            heat=ratio.heat.standard / ratio.heat.value if ratio.heat.value else 0.0,
            electricity=(
                ratio.electricity.standard / ratio.electricity.value
                if ratio.electricity.value
                else 0.0
            ),
            same=meters.isdisjoint(self.exchanged),
        )

    def _adjusted(self, retrofit: Retrofit, hours: PlantHours) -> list[Adjustment]:
        """Effect of each stated change over the days that it and the data cover."""
        known = ~np.isnan(hours.heating + hours.electricity)
        share = np.add.reduceat(known.astype(np.float64), self.starts) / np.diff(
            np.append(self.starts, known.size)
        )
        found = []
        for each in retrofit.adjustments:
            first, last = np.datetime64(each.span.first), np.datetime64(each.span.last)
            days = float(share[(self.days >= first) & (self.days <= last)].sum())
            found.append(
                Adjustment(each.per_day * days, days, each.per_day, each.reason, each.author)
            )
        return found

    def _no_boundary(self, name: str) -> Finding:
        missing = self.performance.missing
        whys = [each.reason for each in missing if each.name.startswith(name)]
        zh = "；".join(dict.fromkeys(why.zh for why in whys)) or "表计组成已变"
        en = "; ".join(dict.fromkeys(why.en for why in whys)) or "its meters are others now"
        sentence = Title(f"边界 {name} 无法计量：{zh}", f"Boundary {name} cannot be claimed: {en}")
        return Finding("savings.boundary", "alarm", sentence)


def widest(boundaries: Boundaries) -> Claim | None:
    """The widest claim over all modes within the plant room; None when there is none."""
    overall = [c for c in boundaries.claims if c.mode == "overall" and c.level <= PLANT_ROOM]
    return max(overall, key=lambda claim: claim.level, default=None)


async def plant_data(its: Opened, retrofit: Retrofit, span: Span) -> PlantData:
    """Read one period of the plant.

    Raises
    ------
    ConfigError
        The site has no plant.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    configuration, zone = its.configuration, zone_of(its.configuration)
    plant = configuration.settings.plant
    if plant is None:
        wording = "option B needs the plant of the site"
        raise ConfigError([Problem(configuration.file, None, retrofit.id, wording)])
    start, end = local_span(span, zone)
    table = await its.tabulator.table(wanted(plant), start, end)
    channels = PlantReader(configuration, plant, its.readings).channels(table)
    performance = await asyncio.to_thread(performance_of, plant, channels)
    days = np.arange(np.datetime64(span.first), np.datetime64(span.last) + 1)
    starts = np.searchsorted(table.edges, [day_start(day.item(), zone) for day in days]) // 4
    began = local_span(retrofit.baseline, zone)[0]
    with its.records.reading() as connection:
        changed = [each.change for each in exchanges.listed(connection)]
    exchanged = frozenset(each.device for each in changed if began < each.at < end)
    return PlantData(plant, channels, performance, days, starts, exchanged)
