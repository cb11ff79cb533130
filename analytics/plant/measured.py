"""Performance of a heat pump plant: COP and SPF at every boundary at once, each with its errors.

`performance` takes plain arrays over one window and returns everything that follows from them.
Ratios are ratios of sums over the intervals in which both sides are known; standby, start-up and
pump-only electricity stay in. `ratios.spf` is for sums that somebody else has already formed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analytics.boundaries import Boundaries, Claim, Missing, infer_unit, of_components
from analytics.correction import corrected_circuits
from analytics.heat import Circuit
from analytics.instruments import class_percent
from analytics.plant.checks import impossible, misdirected, remarks, source_contrary
from analytics.plant.ratios import Sums, ratio
from analytics.plant.results import Daily, Performance, UnitChannels
from analytics.plant.sums import DaySums, add_partial, sum_by_day
from analytics.plant.window import Window, circuits_of, window_of
from analytics.series import HOUR_MS, FloatArray, IntArray
from collector.model import Finding, Title
from collector.topology import Accuracy


def performance(
    *,
    at_ms: IntArray,
    interval_ms: int,
    electricity: Mapping[str, FloatArray],
    circuits: Mapping[str, Circuit] | None = None,
    q_heating_kwh: FloatArray | None = None,
    q_cooling_kwh: FloatArray | None = None,
    boundaries: Boundaries | None = None,
    heat_pumps: Sequence[str] | None = None,
    running_kw: float | None = None,
    status: npt.NDArray[np.integer] | None = None,
    source: Circuit | None = None,
    days: IntArray | None = None,
    season: npt.NDArray[np.integer] | None = None,
    accuracy: Mapping[str, Accuracy | None] | None = None,
    kinds: Mapping[str, str] | None = None,
    register_kwh: Mapping[str, float] | None = None,
    units: Mapping[str, UnitChannels] | None = None,
) -> Performance:
    """States, heat, COP at every boundary, uncertainty and daily totals of a plant.

    Parameters
    ----------
    at_ms : array of int64, shape (n,)
        Start of each interval, strictly increasing; absent intervals count against coverage.
        [ms since epoch, UTC]
    interval_ms : int
        Length of every interval. [ms]
    electricity : mapping of str to array of float64, shape (n,)
        Energy of each interval, NaN where unknown: by meter with `boundaries` of a plant
        (`boundaries.infer`), else by component: units, source_pumps, backup_heater,
        auxiliary_cooling, load_pumps, controls, distribution. [kWh]
    circuits : mapping of str to Circuit, optional
        Heat meters by name, on the output side. Or, shorter:
    q_heating_kwh, q_cooling_kwh : array of float64, shape (n,), optional
        Heat and cold of each interval, both positive, of one class 2 meter named `heat`; only
        one may be left out, and is zero then. [kWh]
    boundaries : Boundaries, optional
        What the meters support.
    heat_pumps : sequence of str, optional
        Which of `electricity` are heat pumps; default `units` when it is there.
    running_kw : float, optional
        Power above which a heat pump runs; default 5 % of the window's largest. [kW]
    status : array of int, shape (n,), optional
        The plant's own `OperatingState`, negative where it says nothing.
    source : Circuit, optional
        The ground loop's meter, supply entering the plant; it only tells swapped sensors.
    days : array of int64, shape (days + 1,), optional
        Edges of the local days, which are also those of the window; default 24 h each, from the
        first interval on. [ms since epoch, UTC]
    season : array of int, shape (days,), optional
        1 heating, -1 cooling, 0 neither: where electricity without load belongs.
    accuracy : mapping of str to Accuracy, optional
        Of the electricity meters; left out, class 1 is assumed and told.
    kinds : mapping of str to str, optional
        Device kind by channel where it is not an electricity meter.
    register_kwh : mapping of str to float, optional
        Resolution of the electricity meters' registers. [kWh]
    units : mapping of str to UnitChannels, optional
        Heat pumps to be told one by one.

    Returns
    -------
    Performance

    Raises
    ------
    ValueError
        Arrays differ in shape, time does not increase, heat is given twice or not at all, days or
        season do not fit. The message begins with the argument's name.

    Notes
    -----
    Shared electricity is split by `allocation.RULE`. Heat counts as heating or cooling by its sign;
    a status word overrules it: heat while cooling is clipped, and told above 1 % of the heat.
    """
    named, corrections = corrected_circuits(circuits_of(circuits, q_heating_kwh, q_cooling_kwh))
    window = window_of(
        at_ms, interval_ms, named, electricity, days=days, season=season, status=status,
        source=source, heat_pumps=heat_pumps, running_kw=running_kw,
    )  # fmt: skip
    limits = {
        name: class_percent(
            (kinds or {}).get(name, "electricity_meter"), (accuracy or {}).get(name)
        )
        for name in electricity
    }
    summed = sum_by_day(window.channels, window.bounds, window.season)
    refusal = _refusal(corrections, window, summed, source)
    sums = Sums(
        window.channels, tuple(named), tuple(electricity), summed.complete, window.flags,
        {name: percent for name, (percent, _) in limits.items()}, register_kwh or {},
        window.expected,
    )  # fmt: skip
    claims = boundaries if boundaries is not None else of_components(electricity, named)
    known = [claim for claim in claims.claims if not _lacking(claim, sums)]
    lacking = tuple(_without(c, _lacking(c, sums)) for c in claims.claims if _lacking(c, sums))
    over = _tables(known, sums, summed, window)
    told = [f"{name}: {assumed}" for name, (_, assumed) in limits.items() if assumed]
    told += [f"{name}: {a}" for name, circuit in named.items() for a in circuit.limits.assumed]
    return Performance(
        summed.states,
        summed.heat_kwh,
        {claim.name: ratio(claim, over[claim.name], refusal) for claim in known},
        claims.missing + lacking,
        _daily(known, over, sums, window),
        _without_twins(corrections, refusal) + remarks(summed, tuple(named), tuple(electricity)),
        tuple(told),
        {name: _of_unit(unit, at_ms, interval_ms, name, days, season)
         for name, unit in (units or {}).items()},
    )  # fmt: skip


def _refusal(
    corrections: tuple[Finding, ...], window: Window, summed: DaySums, source: Circuit | None
) -> Finding | None:
    """What makes every ratio of the window meaningless."""
    hours = window.channels.interval_h
    found = next((one for one in corrections if one.severity == "alarm"), None)
    found = found or misdirected(summed.counts, hours)
    if found is None and source is not None:
        found = source_contrary(source, summed.states, hours)
    return found or impossible(window.channels, summed)


def _without_twins(
    corrections: tuple[Finding, ...], refusal: Finding | None
) -> tuple[Finding, ...]:
    """Corrections, and the refusal when it is not one of them."""
    return corrections if refusal is None or refusal in corrections else (*corrections, refusal)


def _lacking(claim: Claim, sums: Sums) -> list[str]:
    """Meters of a claim that no array was given for."""
    lacking = [name for name in claim.electricity.meters if name not in sums.meters]
    return lacking + [name for name in claim.heat.meters if name not in sums.circuits]


def _without(claim: Claim, lacking: list[str]) -> Missing:
    names = ", ".join(lacking)
    reason = Title(f"{claim.name} 不可用：无 {names} 的数据",
                   f"{claim.name} not available: no data of {names}")  # fmt: skip
    return Missing(claim.name, claim.boundary, claim.mode, claim.level, reason)


def _tables(
    claims: Sequence[Claim], sums: Sums, summed: DaySums, window: Window
) -> dict[str, Sums]:
    """Sums for each claim, over the intervals in which what it needs is known."""
    tables: dict[tuple[int, ...], FloatArray] = {}
    over = {}
    for claim in claims:
        meters = {*claim.electricity.meters, *claim.dedicated}
        needed = tuple(sorted(sums.meters.index(name) for name in meters))
        if needed not in tables:
            tables[needed] = add_partial(
                window.channels, summed, window.bounds, needed, window.season
            )
        over[claim.name] = sums.over(tables[needed])
    return over


def _daily(claims: Sequence[Claim], over: Mapping[str, Sums], sums: Sums, window: Window) -> Daily:
    expected = np.diff(window.edges) / (window.channels.interval_h * HOUR_MS)
    return Daily(
        window.edges,
        {claim.name: over[claim.name].heat_by_day(claim) for claim in claims},
        {
            claim.name: np.add.reduce(list(over[claim.name].electricity_by_day(claim).values()))
            for claim in claims
        },
        {claim.name: over[claim.name].intervals_by_day() / expected for claim in claims},
        {name: sums.idle_by_day(name) for name in sums.meters},
    )


def _of_unit(
    unit: UnitChannels,
    at_ms: IntArray,
    interval_ms: int,
    name: str,
    days: IntArray | None,
    season: npt.NDArray[np.integer] | None,
) -> Performance:
    """One heat pump at level 1, by the meters that count it."""
    return performance(
        at_ms=at_ms,
        interval_ms=interval_ms,
        electricity={unit.meter or name: unit.electricity_kwh},
        circuits={unit.heat_meter or name: unit.circuit},
        boundaries=infer_unit(unit.described(name)),
        heat_pumps=(unit.meter or name,),
        running_kw=unit.running_kw,
        status=unit.status,
        days=days,
        season=season,
        accuracy={unit.meter or name: unit.accuracy},
        kinds={unit.meter or name: "heat_pump" if unit.meter is None else "electricity_meter"},
    )
