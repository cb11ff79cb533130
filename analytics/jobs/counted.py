"""One meter over one span: what it counted, when, and by how much it may be wrong.

Energy is told by quarter of an hour where it is known so finely, and by one longer bucket where a
register counted on over a gap. Nothing is spread inside such a bucket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from analytics import instruments
from analytics.buckets import QUARTER_MS, Width, edges, locate
from analytics.conversion import UNIT_OF
from analytics.jobs.readings import Readout
from analytics.metered_energy import HeatSums, counted_energy, heat_energy, unseen_sums
from analytics.series import HOUR_MS, BoolArray, FloatArray, IntArray
from analytics.uncertainty import Uncertain
from collector.accounts import Medium
from collector.errors import ConfigError, Problem
from collector.model import Finding
from collector.sitefile import Configuration
from collector.topology import Accuracy

FIELDS: Mapping[Medium, tuple[str, ...]] = {
    "electricity": ("energy_kwh", "power_kw"),
    "heat": ("heat_energy_kwh", "heat_kw"),
    "cooling": ("cooling_energy_kwh", "heat_kw"),
    "gas": ("volume_m3",),
    "water": ("volume_m3",),
}
"""Register that counts a medium, and the power that is integrated where a meter has none."""

_STATE = ("flow_m3h", "supply_temp_c", "return_temp_c")


class Reader(Protocol):
    """What this needs of `analytics.jobs.readings.Readings`."""

    async def of(
        self, device: str, fields: Sequence[str], start: int, end: int
    ) -> dict[str, Readout]:
        """Fields of a device in [start, end), with what stands before and behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What one meter counted of one medium in a span.

    Parameters
    ----------
    device, field : str
        The point; no field when the meter has none for the medium.
    medium : str
        electricity, heat, cooling, gas or water.
    edges : array of int64, shape (n + 1,)
        From the start of the span to its end. [ms since epoch, UTC]
    energy : array of float64, shape (n,)
        NaN where it is not known. [kWh or m³]
    limits : mapping of str to array of float64, shape (n,)
        By part of a heat meter (flow, pair, calculator): what it may be wrong by. [kWh]
    percent : float
        Permissible error of a meter that has one for all. [%]
    step : float
        Finest step of the register. [kWh or m³]
    bridged : float
        Share of the span in which only the register tells what was counted. [0..1]
    register : str
        `<address> <type> × <scale>`; empty for integrated power.
    assumed : tuple of str
        What the site file does not tell about the instrument.
    findings : tuple of Finding
        Rollovers, resets, spikes, as they were met.
    estimated : bool
        Whether a correction that rests on an estimate has been applied.
    """

    device: str
    field: str
    medium: Medium
    edges: IntArray
    energy: FloatArray
    limits: Mapping[str, FloatArray]
    percent: float = 0.0
    step: float = 0.0
    bridged: float = 0.0
    register: str = ""
    assumed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    estimated: bool = False

    @property
    def point(self) -> str:
        """`<device>/<field>`."""
        return f"{self.device}/{self.field}" if self.field else self.device

    @property
    def unit(self) -> str:
        """Unit of the energy."""
        return UNIT_OF[self.medium]

    @property
    def coverage(self) -> float:
        """Share of the span for which the energy is known. [0..1]"""
        lengths = np.diff(self.edges)
        return float(lengths[~np.isnan(self.energy)].sum() / lengths.sum())

    def on(self, edges: IntArray) -> Counted:
        """The same on fewer edges, all of which it has; unknown where any part is."""
        places = np.searchsorted(self.edges, edges)[:-1]
        limits = {name: np.add.reduceat(part, places) for name, part in self.limits.items()}
        energy = np.add.reduceat(self.energy, places)
        return replace(self, edges=edges, energy=energy, limits=limits)

    def total(self, kept: BoolArray | None = None) -> Uncertain:
        """Energy with its standard uncertainties by part of the instrument.

        Parameters
        ----------
        kept : array of bool, shape (n,), optional
            Buckets that count; by default those that are known.

        Returns
        -------
        Uncertain
            [kWh or m³]
        """
        chosen = ~np.isnan(self.energy) if kept is None else kept
        energy = float(self.energy[chosen].sum())
        if not self.limits:
            return counted_energy(self.device, energy, self.percent, register_kwh=self.step)
        parts = {name: float(part[chosen].sum()) for name, part in self.limits.items()}
        sums = HeatSums(energy, parts["flow"], parts["pair"], parts["calculator"])
        cooling = self.medium == "cooling"
        return heat_energy(self.device, sums, cooling=cooling, register_kwh=self.step)


def common_edges(meters: Sequence[Counted]) -> IntArray:
    """Edges that all meters have: the finest time base on which each of them is known."""
    shared = meters[0].edges
    for meter in meters[1:]:
        shared = np.intersect1d(shared, meter.edges, assume_unique=True)
    return shared


async def counted(
    readings: Reader,
    configuration: Configuration,
    device: str,
    medium: Medium,
    span: tuple[int, int],
) -> Counted:
    """What a meter of the site counted of a medium in a span. [ms since epoch, UTC]

    Raises
    ------
    KeyError
        The site has no such device.
    ConfigError
        The device has an accuracy class that its kind does not know.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    its = configuration.site.devices[device]
    name = next((name for name in FIELDS[medium] if name in its.points), "")
    whole = np.array(span, dtype=np.int64)
    if not name:
        return Counted(device, "", medium, whole, np.full(1, np.nan), {})
    heat = medium in ("heat", "cooling")
    state = [each for each in _STATE if heat and each in its.points]
    readouts = await readings.of(device, [name, *state], *span)
    zone = ZoneInfo(configuration.site.timezone)
    its_buckets = _by_bucket(_signed(readouts[name], medium), medium, span, zone)
    accuracy = _accuracy(configuration, device)
    try:
        if heat:
            return _with_limits(its_buckets, readouts, its.kind, accuracy)
        percent, assumed = instruments.class_percent(its.kind, accuracy)
    except ValueError as error:
        problem = Problem(configuration.file, None, f"{device}: accuracy", str(error))
        raise ConfigError([problem]) from error
    return replace(its_buckets, percent=percent, assumed=(assumed,) if assumed else ())


