"""The analytics' sub-commands, one file each; a file's `register` adds it to the command line."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add every sub-command of analytics."""
    from analytics.commands import alarms, analyse, export, kpi, meter, repair, savings

    for command in (alarms, analyse, export, kpi, meter, repair, savings):
        command.register(app)
