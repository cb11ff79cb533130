"""The lines of a statement: sums and differences of meters, priced and converted.

All meters of one line count on a common time base: where one of them is unknown, the line is, so
that a difference is never taken over different hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from analytics.conversion import UNIT_OF, Converted, FactorKind, FactorSet, convert
from analytics.figures import Figure, Inputs
from analytics.jobs import told
from analytics.jobs.counted import Counted, common_edges
from analytics.jobs.statement import CURRENCY, Line
from analytics.metertree import MeterSum
from analytics.series import FloatArray, IntArray
from analytics.tariffs import Cost, pricing
from analytics.uncertainty import Uncertain, total
from collector.accounts import Account, Medium, Tariff
from collector.model import Title

Role = Literal["purchased", "delivered"]


@dataclass(frozen=True, slots=True)
class Context:
    """What all lines of a statement share.

    Parameters
    ----------
    site : str
        Id of the site, the subject of every figure.
    span : tuple of int
        Half open. [ms since epoch, UTC]
    zone : ZoneInfo
        The building's zone.
    tariffs : tuple of Tariff
        Of the site.
    coal, carbon : FactorSet
        The sets that the site has chosen.
    version : str
        groundwatt's version.
    meters : mapping of (device, medium) to Counted
        All that were read.
    """

    site: str
    span: tuple[int, int]
    zone: ZoneInfo
    tariffs: tuple[Tariff, ...]
    coal: FactorSet
    carbon: FactorSet
    version: str
    meters: Mapping[tuple[str, Medium], Counted]


@dataclass(frozen=True, slots=True)
class Part:
    """Which line it is: the account or the part of it, and its meters.

    `prefix` and `item` make the names of its figures: `electricity_kwh.B1`.
    """

    prefix: str
    medium: Medium
    role: Role
    item: str
    title: Title
    meters: MeterSum
    energy: str | None = None

    def name(self, what: str) -> str:
        """Name of one of its figures."""
        return f"{self.prefix}_{what}" + (f".{self.item}" if self.item else "")


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Signed meters on their common time base.

    Parameters
    ----------
    parts : tuple of (float, Counted)
        Sign and meter, all with the same edges.
    edges : array of int64, shape (n + 1,)
        [ms since epoch, UTC]
    energy : array of float64, shape (n,)
        NaN where any meter is unknown. [kWh or m³]
    """

    parts: tuple[tuple[float, Counted], ...]
    edges: IntArray
    energy: FloatArray

    @property
    def coverage(self) -> float:
        """Share of the span that is known. [0..1]"""
        lengths = np.diff(self.edges)
        return float(lengths[~np.isnan(self.energy)].sum() / lengths.sum())

    @property
    def total(self) -> Uncertain | None:
        """Sum with its errors; None where nothing is known. [kWh or m³]"""
        known = ~np.isnan(self.energy)
        if not known.any():
            return None
        return total(sign * meter.total(known) for sign, meter in self.parts)


def combined(meters: MeterSum, medium: Medium, context: Context) -> Combined:
    """Bring the meters of a sum on their common time base.

    A meter that is added and taken away counts not at all.
    """
    signs: dict[str, float] = dict.fromkeys(meters.meters, 0.0)
    for device in meters.plus:
        signs[device] += 1.0
    for device in meters.minus:
        signs[device] -= 1.0
    signed = [(sign, context.meters[device, medium]) for device, sign in signs.items() if sign]
    if not signed:
        edges = np.array(context.span, dtype=np.int64)
        return Combined((), edges, np.zeros(1))
    edges = common_edges([meter for _, meter in signed])
    parts = tuple((sign, meter.on(edges)) for sign, meter in signed)
    energy = np.sum([sign * meter.energy for sign, meter in parts], axis=0)
    return Combined(parts, edges, energy)


def line(part: Part, context: Context) -> Line:
    """Amount, cost, coal equivalent and CO2 of one line."""
    together = combined(part.meters, part.medium, context)
    sum_ = together.total
    amount = _amount(part, together, sum_, context)
    cost, priced = _cost(part, together, amount, context)
    coal, coal_by = _converted(part, amount, sum_, context, context.coal)
    carbon, carbon_by = _converted(part, amount, sum_, context, context.carbon)
    return Line(
        part.medium, part.role, part.item, part.title, str(part.meters),
        amount, cost, coal, carbon, priced, coal_by, carbon_by,
    )  # fmt: skip


