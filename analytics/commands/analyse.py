"""`groundwatt analyse`: roll-ups, alarms and their notifications, and the plant's live figures."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from analytics.jobs.analyse import service
from analytics.jobs.notify import Channel, channels_from_environment
from analytics.jobs.works import Tally
from collector.clock import SystemClock
from collector.commands.listing import show_json
from collector.commands.options import (
    DataOption,
    JsonOption,
    SecondsOption,
    SiteOption,
    VerboseOption,
)
from collector.runtime import log_to_stderr, run_until_signal
from collector.sitefile import Configuration, load_site


def register(app: typer.Typer) -> None:
    """Add `analyse` to the command line."""
    app.command("analyse")(analyse)


def analyse(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    once: Annotated[bool, typer.Option("--once", help="Do every work once and end.")] = False,
    seconds: SecondsOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compute roll-ups, watch for alarms and send them until stopped.

    Where alarms are sent to: apprise URLs in GROUNDWATT_NOTIFY_URLS or GROUNDWATT_NOTIFY_URLS_FILE.
    """
    configuration = load_site(site)
    log_to_stderr(verbose=verbose)
    channels = channels_from_environment()
    tally = Tally()
    if once:
        asyncio.run(_once(configuration, data, channels, tally))
    else:
        run_until_signal(_run(configuration, data, channels, tally), seconds)
    if as_json:
        show_json(asdict(tally))
    elif once:
        typer.echo(
            f"{tally.windows} windows, {tally.revisions} revisions; {tally.raised} alarms raised, "
            f"{tally.returned} returned; {tally.notified} notified, {tally.not_notified} not"
        )
    if once and tally.not_notified:
        raise typer.Exit(1)


async def _once(
    configuration: Configuration, data: Path, channels: tuple[Channel, ...], tally: Tally
) -> None:
    async with service(configuration, data, channels, SystemClock(), tally) as its:
        await its.keeper.once()


async def _run(
    configuration: Configuration, data: Path, channels: tuple[Channel, ...], tally: Tally
) -> None:
    async with service(configuration, data, channels, SystemClock(), tally) as its:
        await its.run()
