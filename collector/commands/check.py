"""`groundwatt check`: read the site file, tell every mistake, show what would be polled.

Also the way from vendors' tables to register maps and device lists. Nothing is started.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from collector.commands.listing import Listing, as_objects, show, show_json
from collector.commands.options import JsonOption, SiteOption
from collector.config import InfluxSettings, secret
from collector.deviceimport import import_devices
from collector.errors import ConfigError, Problem
from collector.layout import Extent, Layout
from collector.mapimport import import_map
from collector.model import QUANTITIES
from collector.schemas import SCHEMAS, as_text
from collector.sitefile import Configuration, find_map, load_map, load_site, shipped_maps

_PANEL = "From a table (CSV or XLSX)"
RequestsOption = Annotated[bool, typer.Option("--requests", help="List every request.")]
QuantitiesOption = Annotated[bool, typer.Option("--quantities", help="List the quantities.")]
MapsOption = Annotated[bool, typer.Option("--maps", help="List the shipped register maps.")]
SchemaOption = Annotated[
    Literal["site", "map"] | None, typer.Option(help="Print the JSON Schema, for editors.")
]
FromCsvOption = Annotated[
    Path | None, typer.Option(help="Write a vendor's table as a map.", rich_help_panel=_PANEL)
]
DevicesFromCsvOption = Annotated[
    Path | None, typer.Option(help="Write a device list as `devices:`.", rich_help_panel=_PANEL)
]
EntriesOption = Annotated[
    bool,
    typer.Option("--entries-only", help="Without `devices:`, to append.", rich_help_panel=_PANEL),
]
NameOption = Annotated[
    str | None, typer.Option("--map", help="Name of the map.", rich_help_panel=_PANEL)
]
KindOption = Annotated[
    str | None, typer.Option(help="electricity_meter, heat_pump, …", rich_help_panel=_PANEL)
]
MakerOption = Annotated[str | None, typer.Option(help="Who makes it.", rich_help_panel=_PANEL)]
SourceOption = Annotated[
    str | None, typer.Option(help="Document that the table is from.", rich_help_panel=_PANEL)
]
FunctionOption = Annotated[
    int | None, typer.Option(help="Function code, 1 to 4.", rich_help_panel=_PANEL)
]
BaseOption = Annotated[
    int | None, typer.Option(help="Number of the first register, 0 or 1.", rich_help_panel=_PANEL)
]
WordOrderOption = Annotated[str | None, typer.Option(help="big or little.", rich_help_panel=_PANEL)]
TrustOption = Annotated[
    str | None, typer.Option(help="How sure it is; template unless told.", rich_help_panel=_PANEL)
]
SkipOption = Annotated[
    bool, typer.Option("--skip-unknown", help="Leave unknown points out.", rich_help_panel=_PANEL)
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="File to write.", rich_help_panel=_PANEL)
]


def register(app: typer.Typer) -> None:
    """Add `check` to the command line."""
    app.command("check")(check)


def check(
    site: SiteOption = Path("site.yaml"),
    requests: RequestsOption = False,
    quantities: QuantitiesOption = False,
    maps: MapsOption = False,
    schema: SchemaOption = None,
    from_csv: FromCsvOption = None,
    devices_from_csv: DevicesFromCsvOption = None,
    entries_only: EntriesOption = False,
    name: NameOption = None,
    kind: KindOption = None,
    maker: MakerOption = None,
    source: SourceOption = None,
    function: FunctionOption = None,
    base: BaseOption = None,
    word_order: WordOrderOption = None,
    trust: TrustOption = None,
    skip_unknown: SkipOption = False,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the site file and its register maps; nothing is started."""
    modes = (
        quantities,
        maps,
        schema is not None,
        from_csv is not None,
        devices_from_csv is not None,
    )
    if sum(modes) > 1:
        raise typer.BadParameter(
            "--quantities, --maps, --schema, --from-csv and --devices-from-csv exclude each other"
        )
    if quantities:
        _show(_quantities(), as_json=as_json)
    elif maps:
        _show(_maps(), as_json=as_json)
    elif schema is not None:
        sys.stdout.write(as_text(SCHEMAS[schema]()))
    elif from_csv is not None:
        settings: dict[str, object] = {
            "map": name, "kind": kind, "maker": maker, "source": source, "function": function,
            "address_base": base, "word_order": word_order, "trust": trust,
        }  # fmt: skip
        given = {key: value for key, value in settings.items() if value is not None}
        if output is not None:
            given["map"] = _map_name(name, output)
        imported = import_map(from_csv, given, skip_unknown=skip_unknown)
        for problem in imported.left_out:
            typer.echo(f"left out: {problem}", err=True)
        for sentence in imported.assumed:
            typer.echo(f"assumed: {sentence}", err=True)
        _write(imported.text, output)
    elif devices_from_csv is not None:
        _write(import_devices(devices_from_csv, entries_only=entries_only), output)
    else:
        _check_site(site, requests=requests, as_json=as_json)


