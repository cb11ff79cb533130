"""Registers over a span: what happened to them, and whether they count what their gauge says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics import energy
from analytics.intervals import BucketEnergy
from analytics.jobs.plausibility.slots import rhythm
from analytics.jobs.readings import Readout, longest_gap_ms
from analytics.jobs.registers import RATE_OF
from analytics.quality import register_against_integral
from analytics.quality.balances import REGISTER_SHARE
from analytics.series import HOUR_MS, FloatArray, IntArray, Series
from collector.model import Device, Finding, Kind

COARSE_MS = 300_000
"""Slower than that, a power is only sampled, not integrated."""
COARSE_SHARE = 0.5
"""Difference that is told where a power is only sampled: a wrong scale, not a bad meter. [E]"""

LEAST_VALUES = 5
MOST_HALF_STEP = 0.05
"""A resolution is believed from so many values on, and up to this share of the largest. [E]"""

Point = tuple[str, str]
"""Device and field."""

_SIGN: Mapping[str, float] = {"heat_energy_kwh": 1.0, "cooling_energy_kwh": -1.0}
"""Direction of a heat rate that each of a heat meter's registers counts."""


@dataclass(slots=True)
class Ledger:
    """What registers and gauges came to by day, gathered chunk by chunk.

    Parameters
    ----------
    days : array of int64, shape (n + 1,)
        Edges of the days of the span. [ms since epoch, UTC]
    """

    days: IntArray
    counted: dict[Point, FloatArray] = field(default_factory=dict)
    integrals: dict[Point, FloatArray] = field(default_factory=dict)
    coarse: set[Point] = field(default_factory=set)
    steps: dict[Point, float] = field(default_factory=dict)
    slack: dict[Point, float] = field(default_factory=dict)

    def take_register(self, readout: Readout, first: int, edges: IntArray) -> Iterator[Finding]:
        """Take what a register counted by day; yield what happened to it.

        Parameters
        ----------
        readout : Readout
            Of a counter, over the chunk.
        first : int
            Number of the chunk's first day.
        edges : array of int64, shape (m + 1,)
            The chunk's days. [ms since epoch, UTC]
        """
        counted = readout.counted()
        days = energy.in_buckets(counted, edges, bracket_ms=readout.bracket_ms)
        point = readout.device, readout.field
        self._put(self.counted, point, first, days.energy)
        highest = float(np.nanmax(readout.series.value, initial=0.0))
        self.steps[point] = (readout.register.step(highest) or 0.0) if readout.register else 0.0
        # no readings at all is a matter of presence, and told there
        yield from (found for found in counted.findings if found.code != "counter.too-few")

    def take_rates(self, device: Device, readouts: Mapping[str, Readout], day: int) -> None:
        """Integrate the gauges of a day that a register of the device should agree with."""
        edges = self.days[day : day + 2]
        for register, rate in twins_of(device):
            series = readouts[rate].series.known()
            known = np.asarray(series.value)
            if register in _SIGN:
                known = np.maximum(_SIGN[register] * known, 0.0)
            usual = rhythm(series.at, series.interval_ms)
            paced = Series(series.at, known, series.unit, usual)
            summed = energy.integrated(paced, edges, longest_gap_ms=longest_gap_ms(usual))
            self._put(self.integrals, (device.id, register), day, summed.energy)
            slack = _half_step(known) * float(np.diff(edges)[0]) / HOUR_MS
            self.slack[device.id, register] = max(slack, self.slack.get((device.id, register), 0.0))
            if usual > COARSE_MS:
                self.coarse.add((device.id, register))

    def disagreements(self, device: Device) -> Iterator[tuple[str, Finding]]:
        """Registers that do not count what their gauge says, or in another unit (B2)."""
        for register, _ in twins_of(device):
            point = device.id, register
            if point not in self.counted or point not in self.integrals:
                continue
            most = COARSE_SHARE if point in self.coarse else REGISTER_SHARE
            for finding in register_against_integral(
                _buckets(self.counted[point]),
                _buckets(self.integrals[point]),
                self.days,
                most=most,
                step=self.steps[point] + self.slack[point],
                unit=device.points[register].quantity.unit,
            ):
                yield register, finding

    def _put(self, where: dict[Point, FloatArray], point: Point, first: int, v: FloatArray) -> None:
        whole = where.setdefault(point, np.full(self.days.size - 1, np.nan))
        whole[first : first + v.size] = v


def twins_of(device: Device) -> list[tuple[str, str]]:
    """Registers of a device with the gauge that tells how fast each counts."""
    return [
        (name, RATE_OF[name])
        for name, point in device.points.items()
        if point.quantity.kind is Kind.COUNTER
        and RATE_OF.get(name) in device.points
        and name != "energy_export_kwh"  # the power of both directions is one gauge
    ]


def _half_step(values: FloatArray) -> float:
    """Half of the resolution of a gauge, by which it may be wrong all day.

    Zero where it takes so few values that their distance is that of its stages.
    """
    shown = np.unique(values)
    if shown.size < LEAST_VALUES:
        return 0.0
    half = 0.5 * float(np.diff(shown).min())
    return min(half, MOST_HALF_STEP * float(np.abs(shown).max()))


def _buckets(values: FloatArray) -> BucketEnergy:
    known = ~np.isnan(values)
    return BucketEnergy(values, known.astype(np.float64), np.where(known, values, 0.0))
