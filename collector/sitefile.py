"""Reading site.yaml with its register maps, and every check that needs more than one part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from collector.config import (
    Building,
    Bus,
    DeviceEntry,
    SiteFile,
    registers_of,
    site_of,
)
from collector.documents import KeyPath, dotted, line_of, load, parse, read_text
from collector.errors import ConfigError, Problem
from collector.model import Site
from collector.references import check_references
from collector.registers import RegisterMap, parse_map, ratio_names
from collector.virtual import ANALYSE

DAY_MS = 86_400_000
SHORTEST_MS = 100
BROADCAST = 0
LAST_UNIT = 247
SERIAL_KINDS = ("rtu", "rtu-over-tcp")

Wrong = Callable[[KeyPath, str], None]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A checked site file with its maps and the site as the rest of the product sees it."""

    file: Path
    settings: SiteFile
    maps: Mapping[str, RegisterMap]
    site: Site

    def entry(self, device: str) -> DeviceEntry:
        """Return the entry of a device in the file."""
        return next(entry for entry in self.settings.devices if entry.id == device)

    def bus(self, bus: str) -> Bus:
        """Return the entry of a bus in the file."""
        return next(entry for entry in self.settings.buses if entry.id == bus)


def load_site(file: Path) -> Configuration:
    """Read site.yaml and the maps it names.

    Raises
    ------
    ConfigError
        Every mistake found, with file, line and key.
    """
    text = read_text(file)
    settings = parse(text, file, SiteFile)
    lines = load(text, file)[1]
    maps, problems = _load_maps(settings, file, lines)
    problems += _cross_check(settings, maps, file, lines)
    if problems:
        raise ConfigError(problems)
    return Configuration(file, settings, maps, site_of(settings, maps))


def find_map(name: str, beside: Path | None = None) -> Path | None:
    """File of a register map: `maps/` beside the site file goes before the shipped maps."""
    folders = [beside / "maps"] if beside else []
    shipped = resources.files("collector") / "maps"
    for folder in (*folders, Path(str(shipped))):
        if (file := folder / f"{name}.yaml").is_file():
            return file
    return None


def shipped_maps() -> tuple[str, ...]:
    """Names of the register maps that come with groundwatt."""
    folder = Path(str(resources.files("collector") / "maps"))
    return tuple(sorted(file.stem for file in folder.glob("*.yaml")))


def _load_maps(
    settings: SiteFile, file: Path, lines: dict[KeyPath, int]
) -> tuple[dict[str, RegisterMap], list[Problem]]:
    maps: dict[str, RegisterMap] = {}
    problems: list[Problem] = []
    broken: set[Path] = set()
    for index, entry in enumerate(settings.devices):
        if entry.map in maps:
            continue
        path: KeyPath = ("devices", index, "map")
        found = find_map(entry.map, file.parent)
        if found is None:
            own = file.parent / "maps" / f"{entry.map}.yaml"
            shipped = ", ".join(shipped_maps())
            wording = f"there is no map {entry.map!r}: no {own}; shipped: {shipped}"
            problems.append(Problem(file, line_of(lines, path), dotted(path), wording))
            continue
        if found in broken:
            continue
        try:
            maps[entry.map] = load_map(found)
        except ConfigError as error:
            broken.add(found)
            problems += error.problems
    return maps, problems


def load_map(file: Path) -> RegisterMap:
    """Read one register map; its name must be that of its file.

    Raises
    ------
    ConfigError
        Every mistake found, with file, line and key.
    """
    text = read_text(file)
    register_map = parse_map(text, file)
    if register_map.map != file.stem:
        line = line_of(load(text, file)[1], ("map",))
        wording = f"the map is called {register_map.map!r}, its file {file.stem!r}"
        raise ConfigError([Problem(file, line, "map", wording)])
    return register_map


