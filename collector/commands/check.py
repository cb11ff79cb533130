"""`groundwatt check`: read the site file, tell every mistake, show what would be polled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from collector.sitefile import load_site


def register(app: typer.Typer) -> None:
    """Add `check` to the command line."""
    app.command("check")(check)


def check(
    site: Annotated[Path, typer.Option(help="The site file.")] = Path("site.yaml"),
) -> None:
    """Check the site file and its register maps; nothing is started."""
    configuration = load_site(site)
    typer.echo(f"{site}: {len(configuration.settings.devices)} devices")
