"""Heat exchanged with the ground, told in one way: which energies enter which side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.metered_energy import Relative, accumulated, of_intervals
from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain, total

EXTRACTING = frozenset({"condenser_heat", "compressor_heating", "loop_extracted"})
"""Energies that tell what is extracted; the others tell what is rejected."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Heat exchanged with the ground, told in one of the two ways.

    Parameters
    ----------
    extracted_kwh, rejected_kwh : Uncertain or None
        None: not metered. [kWh]
    net_kwh : Uncertain or None
        Extracted less rejected; positive: the ground cools. [kWh]
    imbalance : Uncertain or None
        (extracted - rejected) / max(extracted, rejected); None without both or without any. [-]
    cumulative_net_kwh : array of float64, shape (n,)
        Net since commissioning at the end of each interval; an interval that is not known adds
        nothing (see `coverage`). Empty without both. [kWh]
    extracted_kwh_m, rejected_kwh_m, net_kwh_m : Uncertain or None
        Per metre of bore. [kWh/m]
    coverage : float
        Share of the intervals in which everything that this way needs is known. [0..1]
    """

    extracted_kwh: Uncertain | None
    rejected_kwh: Uncertain | None
    net_kwh: Uncertain | None
    imbalance: Uncertain | None
    cumulative_net_kwh: FloatArray
    extracted_kwh_m: Uncertain | None
    rejected_kwh_m: Uncertain | None
    net_kwh_m: Uncertain | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Way:
    """Energies of one way by name, and how each enters what is extracted and rejected."""

    energies: Mapping[str, FloatArray]
    extracting: Mapping[str, FloatArray]
    rejecting: Mapping[str, FloatArray]
    known: BoolArray
    accuracy: Mapping[str, Relative] = field(default_factory=dict)

    def side(self, weights: Mapping[str, FloatArray], kept: BoolArray) -> Uncertain | None:
        """One side of the ledger over the kept intervals; None: nothing meters it."""
        if not weights or not kept.any():
            return None
        return total(
            accumulated(
                self.energies[name][kept] * weight[kept],
                of_intervals(self.accuracy.get(name, {}), kept),
            )
            for name, weight in weights.items()
        )

    @property
    def fully_described(self) -> bool:
        """Whether every meter's accuracy is known."""
        return all(self.accuracy.get(name) for name in self.energies)


def told_by(
    energies: Mapping[str, FloatArray],
    signs: Mapping[str, float],
    simultaneous: BoolArray,
    accuracy: Mapping[str, Relative],
) -> Way | None:
    """Gather what one way is told by; in simultaneous intervals only the difference counts."""
    mine = {name: energies[name] for name in signs if name in energies}
    if not mine:
        return None
    net = np.sum([signs[name] * energy for name, energy in mine.items()], axis=0)
    takes, gives = simultaneous & (net > 0), simultaneous & (net <= 0)
    extracting, rejecting = dict[str, FloatArray](), dict[str, FloatArray]()
    for name in mine:
        usual = name in EXTRACTING
        extracting[name] = signs[name] * np.where(simultaneous, takes, usual)
        rejecting[name] = -signs[name] * np.where(simultaneous, gives, not usual)
    metered = {name in EXTRACTING for name in mine}
    return Way(
        mine,
        extracting if True in metered else {},
        rejecting if False in metered else {},
        ~np.isnan(net),
        {name: accuracy.get(name, {}) for name in mine},
    )


def exchange_of(
    way: Way | None, bore_length_m: float | None, carried_kwh: float
) -> Exchange | None:
    """Sum up one way; None: nothing was given for it. [m, kWh]"""
    if way is None:
        return None
    extracted = way.side(way.extracting, way.known)
    rejected = way.side(way.rejecting, way.known)
    net = None if extracted is None or rejected is None else extracted - rejected
    return Exchange(
        extracted,
        rejected,
        net,
        _imbalance(extracted, rejected),
        np.zeros(0) if net is None else carried_kwh + np.cumsum(_net_of_intervals(way)),
        _per_metre(extracted, bore_length_m),
        _per_metre(rejected, bore_length_m),
        _per_metre(net, bore_length_m),
        float(np.mean(way.known)),
    )


def _net_of_intervals(way: Way) -> FloatArray:
    net = np.sum(
        [(way.extracting[n] - way.rejecting[n]) * energy for n, energy in way.energies.items()],
        axis=0,
    )
    return np.where(way.known, net, 0.0)


def _imbalance(extracted: Uncertain | None, rejected: Uncertain | None) -> Uncertain | None:
    if extracted is None or rejected is None:
        return None
    larger = extracted if extracted.value >= rejected.value else rejected
    return (extracted - rejected) / larger if larger.value > 0 else None


def _per_metre(side: Uncertain | None, bore_length_m: float | None) -> Uncertain | None:
    return None if side is None or bore_length_m is None else side / bore_length_m