def figure(
    name: str, value: Uncertain | None, unit: str, context: Context, coverage: float | None
) -> Figure:
    """One figure of the site over the span, as its uncertain value tells it."""
    start, end = context.span
    plain = Figure(name, context.site, "site", start, end, None, unit, coverage=coverage)
    if value is None:
        return plain
    return replace(
        plain,
        value=value.value,
        uncertainty=value.expanded,
        dominant=value.dominant,
        terms=dict(value.terms),
    )


def uncertain(its: Figure) -> Uncertain | None:
    """Value of a figure with its terms."""
    return None if its.value is None else Uncertain(its.value, its.terms)


def _amount(part: Part, together: Combined, sum_: Uncertain | None, context: Context) -> Figure:
    unit = UNIT_OF[part.medium]
    name = part.name("kwh" if unit == "kWh" else "m3")
    its = figure(name, sum_, unit, context, together.coverage)
    meters = [meter for _, meter in together.parts]
    inputs = Inputs(
        points=tuple(meter.point for meter in meters),
        registers=tuple(f"{m.point} @ {m.register}" for m in meters if m.register),
        constants={f"{m.device}:assumed": "; ".join(m.assumed) for m in meters if m.assumed},
        version=context.version,
    )
    findings = told.of_amount(its, meters)
    reason = told.no_amount(meters) if sum_ is None else None
    return replace(its, inputs=inputs, findings=findings, reason=reason)


def _cost(
    part: Part, together: Combined, amount: Figure, context: Context
) -> tuple[Figure, Cost | None]:
    name = part.name("cny")
    nothing = figure(name, None, CURRENCY, context, amount.coverage)
    if part.role == "delivered":
        return replace(nothing, reason=told.DELIVERED), None
    if amount.value is None:
        return replace(nothing, reason=amount.reason), None
    periods = pricing(together.edges, context.tariffs, part.medium, context.zone)
    priced = periods.cost(together.energy)
    if not priced.parts:
        return replace(nothing, reason=told.no_price(part.medium, priced)), priced
    known = np.where(np.isnan(together.energy), np.nan, 1.0)
    value = total(
        sign * _cost_of(meter, periods.cost(known * meter.energy)) for sign, meter in together.parts
    )
    its = figure(name, value, CURRENCY, context, told.priced_share(priced, amount))
    inputs = replace(amount.inputs, constants=told.prices(priced, context.tariffs))
    return replace(its, inputs=inputs, findings=told.of_cost(priced, amount)), priced


def _cost_of(meter: Counted, priced: Cost) -> Uncertain:
    """Cost by one meter; it errs in yuan by the share that it errs in energy."""
    if not priced.energy:
        return Uncertain(priced.cost)
    by_energy = meter.total()
    price = priced.cost / by_energy.value
    return Uncertain(priced.cost, (by_energy * price).terms)


def _converted(
    part: Part, amount: Figure, sum_: Uncertain | None, context: Context, factors: FactorSet
) -> tuple[Figure, Converted]:
    converted = convert(sum_, part.medium, factors, energy=part.energy)
    its = figure(part.name(_NAME_OF[factors.kind]), None, converted.unit, context, amount.coverage)
    if part.role == "delivered":
        return replace(its, reason=told.DELIVERED), replace(converted, value=None)
    constants = {str(factors.kind): told.factor(converted)} if converted.factor else {}
    inputs = replace(amount.inputs, constants={**amount.inputs.constants, **constants})
    if converted.value is None:
        reason = converted.reason if converted.factor is None else amount.reason
        return replace(its, reason=reason or converted.reason, inputs=inputs), converted
    its = figure(its.name, converted.value, its.unit, context, amount.coverage)
    return replace(its, inputs=inputs, findings=told.of_factor(converted)), converted


_NAME_OF: Mapping[FactorKind, str] = {"coal_equivalent": "tce", "carbon": "tco2"}


def of_items(account: Account) -> MeterSum:
    """What the items of an account leave: its meters less theirs, plus what they leave out."""
    out = [device for item in account.items for device in item.less]
    items = [device for item in account.items for device in item.meters]
    return MeterSum((*account.meters, *out), tuple(items))


def share_left(account: Account, context: Context) -> Uncertain | None:
    """Share of an account that its items leave, over the time that all of its meters know. [-]

    None where nothing is known or nothing was counted.
    """
    together = combined(of_items(account), account.medium, context)
    left = together.total
    known = ~np.isnan(together.energy)
    if left is None or not together.parts:
        return None
    meters = [context.meters[device, account.medium] for device in account.meters]
    main = total(meter.on(together.edges).total(known) for meter in meters)
    return left / main if main.value else None
