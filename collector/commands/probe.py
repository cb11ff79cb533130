"""`groundwatt probe`: read one live device and judge every register of its map."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from collector.clock import SystemClock
from collector.commands.listing import show_json
from collector.commands.options import JsonOption
from collector.commands.probe_report import ProbeReport
from collector.config import Bus, DeviceEntry
from collector.errors import ConfigError, Problem
from collector.layout import Layout
from collector.modbus import Line
from collector.planner import Block
from collector.probe import best_reading
from collector.readout import Readout
from collector.registers import RegisterMap, ratio_names
from collector.sitefile import find_map, load_map, load_site, shipped_maps

_SITE_PANEL = "A device of a site file"
_DIRECT_PANEL = "A device that no site file has yet"

SiteOption = Annotated[
    Path | None, typer.Option(help="The site file.", rich_help_panel=_SITE_PANEL)
]
DeviceOption = Annotated[
    str | None, typer.Option(help="Id of the device.", rich_help_panel=_SITE_PANEL)
]
MapOption = Annotated[
    str | None, typer.Option("--map", help="Map, by name or file.", rich_help_panel=_DIRECT_PANEL)
]
HostOption = Annotated[
    str | None, typer.Option(help="Modbus TCP host or gateway.", rich_help_panel=_DIRECT_PANEL)
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, rich_help_panel=_DIRECT_PANEL)]
UnitOption = Annotated[
    int, typer.Option(min=1, max=255, help="Modbus unit.", rich_help_panel=_DIRECT_PANEL)
]
GatewayOption = Annotated[
    bool,
    typer.Option("--rtu-over-tcp", help="Through a serial gateway.", rich_help_panel=_DIRECT_PANEL),
]
SerialOption = Annotated[
    str | None,
    typer.Option(help="Serial port such as /dev/ttyUSB0.", rich_help_panel=_DIRECT_PANEL),
]
BaudrateOption = Annotated[
    int | None,
    typer.Option(
        min=300, max=921_600, help="Default: as the map says.", rich_help_panel=_DIRECT_PANEL
    ),
]
ParityOption = Annotated[
    Literal["N", "E", "O"] | None,
    typer.Option(help="Default: as the map says.", rich_help_panel=_DIRECT_PANEL),
]
StopbitsOption = Annotated[
    int | None,
    typer.Option(min=1, max=2, help="Default: as the map says.", rich_help_panel=_DIRECT_PANEL),
]


def _positive(ratio: float | None) -> float | None:
    if ratio is not None and not 0.0 < ratio < math.inf:
        raise typer.BadParameter(f"a transformer ratio is above 0, like 40 for 200/5, not {ratio}")
    return ratio


RatioOption = Annotated[
    float | None,
    typer.Option(callback=_positive, help="Ratio set by hand.", rich_help_panel=_DIRECT_PANEL),
]
TimeoutOption = Annotated[
    int, typer.Option(help="Time-out of an answer in ms.", min=50, rich_help_panel=_DIRECT_PANEL)
]

_OF_SITE = ("site", "device")
_NOT_DIRECT = (*_OF_SITE, "as_json")


def register(app: typer.Typer) -> None:
    """Add `probe` to the command line."""
    app.command("probe")(probe)


def probe(
    context: typer.Context,
    site: SiteOption = None,
    device: DeviceOption = None,
    map_name: MapOption = None,
    host: HostOption = None,
    port: PortOption = 502,
    unit: UnitOption = 1,
    rtu_over_tcp: GatewayOption = False,
    serial: SerialOption = None,
    baudrate: BaudrateOption = None,
    parity: ParityOption = None,
    stopbits: StopbitsOption = None,
    ct: RatioOption = None,
    pt: RatioOption = None,
    timeout: TimeoutOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Read a live device: every register raw, decoded and judged. Exit 1 when something is odd."""
    _refuse_mixture(context)
    if device is not None:
        register_map, entry, bus = _of_site(site or Path("site.yaml"), device)
    elif map_name is not None and (host is not None) != (serial is not None):
        register_map = _map_of(map_name)
        entry = _entry(register_map, unit, {"ct": ct, "pt": pt})
        kind = "rtu" if serial else "rtu-over-tcp" if rtu_over_tcp else "tcp"
        given = {"baudrate": baudrate, "parity": parity, "stopbits": stopbits}
        line = register_map.serial.model_dump() | {k: v for k, v in given.items() if v is not None}
        place = {"host": host, "port": serial or port, "timeout": f"{timeout}ms"}
        bus = Bus.model_validate({"id": "probe", "kind": kind, **place, **line})
    else:
        raise typer.BadParameter("give --device with --site, or --map with --host or --serial")
    readout = asyncio.run(_read(register_map, entry, bus))
    own, better = best_reading(register_map, entry, readout.memory)
    report = ProbeReport(register_map, entry, own, better, readout.memory)
    if as_json:
        show_json(report.as_object())
    else:
        report.tell()
    raise typer.Exit(0 if report.fine else 1)


