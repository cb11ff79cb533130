"""`groundwatt sim`: simulated devices, live and in the past."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from pydantic import TypeAdapter, ValidationError

from collector.documents import Duration
from collector.sitefile import Configuration, load_site

# Every `groundwatt` command loads this file: numpy and the simulation wait until they are needed.
if TYPE_CHECKING:
    from firmware_sims.live import RunningSite
    from firmware_sims.scenario import Scenario
    from firmware_sims.simulation import Timeline

SiteOption = Annotated[
    Path | None, typer.Option(help="The site file; the scenario's own one unless given.")
]
SeedOption = Annotated[int | None, typer.Option(help="Another complex than the scenario's own.")]
UntilOption = Annotated[
    int | None, typer.Option(help="Where history ends and live begins, ms since epoch; now.", min=0)
]
FaultsOption = Annotated[bool, typer.Option("--faults", help="Let the scenario's faults happen.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SecondsOption = Annotated[float | None, typer.Option(help="End by itself after this time.", min=0)]

OFFICE, STUDENTHUSET = "office_complex", "studenthuset_day"


def commands(app: typer.Typer) -> None:
    """Register the sub-commands."""
    sim = typer.Typer(help="Simulated devices that speak real Modbus.", no_args_is_help=True)
    sim.command("run")(run)
    sim.command("replay")(replay)
    sim.command("history")(history)
    sim.command("list")(list_scenarios)
    app.add_typer(sim, name="sim")


def run(
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or its file.")] = OFFICE,
    site: SiteOption = None,
    seed: SeedOption = None,
    until: UntilOption = None,
    faults: FaultsOption = False,
    static: Annotated[
        bool, typer.Option("--static", help="Registers that never change, for benchmarks.")
    ] = False,
    seconds: SecondsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the devices of a site in real time until stopped.

    With the same --until and --seed, counters go on where `groundwatt sim history` ends.
    """
    from firmware_sims.live import Start, serve
    from firmware_sims.scenario import OfficeScenario
    from firmware_sims.simulation import OfficeSimulation, timeline

    configuration, settings, _ = _load(scenario, site)
    if not isinstance(settings, OfficeScenario):
        raise typer.BadParameter(f"{scenario} replays measured data: groundwatt sim replay")
    live_ms = _now_ms() if until is None else until
    plan = settings.faults if faults else ()
    simulation = OfficeSimulation(configuration, settings, seed=seed, faults=plan, live_ms=live_ms)
    simulation.start(timeline(live_ms))
    start = Start(configuration, settings.devices, simulation, plan, live_ms, simulation.seed)
    _until_stopped(serve(start, _teller(as_json), _now_ms, still=static, seconds=seconds))


