"""The monthly export: consumption, cost, coal equivalent, CO2, the plant, and their evidence."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.buckets import day_start, edges
from analytics.figures import Figure
from analytics.jobs import consumption
from analytics.jobs.export import about, evidence, sheets
from analytics.jobs.export.about import Origin
from analytics.jobs.export.commaseparated import comma_separated
from analytics.jobs.export.flat import flat
from analytics.jobs.export.table import Table
from analytics.jobs.export.workbook import workbook
from analytics.jobs.opened import Opened
from analytics.jobs.plausibility import DeviceFinding
from analytics.jobs.statement import Statement
from collector.errors import ConfigError, Problem
from collector.model import Finding
from collector.sitefile import Configuration

PlantFigures = Callable[[Opened, tuple[int, int]], Awaitable[Sequence[Figure]]]
"""How the figures of the heat pump plant over a span are computed."""

NO_PLANT = "站点文件没有热泵站 the site file has no plant"
NOT_COMPUTED = "本次导出未计算热泵站指标 plant figures were not computed for this export"
KINDS = (".xlsx", ".csv")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that an export of a month tells.

    Parameters
    ----------
    configuration : Configuration
        Of the site.
    statement : Statement
        Consumption by medium and item.
    plant : sequence of Figure or None
        Of the heat pump plant; None: nobody has computed them.
    made : int
        When it was made. [ms since epoch, UTC]
    version : str
        groundwatt's version.
    quality : sequence of DeviceFinding
        What is implausible in the data of the month.
    """

    configuration: Configuration
    statement: Statement
    plant: Sequence[Figure] | None
    made: int
    version: str
    quality: Sequence[DeviceFinding] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, the plant's last."""
        return (*self.statement.figures, *(self.plant or ()))

    @property
    def findings(self) -> list[tuple[str, Finding]]:
        """Every finding once, with what it is about."""
        told = evidence.collected(self.statement.findings, self.figures, self.statement.meters)
        return told + evidence.added(told, self.quality)


def month_span(month: str, zone: ZoneInfo) -> tuple[int, int]:
    """First instant of a local month and of the one after it. [ms since epoch, UTC]

    Raises
    ------
    ValueError
        It is no month, written 2026-10.
    """
    match = _MONTH.fullmatch(month)
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1970:
        raise ValueError(f"{month!r} is no month; write 2026-10")
    start = day_start(date(int(match[1]), int(match[2]), 1), zone)
    whole = edges(start, start + 1, "1mo", zone)
    return int(whole[0]), int(whole[1])


async def monthly(
    opened: Opened,
    span: tuple[int, int],
    *,
    made: int,
    version: str,
    plant_figures: PlantFigures | None = None,
    findings: Sequence[DeviceFinding] = (),
) -> Report:
    """Compute everything that the export of a month tells.

    Parameters
    ----------
    opened : Opened
        The site with store and records.
    span : tuple of int
        From `month_span`. [ms since epoch, UTC]
    made : int
        Now. [ms since epoch, UTC]
    version : str
        groundwatt's version.
    plant_figures : callable, optional
        Computes the plant's figures; without it the export says that it has none.
    findings : sequence of DeviceFinding
        Of `plausibility.findings` over the same span, for the sheet on data quality.

    Raises
    ------
    ConfigError
        The site names a factor set that there is not.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    configuration = opened.configuration
    statement = await consumption.statement(configuration, opened.readings, span)
    plant: Sequence[Figure] | None = None
    if plant_figures is not None and configuration.settings.plant is not None:
        plant = await plant_figures(opened, span)
    return Report(configuration, statement, plant, made, version, findings)


def tables(report: Report) -> tuple[Table, ...]:
    """Sheets of the workbook, in their order."""
    statement, settings = report.statement, report.configuration.settings
    area = sum(building.area_m2 or 0.0 for building in settings.buildings)
    found = report.findings
    origin = Origin(report.made, report.version, _plant_told(report), len(found))
    return (
        about.cover(statement, report.configuration, origin),
        sheets.consumption(statement),
        sheets.periods(statement),
        sheets.indicators(statement, area),
        evidence.plant(report.plant or ()),
        evidence.meters(statement.meters, report.configuration.site.devices),
        evidence.findings(found),
        about.factors(statement),
        about.prices(statement),
        evidence.sources(report.figures),
        about.method(),
    )


def as_file(report: Report, kind: str) -> bytes:
    """Bytes of the export: `.xlsx`, or `.csv` with a row for each figure.

    Raises
    ------
    ValueError
        The kind is neither.
    """
    if kind == ".csv":
        zone = ZoneInfo(report.configuration.site.timezone)
        return comma_separated(flat(report.statement, report.plant or (), zone))
    if kind == ".xlsx":
        title = f"groundwatt {report.configuration.site.id}"
        return workbook(tables(report), report.made, title)
    raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it: the old one stays until it is replaced.

    Raises
    ------
    ConfigError
        The folder does not exist or cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as part:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
            part_file = Path(name)
            part_file.chmod(0o644)
            part_file.replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError([Problem(file, None, "", f"cannot be written: {error}")]) from error


def _plant_told(report: Report) -> str:
    if report.configuration.settings.plant is None:
        return NO_PLANT
    if report.plant is None:
        return NOT_COMPUTED
    known = sum(figure.value is not None for figure in report.plant)
    return f"{len(report.plant)} 个指标，其中 {known} 个有数值 figures, {known} with a value"
