"""What every test gets: a scrubbed environment, a watch on left-over tasks, real servers."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.servers import (
    Server,
    influxd_server,
    running_mosquitto,
    victoria_metrics_server,
)

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption(
        "--write-verification", action="store_true", help="write docs/verification.md anew"
    )


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test, apart from those meant for tests."""
    for name in list(os.environ):
        ours = name.startswith("GROUNDWATT_") and not name.startswith("GROUNDWATT_TEST_")
        if ours or name.upper() in _PROXIES:
            monkeypatch.delenv(name)


@pytest_asyncio.fixture
async def _no_task_outlives_the_test() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)  # lets tasks end whose cancellation is already under way
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    if left:
        pytest.fail(f"the test left running: {sorted(str(task) for task in left)}")


@pytest.fixture(autouse=True)
def no_task_outlives_the_test(request: pytest.FixtureRequest) -> None:
    """Fail an async test that leaves a task running; set up first, so checked last."""
    function = getattr(request.node, "obj", None)
    if inspect.iscoroutinefunction(inspect.unwrap(function) if function else None):
        request.getfixturevalue("_no_task_outlives_the_test")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Server]:
    """An MQTT broker of this test's own."""
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    with running_mosquitto(directory) as broker:
        yield broker


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """InfluxDB 1.x, shared by all tests: use a database of your own, and do not kill it."""
    with influxd_server(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture(scope="session")
def victoria_metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """VictoriaMetrics, shared by all tests: use labels of your own, and do not kill it."""
    with victoria_metrics_server(tmp_path_factory.mktemp("victoria")) as server:
        yield server
