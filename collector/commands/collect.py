"""`groundwatt collect`: poll this collector's buses and deliver samples until stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from collector.clock import SystemClock
from collector.commands.options import DataOption, SecondsOption, SiteOption, VerboseOption
from collector.errors import ConfigError, Problem
from collector.runtime import log_to_stderr, run_until_signal
from collector.sitefile import Configuration, load_site


def register(app: typer.Typer) -> None:
    """Add `collect` to the command line."""
    app.command("collect")(collect)


def collect(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    name: Annotated[str, typer.Option(help="Which collector this is (`collector:` of a bus).")] = (
        "main"
    ),
    seconds: SecondsOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Poll the meters and deliver samples to the broker until stopped."""
    configuration = load_site(site)
    check_collector(configuration, name)
    log_to_stderr(verbose=verbose)
    run_until_signal(_collect(configuration, data, name), seconds)


def check_collector(configuration: Configuration, name: str) -> None:
    """Refuse a collector name that no bus mentions."""
    names = sorted({bus.collector for bus in configuration.settings.buses})
    if name not in names:
        wording = f"no bus belongs to collector {name!r}; there are: {', '.join(names)}"
        raise ConfigError([Problem(configuration.file, None, "buses", wording)])


async def _collect(configuration: Configuration, data: Path, name: str) -> None:
    from collector.collect import Collector

    await Collector(configuration, data, name, SystemClock()).run()
