"""Brings samples from the pollers through the disk outbox to the broker, until receipts come.

    put ──▶ pending ──group commit──▶ disk ──▶ window ──publish──▶ broker
                                        ▲                            │
                                        └────── release ◀─ receipt ──┘

A sample is sent only after its commit. While the disk is full, samples wait in memory (bounded)
and what does not fit is declared once the disk takes writes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from collector.clock import Clock
from collector.errors import Unavailable
from collector.model import Sample
from collector.mqtt import Connection
from collector.outbox import Dropped, Message, OutboxFile, merged, ranges_dropped
from collector.window import Window
from collector.wire import Receipt, encode_sample, topic

LOG = logging.getLogger(__name__)

GROUP_COMMIT_S = 0.1
DISK_RETRY_S = 1.0
RESEND_CHECK_S = 1.0
MOST_PENDING = 50_000
SENDERS = 16

T = TypeVar("T")


class Delivery:
    """The collector's side of the promise that nothing polled is lost."""

    def __init__(self, file: OutboxFile, window: Window, site: str, clock: Clock) -> None:
        self._file = file
        self._window = window
        self._site = site
        self._clock = clock
        self._next_id = file.next_id
        self._pending: deque[Message] = deque()
        self._released: list[Message] = []
        self._lost: list[Dropped] = []
        self._all_loaded = file.depth == 0
        self._work = asyncio.Event()
        self._sendable = asyncio.Event()
        self._bytes = file.bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self.committed = 0
        self.dropped = 0
        self.refused = 0

    @property
    def depth(self) -> int:
        """Samples that have no receipt yet."""
        return self._file.depth + len(self._pending)

    @property
    def bytes(self) -> int:
        """Disk space of the outbox at the last commit. [B]"""
        return self._bytes

    def put(self, sample: Sample) -> None:
        """Take a sample from a poller."""
        payload = encode_sample(sample)
        self._pending.append(
            Message(self._next_id, sample.device, sample.run, sample.seq, sample.at, payload)
        )
        self._next_id += 1
        self._work.set()

    def receipt(self, receipt: Receipt) -> None:
        """Release what ingest has stored or refused."""
        released = self._window.receipt(receipt)
        if receipt.refused:
            self.refused += sum(last - first + 1 for first, last in receipt.refused)
        if released:
            self._released += released
            self._work.set()

    async def keep(self) -> None:
        """Commit to disk until cancelled; what is pending at the end is committed too."""
        self._work.set()
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                await self._commit()
                await self._clock.sleep(GROUP_COMMIT_S)
        finally:
            await self._last_commit()

    async def _commit(self) -> None:
        added, released, lost = list(self._pending), self._released, self._lost
        self._pending.clear()
        self._released, self._lost = [], []
        try:
            await self._on_thread(partial(self._file.commit, added, released, lost))
        except Unavailable as error:
            self._keep_in_memory(added, released, lost)
            LOG.error("%s; samples wait in memory", error)
            await self._try_again()
            return
        self.committed += len(added)
        try:
            gone = await self._on_thread(self._keep_bound) if added else frozenset()
            await self._fill_window([m for m in added if m.id not in gone])
        except Unavailable as error:  # committed all the same: only the next step waits
            self._all_loaded = False
            LOG.error("%s", error)
            await self._try_again()

    async def _try_again(self) -> None:
        await self._clock.sleep(DISK_RETRY_S)
        self._work.set()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _keep_bound(self) -> frozenset[int]:
        """Drop the oldest when the disk bound is reached; gives their ids."""
        dropped = self._file.drop_oldest()
        self._bytes = self._file.bytes
        if dropped:
            self._declare(dropped)
        return frozenset(message.id for message in dropped)

    def _keep_in_memory(
        self, added: list[Message], released: list[Message], lost: list[Dropped]
    ) -> None:
        self._pending.extendleft(reversed(added))
        self._released = released + self._released
        overflow = [self._pending.popleft() for _ in range(len(self._pending) - MOST_PENDING)]
        self._lost = merged(lost + ranges_dropped(overflow, "disk-full") + self._lost)
        self.dropped += len(overflow)

    def _declare(self, dropped: list[Message]) -> None:
        self._window.forget(dropped)
        self.dropped += len(dropped)
        LOG.error("the outbox is full: the %d oldest samples had to go", len(dropped))

    async def _fill_window(self, added: list[Message]) -> None:
        """Give the window what it has room for: the new messages, or the next ones from disk."""
        room = self._window.room
        if self._all_loaded and len(added) <= room:
            self._window.add(added)
        elif room:
            load = partial(self._file.load, self._window.last_id, room)
            messages = await self._on_thread(load)
            self._window.add(messages)
            self._all_loaded = len(messages) < room
        else:
            self._all_loaded = self._all_loaded and not added
        self._sendable.set()

    async def send(self, connection: Connection) -> None:
        """Send the window's messages until cancelled or the connection is lost."""
        self._window.send_all_again()
        self._sendable.set()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SENDERS):
                tasks.create_task(self._sender(connection))
            tasks.create_task(self._send_again())

    async def _sender(self, connection: Connection) -> None:
        while True:
            message = self._window.next_to_send(self._clock.now_ms())
            if message is None:
                self._sendable.clear()
                await self._sendable.wait()
                continue
            await connection.publish(topic(self._site, message.device, "sample"), message.payload)

    async def _send_again(self) -> None:
        while True:
            await self._clock.sleep(RESEND_CHECK_S)
            if count := self._window.send_overdue_again(self._clock.now_ms()):
                LOG.info("%d samples have no receipt yet: sending them again", count)
                self._sendable.set()

    async def _last_commit(self) -> None:
        if self._pending or self._released or self._lost:
            await asyncio.shield(self._commit())

    def close(self) -> None:
        """Close the file, after everything else has ended."""
        self._thread.submit(self._file.close).result()
        self._thread.shutdown()
