"""What site.yaml says about energy accounts: media and items, prices, factor sets, retrofits.

Only the form is checked here; that meters exist, in `references`; that factor sets and tariffs
exist and cover the dates, in analytics, where they are data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from collector.documents import KeyPath, Mistakes, Strict
from collector.topology import Id, Names

Medium = Literal["electricity", "heat", "cooling", "water", "gas"]
HourRange = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Price = Annotated[float, Field(ge=0)]


class Item(Strict):
    """A part of an account: the meters that count it, less those that count something else.

    `code` is the item of the sub-metering guideline: A lighting and sockets, B air conditioning,
    C power, D special; A1, B2 … divide them.
    """

    code: Annotated[str, Field(pattern=r"^[A-D][0-9]?$")]
    name: Names
    meters: Annotated[tuple[Id, ...], Field(min_length=1)]
    less: tuple[Id, ...] = ()


class Account(Strict):
    """One medium of the site: the meters that together are its consumption, and its parts.

    `role: delivered` marks heat or cold that the plant on the site has made itself: it is shown,
    and not added to the purchased energy. `energy` says which gas it is, where a factor set tells
    several apart.
    """

    medium: Medium
    meters: Annotated[tuple[Id, ...], Field(min_length=1)]
    items: tuple[Item, ...] = ()
    role: Literal["purchased", "delivered"] = "purchased"
    energy: Literal["natural_gas_oilfield", "natural_gas_gasfield"] | None = None

    @model_validator(mode="after")
    def _burnt(self) -> Account:
        if self.energy is not None and self.medium != "gas":
            raise Mistakes([(("energy",), "only gas needs it; leave it out here")])
        return self


class Tariff(Strict):
    """Prices of one medium from one day on; the contract or notice that they come from.

    Attributes
    ----------
    prices : mapping of period to yuan per unit
        `flat` alone for a price that does not depend on the hour.
    hours : mapping of period to ranges
        Local hours of each period, `08:00-11:00`; hours that are not named are `flat`.
    months : tuple of int
        Only in these months; another tariff of the same medium covers the others.
    """

    id: Id
    medium: Medium
    valid_from: date
    source: str
    status: Literal["contract", "published", "assumed"] = "contract"
    prices: Annotated[Mapping[str, Price], Field(min_length=1)]
    hours: Mapping[str, tuple[HourRange, ...]] = Field(default_factory=dict)
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()

    @model_validator(mode="after")
    def _priced(self) -> Tariff:
        mistakes: list[tuple[KeyPath, str]] = [
            (("hours", name), "this period has no price")
            for name in sorted(set(self.hours) - set(self.prices))
        ]
        if "flat" not in self.prices:
            mistakes.append((("prices",), "needs `flat`: the price of the hours not named"))
        mistakes += self._hours_priced_twice()
        if mistakes:
            raise Mistakes(mistakes)
        return self

    def _hours_priced_twice(self) -> list[tuple[KeyPath, str]]:
        mistakes: list[tuple[KeyPath, str]] = []
        taken: set[int] = set()
        for name, ranges in self.hours.items():
            for place, hours in enumerate(ranges):
                minutes = minutes_of(hours)
                if not minutes.isdisjoint(taken):
                    mistakes.append((("hours", name, place), f"{hours} overlaps other hours"))
                taken |= minutes
        return mistakes


def minutes_of(hours: str) -> frozenset[int]:
    """Minutes of the day of a range; one that ends before it begins goes on past midnight.

    >>> len(minutes_of("22:00-06:00"))
    480
    """
    first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    if first < last:
        return frozenset(range(first, last))
    return frozenset((*range(first, 1440), *range(last)))


class Factors(Strict):
    """Which versioned factor sets the figures are converted with."""

    coal_equivalent: str = "gbt2589-2020-equivalent"
    carbon: str = "cn-grid-2023-national"


class Span(Strict):
    """Local days, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.last < self.first:
            raise Mistakes([(("last",), f"{self.last} lies before {self.first}")])
        return self


class Adjustment(Strict):
    """A non-routine change of what the baseline would have been, with who says so and why.

    `per_day` is added to the adjusted baseline of every day of the span. [unit of the meters]
    """

    span: Span
    per_day: float
    reason: str
    author: str


class Retrofit(Strict):
    """A measure whose savings are to be proven (IPMVP option B for the plant, C for a building)."""

    id: Id
    name: Names
    option: Literal["B", "C"]
    medium: Medium = "electricity"
    meters: tuple[Id, ...] = ()
    outdoor: Id | None = None
    baseline: Span
    reporting: Span
    model: Literal[
        "caltrack_daily", "caltrack_billing", "2P", "3PC", "3PH", "4P", "5P", "towt_daily", "plant"
    ] = "caltrack_daily"
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    adjustments: tuple[Adjustment, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> Retrofit:
        if self.option == "C" and not self.meters:
            raise Mistakes([(("meters",), "option C needs the meters of the building")])
        if (self.option == "B") != (self.model == "plant"):
            wording = "`plant` is the model of option B, and its only one"
            raise Mistakes([(("model",), wording)])
        if self.baseline.last >= self.reporting.first:
            wording = "baseline and reporting period overlap: the baseline must end before"
            raise Mistakes([(("reporting", "first"), wording)])
        return self


class Records(Strict):
    """Database of the records (acts, baselines, alarms); a relative path lies in the data folder.

    A PostgreSQL URL has no password in it: that comes from GROUNDWATT_RECORDS_PASSWORD.
    """

    url: str = "sqlite:///records.sqlite"
