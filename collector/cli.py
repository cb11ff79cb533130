"""The `groundwatt` command: finds its sub-commands through entry points, reports errors plainly.

Exit codes: 0 success, 1 a finding, 2 wrong use or configuration.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer
from rich.console import Console

from collector.errors import ConfigError, GroundwattError

ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line."""
    app = typer.Typer(
        name="groundwatt",
        help="Energy monitoring from meter registers to audited figures.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for entry in sorted(entry_points(group="groundwatt.commands"), key=lambda e: e.name):
        entry.load()(app)
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            ERRORS.print(str(problem), style="red", markup=False)
        sys.exit(2)
    except GroundwattError as error:
        ERRORS.print(str(error), style="red", markup=False)
        sys.exit(1)


def commands(app: typer.Typer) -> None:
    """Register the collector's sub-commands."""
    from collector import commands as collector_commands

    collector_commands.register(app)
