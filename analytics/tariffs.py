"""What energy costs by the hour, the month and the contract in force.

Energy is priced where it is known when it was used. Energy that is only known for longer than one
period of the tariff lasts (a meter was silent over a change of period) has a quantity and no
price: it is told as unpriced, and no share of it is invented for any period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from analytics.buckets import local_date, local_days, time_of_day
from analytics.series import BoolArray, FloatArray, IntArray
from collector.accounts import Medium, Span, Tariff, minutes_of

Status = Literal["contract", "published", "assumed"]

FLAT = "flat"
MINUTES_PER_DAY = 1440
_MINUTE_MS = 60_000
_NONE = -1
_TRUST: tuple[Status, ...] = ("contract", "published", "assumed")


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """Energy and cost of one period of one tariff.

    Parameters
    ----------
    tariff, period : str
        Id of the tariff and name of its period, such as `peak`.
    price : float
        [yuan per unit]
    energy : float
        [unit of the medium]
    """

    tariff: str
    period: str
    price: float
    energy: float

    @property
    def cost(self) -> float:
        """Energy times price. [yuan]"""
        return self.energy * self.price


@dataclass(frozen=True, slots=True)
class Cost:
    """What an energy costs, as far as it can be told.

    Parameters
    ----------
    parts : tuple of PeriodCost
        By tariff and period, in the order in which the site file has them.
    straddling : float
        Energy known only for longer than one period. [unit of the medium]
    untariffed : float
        Energy of days on which no tariff is in force. [unit of the medium]
    unknown_ms : int
        Time for which no energy is known. [ms]
    status : str or None
        Of the least certain tariff that was used; `assumed` prices are no contract's.
    """

    parts: tuple[PeriodCost, ...]
    straddling: float
    untariffed: float
    unknown_ms: int
    status: Status | None

    @property
    def energy(self) -> float:
        """Energy that is priced. [unit of the medium]"""
        return sum(part.energy for part in self.parts)

    @property
    def cost(self) -> float:
        """Cost of the priced energy. [yuan]"""
        return sum(part.cost for part in self.parts)

    @property
    def unpriced(self) -> float:
        """Energy without a price, for whichever reason. [unit of the medium]"""
        return self.straddling + self.untariffed

    @property
    def tariffs(self) -> tuple[str, ...]:
        """Ids of the tariffs that were used."""
        return tuple(dict.fromkeys(part.tariff for part in self.parts))


@dataclass(frozen=True, slots=True, eq=False)
class Pricing:
    """Which period each of some buckets lies in; prices any number of meters on them.

    Parameters
    ----------
    edges : array of int64, shape (n + 1,)
        [ms since epoch, UTC]
    code : array of int64, shape (n,)
        Place in `names` of the period at the bucket's start; -1 without a tariff.
    single : array of bool, shape (n,)
        Whether all of the bucket lies in that period.
    names : tuple of (Tariff, str)
        Tariff and period.
    """

    edges: IntArray
    code: IntArray
    single: BoolArray
    names: tuple[tuple[Tariff, str], ...]

    def cost(self, energy: FloatArray) -> Cost:
        """Price energies of the buckets.

        Parameters
        ----------
        energy : array of float64, shape (n,)
            NaN where it is not known. [unit of the medium]

        Raises
        ------
        ValueError
            The energies do not fit the buckets.
        """
        if energy.shape != self.code.shape:
            raise ValueError(
                f"energy: shape {energy.shape} is not that of {self.code.size} buckets"
            )
        known = ~np.isnan(energy)
        priced = known & self.single & (self.code != _NONE)
        sums = np.bincount(self.code[priced], energy[priced], minlength=len(self.names))
        used = np.bincount(self.code[priced], minlength=len(self.names)) > 0
        places = np.flatnonzero(used)
        parts = tuple(_part(*self.names[place], float(sums[place])) for place in places)
        return Cost(
            parts,
            straddling=float(energy[known & ~self.single].sum()),
            untariffed=float(energy[known & self.single & (self.code == _NONE)].sum()),
            unknown_ms=int(np.diff(self.edges)[~known].sum()),
            status=weakest(self.names[place][0].status for place in places),
        )


def pricing(edges: IntArray, tariffs: Sequence[Tariff], medium: Medium, zone: ZoneInfo) -> Pricing:
    """Lay the periods of the tariffs in force over buckets.

    Parameters
    ----------
    edges : array of int64, shape (n + 1,)
        Edges of the buckets, which may differ in length. [ms since epoch, UTC]
    tariffs : sequence of Tariff
        Of the site; those of other media are left out.
    medium : str
        electricity, heat, cooling, gas or water.
    zone : ZoneInfo
        The building's zone, in which the hours of a tariff are told.

    Raises
    ------
    ValueError
        The edges do not increase, or there are none.
    """
    if edges.ndim != 1 or edges.size < 2 or not bool(np.all(np.diff(edges) > 0)):
        raise ValueError("edges: they must strictly increase, two at least")
    code, names = _minutes(edges, tariffs, medium, zone)
    begin = int(edges[0]) // _MINUTE_MS * _MINUTE_MS
    changes = np.concatenate(([0], np.cumsum(np.diff(code) != 0)))
    starts = (edges[:-1] - begin) // _MINUTE_MS
    ends = (edges[1:] - 1 - begin) // _MINUTE_MS
    return Pricing(edges, code[starts], changes[starts] == changes[ends], tuple(names))


def cost(
    edges: IntArray, energy: FloatArray, tariffs: Sequence[Tariff], medium: Medium, zone: ZoneInfo
) -> Cost:
    """Price an energy that is known by bucket; `pricing` and `Pricing.cost` in one.

    Raises
    ------
    ValueError
        The edges do not increase or do not fit the energies.
    """
    return pricing(edges, tariffs, medium, zone).cost(energy)


def in_force(tariffs: Iterable[Tariff], medium: Medium, day: date) -> Tariff | None:
    """Tariff of a medium on a local day; None if there is none.

    The latest that has begun and holds in the month; of two that begin on the same day, the one
    that names its months.
    """
    begun = [
        tariff
        for tariff in tariffs
        if tariff.medium == medium
        and tariff.valid_from <= day
        and (not tariff.months or day.month in tariff.months)
    ]
    return max(begun, key=lambda tariff: (tariff.valid_from, bool(tariff.months)), default=None)


def uncovered(
    tariffs: Iterable[Tariff], medium: Medium, first: date, last: date
) -> tuple[Span, ...]:
    """Runs of local days, both included, on which no tariff of a medium is in force."""
    tariffs, found = tuple(tariffs), list[Span]()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if in_force(tariffs, medium, day) is not None:
            continue
        if found and found[-1].last == day - timedelta(days=1):
            found[-1] = Span(first=found[-1].first, last=day)
        else:
            found.append(Span(first=day, last=day))
    return tuple(found)


def weakest(statuses: Iterable[Status]) -> Status | None:
    """Return the least certain of several statuses; None of none."""
    return max(statuses, key=_TRUST.index, default=None)


def total(costs: Iterable[Cost]) -> Cost:
    """Sum of costs, period by period; the time without energy is that of the worst."""
    every = tuple(costs)
    energy: dict[tuple[str, str, float], float] = {}
    for part in (part for each in every for part in each.parts):
        key = (part.tariff, part.period, part.price)
        energy[key] = energy.get(key, 0.0) + part.energy
    return Cost(
        tuple(PeriodCost(*key, amount) for key, amount in energy.items()),
        straddling=sum(each.straddling for each in every),
        untariffed=sum(each.untariffed for each in every),
        unknown_ms=max((each.unknown_ms for each in every), default=0),
        status=weakest(each.status for each in every if each.status is not None),
    )


def _part(tariff: Tariff, period: str, energy: float) -> PeriodCost:
    return PeriodCost(tariff.id, period, tariff.prices[period], energy)


def _minutes(
    edges: IntArray, tariffs: Sequence[Tariff], medium: Medium, zone: ZoneInfo
) -> tuple[IntArray, list[tuple[Tariff, str]]]:
    """Period of every minute that the edges enclose, and the names of the periods.

    Periods change on whole minutes of the local clock.
    """
    names: list[tuple[Tariff, str]] = []
    begin = int(edges[0]) // _MINUTE_MS * _MINUTE_MS
    minutes = np.arange(begin, int(edges[-1]), _MINUTE_MS, dtype=np.int64)
    days = local_days(minutes, zone)
    clock = time_of_day(minutes, zone) // _MINUTE_MS
    tables: dict[str | None, IntArray] = {None: np.full(MINUTES_PER_DAY, _NONE, dtype=np.int64)}
    of_day = []
    first = local_date(begin, zone)
    for number in range(int(days[-1] - days[0]) + 1):
        tariff = in_force(tariffs, medium, first + timedelta(days=number))
        if tariff is not None and tariff.id not in tables:
            tables[tariff.id] = _table(tariff, len(names))
            names += [(tariff, period) for period in tariff.prices]
        of_day.append(tables[tariff.id if tariff else None])
    return np.array(of_day)[days - days[0], clock], names


def _table(tariff: Tariff, offset: int) -> IntArray:
    """Number of the period of each minute of the local day, shape (1440,)."""
    place: Mapping[str, int] = {name: offset + i for i, name in enumerate(tariff.prices)}
    table = np.full(MINUTES_PER_DAY, place[FLAT], dtype=np.int64)
    for period, ranges in tariff.hours.items():
        for hours in ranges:
            table[list(minutes_of(hours))] = place[period]
    return table
