"""The servers that tests run against start, stop, freeze and come back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import (
    NotStarted,
    Server,
    answers,
    free_port,
    influxd_server,
    listens,
    running_influxd,
    running_mosquitto,
    running_victoria_metrics,
)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_broker_listens_inside_and_is_gone_outside(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path) as broker:
        assert listens(broker.port)
        pid = broker.pid
    assert not listens(broker.port)
    assert not _exists(pid)


def test_a_broker_is_stopped_when_the_test_fails_while_it_is_frozen(tmp_path: Path) -> None:
    pids: list[int] = []

    def failing_test() -> None:
        with running_mosquitto(tmp_path) as broker:
            pids.append(broker.pid)
            broker.pause()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_test()
    assert not _exists(pids[0])


def test_a_killed_broker_restarts_on_the_same_port(tmp_path: Path) -> None:
    port = free_port()
    with running_mosquitto(tmp_path, port=port) as broker:
        broker.kill()
        assert not listens(port)
        broker.restart()
        assert listens(port)


def test_a_wrong_setting_is_reported_with_the_log(tmp_path: Path) -> None:
    wrong = running_mosquitto(tmp_path, port=free_port(), settings=["no_such_setting 1"])
    with pytest.raises(NotStarted, match="no_such_setting"), wrong:
        pass


def test_influxd_pauses_and_resumes(tmp_path: Path) -> None:
    with influxd_server(tmp_path) as server:
        server.pause()
        assert not answers(f"{server.url}/ping")
        server.resume()
        assert answers(f"{server.url}/ping")


def test_influxd_and_victoria_metrics_yield_their_url(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as influx, running_victoria_metrics(tmp_path) as victoria:
        assert answers(f"{influx}/ping")
        assert answers(f"{victoria}/health")


def test_the_broker_fixture_is_ready(mosquitto: Server) -> None:
    assert listens(mosquitto.port)


_UNTIDY = """
import asyncio

async def test_tidy():
    await asyncio.create_task(asyncio.sleep(0))

async def test_untidy():
    asyncio.create_task(asyncio.sleep(60), name="forgotten")
"""
_INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def test_an_async_test_that_leaves_a_task_running_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(Path(__file__).with_name("conftest.py").read_text())
    (tmp_path / "test_tasks.py").write_text(_UNTIDY)
    (tmp_path / "pytest.ini").write_text(_INI)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "2 passed, 1 error" in result.stdout
    assert "the test left running" in result.stdout
    assert "forgotten" in result.stdout
