"""`groundwatt demo`: everything at once, with simulated devices."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from collector.commands.options import JsonOption

INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo")(demo)


def demo(
    seconds: Annotated[
        float | None, typer.Option(help="End by itself after so many seconds of polling.", min=0)
    ] = None,
    as_json: JsonOption = False,
    store: Annotated[
        str, typer.Option(help="sqlite, influx1 (starts one), or the URL of a running InfluxDB.")
    ] = "sqlite",
    data: Annotated[
        Path, typer.Option(help="Folder of the demo, made anew at every start.")
    ] = Path(".demo"),
    port: Annotated[
        int, typer.Option(help="Port of the page; the next free one if taken.", min=1, max=65535)
    ] = 8080,
    history: Annotated[bool, typer.Option(help="Load a year of history in the background.")] = True,
    seed: Annotated[int | None, typer.Option(help="Another complex than the usual one.")] = None,
    scenario: Annotated[str, typer.Option(help="Which simulated site.")] = "office_complex",
    faults: Annotated[
        bool, typer.Option("--faults", help="Let the scenario's faults happen.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the data of last time.")] = False,
) -> None:
    """Run the whole pipeline with simulated devices: poll, deliver, store, show."""
    from dashboards.demo.account import Outcome
    from dashboards.demo.children import ChildEnded
    from dashboards.demo.pipeline import Wishes
    from dashboards.demo.run import Demo, Options, Stopped

    console = Console(stderr=as_json)
    wishes = Wishes(data, store, scenario, port, seed, history, keep, faults)

    async def run() -> Outcome:
        return await Demo(Options(wishes, seconds), console).run()

    try:
        outcome = asyncio.run(run())
    except ChildEnded as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except (Stopped, asyncio.CancelledError):
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        typer.echo(orjson.dumps(dataclasses.asdict(outcome) | {"good": outcome.good}).decode())
    else:
        console.print(outcome.sentence(), highlight=False, soft_wrap=True)
    if not outcome.good:
        raise typer.Exit(1)
