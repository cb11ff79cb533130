"""Sends what waits for a channel: claim, send, mark; and tries again when it did not go out.

At least once: a process that dies after sending and before marking leaves its claim, and when that
runs out the message is sent again. What is marked as sent is never sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analytics.jobs.notify import SEND_WITHIN_S, NotifyError
from analytics.records import Records, notifications
from analytics.records.notifications import Message, Notification
from analytics.series import HOUR_MS
from collector.clock import Clock

LOG = logging.getLogger(__name__)

LEASE_MS = round(4 * 1000 * SEND_WITHIN_S)
"""How long a claim holds; several times as long as sending can take."""

RETRY_MS, LONGEST_RETRY_MS = 10_000, 900_000
GIVE_UP_MS = 24 * HOUR_MS
NOT_CONFIGURED = "this channel is not configured any more"


class Way(Protocol):
    """A channel, as far as sending goes."""

    key: str

    def send(self, message: Message) -> None:
        """Send a message and wait until it is taken. Blocks.

        Raises
        ------
        NotifyError
            It did not go out, as far as is known.
        """


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round has sent, and what did not go out."""

    sent: int = 0
    failed: int = 0

    def __add__(self, other: Sent) -> Sent:
        """What two rounds did together."""
        return Sent(self.sent + other.sent, self.failed + other.failed)


class Dispatcher:
    """Sends the notifications of a site.

    Parameters
    ----------
    records : Records
        Where they wait.
    channels : sequence of Way
        Where they go.
    clock : Clock
    name : str
        Who claims; unlike that of any other process.
    """

    def __init__(self, records: Records, channels: Sequence[Way], clock: Clock, name: str) -> None:
        self._records = records
        self._channels = channels
        self._clock = clock
        self._name = name
        self._failing: set[str] = set()
        self._tidied = False

    async def send_due(self) -> Sent:
        """Send everything that is due, every channel by itself.

        Cancelled, it still waits for the messages that are on their way, so that they are marked.

        Raises
        ------
        RecordsError
            The records are out of reach.
        """
        if not self._tidied:
            await asyncio.to_thread(self._give_up_others)
            self._tidied = True
        async with asyncio.TaskGroup() as tasks:
            rounds = [tasks.create_task(self._round(channel)) for channel in self._channels]
        return sum((each.result() for each in rounds), Sent())

    async def _round(self, channel: Way) -> Sent:
        """Send to one channel until nothing is due or it fails."""
        done = Sent()
        while True:
            sending = asyncio.ensure_future(asyncio.to_thread(self._send_one, channel))
            try:
                one = await asyncio.shield(sending)
            except asyncio.CancelledError:
                await sending
                raise
            if one is None:
                return done
            done += one
            if one.failed:
                return done

    def _send_one(self, channel: Way) -> Sent | None:
        """Claim, send and mark one message; None when nothing is due."""
        with self._records.transaction() as connection:
            claimed = notifications.claim(
                connection, channel.key, self._name, self._clock.now_ms(), LEASE_MS
            )
        if claimed is None:
            return None
        try:
            channel.send(claimed.message)
        except NotifyError as error:
            self._failed(claimed, str(error))
            return Sent(failed=1)
        with self._records.transaction() as connection:
            notifications.sent(connection, claimed, self._clock.now_ms())
        if channel.key in self._failing:
            self._failing.discard(channel.key)
            LOG.warning("%s takes messages again", channel.key)
        return Sent(sent=1)

    def _failed(self, claimed: Notification, problem: str) -> None:
        now = self._clock.now_ms()
        if claimed.channel not in self._failing:
            self._failing.add(claimed.channel)
            LOG.error("not notified: %s; trying again", problem)
        with self._records.transaction() as connection:
            if now - claimed.created >= GIVE_UP_MS:
                LOG.error("alarm %d: given up after a day: %s", claimed.message.alarm, problem)
                notifications.give_up(connection, claimed, now, problem)
                return
            pause = min(RETRY_MS * 2 ** min(claimed.attempts - 1, 10), LONGEST_RETRY_MS)
            notifications.postpone(connection, claimed, now + pause, problem)

    def _give_up_others(self) -> None:
        """After a day, what waits for a channel that is not configured any more is not sent."""
        known = {channel.key for channel in self._channels}
        now = self._clock.now_ms()
        with self._records.transaction() as connection:
            for each in notifications.created_before(connection, now - GIVE_UP_MS):
                if each.channel not in known:
                    LOG.warning("%s: %s", each.channel, NOT_CONFIGURED)
                    notifications.give_up(connection, each, now, NOT_CONFIGURED)
