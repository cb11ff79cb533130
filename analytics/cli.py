"""Entry point for `groundwatt kpi`, `savings`, `meter`, `repair`, `alarms`, `export`, `analyse`."""

from __future__ import annotations

import typer


def commands(app: typer.Typer) -> None:
    """Register the sub-commands of analytics."""
    from analytics import commands as analytics_commands

    analytics_commands.register(app)
