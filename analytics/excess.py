"""How far values lie beyond their limits: what `faults` decides on. Pure.

Every function answers with an excess that is positive beyond the limit, negative within it and NaN
where it is not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.series import FloatArray, IntArray

LEAST_UNCERTAINTIES = 2.0
"""A COP is only called low when the gap is more than this many standard uncertainties."""


def beyond(
    value: FloatArray, *, above: float | None = None, below: float | None = None
) -> FloatArray:
    """How far values exceed an upper or fall short of a lower limit.

    Parameters
    ----------
    value : array of float64, shape (n,)
        [unit]
    above, below : float, optional
        The limits; a value between them is within. [unit]

    Returns
    -------
    array of float64, shape (n,)
        [unit]

    Raises
    ------
    ValueError
        There is no limit at all.
    """
    if above is None and below is None:
        raise ValueError("above: needs a limit, or below does")
    over = value - above if above is not None else np.full(value.shape, -np.inf)
    under = below - value if below is not None else np.full(value.shape, -np.inf)
    excess: FloatArray = np.maximum(over, under)
    return excess


def outside(value: FloatArray, low: float, high: float) -> FloatArray:
    """How far values lie outside a range, in widths of the range.

    Parameters
    ----------
    value : array of float64, shape (n,)
        [unit]
    low, high : float
        The range; either may be infinite. [unit]

    Returns
    -------
    array of float64, shape (n,)
        [1], of the width of the range, or of the one finite end where the other is infinite.

    Raises
    ------
    ValueError
        The range is empty, or has no end.
    """
    if not low < high:
        raise ValueError("high: must lie above low")
    if math.isinf(low) and math.isinf(high):
        raise ValueError("low: a range without any end has no outside")
    finite = [abs(end) for end in (low, high) if math.isfinite(end)]
    width = high - low if len(finite) == 2 else max(1.0, finite[0])
    return beyond(value, above=high, below=low) / width


def rise(at: IntArray, value: FloatArray, within_ms: int) -> FloatArray:
    """How far a value has risen over its least value of the last while.

    For a backlog that grows and for a counter of losses alike: one that begins anew, because its
    program was started again, has risen from its new beginning.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Strictly increasing. [ms since epoch, UTC]
    value : array of float64, shape (n,)
        [unit]
    within_ms : int
        How long the last while is. [ms]

    Returns
    -------
    array of float64, shape (n,)
        NaN where there is no value. [unit]
    """
    first = np.searchsorted(at, at - within_ms)
    risen = np.full(value.shape, np.nan)
    for place in np.flatnonzero(~np.isnan(value)):
        risen[place] = value[place] - np.nanmin(value[first[place] : place + 1])
    return risen


def silence(now: int, heard: int | None, limit_ms: int) -> float | None:
    """How much longer than allowed nothing was heard. [s]

    Parameters
    ----------
    now : int
        The tick. [ms since epoch, UTC]
    heard : int or None
        Newest slot that was answered; None when it is not known, which is no silence.
    limit_ms : int
        How old it may be. [ms]
    """
    return None if heard is None else (now - heard - limit_ms) / 1000


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far a COP lies below what the plant's own regression expects.

    Parameters
    ----------
    excess : float
        Positive when it lies below `limit`. [1]
    limit : float
        Greatest COP that is called low. [1]
    """

    excess: float
    limit: float


def shortfall(observed: float, predicted: float, uncertainty: float, percent: float) -> Shortfall:
    """Judge an observed COP against the one that the regression predicts (domain rule E1).

    Low is a COP that lies more than `percent` below the prediction, and whose gap is also more
    than twice its standard uncertainty: what the instruments cannot tell apart is no alarm.

    Parameters
    ----------
    observed : float
        Heat over electricity of a period, as ratio of sums. [1]
    predicted : float
        The same of the regression: heat over predicted electricity, in the conditions of the same
        period. [1]
    uncertainty : float
        Standard uncertainty of the observed COP. [1]
    percent : float
        How far below is low. [%]

    Raises
    ------
    ValueError
        A number is not finite, the prediction not positive, or the uncertainty negative.
    """
    numbers = {"observed": observed, "predicted": predicted, "uncertainty": uncertainty}
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"{name}: {number} is no number")
    if predicted <= 0:
        raise ValueError("predicted: must be positive")
    if uncertainty < 0:
        raise ValueError("uncertainty: must not be negative")
    if not 0 < percent < 100:
        raise ValueError("percent: must lie between 0 and 100")
    limit = min(predicted * (1 - percent / 100), predicted - LEAST_UNCERTAINTIES * uncertainty)
    return Shortfall(limit - observed, limit)


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """The worst of several fields in every slot.

    Parameters
    ----------
    excess : array of float64, shape (n,)
        NaN where it is not known.
    which : array of int64, shape (n,)
        Index of the field that is worst.
    """

    excess: FloatArray
    which: IntArray


def worst(
    at: IntArray, excess: FloatArray, hold_ms: npt.ArrayLike, deadband: float, must_know: int = -1
) -> Worst:
    """The greatest excess of several fields, each known for a while after its last value.

    Fields have rhythms of their own, so each keeps its last excess for `hold_ms`; a slot in which
    none has a value of its own is not known. A field that was beyond its limit, or within the
    deadband of it, and has died has not recovered: it leaves the whole unknown, as long as no
    other field is beyond.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Slots, strictly increasing. [ms since epoch, UTC]
    excess : array of float64, shape (m, n)
        By field and slot, NaN where there is no value.
    hold_ms : array_like of int, shape (m,)
        How long each field's value holds. [ms]
    deadband : float
        As in the rule. [unit of the excess]
    must_know : int
        Index of a field that was beyond before the first slot; -1 for none.

    Returns
    -------
    Worst
    """
    fields, slots = excess.shape
    holds = np.asarray(hold_ms, dtype=np.int64)
    place = np.where(np.isnan(excess), -1, np.arange(slots))
    last = np.maximum.accumulate(place, axis=1) if slots else place
    kept = np.take_along_axis(excess, np.maximum(last, 0), axis=1)
    kept = np.where(last < 0, np.nan, kept)
    age = at - at[np.maximum(last, 0)] if slots else np.zeros(excess.shape, np.int64)
    held = np.where((last >= 0) & (age <= holds[:, np.newaxis]), kept, np.nan)
    known = ~np.isnan(held)
    lost = ~known & (kept > -deadband)
    if 0 <= must_know < fields:
        lost[must_know] |= last[must_know] < 0
    filled = np.where(known, held, -np.inf)
    which = filled.argmax(axis=0)
    greatest = filled.max(axis=0)
    unknown = np.isnan(excess).all(axis=0) | (lost.any(axis=0) & (greatest <= 0))
    return Worst(np.where(unknown, np.nan, greatest), which)
