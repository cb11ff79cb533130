"""COP and SPF at one boundary: ratio of the sums of heat and electricity, with its errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analytics.boundaries import Claim, Mode
from analytics.figures import Boundary
from analytics.fluids import fluid_bound
from analytics.heat import Circuit
from analytics.instruments import HeatLimits
from analytics.metered_energy import HeatSums, counted_energy, heat_energy, unseen_sums
from analytics.plant.block import BY_DIFFERENCE, BY_FLOW, CAPACITY, ONE, UNCLAIMED, Channels
from analytics.series import FloatArray
from analytics.uncertainty import Uncertain, total
from collector.model import Finding, Title

_PERCENT = 100.0
_USUAL_TEMP_C = 20.0
_WHAT: Mapping[Mode, tuple[str, str]] = {
    "heating": ("供热量", "heat"),
    "cooling": ("供冷量", "cold"),
    "overall": ("供热量和供冷量", "heat and no cold"),
}


@dataclass(frozen=True, slots=True)
class Ratio:
    """COP or SPF of a window at one boundary.

    Parameters
    ----------
    name : str
        H1 to HC5.
    boundary : Boundary
    mode : str
        heating, cooling or overall.
    value : Uncertain or None
        Sum of heat over sum of electricity; None: cannot be claimed, `reason` says why. [-]
    heat, electricity : Uncertain
        The sums, over the same intervals. [kWh]
    coverage : float
        Share of the window's intervals in which both sides are known. [0..1]
    not_claimable : float
        Share of the heat that was counted outside the heat meters' approved range. [0..1]
    reason : Title or None
    notes : tuple of Title
        What is impure about the boundary.
    """

    name: str
    boundary: Boundary
    mode: Mode
    value: Uncertain | None
    heat: Uncertain
    electricity: Uncertain
    coverage: float
    not_claimable: float
    reason: Title | None = None
    notes: tuple[Title, ...] = ()


def spf(
    heat: Uncertain | Iterable[Uncertain], electricity: Uncertain | Iterable[Uncertain]
) -> Uncertain:
    """Ratio of sums with its uncertainty, from sums that are known already.

    Parameters
    ----------
    heat, electricity : Uncertain or iterable of Uncertain
        One sum, or its parts: parts of the same source add algebraically, others in quadrature.
        Published expanded uncertainties go in as they are; `standard` then is the expanded
        uncertainty of the ratio. [kWh]

    Returns
    -------
    Uncertain
        [-]

    Raises
    ------
    ValueError
        heat: negative or not a number; electricity: not positive.

    Examples
    --------
    >>> spf(Uncertain(400.0, {"heat": 20.0}), Uncertain(100.0, {"meter": 1.0})).value
    4.0
    """
    above = heat if isinstance(heat, Uncertain) else total(heat)
    below = electricity if isinstance(electricity, Uncertain) else total(electricity)
    if not above.value >= 0.0:
        raise ValueError(f"heat: {above.value} kWh is no heat")
    if not below.value > 0.0:
        raise ValueError(f"electricity: {below.value} kWh cannot be divided by")
    return above / below


@dataclass(frozen=True, slots=True)
class Sums:
    """A plant's sums over a window, and what its instruments may be wrong by.

    Parameters
    ----------
    channels : Channels
    circuits : tuple of str
        Names of the circuits.
    meters : tuple of str
        Names of the channels of electricity.
    table : array of float64, shape (days, rows, weights)
    season : array of int8, shape (days,)
    percent, register_kwh : mapping of str to float
        Limit [%] and resolution [kWh] of each electricity meter.
    expected : float
        Intervals of the window.
    """

    channels: Channels
    circuits: tuple[str, ...]
    meters: tuple[str, ...]
    table: FloatArray
    season: npt.NDArray[np.int8]
    percent: Mapping[str, float]
    register_kwh: Mapping[str, float]
    expected: float

    def over(self, table: FloatArray) -> Sums:
        """The same over other intervals."""
        return replace(self, table=table)

    def heat(self, name: str, mode: Mode) -> Uncertain:
        """Heat of one circuit in a mode. [kWh]"""
        if mode == "overall":
            return self.heat(name, "heating") + self.heat(name, "cooling")
        index = self.circuits.index(name)
        circuit, cooling = self.channels.circuits[index], mode == "cooling"
        energy = float(self._heat(index, ONE, cooling))
        bound = fluid_bound(circuit.fluid, circuit.mass_fraction, _USUAL_TEMP_C)
        return heat_energy(
            name,
            self._limits(index, circuit, cooling, energy),
            cooling=cooling,
            register_kwh=circuit.register_kwh,
            fluid=(circuit.circuit, bound),
        )

    def _limits(self, index: int, circuit: Circuit, cooling: bool, energy: float) -> HeatSums:
        limits = circuit.limits
        if not circuit.seen:
            return unseen_sums(limits, energy)
        first = 4 * index
        by_difference = self._heat(index, first + BY_DIFFERENCE, cooling)
        warming = 4 * index + 2 + cooling
        capacity = float(self.table[:, first + CAPACITY, warming].sum())
        base, slope = limits.calculator
        calculator = base * energy + slope * limits.least_difference_k * by_difference
        pair = limits.pair_percent / _PERCENT * energy + limits.pair_k * capacity
        flow = _flow_sum(limits, energy, self._heat(index, first + BY_FLOW, cooling))
        return HeatSums(energy, flow, pair, calculator / _PERCENT)

    def _heat(self, index: int, row: int, cooling: bool) -> float:
        """Sum of a row, weighed by a circuit's heat or cold."""
        return float(self.table[:, row, 4 * index + cooling].sum())

    def unclaimed(self, name: str, mode: Mode) -> float:
        """Heat of one circuit that was counted outside the meter's range. [kWh]"""
        index = self.circuits.index(name)
        row = 4 * index + UNCLAIMED
        modes = {"heating": (False,), "cooling": (True,), "overall": (False, True)}[mode]
        if not self.channels.circuits[index].seen:
            row = ONE
        return sum(self._heat(index, row, cooling) for cooling in modes)

    def used_by_day(self, name: str, mode: Mode) -> FloatArray:
        """Electricity of one meter that is for a mode, standby of the season included. [kWh]"""
        row = self.table[:, self.channels.row_of(self.meters.index(name))]
        heating, cooling, idle = row[:, -3], row[:, -2], row[:, -1]
        if mode == "overall":
            return np.asarray(heating + cooling + idle)
        shared, of_season = (heating, self.season > 0) if mode == "heating" else (
            cooling, self.season < 0)  # fmt: skip
        return np.asarray(shared + np.where(of_season, idle, 0.0))

    def idle_by_day(self, name: str) -> FloatArray:
        """Electricity of one meter without load. [kWh]"""
        return np.asarray(self.table[:, self.channels.row_of(self.meters.index(name)), -1])

    def electricity(self, name: str, energy: float) -> Uncertain:
        """Energy of one meter with its limits. [kWh]"""
        step = self.register_kwh.get(name, 0.0)
        return counted_energy(name, energy, self.percent[name], register_kwh=step)

    def electricity_by_day(self, claim: Claim) -> dict[str, FloatArray]:
        """Signed electricity of a boundary, by meter and day. [kWh]"""
        signs = [(n, 1.0) for n in claim.electricity.plus]
        signs += [(n, -1.0) for n in claim.electricity.minus]
        energy: dict[str, FloatArray] = {}
        for name, sign in signs:
            energy[name] = energy.get(name, 0.0) + sign * self.used_by_day(name, claim.mode)
        for name in claim.dedicated:
            rest = self.used_by_day(name, "overall") - self.used_by_day(name, claim.mode)
            energy[name] = energy.get(name, 0.0) + rest
        return energy

    def heat_by_day(self, claim: Claim) -> FloatArray:
        """Heat of a boundary by day. [kWh]"""
        weights = {"heating": (0,), "cooling": (1,), "overall": (0, 1)}[claim.mode]
        heat = np.zeros(self.table.shape[0])
        for name in claim.heat.plus:
            index = self.circuits.index(name)
            for weight in weights:
                heat += self.table[:, ONE, 4 * index + weight]
        for name in claim.resistance:
            heat += self.used_by_day(name, "overall")
        return heat

    def intervals_by_day(self) -> FloatArray:
        """Intervals in which everything needed is known."""
        return np.asarray(self.table[:, ONE, -3:].sum(axis=1))


