"""Threads of the embedded store: a connection belongs to the thread that uses it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

_READERS = 4
_T = TypeVar("_T")


class Closing(Protocol):
    """A connection, as far as it matters here."""

    def close(self) -> None:
        """Release what it holds; called on another thread, when its own has ended."""


_C = TypeVar("_C", bound=Closing)


class Threads(Generic[_C]):
    """One thread that writes and a few that read, each with a connection of its own."""

    def __init__(self, connect: Callable[[], _C]) -> None:
        self._connect = connect
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self._own = threading.local()
        self._connections: list[_C] = []

    async def to_write(self, call: Callable[[_C], _T]) -> _T:
        """Run on the writing thread, after everything that waits there."""
        return await self._run(self._writing, call)

    async def to_read(self, call: Callable[[_C], _T]) -> _T:
        """Run on one of the reading threads."""
        return await self._run(self._reading, call)

    async def close(self) -> None:
        """Let what is under way end, then close the connections, the writer's last."""
        for executor in (self._reading, self._writing):
            await asyncio.to_thread(executor.shutdown)
        for connection in reversed(self._connections):
            await asyncio.to_thread(connection.close)

    async def _run(self, executor: ThreadPoolExecutor, call: Callable[[_C], _T]) -> _T:
        def with_own_connection() -> _T:
            connection: _C | None = getattr(self._own, "connection", None)
            if connection is None:
                connection = self._own.connection = self._connect()
                self._connections.append(connection)
            return call(connection)

        return await asyncio.get_running_loop().run_in_executor(executor, with_own_connection)
