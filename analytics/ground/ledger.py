"""The ground's ledger: heat extracted and rejected, told twice and compared.

(a) by the heat meter of the loop; (b) by the heat pumps' own balance: what the condenser gave less
what the compressor put in came out of the ground; what the evaporator took and what the compressor
put in went into it; free cooling goes into it as it is (domain reference §1.10, GB 50366).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.ground import verdicts
from analytics.ground.exchange import Exchange, Way, exchange_of, told_by
from analytics.metered_energy import Relative
from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain
from collector.model import Finding

_HEAT_PUMP_SIGNS = {
    "condenser_heat": 1.0, "compressor_heating": -1.0,
    "evaporator_heat": -1.0, "compressor_cooling": -1.0, "free_cooling": -1.0,
}  # fmt: skip
_LOOP_SIGNS = {"loop_extracted": 1.0, "loop_rejected": -1.0}
_PAIRS = (("condenser_heat", "compressor_heating"), ("evaporator_heat", "compressor_cooling"))


@dataclass(frozen=True, slots=True)
class Balance:
    """The ledger of one period.

    Parameters
    ----------
    loop_meter, heat_pumps : Exchange or None
        The two ways; None: nothing was given for it.
    difference_extracted_kwh, difference_rejected_kwh : Uncertain or None
        Loop meter less heat pump balance, over the intervals that both know. [kWh]
    findings : tuple of Finding
        `ground.imbalance`, `ground.estimates-disagree`, `ground.less-than-a-year`,
        `ground.low-coverage`.
    """

    loop_meter: Exchange | None
    heat_pumps: Exchange | None
    difference_extracted_kwh: Uncertain | None
    difference_rejected_kwh: Uncertain | None
    findings: tuple[Finding, ...] = ()


def balance(
    *,
    condenser_heat_kwh: npt.ArrayLike | None = None,
    compressor_heating_kwh: npt.ArrayLike | None = None,
    evaporator_heat_kwh: npt.ArrayLike | None = None,
    compressor_cooling_kwh: npt.ArrayLike | None = None,
    free_cooling_kwh: npt.ArrayLike | None = None,
    loop_extracted_kwh: npt.ArrayLike | None = None,
    loop_rejected_kwh: npt.ArrayLike | None = None,
    simultaneous: npt.ArrayLike | None = None,
    accuracy: Mapping[str, Relative] | None = None,
    bore_length_m: float | None = None,
    span_days: float = 365.0,
    carried_net_kwh: float = 0.0,
) -> Balance:
    """Heat extracted from and rejected to the ground in one period, told in two ways.

    Parameters
    ----------
    condenser_heat_kwh, compressor_heating_kwh : array of float64, shape (n,), optional
        Heat of the condensers (space heating and hot water) and the compressors' electricity in
        those intervals; both or neither. NaN where not known. [kWh per interval]
    evaporator_heat_kwh, compressor_cooling_kwh : array of float64, shape (n,), optional
        Useful cooling of the evaporators and the compressors' electricity for it. [kWh]
    free_cooling_kwh : array of float64, shape (n,), optional
        Cooling by the loop alone. [kWh per interval]
    loop_extracted_kwh, loop_rejected_kwh : array of float64, shape (n,), optional
        Heat and cooling registers of the loop's own meter. [kWh per interval]
    simultaneous : array of bool, shape (n,), optional
        Intervals in which units heat and cool at once on one loop: there only the difference
        reaches the ground, and the loop meter sees no more than that.
    accuracy : mapping of str to mapping of str to float or array, optional
        Relative standard uncertainty by source, for each argument by its name without `_kwh`:
        `{"condenser_heat": {"h-load:flow": 0.012}}`. A source that several share counts once. [-]
    bore_length_m : float, optional
        All bores together, for the figures per metre. [m]
    span_days : float
        How long the period is; the imbalance of less than a year has no verdict. [d]
    carried_net_kwh : float
        Net extraction from commissioning to the period's begin. [kWh]

    Returns
    -------
    Balance

    Raises
    ------
    ValueError
        Arrays of different length, a heat without its compressor, nothing at all, an unknown name
        in `accuracy`, or a length or span that is not positive.

    Notes
    -----
    E_ext = Q_cond - W_comp; E_rej = Q_evap + W_comp, free cooling as measured; imbalance
    η = (E_ext - E_rej) / max(E_ext, E_rej): domain reference §1.10. An interval in which any
    quantity of a way is missing is dropped from both sides of it.
    """
    given = {
        "condenser_heat": condenser_heat_kwh, "compressor_heating": compressor_heating_kwh,
        "evaporator_heat": evaporator_heat_kwh, "compressor_cooling": compressor_cooling_kwh,
        "free_cooling": free_cooling_kwh,
        "loop_extracted": loop_extracted_kwh, "loop_rejected": loop_rejected_kwh,
    }  # fmt: skip
    energies = {name: _array(name, value) for name, value in given.items() if value is not None}
    limits = accuracy or {}
    size = _size(energies, limits, bore_length_m, span_days)
    both = np.zeros(size, bool) if simultaneous is None else _mask(simultaneous, size)
    loop = told_by(energies, _LOOP_SIGNS, np.zeros(size, bool), limits)
    pumps = told_by(energies, _HEAT_PUMP_SIGNS, both, limits)
    by_meter, by_pumps = (exchange_of(way, bore_length_m, carried_net_kwh) for way in (loop, pumps))
    extracted, rejected = _differences(loop, pumps)
    described = bool(loop and pumps and loop.fully_described and pumps.fully_described)
    findings = [
        *_judged("loop-meter", by_meter, span_days),
        *_judged("heat-pumps", by_pumps, span_days),
        *(verdicts.of_difference(extracted, rejected) if described else ()),
    ]
    return Balance(by_meter, by_pumps, extracted, rejected, tuple(findings))


def _array(name: str, value: npt.ArrayLike) -> FloatArray:
    array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if array.ndim != 1 or bool(np.isinf(array).any()):
        raise ValueError(f"{name}_kwh: one finite energy per interval, NaN where not known")
    return array


def _mask(simultaneous: npt.ArrayLike, size: int) -> BoolArray:
    mask = np.atleast_1d(np.asarray(simultaneous, dtype=np.bool_))
    if mask.shape != (size,):
        raise ValueError(f"simultaneous: shape {mask.shape}, the energies have {(size,)}")
    return mask


def _size(
    energies: Mapping[str, FloatArray],
    accuracy: Mapping[str, Relative],
    bore_length_m: float | None,
    span_days: float,
) -> int:
    """Return the number of intervals of arguments that fit together."""
    if not energies:
        raise ValueError("condenser_heat_kwh: no energy is given at all")
    sizes = {name: array.size for name, array in energies.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(f"{min(sizes)}_kwh: arrays differ in length: {sizes}")
    for heat, compressor in _PAIRS:
        if (heat in energies) != (compressor in energies):
            lone, other = (heat, compressor) if heat in energies else (compressor, heat)
            raise ValueError(f"{other}_kwh: needed together with {lone}_kwh")
    unknown = set(accuracy) - set(_HEAT_PUMP_SIGNS) - set(_LOOP_SIGNS)
    if unknown:
        raise ValueError(f"accuracy: no energy is called {sorted(unknown)}")
    if bore_length_m is not None and bore_length_m <= 0:
        raise ValueError(f"bore_length_m: {bore_length_m} m is no length")
    if span_days <= 0:
        raise ValueError(f"span_days: {span_days} d is no span")
    return next(iter(sizes.values()))


def _differences(loop: Way | None, pumps: Way | None) -> tuple[Uncertain | None, Uncertain | None]:
    """Loop meter less heat pump balance, over the intervals that both know."""
    if loop is None or pumps is None:
        return None, None
    common = loop.known & pumps.known
    sides = (
        (loop.side(loop.extracting, common), pumps.side(pumps.extracting, common)),
        (loop.side(loop.rejecting, common), pumps.side(pumps.rejecting, common)),
    )
    taken, given = (None if a is None or b is None else a - b for a, b in sides)
    return taken, given


def _judged(way: verdicts.Way, exchange: Exchange | None, span_days: float) -> tuple[Finding, ...]:
    if exchange is None:
        return ()
    return verdicts.of_exchange(way, exchange.imbalance, exchange.coverage, span_days)