def _signed(readout: Readout, medium: Medium) -> Readout:
    """Heat rate of the direction that counts: heating is positive, cooling negative."""
    if readout.field != "heat_kw":
        return readout
    sign = -1.0 if medium == "cooling" else 1.0
    its = readout.series
    return replace(readout, series=replace(its, value=np.maximum(sign * its.value, 0.0)))


def _by_bucket(readout: Readout, medium: Medium, span: tuple[int, int], zone: ZoneInfo) -> Counted:
    fine = edges(*span, _width(readout.series.interval_ms), zone)
    fine = np.unique(np.clip(fine, *span))
    known = ~np.isnan(readout.amounts(fine).energy)
    joined = fine[np.concatenate(([True], known[1:] | known[:-1], [True]))]
    amounts = readout.amounts(joined)
    finely = float(np.diff(fine)[known].sum())
    told = float(np.diff(joined)[~np.isnan(amounts.energy)].sum())
    facts = readout.register
    highest = float(np.nanmax(readout.series.value, initial=0.0))
    return Counted(
        readout.device,
        readout.field,
        medium,
        joined,
        amounts.energy,
        {},
        step=(facts.step(highest) or 0.0) if facts else 0.0,
        bridged=(told - finely) / (span[1] - span[0]),
        register=facts.text if facts else "",
        findings=amounts.findings,
        estimated=readout.estimated,
    )


def _width(interval_ms: int) -> Width:
    """Finest bucket in which a register that is read so often tells what was counted."""
    if interval_ms <= QUARTER_MS:
        return "15min"
    return "1h" if interval_ms <= HOUR_MS else "1d"


def _accuracy(configuration: Configuration, device: str) -> Accuracy | None:
    entries = {entry.id: entry for entry in configuration.settings.devices}
    return entries[device].accuracy if device in entries else None


def _with_limits(
    meter: Counted, readouts: Mapping[str, Readout], kind: str, accuracy: Accuracy | None
) -> Counted:
    """Limits of a heat meter at the flow and difference at which it counted (EN 1434).

    Weighted by heat inside each bucket; where flow and temperatures are not known, those at the
    meter's least difference and flow.
    """
    limits = instruments.heat_limits(accuracy, kind)
    unseen = unseen_sums(limits, 1.0)
    flow, difference = _operating_point(meter, readouts)
    seen = ~np.isnan(flow)
    shares = {
        "flow": np.where(seen, instruments.flow_percent(limits, flow) / 100, unseen.flow),
        "pair": np.where(seen, instruments.pair_percent(limits, difference) / 100, unseen.pair),
        "calculator": np.where(
            seen, instruments.calculator_percent(limits, difference) / 100, unseen.calculator
        ),
    }
    parts = {name: meter.energy * share for name, share in shares.items()}
    return replace(meter, limits=parts, assumed=limits.assumed)


def _operating_point(
    meter: Counted, readouts: Mapping[str, Readout]
) -> tuple[FloatArray, FloatArray]:
    """Heat-weighted flow [m³/h] and difference [K] of each bucket; NaN where nothing ran."""
    count = meter.energy.size
    nothing = np.full(count, np.nan)
    if any(name not in readouts for name in _STATE):
        return nothing, nothing
    flow, supply, back = (readouts[name].series for name in _STATE)
    sign = -1.0 if meter.medium == "cooling" else 1.0
    difference = sign * (supply.value - back.on(supply.at))
    through = flow.on(supply.at)
    place = locate(supply.at, meter.edges)
    ran = (place >= 0) & (through > 0) & (difference > 0)  # NaN compares as false
    place, through, difference = place[ran], through[ran], difference[ran]
    weight = np.bincount(place, through * difference, minlength=count)
    with np.errstate(invalid="ignore"):  # 0/0 where nothing ran is what NaN is for
        return (
            np.bincount(place, through**2 * difference, minlength=count) / weight,
            np.bincount(place, through * difference**2, minlength=count) / weight,
        )
