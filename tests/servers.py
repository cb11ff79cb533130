"""Real servers as child processes: mosquitto, InfluxDB 1.x and VictoriaMetrics.

Each runs on free loopback ports with its data in a directory that the caller gives, is ready when
the context is entered, and is gone when it is left, whatever happened in between::

    with running_mosquitto(tmp_path) as broker:
        broker.port, broker.kill(), broker.restart(), broker.pause(), broker.resume()
    with running_influxd(tmp_path) as url:
        ...
    with influxd_server(tmp_path) as server:      # the same with a handle
        server.url, server.kill(), server.restart(), server.pause(), server.resume()

Waiting is bounded polling of the port or endpoint; a server that ends early is reported at once,
with the end of its log.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN_S = 30.0
STOPPED_WITHIN_S = 10.0
_POLL_S = 0.01
_LOOPBACK = "127.0.0.1"


class NotStarted(Exception):
    """The server ended or did not become ready in time; carries the end of its log."""


def free_port() -> int:
    """A TCP port that nobody listens on at this moment on loopback."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Server:
    """One child process that listens on `port`; `ready` tells whether it serves yet."""

    def __init__(
        self, command: Iterable[str], port: int, directory: Path, ready: Callable[[], bool]
    ) -> None:
        self.port = port
        self._command = list(command)
        self._directory = directory
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None
        self.log = directory / f"{Path(self._command[0]).name}.log"

    @property
    def url(self) -> str:
        """Where an HTTP server answers."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        return self._running().pid

    def start(self) -> None:
        """Start the process and return once it serves."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._ready():
            if self._ended_within(_POLL_S):
                raise NotStarted(f"{self._command[0]} ended: {self._log_end()}")
            if time.monotonic() > deadline:
                self.kill()
                raise NotStarted(f"{self._command[0]} is not ready: {self._log_end()}")

    def stop(self) -> None:
        """Ask the process to end, and end it when it does not."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        if not self._ended_within(STOPPED_WITHIN_S):
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End the process with SIGKILL, as a power cut would."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def restart(self) -> None:
        """Start again on the same port with the same data, stopping it first if it runs."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the process: its connections stay open and nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise NotStarted(f"{self._command[0]} is not running")
        return self._process

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._running().wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_LOOPBACK, port)) == 0


def answers(url: str) -> bool:
    """Whether an HTTP server answers this URL with success."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return int(response.status) < 300
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _running(make: Callable[[int], Server], port: int | None) -> Iterator[Server]:
    """Run what `make` describes; without a given port, another one is tried when one was taken."""
    for attempts_left in (2, 1, 0):
        server = make(port or free_port())
        try:
            server.start()
            break
        except NotStarted:
            if port or not attempts_left:
                raise
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_mosquitto(
    directory: Path, *, port: int | None = None, settings: Iterable[str] = ()
) -> Iterator[Server]:
    """Run an MQTT broker whose persistence lies in `directory`.

    `settings` are further lines of its configuration; a broker that was killed and is restarted
    finds what it had saved.
    """

    def make(chosen: int) -> Server:
        config = directory / "mosquitto.conf"
        lines = [
            f"listener {chosen} {_LOOPBACK}",
            "persistence true",
            f"persistence_location {directory}/",
            "log_dest stderr",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        if not any(line.startswith("allow_anonymous") for line in settings):
            lines.append("allow_anonymous true")
        config.write_text("\n".join([*lines, *settings]) + "\n")
        command = ["/usr/sbin/mosquitto", "-c", str(config)]
        return Server(command, chosen, directory, lambda: listens(chosen))

    settings = list(settings)
    with _running(make, port) as server:
        yield server


_INFLUXD_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{backup_port}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
{http}
"""


@contextmanager
def influxd_server(
    directory: Path, *, port: int | None = None, http: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run InfluxDB 1.x with its data in `directory`; `http` adds to that section of its config."""
    extra = "\n".join(f"  {key} = {value}" for key, value in (http or {}).items())

    def make(chosen: int) -> Server:
        config = directory / "influxdb.conf"
        config.write_text(
            _INFLUXD_CONFIG.format(
                backup_port=free_port(), directory=directory, port=chosen, http=extra
            )
        )
        command = ["/usr/bin/influxd", "-config", str(config)]
        ping = f"http://{_LOOPBACK}:{chosen}/ping"
        return Server(command, chosen, directory, lambda: answers(ping))

    with _running(make, port) as server:
        yield server


@contextmanager
def running_influxd(directory: Path, *, port: int | None = None) -> Iterator[str]:
    """Run InfluxDB 1.x with its data in `directory` and yield its URL."""
    with influxd_server(directory, port=port) as server:
        yield server.url


@contextmanager
def victoria_metrics_server(directory: Path, *, port: int | None = None) -> Iterator[Server]:
    """Run VictoriaMetrics set up so that a point written twice is kept once."""

    def make(chosen: int) -> Server:
        command = [
            "/usr/bin/victoria-metrics",
            f"-storageDataPath={directory}/victoria-metrics",
            f"-httpListenAddr={_LOOPBACK}:{chosen}",
            "-dedup.minScrapeInterval=1ms",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
        ]
        health = f"http://{_LOOPBACK}:{chosen}/health"
        return Server(command, chosen, directory, lambda: answers(health))

    with _running(make, port) as server:
        yield server


@contextmanager
def running_victoria_metrics(directory: Path, *, port: int | None = None) -> Iterator[str]:
    """Run VictoriaMetrics and yield its URL."""
    with victoria_metrics_server(directory, port=port) as server:
        yield server.url
