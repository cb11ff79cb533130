"""The pipeline as its users run it: `groundwatt` child processes around a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.counting import CountingMeters, counting_meters, write_site
from tests.servers import Server, running_mosquitto

RESEND_SOON = "outbox: {resend_after: 2s}"
GROUNDWATT = str(Path(sys.executable).with_name("groundwatt"))


def groundwatt(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [GROUNDWATT, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Look every 50 ms whether the condition holds; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(0.05)


def read_totals(site: Path, data: Path) -> dict[str, int] | None:
    """Totals of the ledger from yesterday on (a test may run over midnight), if it can be read."""
    yesterday = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86_400))
    result = groundwatt(
        "ledger", "--site", str(site), "--data", str(data), "--json", "--from", yesterday
    )
    assert result.returncode in (0, 1), result.stderr
    return json.loads(result.stdout)["total"] if result.stdout else None


def totals_of(site: Path, data: Path) -> dict[str, int]:
    """Totals of the ledger; all zero while the store does not answer."""
    return read_totals(site, data) or dict.fromkeys(("stored", "answered", "lost", "pending"), 0)


class StoreSilent(Exception):
    """The ledger could not read the store."""


@dataclass
class Pipeline:
    """Meters, broker, collector and ingest worker of one site."""

    directory: Path
    site: Path
    meters: CountingMeters
    broker: Server
    collector: Server
    ingest: Server

    def ledger(self) -> dict[str, int]:
        """Totals of `groundwatt ledger`.

        Raises
        ------
        StoreSilent
            The store does not answer.
        """
        totals = read_totals(self.site, self.directory)
        if totals is None:
            raise StoreSilent
        return totals

    def stored(self) -> int:
        """Rows in the store; -1 while the store does not answer."""
        try:
            return self.ledger()["stored"]
        except StoreSilent:
            return -1

    def _pending(self) -> int:
        try:
            return self.ledger()["pending"]
        except StoreSilent:
            return 2**31

    def wait_for(self, samples: int, seconds: float = 30) -> None:
        """Wait until so many samples more than now are stored."""
        wait_until(lambda: self.stored() >= 0, seconds, "the store answers")
        goal = self.stored() + samples
        wait_until(lambda: self.stored() >= goal, seconds, f"{goal} samples stored")

    def settle(self, seconds: float = 60) -> dict[str, int]:
        """Let everything arrive, end polling, return the ledger's totals."""
        wait_until(lambda: self._pending() < 50, seconds, "the backlog delivered")
        self.collector.stop()
        return self.ledger()


def process(directory: Path, name: str, *arguments: str) -> Server:
    """Describe a groundwatt child process; it counts as ready when it has logged something."""
    folder = directory / name
    folder.mkdir(exist_ok=True)
    server = Server([GROUNDWATT, *arguments], 0, folder, lambda: server.log.stat().st_size > 0)
    return server


@contextmanager
def pipeline(
    directory: Path, devices: int = 5, interval: str = "200ms", extra: str = RESEND_SOON
) -> Iterator[Pipeline]:
    """Start everything; stop everything at the end, whatever happened."""
    with ExitStack() as stack:
        meters = stack.enter_context(counting_meters(devices))
        broker = stack.enter_context(running_mosquitto(_made(directory / "broker")))
        site = write_site(directory, list(meters.readings), broker.port, interval, extra)
        common = ("--site", str(site), "--data", str(directory))
        ingest = process(directory, "ingest", "ingest", *common)
        collector = process(directory, "collector", "collect", *common)
        stack.callback(ingest.stop)
        stack.callback(collector.stop)
        ingest.start()
        collector.start()
        yield Pipeline(directory, site, meters, broker, collector, ingest)


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory
