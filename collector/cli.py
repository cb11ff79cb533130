"""The `groundwatt` command: finds its sub-commands through entry points, reports errors plainly.

Exit codes: 0 success, 1 a finding, 2 wrong use or configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

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
    app.callback()(_several)
    for entry in _wanted(sys.argv[1:]):
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


def _several() -> None:
    """Keep a command a word of its own when it is the only one that was loaded."""


def _wanted(words: Sequence[str]) -> list[EntryPoint]:
    """The entry point of the command that is called, so that a collector loads no analytics.

    All of them when none is: for help, and to name what there is.
    """
    entries = {entry.name: entry for entry in entry_points(group="groundwatt.commands")}
    if words and words[0] in entries:
        return [entries[words[0]]]
    return [entries[name] for name in sorted(entries)]
