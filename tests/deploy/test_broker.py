"""The production broker, started by its own script with its own rights on a free loopback port."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest

from tests.deploy.stack import ROOT, services
from tests.servers import NotStarted, Server, free_port, listens

DEPLOYED = ROOT / "deploy" / "mosquitto"
PASSWORDS = {"groundwatt": "it's $ecret", "collector": "b\\ackslash", "viewer": "看"}
SAMPLE = "groundwatt/v1/office-park/tower-a-main/sample"
RECEIPT = "groundwatt/v1/office-park/tower-a-main/receipt"
TIMEOUT_S = 10


@dataclass(frozen=True)
class Broker:
    server: Server
    memory: Path

    @asynccontextmanager
    async def client(self, user: str) -> AsyncIterator[aiomqtt.Client]:
        client = aiomqtt.Client(
            "127.0.0.1", self.server.port, username=user, password=PASSWORDS[user]
        )
        async with asyncio.timeout(TIMEOUT_S), client:
            yield client


def _adapted(port: int, memory: Path, data: Path) -> str:
    """Change paths and port of the deployed settings, and the user when the tests run as root."""
    text = (DEPLOYED / "mosquitto.conf").read_text()
    for old, new in (
        ("\nlistener 1883\n", f"\nlistener {port} 127.0.0.1\n"),
        ("/run/mosquitto", str(memory)),
        ("/mosquitto/data", str(data)),
    ):
        assert old in text
        text = text.replace(old, new)
    return text + ("\nuser root\n" if os.geteuid() == 0 else "")


def _server(tmp_path: Path, passwords: Mapping[str, str]) -> Server:
    folders = {name: tmp_path / name for name in ("config", "secrets", "memory", "data")}
    for folder in folders.values():
        folder.mkdir()
    port = free_port()
    config = _adapted(port, folders["memory"], folders["data"])
    (folders["config"] / "mosquitto.conf").write_text(config)
    shutil.copy(DEPLOYED / "acl", folders["config"])
    for user, password in passwords.items():
        name = "mqtt_password" if user == "groundwatt" else f"mqtt_password_{user}"
        (folders["secrets"] / name).write_text(password + "\n")
    command = ["/usr/bin/env"]
    command += [f"{name.upper()}_DIR={folders[name]}" for name in ("config", "secrets", "memory")]
    command += ["sh", str(DEPLOYED / "start.sh")]
    return Server(command, port, tmp_path, lambda: listens(port))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    server = _server(tmp_path, PASSWORDS)
    server.start()
    try:
        yield Broker(server, tmp_path / "memory")
    finally:
        server.stop()


def test_the_broker_starts_without_a_complaint(broker: Broker) -> None:
    broker.server.stop()
    complaints = [
        line
        for line in broker.server.log.read_text().splitlines()
        if "Error" in line or "Warning" in line or "Note" in line
    ]
    # The tests may run as root, the container does not.
    assert [line for line in complaints if "should not be run as root" not in line] == []


@pytest.mark.parametrize("password", ["", "one:two", "one\ntwo"])
def test_a_password_that_would_be_cut_short_is_refused(tmp_path: Path, password: str) -> None:
    server = _server(tmp_path, {**PASSWORDS, "viewer": password})
    with pytest.raises(NotStarted, match="mqtt_password_viewer: a password of MQTT must be"):
        server.start()


def test_no_password_lies_readable_on_the_broker(broker: Broker) -> None:
    hashed = (broker.memory / "passwd").read_text()
    assert not any(password in hashed for password in PASSWORDS.values())
    for file in broker.memory.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_the_health_check_of_the_container_answers(broker: Broker) -> None:
    _, *check = services()["mosquitto"]["healthcheck"]["test"]
    command = [word.replace("$$", "$") for word in check] + ["-p", str(broker.server.port)]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(broker.memory)}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=TIMEOUT_S)
    broker.server.stop()
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=TIMEOUT_S)


@pytest.mark.parametrize(
    ("user", "password"), [(None, None), ("groundwatt", "guess"), ("nobody", "guess")]
)
async def test_a_stranger_is_refused(
    broker: Broker, user: str | None, password: str | None
) -> None:
    client = aiomqtt.Client("127.0.0.1", broker.server.port, username=user, password=password)
    with pytest.raises(aiomqtt.MqttError):
        async with asyncio.timeout(TIMEOUT_S), client:
            pass


async def test_workers_of_the_service_share_a_subscription(broker: Broker) -> None:
    async with broker.client("groundwatt") as worker:
        await worker.subscribe("$share/ingest/groundwatt/v1/+/+/sample", qos=1)
        async with broker.client("collector") as collector:
            await collector.publish(SAMPLE, b"{}", qos=1)
        assert (await anext(worker.messages)).topic.value == SAMPLE


async def test_a_remote_collector_hears_receipts(broker: Broker) -> None:
    async with broker.client("collector") as collector:
        await collector.subscribe(RECEIPT, qos=1)
        async with broker.client("groundwatt") as service:
            await service.publish(RECEIPT, b"{}", qos=1)
        assert (await anext(collector.messages)).topic.value == RECEIPT


async def test_a_remote_collector_can_deliver_and_not_forge_a_receipt(broker: Broker) -> None:
    async with broker.client("groundwatt") as service:
        await service.subscribe("groundwatt/v1/#", qos=1)
        async with broker.client("collector") as collector:
            await collector.publish(RECEIPT, b"forged", qos=1)
            await collector.publish(SAMPLE, b"{}", qos=1)
        assert (await anext(service.messages)).topic.value == SAMPLE


async def test_a_viewer_hears_everything_and_says_nothing(broker: Broker) -> None:
    async with broker.client("viewer") as viewer:
        await viewer.subscribe("groundwatt/v1/#", qos=1)
        await viewer.publish(SAMPLE, b"forged", qos=1)
        async with broker.client("collector") as collector:
            await collector.publish(SAMPLE, b"true", qos=1)
        assert (await anext(viewer.messages)).payload == b"true"
