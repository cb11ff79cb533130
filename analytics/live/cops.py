"""COP of one moment at every boundary of the present mode, by the kernel that serves a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.boundaries import Boundaries, Claim
from analytics.live.meters import POWER
from analytics.live.moment import (
    BELOW_RANGE,
    NO_VALUE,
    NOT_CLAIMABLE,
    NOT_MEASURED,
    NOT_RUNNING,
    Seen,
)
from analytics.live.unit_states import RESTING
from analytics.plant import Ratio, performance
from analytics.series import HOUR_MS, FloatArray
from analytics.states import UNKNOWN
from analytics.uncertainty import Uncertain
from collector.model import OperatingState
from collector.topology import Accuracy

LEVELS = (1, 2, 3, 4)
"""A fifth, with the distribution in the buildings, is no figure of the plant alone."""

UNCLAIMED_SHARE = 0.1
"""Share of the heat that may lie outside the meters' range unsaid; a default to be tuned."""

Claims = Mapping[int, Claim]
"""Claims of one mode by level."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A COP as it is shown: value or none, its flag, and the meters that it is made of."""

    value: Uncertain | None
    flag: str
    meters: tuple[str, ...] = ()


def cops(
    seen: Seen, state: int, claims: Claims, accuracy: Mapping[str, Accuracy | None]
) -> dict[int, Shown]:
    """COP at every level of `LEVELS`.

    Parameters
    ----------
    seen : Seen
    state : int
        Of the plant, -1 unknown.
    claims : mapping of int to Claim
        What the meters support in the mode of that state.
    accuracy : mapping of str to Accuracy or None
        Of the electricity meters.

    Returns
    -------
    dict of int to Shown
    """
    shown = {level: Shown(None, NOT_MEASURED) for level in LEVELS}
    if state == UNKNOWN or state in RESTING:
        why = NO_VALUE if state == UNKNOWN else NOT_RUNNING
        return shown | {level: Shown(None, why) for level in claims}
    if not claims:
        return shown
    ratios = _ratios(seen, state, claims, accuracy)
    return shown | {n: _judged(ratios[c.name], c, seen, state) for n, c in claims.items()}


def widest(shown: Mapping[int, Shown]) -> Shown:
    """The widest COP that has a value; else the widest that is measured at all."""
    from_outside = [shown[level] for level in sorted(shown, reverse=True)]
    with_value = (one for one in from_outside if one.value is not None)
    measured: Iterator[Shown] = (one for one in from_outside if one.flag != NOT_MEASURED)
    return next(with_value, None) or next(measured, from_outside[0])


def _ratios(
    seen: Seen, state: int, claims: Claims, accuracy: Mapping[str, Accuracy | None]
) -> Mapping[str, Ratio]:
    every = tuple(claims.values())
    meters = dict.fromkeys(
        meter
        for claim in every
        for meter in (*claim.electricity.meters, *claim.dedicated, *claim.resistance)
    )
    return performance(
        at_ms=np.zeros(1, np.int64),
        interval_ms=HOUR_MS,
        electricity={meter: _one(seen.moment.value(meter, POWER)) for meter in meters},
        circuits={name: seen.circuits[name] for claim in every for name in claim.heat.meters},
        boundaries=Boundaries(every),
        status=np.array([state]),
        accuracy={meter: accuracy.get(meter) for meter in meters},
    ).ratios


def _judged(ratio: Ratio, claim: Claim, seen: Seen, state: int) -> Shown:
    meters = (*claim.electricity.meters, *claim.heat.meters)
    if not ratio.coverage:
        return Shown(None, NO_VALUE, meters)
    without_heat_pumps = claim.level == 1 and state == OperatingState.FREE_COOLING
    if without_heat_pumps or ratio.value is None or not seen.believable(claim.heat):
        return Shown(None, NOT_CLAIMABLE, meters)
    below = ratio.not_claimable > UNCLAIMED_SHARE
    return Shown(ratio.value, BELOW_RANGE if below else "", meters)


def _one(value: float | None) -> FloatArray:
    return np.array([np.nan if value is None else value])
