"""How repairs and exchanges change a series. Pure: records and arrays in, arrays out.

A gauge is left out, offset or scaled where a repair says so. A scaled register is more: its
readings in the span are scaled, and at the edges of the span, where the scaled and the plain count
meet, a joint says what each of them stands at, so that every increment is scaled by the share of
its time that lies inside, and nothing is counted at the seam.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analytics.energy import Joint
from analytics.records.exchanges import Exchange, Handover
from analytics.records.repairs import Repair
from analytics.series import IntArray, Series

_UNREAD = Handover(None, None)
_NEAR_FULL, _NEAR_EMPTY = 0.9, 0.1
"""Shares of the modulus before and behind a rollover (as in `analytics.energy`)."""


def repaired(raw: Series, repairs: Sequence[Repair]) -> tuple[Series, tuple[Repair, ...]]:
    """Apply repairs in the order in which they were recorded.

    Returns
    -------
    Series
        The same slots; excluded ones have no value.
    tuple of Repair
        Those that changed a value.
    """
    if not repairs:
        return raw, ()
    value, applied = raw.value.copy(), []
    for repair in repairs:
        correction = repair.correction
        inside = _inside(raw.at, correction.start, correction.end)
        if not np.any(~np.isnan(raw.value[inside])):
            continue
        applied.append(repair)
        match correction.action:
            case "exclude":
                value[inside] = np.nan
            case "offset":
                value[inside] += correction.amount or 0.0
            case "scale":
                value[inside] *= _factor(repair)
    return Series(raw.at, value, raw.unit, raw.interval_ms), tuple(applied)


def joints(
    raw: Series,
    field: str,
    repairs: Sequence[Repair],
    exchanges: Sequence[Exchange],
    modulus: float | None,
) -> tuple[Joint, ...]:
    """Where a register begins anew, by time.

    Parameters
    ----------
    raw : Series
        Readings as they were stored.
    field : str
        Its counter; what an exchange does not tell of it is unknown.
    repairs, exchanges : sequences
        Of the device; those of this field count.
    modulus : float or None
        Where the register rolls over. [unit of the field]

    Returns
    -------
    tuple of Joint
        Those between the first and the last reading; NaN where nobody read the register.
    """
    known = raw.known()
    if len(known) < 2:
        return ()
    scales = [repair for repair in repairs if repair.correction.action == "scale"]
    changed = {e.change.at: e.change.registers.get(field, _UNREAD) for e in exchanges}
    found = []
    for at in seams(field, repairs, exchanges):
        if not known.at[0] < at <= known.at[-1]:
            continue
        before, behind = _scale(scales, at - 1), _scale(scales, at)
        if at in changed:
            found.append(_exchanged(at, changed[at], before, behind))
        elif before != behind:
            stand = _stand(known, at, tuple(changed))
            found.append(Joint(at, before * stand, behind * stand))
    rolled = _rollovers(known, scales, modulus) if scales and modulus else []
    return tuple(sorted(found + rolled))


def seams(field: str, repairs: Sequence[Repair], exchanges: Sequence[Exchange]) -> list[int]:
    """Instants at which a register may begin anew: exchanges, and the ends of scaled spans.

    [ms since epoch, UTC]
    """
    corrections = [r.correction for r in repairs if r.correction.action == "scale"]
    ends = {at for c in corrections if c.field == field for at in (c.start, c.end)}
    return sorted(ends | {exchange.change.at for exchange in exchanges})


def _exchanged(at: int, register: Handover, before: float, behind: float) -> Joint:
    last = math.nan if register.last is None else register.last
    first = math.nan if register.first is None else register.first
    return Joint(at, before * last, behind * first)


def _stand(known: Series, at: int, exchanges: tuple[int, ...]) -> float:
    """What the register stood at, between two readings in proportion to time."""
    place = int(np.searchsorted(known.at, at))
    earlier, later = (float(value) for value in known.value[place - 1 : place + 1])
    first, last = (int(instant) for instant in known.at[place - 1 : place + 1])
    for exchange in exchanges:
        if first < exchange <= last:
            return earlier if at < exchange else later
    if later < earlier:  # it began anew in between, nobody knows when
        return later
    return earlier + (later - earlier) * (at - first) / (last - first)


def _rollovers(known: Series, scales: Sequence[Repair], modulus: float) -> list[Joint]:
    """Rollovers within scaled spans, in which the modulus is scaled as well."""
    fell = (known.value[:-1] > _NEAR_FULL * modulus) & (known.value[1:] < _NEAR_EMPTY * modulus)
    found = []
    for at in known.at[1:][fell].tolist():
        factor = _scale(scales, at)
        if factor != 1.0:
            found.append(Joint(at, factor * modulus, 0.0))
    return found


def _scale(scales: Sequence[Repair], at: int) -> float:
    """Product of all factors that hold in an instant."""
    holding = (r for r in scales if r.correction.start <= at < r.correction.end)
    return math.prod(_factor(repair) for repair in holding)


def _factor(repair: Repair) -> float:
    amount = repair.correction.amount
    return 1.0 if amount is None else amount


def _inside(at: IntArray, start: int, end: int) -> slice:
    low, high = np.searchsorted(at, (start, end))
    return slice(int(low), int(high))
