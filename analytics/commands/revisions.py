"""`groundwatt repair revisions`: which figures came out differently later, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analytics.commands.typed import clock, device_of, instant, stored, wrong
from analytics.records import reading, revisions
from analytics.records.revisions import Revision
from collector.commands.listing import Listing, as_objects, show, show_json
from collector.commands.options import DataOption, JsonOption, SiteOption
from collector.sitefile import Configuration, load_site

_EARLIEST, _LATEST = -(2**62), 2**62
_COLUMNS = (
    "device", "width", "start", "end", "field", "figure", "before", "after", "cause", "revised",
)  # fmt: skip


def listed(
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Only windows behind it.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Only windows before it.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only this cause: 'repair #12'.")] = None,
    limit: Annotated[int, typer.Option(help="The latest so many.", min=1)] = 1000,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """List revisions of figures in the order in which they were made."""
    configuration = load_site(site)
    stored(configuration, data)
    if device is not None:
        device_of(configuration, device)
    span = (
        instant(start, configuration, "--from") if start else _EARLIEST,
        instant(end, configuration, "--to") if end else _LATEST,
    )
    if span[0] >= span[1]:
        raise wrong("--to", f"{end} does not lie behind {start}")
    with reading(configuration.settings.records, data) as connection:
        found = revisions.listed(connection, device, span=span, cause=cause, limit=limit)
    listing = Listing("\t".join(_COLUMNS), _COLUMNS, tuple(_row(configuration, r) for r in found))
    if as_json:
        show_json({"revisions": as_objects(listing)})
    else:
        show(listing)


def _row(configuration: Configuration, revision: Revision) -> tuple[object, ...]:
    window = clock(revision.start, configuration), clock(revision.end, configuration)
    return (
        revision.device, revision.width, *window, revision.field, revision.figure,
        revision.before, revision.after, revision.cause, clock(revision.at, configuration),
    )  # fmt: skip
