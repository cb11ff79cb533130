"""Findings on a site's data as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analytics.commands.figures import finding_body
from analytics.jobs.opened import open_site
from analytics.jobs.plausibility import DeviceFinding, findings
from collector.commands.listing import Listing
from collector.sitefile import Configuration

_STYLES = {"alarm": "bold red", "warning": "yellow"}
_COLUMNS = ("severity", "point", "code", "times", "finding")


def listing(found: Sequence[DeviceFinding], title: str) -> Listing:
    """Findings as a table, the gravest first."""
    rows = tuple(
        (
            one.finding.severity,
            one.point,
            one.finding.code,
            f"{float(one.finding.evidence['occurrences']):.0f}",
            one.finding.sentence.en,
        )
        for one in found
    )
    styles = tuple(
        (row, 0, _STYLES[one.finding.severity])
        for row, one in enumerate(found)
        if one.finding.severity in _STYLES
    )
    return Listing(title, _COLUMNS, rows, styles)


def body(found: DeviceFinding) -> dict[str, object]:
    """One finding as an object for machines."""
    return {"device": found.device, "field": found.field, **finding_body(found.finding)}


async def looked_for(
    configuration: Configuration, data: Path, start: int, end: int
) -> list[DeviceFinding]:
    """Open a site and look for implausible data in [start, end). [ms since epoch, UTC]

    Raises
    ------
    StoreError, RecordsError
        Store or records cannot be opened or are out of reach.
    """
    async with open_site(configuration, data) as its:
        return await findings(configuration, its.readings, its.tabulator, start, end)
