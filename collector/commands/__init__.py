"""The collector's sub-commands, one file each; a file's `register` adds it to the command line."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add every sub-command of the collector."""
    from collector.commands import check, collect, ingest, ledger, probe, run

    for command in (check, collect, ingest, ledger, probe, run):
        command.register(app)
