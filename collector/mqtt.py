"""The doorway to the MQTT broker: one connection, messages in batches, errors in our words.

Sessions are clean and messages QoS 1; delivery is proven end to end by receipts, so nothing here
trusts the broker to remember anything.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import aiomqtt

from collector.clock import Clock
from collector.config import Mqtt, secret
from collector.errors import BrokerError, ConfigError, first_of

LOG = logging.getLogger(__name__)

QOS = 1
_LOGIN_HINT = " (`mqtt: username` in the site file, password in GROUNDWATT_MQTT_PASSWORD)"
# The library logs every packet's fate; what matters reaches us as exceptions.
_LIBRARY_LOG = logging.getLogger(f"{__name__}.library")
_LIBRARY_LOG.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Received:
    """One message."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class LastWill:
    """What the broker publishes, retained, when we vanish."""

    topic: str
    payload: bytes


class _Batches(asyncio.Queue[aiomqtt.Message]):
    """A queue whose `get` takes everything that waits: one wake-up for many messages."""

    async def get(self) -> aiomqtt.Message:
        """Wait for messages, return them all (the iterator passes on whatever we return)."""
        batch = [await super().get()]
        while not self.empty():
            batch.append(self.get_nowait())
        return cast(aiomqtt.Message, batch)


class Connection:
    """A live connection to the broker."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish one message and wait until the broker has acknowledged it.

        Raises
        ------
        BrokerError
            The connection is lost.
        """
        try:
            await self._client.publish(topic, payload, QOS, retain, timeout=math.inf)
        except aiomqtt.MqttError as error:
            raise BrokerError(f"cannot publish: {error}") from error

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribe to topics at QoS 1.

        Raises
        ------
        BrokerError
            The connection is lost, or the broker refuses a topic.
        """
        try:
            granted = await self._client.subscribe([(topic, QOS) for topic in topics])
        except aiomqtt.MqttError as error:
            raise BrokerError(f"cannot subscribe: {error}") from error
        codes = [code if isinstance(code, int) else code.value for code in granted]
        if any(code >= 0x80 for code in codes):
            raise BrokerError(f"the broker refuses the subscription to {', '.join(topics)}")

    async def batches(self) -> AsyncIterator[list[Received]]:
        """Messages as they come, all that wait at once.

        Raises
        ------
        BrokerError
            The connection is lost.
        """
        try:
            async for batch in self._client.messages:
                messages = cast(list[aiomqtt.Message], batch)
                yield [Received(str(m.topic), m.payload) for m in messages]
        except aiomqtt.MqttError as error:
            raise BrokerError(f"the connection to the broker is lost: {error}") from error


@asynccontextmanager
async def connect(
    settings: Mqtt, identifier: str, will: LastWill | None = None, most_waiting: int = 0
) -> AsyncIterator[Connection]:
    """Connect to the broker for the length of the context.

    Parameters
    ----------
    most_waiting : int
        Received messages kept at most; later ones are discarded (their senders send them again,
        as they get no receipt). 0 means no limit.

    Raises
    ------
    BrokerError
        Out of reach, wrong credentials, or lost later.
    """
    try:
        password = secret("GROUNDWATT_MQTT_PASSWORD") if settings.username else None
        tls_context = _tls(settings)
    except (OSError, ConfigError) as error:  # a file that is being exchanged comes back
        raise BrokerError(f"cannot read a password or certificate: {error}") from error
    client = aiomqtt.Client(
        settings.host,
        settings.port,
        identifier=identifier,
        username=settings.username,
        password=password,
        will=aiomqtt.Will(will.topic, will.payload, QOS, retain=True) if will else None,
        clean_session=True,
        keepalive=30,
        tls_context=tls_context,
        queue_type=_Batches,
        max_queued_incoming_messages=most_waiting,
        max_inflight_messages=1000,
        logger=_LIBRARY_LOG,
    )
    client.pending_calls_threshold = 10_000
    try:
        async with client:
            yield Connection(client)
    except aiomqtt.MqttError as error:
        hint = _LOGIN_HINT if "ot authorized" in str(error) or "user name" in str(error) else ""
        raise BrokerError(f"{settings.host}:{settings.port}: {error}{hint}") from error


def _tls(settings: Mqtt) -> ssl.SSLContext | None:
    if settings.tls is None:
        return None
    context = ssl.create_default_context(cafile=settings.tls.ca)
    if settings.tls.certificate is not None:
        context.load_cert_chain(settings.tls.certificate, settings.tls.key)
    return context


async def stay_connected(
    work: Callable[[], Awaitable[None]], clock: Clock, jitter: random.Random
) -> None:
    """Run `work` (which connects) again and again; wait 0.5 to 30 s, with jitter, in between."""
    failures = 0
    while True:
        started_ms = clock.now_ms()
        try:
            await work()
        except* BrokerError as group:
            failures = 0 if clock.now_ms() - started_ms > 60_000 else failures
            if failures == 0:
                LOG.warning("broker: %s; trying again", first_of(group))
        delay_s = min(30.0, 0.5 * 2**failures) * jitter.uniform(0.5, 1.0)
        failures = min(failures + 1, 10)
        await clock.sleep(delay_s)
