"""The plant's COP of the last seven days against its own regression (domain rule E1).

Once a local day. The regression is fitted on the year before those days: heat, lift and part load
of every hour tell what electricity it would have taken. Observed and predicted COP are both ratios
of sums over the same hours; what the instruments may be wrong by comes from the plant's figures.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baseline import InsufficientData, PlantFit, PlantHours, fit_plant
from analytics.baseline.fractional import student
from analytics.baseline.plant_outcome import whole_plant_savings
from analytics.boundaries import Claim
from analytics.buckets import day_start, local_date
from analytics.jobs.plant_channels import Channels, PlantReader, wanted
from analytics.jobs.plant_hours import plant_hours
from analytics.jobs.plant_performance import performance_of
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Tabulator
from analytics.plant import Performance
from analytics.series import BoolArray
from collector.sitefile import Configuration
from collector.topology import Plant

LOG = logging.getLogger(__name__)

WINDOW_DAYS, BASELINE_DAYS = 7, 365
LEAST_BASELINE_HOURS = 60 * 24
"""A regression needs hours of many kinds: at least sixty days of them."""

LEAST_WINDOW_HOURS = 24
"""So many hours of the seven days must be known."""

_CONFIDENCE = 0.9

Ready = Callable[[Collection[str], int], Awaitable[bool]]


async def _always(_: Collection[str], __: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the plant does against itself.

    Parameters
    ----------
    at : int
        End of the seven days. [ms since epoch, UTC]
    observed, predicted : float
        COP, ratios of sums over the same hours. [1]
    uncertainty : float
        Standard, of the observed COP and of the regression together. [1]
    boundary : str
        Name of the boundary.
    hours : int
        Hours that count in the window.
    """

    at: int
    observed: float
    predicted: float
    uncertainty: float
    boundary: str
    hours: int


@dataclass(frozen=True, slots=True)
class _Period:
    """Hours of a period, and what the kernel says of it."""

    hours: PlantHours
    performance: Performance


class OwnRegression:
    """Compares the plant with itself; keeps the newest comparison.

    Parameters
    ----------
    configuration : Configuration
        The site.
    plant : Plant
        Its plant.
    readings : Readings
        For the facts of the registers.
    tabulator : Tabulator
        Quarter-hours of the site.
    ready : callable
        Whether the roll-ups of some devices reach to an instant: a year is not read raw.
    """

    def __init__(
        self,
        configuration: Configuration,
        plant: Plant,
        readings: Readings,
        tabulator: Tabulator,
        ready: Ready = _always,
    ) -> None:
        self._plant = plant
        self._reader = PlantReader(configuration, plant, readings)
        self._tabulator = tabulator
        self._ready = ready
        self._zone = ZoneInfo(configuration.site.timezone)
        self._compared_to: int | None = None
        self._reason = ""
        self.newest: Comparison | None = None

    async def compare(self, now: int) -> None:
        """Bring the comparison up to the last midnight. [ms since epoch, UTC]

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        today = local_date(now, self._zone)
        end = day_start(today, self._zone)
        if end == self._compared_to:
            return
        if not await self._ready(wanted(self._plant), end):
            self._say("the roll-ups do not reach to midnight yet")
            return
        start = day_start(today - timedelta(days=WINDOW_DAYS), self._zone)
        before = day_start(today - timedelta(days=WINDOW_DAYS + BASELINE_DAYS), self._zone)
        model = await asyncio.to_thread(self._fit, await self._channels(before, start))
        if model is not None:
            channels = await self._channels(start, end)
            try:
                found = await asyncio.to_thread(self._compared, model, channels, end)
            except InsufficientData as error:  # the seven days lie out of its reach
                self._say_findings(error)
            else:
                self.newest = found or self.newest
        self._compared_to = end

    async def _channels(self, start: int, end: int) -> Channels:
        table = await self._tabulator.table(wanted(self._plant), start, end)
        return self._reader.channels(table)

    def _fit(self, channels: Channels) -> PlantFit | None:
        """Fit the regression; None, and why is said once, when the data cannot carry one."""
        claim = _claim(channels)
        if claim is None:
            self._say("the meters support no boundary for heating and cooling together")
            return None
        hours = self._period(channels, claim).hours
        known = int(np.count_nonzero(_known(hours)))
        if known < LEAST_BASELINE_HOURS:
            self._say(f"{known} hours are known, {LEAST_BASELINE_HOURS} are needed")
            return None
        try:
            model = fit_plant(_only_known(hours), boundary=claim.name)
        except InsufficientData as error:
            self._say_findings(error)
            return None
        self._reason = ""
        return model

    def _say_findings(self, error: InsufficientData) -> None:
        self._say("; ".join(each.sentence.en for each in error.findings))

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            LOG.info("COP against the own regression is not watched: %s", reason)
            self._reason = reason

    def _compared(self, model: PlantFit, channels: Channels, end: int) -> Comparison | None:
        """Compare the window with the regression; None when too little of it is known."""
        claim = _claim(channels)
        if claim is None:
            return None
        period = self._period(channels, claim)
        hours = period.hours
        counts = ~np.isnan(model.predict(hours) + hours.electricity)
        ratio = period.performance.ratios[claim.name].value
        delivered = float((hours.heating + hours.cooling)[counts].sum())
        if int(counts.sum()) < LEAST_WINDOW_HOURS or ratio is None or delivered <= 0:
            return None
        told = whole_plant_savings(model, hours, confidence=_CONFIDENCE)
        if told.observed <= 0 or told.routine_baseline <= 0:
            return None
        spread = told.uncertainty / student(_CONFIDENCE, model.n - model.p) / told.routine_baseline
        observed = delivered / told.observed
        relative = math.hypot(spread, ratio.standard / ratio.value)
        return Comparison(
            end, observed, delivered / told.routine_baseline, observed * relative, claim.name,
            int(counts.sum()),
        )  # fmt: skip

    def _period(self, channels: Channels, claim: Claim) -> _Period:
        performance = performance_of(self._plant, channels)
        hours = plant_hours(self._plant, channels, performance, claim.electricity, claim.resistance)
        return _Period(hours, performance)


def _claim(channels: Channels) -> Claim | None:
    """The boundary whose COP lift explains best: compressors and source pumps, else what there is.

    Load-side pumps would blur it: they run by the building's demand.
    """
    claims = [claim for claim in channels.boundaries.claims if claim.mode == "overall"]
    return min(claims, key=lambda claim: (abs(claim.level - 2), claim.level), default=None)


def _known(hours: PlantHours) -> BoolArray:
    return ~np.isnan(hours.heating + hours.cooling + hours.electricity)


def _only_known(hours: PlantHours) -> PlantHours:
    """From the first known hour on: before it the site was not yet measured."""
    first = int(np.argmax(_known(hours)))
    return PlantHours(
        hours.heating[first:], hours.cooling[first:], hours.electricity[first:], hours.lift[first:]
    )
