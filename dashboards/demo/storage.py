"""Which store the demo uses: the embedded one, an InfluxDB beside it, or one that is running."""

from __future__ import annotations

import random
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.errors import ConfigError, Problem
from dashboards.demo.children import Child
from dashboards.demo.ports import LOOPBACK, free_ports
from dashboards.demo.servers import influxd

ORGANISATION = "groundwatt"
DATABASE = "groundwatt_demo"
"""On a server that others use, simulated values stay apart from measured ones."""

VERSION_HEADER = "x-influxdb-version"
ANSWERS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Storage:
    """Settings of the store for site.yaml; a server to start first, and where it answers."""

    settings: Mapping[str, Any]
    server: Child | None = None
    ping: str = ""


def storage(wanted: str, folder: Path, rng: random.Random) -> Storage:
    """Find out what `--store` means.

    Raises
    ------
    ConfigError
        It means nothing, or nobody answers at the address.
    """
    if wanted == "sqlite":
        return Storage({"kind": "sqlite"})
    if wanted == "influx1":
        port, backup_port = free_ports(2, rng)
        url = f"http://{LOOPBACK}:{port}"
        server = influxd(folder, port, backup_port)
        return Storage({"kind": "influx1", "url": url}, server, f"{url}/ping")
    if wanted.startswith(("http://", "https://")):
        return Storage(_running(wanted.rstrip("/")))
    raise _wrong(f"{wanted!r} is none of: sqlite, influx1, the URL of a running InfluxDB")


def _running(url: str) -> Mapping[str, Any]:
    """Settings for a running InfluxDB; its version tells which kind it is."""
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=ANSWERS_WITHIN_S) as response:  # noqa: S310
            version = str(response.headers.get(VERSION_HEADER, ""))
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise _wrong(f"no InfluxDB answers at {url}: {error}") from error
    if version.lstrip("v").startswith("2"):
        own = {"kind": "influx2", "organisation": ORGANISATION}
    else:
        own = {"kind": "influx1"}
    return {**own, "url": url, "database": DATABASE}


def _wrong(wording: str) -> ConfigError:
    return ConfigError([Problem(Path("--store"), None, "", wording)])