def _map_name(name: str | None, output: Path) -> str:
    """Name of a map that is written to a file: the file's own."""
    if output.suffix != ".yaml" or name not in (None, output.stem):
        wanted = f"{name or output.stem}.yaml"
        raise typer.BadParameter(f"a map's file has the map's name: -o {output.with_name(wanted)}")
    return output.stem


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        wording = "exists already and is never overwritten; name another file or remove it"
        raise ConfigError([Problem(output, None, "", wording)]) from error
    except OSError as error:
        raise ConfigError([Problem(output, None, "", f"cannot be written: {error}")]) from error


def _check_site(site: Path, *, requests: bool, as_json: bool) -> None:
    try:
        configuration = load_site(site)
    except ConfigError as error:
        if not as_json:
            raise
        show_json({"problems": [_problem(problem) for problem in error.problems]})
        raise typer.Exit(2) from error
    store = configuration.settings.store
    if isinstance(store, InfluxSettings):
        _warn_of_token(site, store)
    layouts = {
        entry.id: Layout(configuration.maps[entry.map], entry)
        for entry in configuration.settings.devices
    }
    if as_json:
        show_json(_as_object(configuration, layouts, requests=requests))
        return
    show(_devices(configuration, layouts))
    if requests:
        show(_requests(layouts))


def _warn_of_token(site: Path, store: InfluxSettings) -> None:
    """The environment here need not be that of the service: a warning, no mistake."""
    if store.needs_token and not secret("GROUNDWATT_INFLUX_TOKEN"):
        wording = "GROUNDWATT_INFLUX_TOKEN is not set in the environment"
        typer.echo(f"warning: {site}: store: {wording}", err=True)


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "key": problem.key,
        "problem": problem.problem,
    }


def _total(layouts: dict[str, Layout]) -> Extent:
    extents = [layout.extent for layout in layouts.values()]
    return Extent(
        sum(e.requests for e in extents),
        sum(e.registers for e in extents),
        sum(e.points for e in extents),
    )


def _devices(configuration: Configuration, layouts: dict[str, Layout]) -> Listing:
    entries = configuration.settings.devices
    rows = [(e.id, e.map, f"{e.bus}/{e.unit}", str(layouts[e.id].extent)) for e in entries]
    return Listing(
        f"{configuration.file}: {len(rows)} devices on {len(configuration.settings.buses)} buses",
        ("device", "map", "bus/unit", "reads"),
        (*rows, ("total", "", "", str(_total(layouts)))),
        last_is_total=True,
    )


def _requests(layouts: dict[str, Layout]) -> Listing:
    rows = [
        (device, block.function, block.address, block.count, ", ".join(w.name for w in block.words))
        for device, layout in layouts.items()
        for block in layout.requests()
    ]
    columns = ("device", "function", "address", "count", "fields")
    return Listing("requests when every field is due", columns, tuple(rows))


def _as_object(
    configuration: Configuration, layouts: dict[str, Layout], *, requests: bool
) -> dict[str, object]:
    reads = as_objects(_requests(layouts)) if requests else []
    devices = []
    for entry in configuration.settings.devices:
        extent = layouts[entry.id].extent
        device: dict[str, object] = {"device": entry.id, "map": entry.map, "bus": entry.bus}
        device |= {"unit": entry.unit, **_counts(extent)}
        if requests:
            device["reads"] = [
                {k: v for k, v in read.items() if k != "device"}
                | {"fields": str(read["fields"]).split(", ")}
                for read in reads
                if read["device"] == entry.id
            ]
        devices.append(device)
    total = {"devices": len(devices), **_counts(_total(layouts))}
    return {"site": configuration.settings.site.id, "devices": devices, "total": total}


def _counts(extent: Extent) -> dict[str, int]:
    return {
        "requests": extent.requests,
        "registers": extent.registers,
        "points": extent.points,
    }


def _quantities() -> Listing:
    rows = [(q.name, q.unit, str(q.kind), q.title.zh, q.title.en) for q in QUANTITIES.values()]
    return Listing("quantities", ("quantity", "unit", "kind", "zh", "en"), tuple(rows))


def _maps() -> Listing:
    rows = []
    for name in shipped_maps():
        file = find_map(name)
        if file is not None:
            found = load_map(file)
            points = len(found.registers)
            models = ", ".join(found.models)
            rows.append((name, found.kind, found.maker, models, found.trust, points))
    columns = ("map", "kind", "maker", "models", "trust", "points")
    return Listing("register maps that come with groundwatt", columns, tuple(rows))


def _show(listing: Listing, *, as_json: bool) -> None:
    if as_json:
        show_json(as_objects(listing))
    else:
        show(listing)
