"""`groundwatt export`: files that auditors and the statistics officer take away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.typed import stored, wrong
from analytics.figures import Figure
from analytics.jobs import plausibility
from analytics.jobs.export.monthly import (
    KINDS,
    Report,
    as_file,
    month_span,
    write_whole,
)
from analytics.jobs.export.monthly import monthly as compute_monthly
from analytics.jobs.kpi import Kpi
from analytics.jobs.opened import Opened, open_site
from collector.clock import SystemClock
from collector.commands.listing import show_json
from collector.commands.options import DataOption, JsonOption, SiteOption
from collector.sitefile import Configuration, load_site


def register(app: typer.Typer) -> None:
    """Add `export` with its sub-commands to the command line."""
    export = typer.Typer(no_args_is_help=True, help="Workbooks and tables to take away.")
    export.callback()(_several)
    export.command("monthly")(monthly)
    app.add_typer(export, name="export")


def _several() -> None:
    """Keep `monthly` a word of its own while it is the only one."""


def monthly(
    month: Annotated[str, typer.Option(help="Local month: 2026-10.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File: x.xlsx or x.csv.")],
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Write a month's consumption, cost, tce and CO2 by medium and item, with their evidence."""
    kind = output.suffix.lower()
    if kind not in KINDS:
        raise wrong("--output", f"{output.name} must end with {' or '.join(KINDS)}")
    configuration = load_site(site)
    now = SystemClock().now_ms()
    try:
        span = month_span(month, ZoneInfo(configuration.site.timezone))
    except ValueError as error:
        raise wrong("--month", str(error)) from error
    if span[0] >= now:
        raise wrong("--month", f"{month} has not begun")
    stored(configuration, data)
    report = asyncio.run(_computed(configuration, data, span, now))
    write_whole(output, as_file(report, kind))
    if as_json:
        show_json(_summary(report, output))
        return
    figures = report.figures
    known = sum(figure.value is not None for figure in figures)
    typer.echo(
        f"{output}: {known} of {len(figures)} figures have a value, {len(report.findings)} findings"
    )


async def _computed(
    configuration: Configuration,
    data: Path,
    span: tuple[int, int],
    now: int,
) -> Report:
    async with open_site(configuration, data) as opened:
        quality = await plausibility.findings(
            configuration, opened.readings, opened.tabulator, *span
        )
        return await compute_monthly(
            opened, span, made=now, version=version("groundwatt"), plant_figures=_plant_figures,
            findings=quality,
        )  # fmt: skip


async def _plant_figures(opened: Opened, span: tuple[int, int]) -> Sequence[Figure]:
    """Everything below the site: buildings, plant, heat pumps."""
    kpi = Kpi(opened.configuration, opened.readings, opened.tabulator)
    return await kpi.figures(*span, ("tower", "plant", "unit"))


def _summary(report: Report, output: Path) -> dict[str, object]:
    return {
        "file": str(output),
        "figures": [
            {
                "name": figure.name, "value": figure.value, "unit": figure.unit,
                "uncertainty": figure.uncertainty, "coverage": figure.coverage,
                "reason": figure.reason.en if figure.reason else None,
            }
            for figure in report.figures
        ],
        "findings": [
            {"subject": subject, "code": finding.code, "severity": finding.severity,
             "sentence": finding.sentence.en}
            for subject, finding in report.findings
        ],
    }  # fmt: skip
