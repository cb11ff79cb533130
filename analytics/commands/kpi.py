"""`groundwatt kpi`: the key figures of a site over whole days, each with ± and boundary."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.buckets import days_span, local_date
from analytics.commands import figure_table, figures, findings
from analytics.commands.typed import day, stored, wrong
from analytics.figures import Figure, Level
from analytics.jobs import explain
from analytics.jobs.kpi import LEVELS, Kpi
from analytics.jobs.opened import open_site
from collector.clock import SystemClock
from collector.commands.listing import show, show_json
from collector.commands.options import DataOption, JsonOption, SiteOption
from collector.sitefile import Configuration, load_site


def register(app: typer.Typer) -> None:
    """Add `kpi` to the command line."""
    app.command("kpi")(kpi)


def kpi(
    first: Annotated[
        str | None, typer.Option("--from", help="First local day; default: 30 days ago.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last local day, included; default: yesterday.")
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(LEVELS)}; default: all.")
    ] = None,
    explained: Annotated[
        str | None,
        typer.Option("--explain", help="Derive one figure: `spf_heating`, `cop_heating@H2`."),
    ] = None,
    doubts: Annotated[
        bool,
        typer.Option("--findings", help="Tell instead what is implausible in the span's data."),
    ] = False,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Tell heat, COP, ground, cost and carbon of a span; exit 1 when no figure has a value."""
    configuration = load_site(site)
    zone = ZoneInfo(configuration.site.timezone)
    days = _days(first, last, zone)
    stored(configuration, data)
    if doubts:
        _tell_findings(configuration, data, days_span(*days, zone), as_json=as_json)
        return
    found = asyncio.run(_computed(configuration, data, days, zone, _levels(level, configuration)))
    everything = found
    if explained:
        found = _chosen(found, explained)
    if as_json:
        show_json([figures.body(figure, zone) for figure in found])
    elif explained:
        typer.echo("\n\n".join(explain.derivation(figure, zone, everything) for figure in found))
    else:
        figure_table.show(found, f"{configuration.site.id}, {days[0]} to {days[1]}")
    if all(figure.value is None for figure in found):
        raise typer.Exit(1)


def _tell_findings(
    configuration: Configuration, data: Path, span: tuple[int, int], *, as_json: bool
) -> None:
    """Show what is implausible; exit 1 when something is grave."""
    found = asyncio.run(findings.looked_for(configuration, data, *span))
    if as_json:
        show_json([findings.body(one) for one in found])
    else:
        show(findings.listing(found, f"{configuration.site.id}, data"))
    if any(one.finding.severity == "alarm" for one in found):
        raise typer.Exit(1)


async def _computed(
    configuration: Configuration,
    data: Path,
    days: tuple[date, date],
    zone: ZoneInfo,
    levels: tuple[Level, ...],
) -> list[Figure]:
    async with open_site(configuration, data) as its:
        kpi = Kpi(configuration, its.readings, its.tabulator)
        return await kpi.figures(*days_span(*days, zone), levels)


def _days(first: str | None, last: str | None, zone: ZoneInfo) -> tuple[date, date]:
    yesterday = local_date(SystemClock().now_ms(), zone) - timedelta(days=1)
    end = day(last, "--to") if last else yesterday
    start = day(first, "--from") if first else min(end, yesterday - timedelta(days=29))
    if end < start and not last:
        raise wrong("--from", f"{start} lies after the last whole day, {end}")
    if end < start:
        raise wrong("--to", f"{end} lies before {start}")
    return start, end


def _levels(given: list[str] | None, configuration: Configuration) -> tuple[Level, ...]:
    if given is None:
        return LEVELS if configuration.settings.plant else ("site",)
    unknown = [name for name in given if name not in LEVELS]
    if unknown:
        raise wrong("--level", f"{unknown[0]!r} is none of {', '.join(LEVELS)}")
    return tuple(level for level in LEVELS if level in given)


def _chosen(found: list[Figure], wanted: str) -> list[Figure]:
    """Figures of a name, or `name@boundary`, `subject/name`."""
    subject, _, rest = wanted.rpartition("/")
    name, _, boundary = rest.partition("@")
    chosen = [
        figure
        for figure in found
        if figure.name == name
        and (not subject or figure.subject == subject)
        and (not boundary or (figure.boundary and figure.boundary.sepemo == boundary))
    ]
    if not chosen:
        raise wrong("--explain", f"there is no figure {wanted!r}; {_instead(found, name)}")
    return chosen


def _instead(found: list[Figure], name: str) -> str:
    """Where a figure of this name is, those that look like it, or all of them."""
    there = [figure for figure in found if figure.name == name]
    if there:
        places = (f"@{one.boundary.sepemo}" if one.boundary else "" for one in there)
        also = (f"{one.subject}/{name}{place}" for one, place in zip(there, places, strict=True))
        return f"known: {', '.join(dict.fromkeys(also))}"
    names = sorted({figure.name for figure in found})
    near = get_close_matches(name, names)
    return f"near it: {', '.join(near)}" if near else f"known: {', '.join(names)}"
