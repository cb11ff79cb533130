"""What a month's consumption comes to, line by line: the form in which accounts are told.

A line is an account, one of its items, or what no item counts. Each has four figures: amount,
cost, coal equivalent and CO2, with the factors and prices that they were made with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analytics.conversion import Converted, FactorSet
from analytics.figures import Figure
from analytics.jobs.counted import Counted
from analytics.tariffs import Cost
from collector.accounts import Medium, Tariff
from collector.model import Finding, Title

REST = "rest"
"""Item of what the items of an account leave: its meters less theirs."""

CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement.

    Parameters
    ----------
    medium : str
        electricity, heat, cooling, gas or water.
    role : str
        purchased, or delivered by the plant on the site.
    item : str
        Code of the item, `rest`, or empty for the whole account.
    title : Title
        Name for people.
    meters : str
        Sum of meters as a formula: e-main-1 + e-main-2.
    amount, cost, coal, carbon : Figure
        [kWh or m³], [CNY], [tce], [tCO2]
    priced : Cost or None
        Energy and price by period; None for what is not bought.
    coal_by, carbon_by : Converted
        Factor and set of the two conversions.
    """

    medium: Medium
    role: Literal["purchased", "delivered"]
    item: str
    title: Title
    meters: str
    amount: Figure
    cost: Figure
    coal: Figure
    carbon: Figure
    priced: Cost | None
    coal_by: Converted
    carbon_by: Converted

    @property
    def whole(self) -> bool:
        """Whether it is the whole account."""
        return not self.item

    @property
    def figures(self) -> tuple[Figure, Figure, Figure, Figure]:
        """Amount, cost, coal equivalent and CO2."""
        return self.amount, self.cost, self.coal, self.carbon


@dataclass(frozen=True, slots=True)
class Statement:
    """Consumption of a site over a span, by medium and item.

    Parameters
    ----------
    start, end : int
        Half open. [ms since epoch, UTC]
    lines : tuple of Line
        Each account followed by its items and its rest.
    totals : tuple of Figure
        Cost, coal equivalent and CO2 of all that is purchased.
    indicators : tuple of Figure
        Per square metre of floor.
    checks : tuple of Figure
        Share of each account that its items leave.
    coal, carbon : FactorSet
        The sets that were used.
    tariffs : tuple of Tariff
        Those that were used.
    meters : tuple of Counted
        Every meter that was read, each once per medium.
    findings : tuple of Finding
        What is worth knowing about the whole.
    """

    start: int
    end: int
    lines: tuple[Line, ...]
    totals: tuple[Figure, ...]
    indicators: tuple[Figure, ...]
    checks: tuple[Figure, ...]
    coal: FactorSet
    carbon: FactorSet
    tariffs: tuple[Tariff, ...]
    meters: tuple[Counted, ...]
    findings: tuple[Finding, ...]

    @property
    def figures(self) -> Iterator[Figure]:
        """Every figure, lines first."""
        for line in self.lines:
            yield from line.figures
        yield from self.totals
        yield from self.indicators
        yield from self.checks
