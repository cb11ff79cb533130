"""The demo's folder: made anew for every demo, with its own site file and free ports.

The site file is the scenario's, with other endpoints for buses, broker and store.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from collector.errors import ConfigError, Problem
from dashboards.demo.ports import LOOPBACK, free_ports

MARK = ".groundwatt-demo"
SCENARIOS = "scenarios"


def prepare(folder: Path, *, keep: bool) -> None:
    """Empty the demo's folder, unless its data should be kept.

    Raises
    ------
    ConfigError
        The folder is not a demo's (it is left alone), or cannot be written.
    """
    try:
        _prepare(folder, keep)
    except OSError as error:
        raise ConfigError([Problem(folder, None, "", f"cannot be made: {error}")]) from error


def _prepare(folder: Path, keep: bool) -> None:
    if folder.exists() and not keep:
        if any(folder.iterdir()) and not (folder / MARK).is_file():
            wording = "is not empty and no demo's folder; name another one with --data"
            raise ConfigError([Problem(folder, None, "", wording)])
        shutil.rmtree(folder)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("A demo of groundwatt; removed when the next one starts.\n")


def scenario_site(scenario: str) -> Path:
    """Site file of a scenario: a shipped one by name, or the folder that holds it.

    Raises
    ------
    ConfigError
        There is none.
    """
    # Data of the simulators' package, found by name: nothing of it is imported.
    shipped = Path(str(resources.files("firmware_sims") / SCENARIOS))
    for folder in (shipped / scenario, Path(scenario)):
        if (folder / "site.yaml").is_file():
            return folder / "site.yaml"
    known = ", ".join(sorted(file.parent.name for file in shipped.glob("*/site.yaml")))
    problem = f"no such scenario; shipped: {known}"
    raise ConfigError([Problem(Path(scenario), None, "", problem)])


def write_site(
    source: Path, folder: Path, broker_port: int, store: Mapping[str, Any], rng: random.Random
) -> Path:
    """Write the demo's site file: the scenario's devices, on ports that are free here."""
    site = yaml.safe_load(source.read_text(encoding="utf-8"))
    endpoints = _endpoints(site["buses"])
    ports = dict(zip(endpoints, free_ports(len(endpoints), rng), strict=True))
    for bus in site["buses"]:
        if bus["kind"] != "rtu":
            bus["port"] = ports[(bus.get("host"), bus["port"])]
            bus["host"] = LOOPBACK
    site["mqtt"] = {"host": LOOPBACK, "port": broker_port}
    site["store"] = dict(store)
    if (source.parent / "maps").is_dir():
        shutil.copytree(source.parent / "maps", folder / "maps", dirs_exist_ok=True)
    target = folder / "site.yaml"
    head = f"# Written by groundwatt demo from the scenario {source.parent.name}.\n"
    body = yaml.safe_dump(site, allow_unicode=True, sort_keys=False)
    target.write_text(head + body, encoding="utf-8")
    return target


def _endpoints(buses: Iterable[Mapping[str, Any]]) -> list[tuple[str | None, int]]:
    return list(dict.fromkeys((b.get("host"), b["port"]) for b in buses if b["kind"] != "rtu"))
