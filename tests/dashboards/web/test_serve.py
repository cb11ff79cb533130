"""`groundwatt serve` listens where only this machine can reach it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from dashboards.web.security import is_loopback, name_of
from tests.dashboards.office import write_office
from tests.e2e.pipeline import GROUNDWATT, groundwatt, wait_until


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_other_addresses_than_loopback_are_refused(tmp_path: Path, host: str) -> None:
    site = write_office(tmp_path)
    result = groundwatt(
        "serve", "--site", str(site), "--data", str(tmp_path), "--host", host, "--port", "0"
    )
    assert result.returncode == 2
    assert "loopback" in result.stderr


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    site = write_office(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = groundwatt("serve", "--site", str(site), "--data", str(tmp_path), "--port", port)
    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_it_serves_the_page_and_ends_on_a_signal_with_a_stream_open(
    tmp_path: Path, host: str
) -> None:
    site = write_office(tmp_path)
    output = tmp_path / "out"
    with output.open("w") as file:
        server = subprocess.Popen(
            [GROUNDWATT, "serve", "--site", str(site), "--data", str(tmp_path),
             "--host", host, "--port", "0"],
            stdout=file, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        wait_until(lambda: "http://" in output.read_text(), 30, "the page's address is said")
        found = re.search(r"http://\S+/", output.read_text())
        assert found
        with urllib.request.urlopen(found.group(), timeout=10) as response:
            assert b"groundwatt" in response.read()
        with urllib.request.urlopen(f"{found.group()}api/v1/events", timeout=10) as stream:
            assert stream.readline() == b"retry: 2000\n"
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil", False),
    ],
)  # fmt: skip
def test_what_loopback_is(host: str, near: bool) -> None:
    assert is_loopback(host) is near


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("127.0.0.1:8080", "127.0.0.1"), ("LOCALHOST", "localhost"), ("[::1]:8080", "::1"),
        ("[::1]", "::1"), ("evil.example:80", "evil.example"), ("", ""), ("[", ""),
    ],
)  # fmt: skip
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert name_of(header) == name