def _flow_sum(limits: HeatLimits, energy: float, by_flow: float) -> float:
    base, slope, cap = limits.flow
    if not slope or limits.permanent_flow_m3h is None:
        return (base if not slope else cap) * energy / _PERCENT
    return (base * energy + slope * limits.permanent_flow_m3h * by_flow) / _PERCENT


def ratio(claim: Claim, sums: Sums, refusal: Finding | None = None) -> Ratio:
    """COP or SPF at one boundary from a plant's sums; none when something forbids it."""
    heat = total(sums.heat(name, claim.mode) for name in claim.heat.plus)
    for name in claim.resistance:
        heat = heat + sums.electricity(name, float(sums.used_by_day(name, "overall").sum()))
    by_meter = sums.electricity_by_day(claim)
    electricity = total(sums.electricity(n, float(day.sum())) for n, day in by_meter.items())
    unclaimed = sum(sums.unclaimed(name, claim.mode) for name in claim.heat.plus)
    known = float(sums.intervals_by_day().sum())
    reason = refusal.sentence if refusal else _why_not(claim, heat, electricity, known)
    return Ratio(
        claim.name,
        claim.boundary,
        claim.mode,
        None if reason else spf(heat, electricity),
        heat,
        electricity,
        known / sums.expected if sums.expected else 0.0,
        unclaimed / heat.value if heat.value > 0.0 else 0.0,
        reason,
        claim.notes,
    )


def _why_not(claim: Claim, heat: Uncertain, electricity: Uncertain, known: float) -> Title | None:
    if not known:  # nothing is known, which is not the same as nothing was delivered
        return Title(
            f"{claim.name}：时段内没有热量、冷量与电量均已知的时刻",
            f"{claim.name}: in no interval of the window are heat, cold and electricity all known",
        )
    if not heat.value > 0.0:
        zh, en = _WHAT[claim.mode]
        return Title(f"{claim.name}：时段内无{zh}", f"{claim.name}: no {en} in the window")
    if not electricity.value > 0.0:
        return Title(f"{claim.name}：时段内无用电量", f"{claim.name}: no electricity in the window")
    return None