def _refuse_mixture(context: typer.Context) -> None:
    """The site file says everything of its devices; options that it would outvote are wrong use."""
    typed = [option for option in context.command.params if _is_typed(context, option.name)]
    of_site = [option.opts[0] for option in typed if option.name in _OF_SITE]
    direct = [option.opts[0] for option in typed if option.name not in _NOT_DIRECT]
    if of_site and direct:
        raise typer.BadParameter(
            f"{', '.join(of_site)} and {', '.join(direct)} exclude each other: the site file says "
            "where its devices are and how they are read"
        )
    network = [name for name in direct if name in ("--port", "--rtu-over-tcp")]
    if "--serial" in direct and network:
        raise typer.BadParameter(f"--serial and {', '.join(network)} exclude each other")


def _is_typed(context: typer.Context, option: str | None) -> bool:
    source = context.get_parameter_source(option or "")
    return source is not None and source.name == "COMMANDLINE"


def _of_site(site: Path, device: str) -> tuple[RegisterMap, DeviceEntry, Bus]:
    configuration = load_site(site)
    for entry in configuration.settings.devices:
        if entry.id == device:
            return configuration.maps[entry.map], entry, configuration.bus(entry.bus)
    known = ", ".join(entry.id for entry in configuration.settings.devices)
    raise ConfigError([Problem(site, None, "devices", f"no device {device!r}; there are: {known}")])


def _map_of(name: str) -> RegisterMap:
    if name.endswith((".yaml", ".yml")):
        return load_map(Path(name))
    file = find_map(name, Path())
    if file is None:
        own, shipped = Path("maps") / f"{name}.yaml", ", ".join(shipped_maps())
        raise typer.BadParameter(f"no map {name!r}: no {own} here; shipped: {shipped}")
    return load_map(file)


def _entry(register_map: RegisterMap, unit: int, ratios: Mapping[str, float | None]) -> DeviceEntry:
    used = {name for register in register_map.registers for name in ratio_names(register)}
    for name, ratio in ratios.items():
        if ratio is not None and name not in used:
            raise typer.BadParameter(f"--{name}: the map {register_map.map} has no {name} ratio")
    return DeviceEntry.model_validate(
        {
            "id": "probed",
            "name": {"zh": "被测设备", "en": "probed device"},
            "bus": "probe",
            "unit": unit,
            "map": register_map.map,
            "ratios": {name: ratio for name, ratio in ratios.items() if ratio is not None},
        }
    )


async def _read(register_map: RegisterMap, entry: DeviceEntry, bus: Bus) -> Readout:
    layout = Layout(register_map, entry)
    pause_ms = max(bus.pause, layout.quirks.pause_between_requests)
    clock = SystemClock()
    line = Line(bus)
    readout = Readout(line, entry.unit, clock, pause_ms)
    try:
        await line.connect()
        await clock.sleep(layout.quirks.pause_after_connect / 1000)
        setup = [Block(b.function, b.address, b.count, b.words) for b in layout.setup_blocks()]
        await readout.read((*layout.requests(), *setup))
    finally:
        line.close()
    return readout
