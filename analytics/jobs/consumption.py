"""Consumption of a site by medium and item, in kWh and m³, yuan, tce and t CO2.

Reads the meters by the one way in which jobs read raw data and lets `lines` make a statement of
them; what the items of an account leave is a line of its own and never hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

from analytics import tariffs
from analytics.buckets import local_date
from analytics.factor_sets import chosen
from analytics.figures import Figure
from analytics.jobs import told
from analytics.jobs.counted import Counted, Reader, counted
from analytics.jobs.indicators import per_square_metre, totals
from analytics.jobs.lines import Context, Part, figure, line, of_items, share_left
from analytics.jobs.statement import REST, Line, Statement
from analytics.metertree import MeterSum
from collector.accounts import Account, Medium, Tariff
from collector.model import Finding, Title
from collector.sitefile import Configuration


async def statement(
    configuration: Configuration, readings: Reader, span: tuple[int, int]
) -> Statement:
    """Consumption of a site over a span, by medium and item.

    Parameters
    ----------
    configuration : Configuration
        The site with its accounts, tariffs and factor sets.
    readings : Reader
        `analytics.jobs.readings.Readings`, or what reads alike.
    span : tuple of int
        Half open. [ms since epoch, UTC]

    Raises
    ------
    ConfigError
        The site names a factor set that there is not.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    settings = configuration.settings
    coal, carbon = chosen(settings.factors, configuration.file)
    meters: dict[tuple[str, Medium], Counted] = {}
    for device, medium in _needed(settings.accounts):
        meters[device, medium] = await counted(readings, configuration, device, medium, span)
    zone = ZoneInfo(configuration.site.timezone)
    context = Context(
        configuration.site.id, span, zone, settings.tariffs, coal, carbon,
        version("groundwatt"), meters,
    )  # fmt: skip
    lines = tuple(_lines(settings.accounts, context))
    checks = tuple(_checks(settings.accounts, lines, context))
    sums = totals(lines, context)
    return Statement(
        *span,
        lines=lines,
        totals=sums,
        indicators=per_square_metre(lines, sums, settings.buildings, context),
        checks=checks,
        coal=coal,
        carbon=carbon,
        tariffs=_used(lines, context),
        meters=tuple(meters.values()),
        findings=tuple(_findings(lines, checks, context)),
    )


def _needed(accounts: Iterable[Account]) -> dict[tuple[str, Medium], None]:
    """Every meter that any account or item names, once per medium, in their order."""
    needed: dict[tuple[str, Medium], None] = {}
    for account in accounts:
        for meters in (account.meters, *((*item.meters, *item.less) for item in account.items)):
            needed |= dict.fromkeys((device, account.medium) for device in meters)
    return needed


def _lines(accounts: Sequence[Account], context: Context) -> Iterator[Line]:
    prefixes: list[str] = []
    for account in accounts:
        prefix = account.medium + ("_delivered" if account.role == "delivered" else "")
        prefixes.append(prefix)
        again = prefixes.count(prefix)
        yield from _account(account, prefix + (f"_{again}" if again > 1 else ""), context)


def _account(account: Account, prefix: str, context: Context) -> Iterator[Line]:
    """An account, its items, and what they leave."""
    whole = Part(
        prefix, account.medium, account.role, "", told.MEDIA[account.medium],
        MeterSum(account.meters), account.energy,
    )  # fmt: skip
    yield line(whole, context)
    for item in account.items:
        title, meters = Title(item.name.zh, item.name.en), MeterSum(item.meters, item.less)
        yield line(replace(whole, item=item.code, title=title, meters=meters), context)
    if account.items:
        left = of_items(account)
        rest = replace(whole, item=REST, title=told.NOT_SUB_METERED, meters=left)
        yield line(rest, context)


def _checks(
    accounts: Iterable[Account], lines: Iterable[Line], context: Context
) -> Iterator[Figure]:
    """Share of each account that its items leave."""
    rests = (each for each in lines if each.item == REST)
    for account, rest in zip((a for a in accounts if a.items), rests, strict=True):
        name = rest.amount.name.replace(f"_kwh.{REST}", "").replace(f"_m3.{REST}", "")
        share = share_left(account, context)
        check = figure(f"{name}_unmetered_share", share, "", context, rest.amount.coverage)
        reason = rest.amount.reason or told.NO_CONSUMPTION
        yield replace(check, inputs=rest.amount.inputs, reason=None if share else reason)


def _findings(
    lines: Sequence[Line], checks: Sequence[Figure], context: Context
) -> Iterator[Finding]:
    rests = [each.amount for each in lines if each.item == REST]
    for check, rest in zip(checks, rests, strict=True):
        yield from told.closure(check, rest)
    first = local_date(context.span[0], context.zone)
    last = local_date(context.span[1], context.zone) - timedelta(days=1)
    media = dict.fromkeys(each.medium for each in lines if each.role == "purchased")
    for medium in media:
        for days in tariffs.uncovered(context.tariffs, medium, first, max(first, last)):
            yield told.uncovered(medium, days)


def _used(lines: Iterable[Line], context: Context) -> tuple[Tariff, ...]:
    used = {name for each in lines if each.priced for name in each.priced.tariffs}
    return tuple(tariff for tariff in context.tariffs if tariff.id in used)
