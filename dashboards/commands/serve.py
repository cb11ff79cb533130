"""`groundwatt serve`: the built-in live page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from collector.commands.options import DataOption, SecondsOption, SiteOption, VerboseOption
from collector.runtime import log_to_stderr, run_until_signal
from collector.sitefile import load_site


def register(app: typer.Typer) -> None:
    """Add `serve` to the command line."""
    app.command("serve")(serve)


def serve(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8080,
    seconds: SecondsOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Serve the live page and its API until stopped."""
    from dashboards.web import serve as web

    configuration = load_site(site)
    listener = web.listening(host, port)
    log_to_stderr(verbose=verbose)
    typer.echo(f"{configuration.site.title.en}: {web.url_of(listener)}")
    run_until_signal(web.serve(configuration, data, listener), seconds)
