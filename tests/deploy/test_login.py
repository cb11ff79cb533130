"""The login before the live pages, by a real nginx with the deployed settings."""

from __future__ import annotations

import base64
import http.server
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.stack import ROOT, services
from tests.servers import NotStarted, Server, free_port, listens

DEPLOYED = ROOT / "deploy" / "web"
PASSWORD = "it's {SHA} $ecret #看"


class _Page(http.server.BaseHTTPRequestHandler):
    """Stands where `serve` does: answers with what reached it, and goes on until told to end."""

    first_read = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        names = ("Host", "Authorization")
        self.wfile.write("".join(f"{name}={self.headers[name]};" for name in names).encode())
        self.wfile.flush()
        if self.path == "/endless":
            self.first_read.wait(10)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def _server(tmp_path: Path, page: int, password: str) -> Server:
    folders = {name: tmp_path / name for name in ("config", "secrets", "memory")}
    for folder in folders.values():
        folder.mkdir()
    port = free_port()
    text = (DEPLOYED / "nginx.conf").read_text()
    for old, new in (
        ("\n        listen 8081;", f"\n        listen 127.0.0.1:{port};"),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:{page}"),
        ("/run/web", str(folders["memory"])),
    ):
        assert old in text
        text = text.replace(old, new)
    if os.geteuid() == 0:
        text = f"user root;\n{text}"
    (folders["config"] / "nginx.conf").write_text(text)
    (folders["secrets"] / "web_password").write_text(password)
    command = ["/usr/bin/env", *(f"{name.upper()}_DIR={folders[name]}" for name in folders)]
    command += ["sh", str(DEPLOYED / "start.sh")]
    return Server(command, port, tmp_path, lambda: listens(port))


@pytest.fixture
def login(tmp_path: Path, page: int) -> Iterator[Server]:
    server = _server(tmp_path, page, PASSWORD)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _ask(login: Server, path: str, password: str | None = None) -> urllib.request.Request:
    request = urllib.request.Request(login.url + path, headers={"Host": "plant.example"})
    if password is not None:
        known = base64.b64encode(f"groundwatt:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {known}")
    return request


@pytest.mark.parametrize("password", [None, "", "guess"])
def test_nobody_sees_the_page_without_the_password(login: Server, password: str | None) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(_ask(login, "/", password), timeout=10)
    with refused.value as answer:
        assert answer.status == 401


def test_the_page_hears_its_own_name_and_not_the_password(login: Server) -> None:
    with urllib.request.urlopen(_ask(login, "/", PASSWORD), timeout=10) as answer:
        assert answer.read() == b"Host=127.0.0.1;Authorization=None;"


def test_live_values_pass_while_their_answer_goes_on(login: Server) -> None:
    with urllib.request.urlopen(_ask(login, "/endless", PASSWORD), timeout=5) as answer:
        assert answer.read(5) == b"Host="
        _Page.first_read.set()


def test_the_health_check_of_the_container_needs_no_password(login: Server) -> None:
    url = services()["web"]["healthcheck"]["test"][-1]
    assert url.startswith("http://127.0.0.1:8081/")
    path = url.removeprefix("http://127.0.0.1:8081")
    with urllib.request.urlopen(_ask(login, path), timeout=10) as answer:
        assert answer.status == 204


@pytest.mark.parametrize("password", ["\n", "one:two", "one\ntwo"])
def test_a_password_that_would_be_cut_short_starts_no_login(
    tmp_path: Path, page: int, password: str
) -> None:
    with pytest.raises(NotStarted, match="web_password must be one line"):
        _server(tmp_path, page, password).start()
