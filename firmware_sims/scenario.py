"""scenario.yaml: which devices of a site show what, and what goes wrong with them.

A scenario folder holds a site file for the collector and a scenario file for the simulation. The
shipped ones stand in `firmware_sims/scenarios`; any other folder will do as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from collector.documents import Duration, KeyPath, Strict, dotted, line_of, load, read_text
from collector.errors import ConfigError, Problem
from collector.sitefile import Configuration
from collector.topology import Id, Names
from firmware_sims.devices.binding import Binding
from firmware_sims.devices.models import DeviceModel
from firmware_sims.fault_plan import AnyFault, Duplicate, LineFault

SITE_FILE = "site.yaml"
SCENARIO_FILE = "scenario.yaml"


class OfficeScenario(Strict):
    """A complex that is simulated by physics."""

    kind: Literal["office"]
    scenario: Id
    title: Names
    seed: int = 20240
    devices: Annotated[tuple[DeviceModel, ...], Field(min_length=1)]
    faults: tuple[AnyFault, ...] = ()


class ReplayColumn(Strict):
    """A field that shows a column of the measured data: value × scale, or the running total."""

    column: str
    scale: float = 1.0
    total: bool = False
    start: float = 0.0


class ReplayDevice(Binding):
    """One device of the site file that shows measured data."""

    fields: Annotated[Mapping[str, ReplayColumn], Field(min_length=1)]


class ReplayScenario(Strict):
    """A stretch of measured data, row by row."""

    kind: Literal["replay"]
    scenario: Id
    title: Names
    file: str
    step: Duration
    devices: Annotated[tuple[ReplayDevice, ...], Field(min_length=1)]
    faults: tuple[AnyFault, ...] = ()


Scenario = OfficeScenario | ReplayScenario
_ANY: TypeAdapter[Scenario] = TypeAdapter(Annotated[Scenario, Field(discriminator="kind")])


def shipped_scenarios() -> tuple[Path, ...]:
    """Folders of the scenarios that come with groundwatt."""
    folder = Path(str(resources.files("firmware_sims") / "scenarios"))
    return tuple(sorted(file.parent for file in folder.glob(f"*/{SCENARIO_FILE}")))


def scenario_file(name: str) -> Path:
    """File of a scenario: a shipped one by name, or a path to a file or its folder.

    Raises
    ------
    ConfigError
        There is no such scenario.
    """
    for folder in shipped_scenarios():
        if folder.name == name:
            return folder / SCENARIO_FILE
    path = Path(name)
    file = path / SCENARIO_FILE if path.is_dir() else path
    if not file.is_file():
        known = ", ".join(folder.name for folder in shipped_scenarios())
        raise ConfigError([Problem(path, None, "", f"no such scenario; shipped: {known}")])
    return file


def load_scenario(file: Path, configuration: Configuration) -> Scenario:
    """Read a scenario and check it against the site.

    Raises
    ------
    ConfigError
        Every mistake found, with file, line and key.
    """
    text = read_text(file)
    content, lines = load(text, file)
    try:
        scenario = _ANY.validate_python(content)
    except ValidationError as error:
        problems = [_problem(file, lines, e["loc"], e["msg"]) for e in error.errors()]
        raise ConfigError(problems) from error
    if mistakes := _mistakes(scenario, configuration):
        raise ConfigError([_problem(file, lines, path, wording) for path, wording in mistakes])
    return scenario


def _problem(
    file: Path, lines: dict[KeyPath, int], path: tuple[str | int, ...], wording: str
) -> Problem:
    # pydantic names the member of a union in the path (`devices.0.pump.speed`); it is no key.
    known = {part for key in lines for part in key}
    place = tuple(part for part in path if isinstance(part, int) or part in known)
    wording = wording.removeprefix("Value error, ")
    return Problem(file, line_of(lines, place), dotted(place), wording)


def _mistakes(
    scenario: Scenario, configuration: Configuration
) -> list[tuple[tuple[str | int, ...], str]]:
    """What does not fit the site: bindings and faults of devices and buses."""
    entries = {entry.id: entry for entry in configuration.settings.devices}
    buses = {bus.id for bus in configuration.settings.buses}
    found: list[tuple[tuple[str | int, ...], str]] = []
    bound: set[str] = set()
    for index, binding in enumerate(scenario.devices):
        if binding.device not in entries:
            found.append(
                (("devices", index, "device"), f"no device {binding.device!r} in the site")
            )
        elif binding.device in bound:
            found.append((("devices", index, "device"), f"{binding.device} is bound twice"))
        bound.add(binding.device)
    unbound = sorted(set(entries) - bound)
    found += [
        (("devices",), f"the site's device {name} shows nothing: bind it") for name in unbound
    ]
    for index, fault in enumerate(scenario.faults):
        for key, known in (("device", set(entries)), ("twin", set(entries)), ("bus", buses)):
            name = getattr(fault, key, None)
            if name is not None and name not in known:
                found.append((("faults", index, key), f"no {key} {name!r} in the site"))
    return found or _serial_faults(scenario, configuration)


def _serial_faults(
    scenario: Scenario, configuration: Configuration
) -> list[tuple[tuple[str | int, ...], str]]:
    """Relays stand on TCP lines only; and twins share a bus."""
    places = {entry.id: entry.bus for entry in configuration.settings.devices}
    found: list[tuple[tuple[str | int, ...], str]] = []
    for index, fault in enumerate(scenario.faults):
        if isinstance(fault, Duplicate) and places[fault.device] != places[fault.twin]:
            found.append((("faults", index, "twin"), "the twin must stand on the same bus"))
        if isinstance(fault, LineFault):
            bus = configuration.bus(fault.bus_among(places))
            if bus.kind == "rtu":
                found.append((("faults", index), f"bus {bus.id} is a serial line without a relay"))
    return found
