"""`groundwatt ingest`: store what collectors send, or load a file of messages."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from collector.clock import SystemClock
from collector.commands.options import (
    DataOption,
    JsonOption,
    SecondsOption,
    SiteOption,
    VerboseOption,
)
from collector.errors import ConfigError, Problem
from collector.importer import Imported, Importer, lines_from
from collector.ingest import Ingest, open_patiently
from collector.runtime import log_to_stderr, run_until_signal
from collector.setaside import SetAside
from collector.sitefile import Configuration, load_site
from collector.store.choice import store_for


def register(app: typer.Typer) -> None:
    """Add `ingest` to the command line."""
    app.command("ingest")(ingest)


def ingest(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    worker: Annotated[
        str, typer.Option(help="Name of this worker, when several share the work.")
    ] = "1",
    source: Annotated[
        str | None,
        typer.Option(
            "--from", help="Load contract messages from a file (- for standard input) and end."
        ),
    ] = None,
    progress: Annotated[
        bool, typer.Option("--progress", help="With --from: JSON lines on standard error.")
    ] = False,
    as_json: JsonOption = False,
    seconds: SecondsOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Store samples and send receipts until stopped; or load a file with --from."""
    configuration = load_site(site)
    log_to_stderr(verbose=verbose)
    if source is None:
        run_until_signal(store_samples(configuration, data, worker), seconds)
        return
    counts = asyncio.run(_load(configuration, data, source, progress))
    report(counts, as_json)
    if counts.refused:
        raise typer.Exit(1)


def report(counts: Imported, as_json: bool) -> None:
    """Print what has come of the file."""
    if as_json:
        typer.echo(orjson.dumps(asdict(counts)).decode())
    else:
        typer.echo(
            f"{counts.lines} messages: {counts.stored} stored ({counts.values} values), "
            f"{counts.refused} set aside"
            + (f", {counts.partly} stored without unknown fields" if counts.partly else "")
        )


async def store_samples(configuration: Configuration, data: Path, worker: str) -> None:
    """Run one worker until cancelled."""
    clock = SystemClock()
    store = store_for(configuration, data)
    aside = SetAside(data / "refused", worker)
    mqtt = configuration.settings.mqtt
    try:
        # nothing is taken from the broker before: collectors keep their samples meanwhile
        await open_patiently(store, clock)
        await Ingest(configuration.site, mqtt, store, aside, worker, clock).run()
    finally:
        await store.close()


async def _load(configuration: Configuration, data: Path, source: str, progress: bool) -> Imported:
    store = store_for(configuration, data)
    await store.open()
    aside = SetAside(data / "refused", "import")
    importer = Importer(configuration.site, store, aside, SystemClock())
    try:
        with _stream(source) as stream:
            return await importer.load(lines_from(stream), _tell if progress else None)
    finally:
        await store.close()


def _stream(source: str) -> nullcontext[BinaryIO] | BinaryIO:
    if source == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except OSError as error:
        problem = Problem(Path(source), None, "", f"cannot be read: {error.strerror}")
        raise ConfigError([problem]) from error


def _tell(counts: Imported) -> None:
    sys.stderr.write(orjson.dumps(asdict(counts)).decode() + "\n")
    sys.stderr.flush()
