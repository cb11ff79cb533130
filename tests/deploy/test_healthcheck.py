"""The health check of the image, asked about real connections."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.stack import ROOT
from tests.servers import Server, free_port


def _healthy(role: str, **settings: int) -> bool:
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = ROOT / "deploy" / "healthcheck"
    command = ["sh", str(script), role]
    return subprocess.run(command, env=environment, check=False, timeout=30).returncode == 0


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    """Pages whose own health check answers, at this port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("role", ["collect", "ingest", "run"])
def test_a_worker_is_healthy_while_it_is_connected(mosquitto: Server, role: str) -> None:
    with socket.create_connection(("127.0.0.1", mosquitto.port)):
        assert _healthy(role, BROKER_PORT=mosquitto.port)
    assert not _healthy(role, BROKER_PORT=mosquitto.port)


def test_the_pages_are_healthy_while_they_answer(page: int) -> None:
    assert _healthy("serve", WEB_PORT=page)
    assert not _healthy("serve", WEB_PORT=free_port())


def test_an_unknown_command_is_not_healthy() -> None:
    assert not _healthy("export")
