"""`groundwatt run`: collector and ingest worker in one process, for a site on one machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from collector.clock import SystemClock
from collector.collect import Collector
from collector.commands.collect import check_collector
from collector.commands.ingest import store_samples
from collector.commands.options import DataOption, SecondsOption, SiteOption, VerboseOption
from collector.runtime import log_to_stderr, run_until_signal
from collector.sitefile import Configuration, load_site


def register(app: typer.Typer) -> None:
    """Add `run` to the command line."""
    app.command("run")(run)


def run(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    name: Annotated[str, typer.Option(help="Which collector this is.")] = "main",
    seconds: SecondsOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Collect and store on one machine until stopped; the broker must be running."""
    configuration = load_site(site)
    check_collector(configuration, name)
    log_to_stderr(verbose=verbose)
    run_until_signal(_run(configuration, data, name), seconds)


async def _run(configuration: Configuration, data: Path, name: str) -> None:
    """Poll from the first moment, whatever the store does; store until the collector has ended."""
    async with asyncio.TaskGroup() as tasks:
        storing = tasks.create_task(store_samples(configuration, data, name))
        try:
            await Collector(configuration, data, name, SystemClock()).run()
        finally:
            storing.cancel()
