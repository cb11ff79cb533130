"""The sub-commands that show things: `serve` and `demo`."""

from __future__ import annotations

import typer


def commands(app: typer.Typer) -> None:
    """Register the sub-commands of the dashboards."""
    from dashboards.commands import demo, serve

    for command in (serve, demo):
        command.register(app)