def replay(
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or its file.")] = STUDENTHUSET,
    site: SiteOption = None,
    speed: Annotated[
        float, typer.Option(help="Times faster than it was measured.", min=1e-3)
    ] = 1.0,
    steps: Annotated[
        bool, typer.Option("--steps", help="Show the next row at every poll of a device instead.")
    ] = False,
    faults: FaultsOption = False,
    seconds: SecondsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve measured data row by row until stopped; the last row stays.

    With --steps, SIGUSR1 shows the next row on all devices as well.
    """
    from firmware_sims.live import Start, serve
    from firmware_sims.replay import ReplaySimulation
    from firmware_sims.scenario import ReplayScenario

    configuration, settings, file = _load(scenario, site)
    if not isinstance(settings, ReplayScenario):
        raise typer.BadParameter(f"{scenario} has no measured data: groundwatt sim run")
    live_ms = _now_ms()
    simulation = ReplaySimulation(configuration, settings, file, speed=speed, start_ms=live_ms)
    plan = settings.faults if faults else ()
    start = Start(configuration, settings.devices, simulation, plan, live_ms, 0)
    polled = simulation.stepper if steps else None
    nudged = simulation.show_next if steps else None
    _until_stopped(
        serve(
            start, _teller(as_json), _now_ms,
            still=steps, seconds=seconds, polled=polled, nudged=nudged,
        )
    )  # fmt: skip


def history(
    output: Annotated[str, typer.Option("--output", "-o", help="File; - for standard output.")],
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or its file.")] = OFFICE,
    site: SiteOption = None,
    until: UntilOption = None,
    days: Annotated[int, typer.Option(help="Last days in fine steps.", min=1, max=364)] = 7,
    step: Annotated[str, typer.Option(help="The fine step.")] = "60s",
    year: Annotated[bool, typer.Option("--year", help="And the year before at 15 min.")] = False,
    seed: SeedOption = None,
    faults: FaultsOption = False,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for the truth: error-free values, true COP.")
    ] = None,
    progress: Annotated[
        str, typer.Option(help="`json` tells on standard error how far it is.")
    ] = "none",
) -> None:
    """Write history as contract messages, for `groundwatt ingest --from`."""
    from firmware_sims.history import Progress, compute, write
    from firmware_sims.scenario import OfficeScenario
    from firmware_sims.simulation import OfficeSimulation

    configuration, settings, _ = _load(scenario, site)
    if not isinstance(settings, OfficeScenario):
        raise typer.BadParameter(f"{scenario} has no past")
    if progress not in ("none", "json"):
        raise typer.BadParameter("--progress: none or json")

    def told(how_far: Progress) -> None:
        if progress == "json":
            print(json.dumps(asdict(how_far)), file=sys.stderr, flush=True)

    until_ms = _now_ms() if until is None else until
    told(Progress("compute", 0, 1, 0, 0))
    plan = settings.faults if faults else ()
    simulation = OfficeSimulation(configuration, settings, seed=seed, faults=plan, live_ms=until_ms)
    parts = compute(simulation, _timeline(until_ms, days, step), year=year, truth=truth)
    with _opened(output) as file:
        written = write(file, configuration.site, parts, simulation.seed, told)
    if output != "-":
        typer.echo(f"{output}: {written} messages")


def list_scenarios(
    columns: Annotated[
        bool, typer.Option("--columns", help="List the columns that devices can be bound to.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the shipped scenarios."""
    from firmware_sims.scenario import shipped_scenarios

    if columns:
        from firmware_sims.physics.design import ComplexDesign
        from firmware_sims.physics.office import OfficeComplex

        for column in OfficeComplex(ComplexDesign()).columns:
            typer.echo(f"{column.name}  [{column.unit}]  {column.meaning}")
        return
    rows = []
    for folder in shipped_scenarios():
        _, settings, _ = _load(folder.name, None)
        title = settings.title
        rows.append({"name": folder.name, "zh": title.zh, "en": title.en, "folder": str(folder),
                     "devices": len(settings.devices)})  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['name']}: {row['en']} ({row['zh']}), {row['devices']} devices")


def _load(name: str, site: Path | None) -> tuple[Configuration, Scenario, Path]:
    from firmware_sims.scenario import SITE_FILE, load_scenario, scenario_file

    file = scenario_file(name)
    configuration = load_site(file.parent / SITE_FILE if site is None else site)
    return configuration, load_scenario(file, configuration), file


def _timeline(until_ms: int, days: int, step: str) -> Timeline:
    from firmware_sims.simulation import timeline

    try:
        step_ms = TypeAdapter(Duration).validate_python(step)
        return timeline(until_ms, days, step_ms // 1000)
    except (ValidationError, ValueError) as error:
        raise typer.BadParameter(f"--step {step}: {error}") from error


def _until_stopped(service: Coroutine[None, None, None]) -> None:
    """Run until SIGINT or SIGTERM, which end it cleanly and at once."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # strangers on the line are no news

    async def guarded() -> None:
        task = asyncio.ensure_future(service)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    try:
        asyncio.run(guarded())
    except OSError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _teller(as_json: bool) -> Callable[[RunningSite], None]:
    def tell(site: RunningSite) -> None:
        if as_json:
            buses = {bus: list(address) for bus, address in site.addresses.items()}
            line = {"event": "listening", "devices": len(site.devices), "buses": buses}
            print(json.dumps(line | {"until": site.live_ms}), flush=True)
            return
        for bus, (host, port) in site.addresses.items():
            print(f"  {bus}: {host}:{port}" if port else f"  {bus}: {host}")
        print(f"{len(site.devices)} devices listen on {len(site.addresses)} buses", flush=True)

    return tell


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    if output == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError as error:  # the reader has gone; nothing is left to be flushed
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from error
        return
    try:
        with Path(output).open("wb") as file:
            yield file
    except OSError as error:
        typer.echo(f"{output}: {error}", err=True)
        raise typer.Exit(1) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