def _cross_check(
    settings: SiteFile, maps: Mapping[str, RegisterMap], file: Path, lines: dict[KeyPath, int]
) -> list[Problem]:
    problems: list[Problem] = []

    def wrong(path: KeyPath, wording: str) -> None:
        problems.append(Problem(file, line_of(lines, path), dotted(path), wording))

    _unique(settings.buses, "buses", wrong)
    buses = {bus.id: bus.kind for bus in settings.buses}
    buildings = _unique(settings.buildings, "buildings", wrong)
    _unique(settings.devices, "devices", wrong)
    _check_buses(settings.buses, wrong)
    units: dict[tuple[str, int], str] = {}
    for index, entry in enumerate(settings.devices):
        place: KeyPath = ("devices", index)
        if entry.bus not in buses:
            wrong((*place, "bus"), f"there is no bus {entry.bus!r}")
        if entry.building is not None and entry.building not in buildings:
            wrong((*place, "building"), f"there is no building {entry.building!r}")
        other = units.setdefault((entry.bus, entry.unit), entry.id)
        if other != entry.id:
            wrong((*place, "unit"), f"unit {entry.unit} on {entry.bus} is already {other}")
        if entry.unit == BROADCAST:
            wrong((*place, "unit"), "0 speaks to all and is answered by none; on TCP try 255 or 1")
        if buses.get(entry.bus) in SERIAL_KINDS and entry.unit > LAST_UNIT:
            wrong((*place, "unit"), f"on a serial line units go from 1 to {LAST_UNIT}")
        if entry.interval < SHORTEST_MS or not _divides_a_day(entry.interval):
            wrong((*place, "interval"), "must divide a day evenly and be at least 100ms")
        if entry.map in maps:
            _check_fields(entry, maps[entry.map], place, wrong)
    check_references(settings, maps, wrong)
    return problems


def _divides_a_day(interval_ms: int) -> bool:
    return interval_ms > 0 and DAY_MS % interval_ms == 0


def _unique(
    entries: Sequence[Bus | Building | DeviceEntry], part: str, wrong: Wrong
) -> frozenset[str]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        if entry.id in seen:
            wrong((part, index, "id"), f"the id {entry.id!r} stands twice")
        seen.add(entry.id)
    return frozenset(seen)


def _check_buses(buses: Sequence[Bus], wrong: Wrong) -> None:
    endpoints: dict[tuple[object, object], str] = {}
    for index, bus in enumerate(buses):
        place: KeyPath = ("buses", index)
        if bus.kind == "rtu" and (bus.host is not None or not isinstance(bus.port, str)):
            wrong((*place, "port"), "an rtu bus has a serial `port` such as /dev/ttyUSB0, no host")
        if bus.kind != "rtu" and (bus.host is None or not isinstance(bus.port, int)):
            wrong((*place, "port"), f"a {bus.kind} bus needs `host` and a TCP `port`")
        if bus.collector == ANALYSE:
            wrong((*place, "collector"), f"{ANALYSE} is the name of groundwatt's own figures")
        other = endpoints.setdefault((bus.host, bus.port), bus.id)
        if other != bus.id:
            wrong((*place, "port"), f"the same line as bus {other}: a line cannot be shared")


def _check_fields(entry: DeviceEntry, its_map: RegisterMap, place: KeyPath, wrong: Wrong) -> None:
    fields = {register.field for register in its_map.registers}
    for key, names in (("every", entry.every), ("ranges", entry.ranges), ("only", entry.only)):
        for name in names or ():
            if name not in fields:
                wrong((*place, key, name), f"map {entry.map} has no field {name!r}")
    for name, (low, high) in entry.ranges.items():
        if low >= high:
            wrong((*place, "ranges", name), "the lower end must be below the upper")
    _check_registers(entry, its_map, place, wrong)


def _check_registers(
    entry: DeviceEntry, its_map: RegisterMap, place: KeyPath, wrong: Wrong
) -> None:
    registers = registers_of(entry, its_map)
    if not registers:
        wrong((*place, "only"), "no field is left to poll")
    elif not any(entry.every.get(r.field, r.every) == 1 for r in registers):
        wrong((*place, "every"), "at least one field must be polled in every slot")
    for register in registers:
        step = entry.interval * entry.every.get(register.field, register.every)
        if _divides_a_day(entry.interval) and not _divides_a_day(step):
            wrong((*place, "every"), f"{register.field}: {step} ms do not divide a day evenly")
        for ratio in ratio_names(register):
            if ratio not in entry.ratios and ratio not in its_map.ratios:
                wrong((*place, "ratios"), f"{register.field} needs the ratio {ratio}")
    for ratio in entry.ratios:
        if not any(ratio in ratio_names(register) for register in its_map.registers):
            wrong((*place, "ratios", ratio), f"map {entry.map} multiplies nothing by {ratio}")
