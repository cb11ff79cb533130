"""The broker doorway against a real mosquitto: batches, passwords, TLS, loss and return."""

from __future__ import annotations

import asyncio
import random
import subprocess
from pathlib import Path

import aiomqtt
import paho.mqtt.client
import pytest
import trustme

from collector.config import Mqtt, Tls
from collector.errors import BrokerError
from collector.mqtt import Received, connect, stay_connected
from tests.servers import Server, running_mosquitto


class QuickClock:
    """Waits a hundredth of what it is asked to."""

    def now_ms(self) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


async def received(settings: Mqtt, topic: str, count: int, ready: asyncio.Event) -> list[Received]:
    found: list[Received] = []
    async with connect(settings, f"receiver-{topic[-1]}") as connection:
        await connection.subscribe([topic])
        ready.set()
        async for batch in connection.batches():
            found += batch
            if len(found) >= count:
                break
    return found


async def test_messages_arrive_in_order_and_in_batches(mosquitto: Server):
    settings, ready = Mqtt(port=mosquitto.port), asyncio.Event()
    task = asyncio.create_task(received(settings, "t/a", 500, ready))
    await ready.wait()
    async with connect(settings, "sender") as connection:
        for number in range(500):
            await connection.publish("t/a", str(number).encode())
    async with asyncio.timeout(20):
        found = await task
    assert [int(message.payload) for message in found] == list(range(500))


async def test_a_lost_broker_is_told_and_work_starts_again(mosquitto: Server):
    settings = Mqtt(port=mosquitto.port)
    sessions: list[int] = []
    second = asyncio.Event()

    async def work() -> None:
        async with connect(settings, "worker") as connection:
            sessions.append(len(sessions))
            await connection.subscribe(["t/#"])
            if len(sessions) == 1:
                await asyncio.to_thread(mosquitto.kill)
                await asyncio.to_thread(mosquitto.start)
            else:
                second.set()
            async for _ in connection.batches():
                pass

    task = asyncio.create_task(stay_connected(work, QuickClock(), random.Random(1)))
    async with asyncio.timeout(20):
        await second.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(sessions) == 2


async def test_a_closed_port_is_a_broker_error(unused_tcp_port: int):
    with pytest.raises(BrokerError):
        async with connect(Mqtt(port=unused_tcp_port), "nobody"):
            pytest.fail("there is nobody to connect to")


@pytest.fixture
def guarded(tmp_path: Path):
    """A broker that asks for a name and a password."""
    folder = tmp_path / "guarded"
    folder.mkdir()
    passwords = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "plant", "right"], check=True)
    settings = ["allow_anonymous false", f"password_file {passwords}"]
    with running_mosquitto(folder, settings=settings) as broker:
        yield broker


async def test_the_password_comes_from_the_environment(guarded: Server, monkeypatch):
    monkeypatch.setenv("GROUNDWATT_MQTT_PASSWORD", "right")
    async with connect(Mqtt(port=guarded.port, username="plant"), "a") as connection:
        await connection.publish("t/a", b"1")


@pytest.mark.parametrize("password", ["wrong", None])
async def test_a_wrong_or_missing_password_is_a_broker_error(
    guarded: Server, monkeypatch, password
):
    if password:
        monkeypatch.setenv("GROUNDWATT_MQTT_PASSWORD", password)
    with pytest.raises(BrokerError, match="GROUNDWATT_MQTT_PASSWORD"):
        async with connect(Mqtt(port=guarded.port, username="plant"), "a"):
            pytest.fail("let in without the password")


@pytest.fixture
def encrypted(tmp_path: Path):
    """A broker with TLS that asks clients for a certificate; gives it and the settings."""
    folder = tmp_path / "encrypted"
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, certificate in (
        ("broker", authority.issue_cert("127.0.0.1", "localhost")),
        ("client", authority.issue_cert("collector@plant.example")),
    ):
        certificate.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        certificate.private_key_pem.write_to_path(folder / f"{name}.key")
    settings = [
        f"cafile {folder}/ca.pem", f"certfile {folder}/broker.pem",
        f"keyfile {folder}/broker.key", "require_certificate true",
    ]  # fmt: skip
    with running_mosquitto(folder, settings=settings) as broker:
        tls = Tls(
            ca=folder / "ca.pem", certificate=folder / "client.pem", key=folder / "client.key"
        )
        yield broker, tls


async def test_tls_with_a_client_certificate(encrypted):
    broker, tls = encrypted
    settings, ready = Mqtt(port=broker.port, tls=tls), asyncio.Event()
    task = asyncio.create_task(received(settings, "t/a", 1, ready))
    await ready.wait()
    async with connect(settings, "sender") as connection:
        await connection.publish("t/a", b"secret")
    async with asyncio.timeout(20):
        assert (await task)[0].payload == b"secret"


# paho leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_unknown_authority_is_refused(encrypted, tmp_path: Path):
    broker, tls = encrypted
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    stranger = Mqtt(port=broker.port, tls=tls.model_copy(update={"ca": other}))
    with pytest.raises(BrokerError):
        async with connect(stranger, "a"):
            pytest.fail("an unknown authority was trusted")


def test_every_exception_of_the_library_is_translated():
    errors = [
        thing
        for thing in vars(aiomqtt).values()
        if isinstance(thing, type) and issubclass(thing, Exception)
    ]
    assert errors
    assert all(issubclass(error, aiomqtt.MqttError) for error in errors)
    assert issubclass(paho.mqtt.client.WebsocketConnectionError, ConnectionError)
