"""The servers that the demo runs beside groundwatt: mosquitto and, if wished, InfluxDB 1.x."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from collector.errors import ConfigError, Problem
from dashboards.demo.children import Child
from dashboards.demo.ports import LOOPBACK

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian keeps servers; not on the path of ordinary users."""

ANSWERS_WITHIN_S = 2.0


def program(name: str, package: str) -> str:
    """Path of a server's program.

    Raises
    ------
    ConfigError
        It is not installed; says what to install.
    """
    folders = [os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        wording = f"is not installed; on Debian or Ubuntu: sudo apt-get install {package}"
        raise ConfigError([Problem(Path(name), None, "", wording)])
    return found


def mosquitto(folder: Path, port: int) -> Child:
    """Describe a broker on a loopback port that keeps nothing: delivery does not rely on it."""
    lines = [
        f"listener {port} {LOOPBACK}",
        "allow_anonymous true",
        "persistence false",
        "max_queued_messages 0",
        "log_dest stderr",
        "connection_messages true",
    ]
    if os.geteuid() == 0:
        lines.append(f"user {pwd.getpwuid(0).pw_name}")
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    command = [program("mosquitto", "mosquitto"), "-c", str(config)]
    return Child("mosquitto", command, folder / "logs" / "mosquitto.log")


_INFLUXD = """\
reporting-disabled = true
bind-address = "{host}:{backup_port}"
[meta]
  dir = "{folder}/influxdb/meta"
[data]
  dir = "{folder}/influxdb/data"
  wal-dir = "{folder}/influxdb/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "{host}:{port}"
  log-enabled = false
"""


def influxd(folder: Path, port: int, backup_port: int) -> Child:
    """Describe an InfluxDB 1.x on loopback ports with its data in the demo's folder."""
    config = folder / "influxdb.conf"
    config.write_text(
        _INFLUXD.format(host=LOOPBACK, port=port, backup_port=backup_port, folder=folder.resolve())
    )
    command = [program("influxd", "influxdb"), "-config", str(config)]
    return Child("influxd", command, folder / "logs" / "influxd.log")


async def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return False
    return True


async def answers(url: str) -> bool:
    """Whether an HTTP server answers this URL with success."""
    return await asyncio.to_thread(_answers, url)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWERS_WITHIN_S) as response:
            return int(response.status) < 300
    except (urllib.error.URLError, OSError):
        return False
