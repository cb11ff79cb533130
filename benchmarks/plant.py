"""Everything a pipeline benchmark runs: devices, broker, collector, ingest, as child processes."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mixed import map_text

GROUNDWATT = str(Path(sys.executable).with_name("groundwatt"))
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Plant:
    """The running processes, by role."""

    directory: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def cpu_s(self, role: str) -> float:
        """User and system time of a process so far. [s]"""
        fields = (
            Path(f"/proc/{self.processes[role].pid}/stat").read_text().rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mib(self, role: str) -> float:
        """Resident memory of a process. [MiB]"""
        for line in Path(f"/proc/{self.processes[role].pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stored(self) -> tuple[int, int]:
        """Rows in the store, and how many of them are missed slots."""
        with sqlite3.connect(self.directory / "groundwatt.sqlite") as db:
            rows = db.execute("SELECT COUNT(*) FROM electricity_meter").fetchone()[0]
            missed = db.execute(
                "SELECT COUNT(*) FROM electricity_meter WHERE flags LIKE '%bad:missed%'"
            ).fetchone()[0]
        db.close()
        return rows, missed

    def health(self) -> dict[str, float]:
        """The collector's newest health sample."""
        with sqlite3.connect(self.directory / "groundwatt.sqlite") as db:
            cursor = db.execute("SELECT * FROM collector ORDER BY at DESC LIMIT 1")
            row = cursor.fetchone() or ()
            names = [column[0] for column in cursor.description]
        db.close()
        return dict(zip(names, row, strict=False))


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def plant(directory: Path, devices: int, interval: str) -> Iterator[Plant]:
    """Start everything, stop everything."""
    with ExitStack() as stack:
        running: dict[str, subprocess.Popen[bytes]] = {}

        def start(role: str, *command: str, **more: object) -> subprocess.Popen[bytes]:
            log = stack.enter_context((directory / f"{role}.log").open("wb"))
            process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
            running[role] = process
            stack.callback(_stop, process)
            return process

        port = free_port()
        config = directory / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            "log_type none\n" + ("user root\n" if os.geteuid() == 0 else "")
        )
        start("broker", "mosquitto", "-c", str(config))
        served = start(
            "devices", sys.executable, "-m", "benchmarks.devices", str(devices),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert served.stdout is not None
        ports = json.loads(served.stdout.readline())
        site = _write_site(directory, ports, port, interval)
        common = ("--site", str(site), "--data", str(directory))
        start("ingest", GROUNDWATT, "ingest", *common, stdout=subprocess.DEVNULL)
        start("collector", GROUNDWATT, "collect", *common, stdout=subprocess.DEVNULL)
        yield Plant(directory, running)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _write_site(directory: Path, ports: list[int], broker: int, interval: str) -> Path:
    (directory / "maps").mkdir(exist_ok=True)
    (directory / "maps" / "mixed_meter.yaml").write_text(map_text())
    buses = "".join(
        f"  - {{id: bus-{n}, kind: tcp, host: 127.0.0.1, port: {port}}}\n"
        for n, port in enumerate(ports)
    )
    devices = "".join(
        f"  - {{id: meter-{n}, name: {{zh: 表{n}, en: Meter {n}}}, bus: bus-{n}, unit: 1, "
        f"map: mixed_meter, interval: {interval}}}\n"
        for n in range(len(ports))
    )
    site = directory / "site.yaml"
    site.write_text(
        f"site: {{id: bench, name: {{zh: 测试, en: Bench}}}}\nmqtt: {{port: {broker}}}\n"
        f"buses:\n{buses}devices:\n{devices}"
    )
    return site


def wait_for_rows(running: Plant, rows: int, seconds: float) -> None:
    """Wait until the store holds so many rows.

    Raises
    ------
    TimeoutError
        It does not in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if running.stored()[0] >= rows:
                return
        except sqlite3.OperationalError:  # the table is not there yet
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{rows} rows are not stored after {seconds} s")
        time.sleep(0.1)
