"""A relay between a client and a simulated bus that makes the line misbehave.

The line of a plant room in one asyncio object: answers come late or not at all, frames are
garbled, the gateway drops its connections, two meters share a unit id. A test drives it by its
methods, a scenario by its fault plan; without a fault it passes every frame unchanged.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, cast

from firmware_sims.frames import Frame, Framing, Splitter, pack

Address = tuple[str, int]
Damage = Literal["bits", "cut", "noise"]
DAMAGES: tuple[Damage, ...] = ("bits", "cut", "noise")

_READ_BYTES = 4096
_TURN_S = 0.1
"""How long the line waits for an answer before the next request has its turn."""
_WAITING_ANSWERS = 1000


@dataclass(slots=True)
class LineFaults:
    """What one unit, or the whole line, does wrong at the moment."""

    delay_s: float = 0.0
    silent: bool = False
    garbled_share: float = 0.0
    damages: tuple[Damage, ...] = DAMAGES
    twin: int | None = None
    refused: list[tuple[int, int, int | None, int]] = field(default_factory=list)


class _Closed(Exception):
    """One end of a connection has gone."""


@dataclass(slots=True)
class _Connection:
    """One client with its own connection to the bus behind."""

    client: asyncio.StreamWriter
    bus: asyncio.StreamWriter
    answers: asyncio.Queue[tuple[float, bytes]]
    turns: asyncio.Queue[Frame]


class Relay:
    """Passes Modbus frames between clients and one bus, with faults on demand.

    Parameters
    ----------
    target : (str, int)
        Where the bus really listens.
    framing : str
        `tcp` or `rtu`.
    rng : Random
        Decides which frames are garbled and how.
    listen : (str, int)
        Where clients connect; port 0 takes a free one.
    """

    def __init__(
        self,
        target: Address,
        framing: Framing,
        rng: random.Random,
        listen: Address = ("127.0.0.1", 0),
    ) -> None:
        self.seen: Counter[str] = Counter()
        self._target = target
        self._framing = framing
        self._rng = rng
        self._listen = listen
        self._faults: defaultdict[int | None, LineFaults] = defaultdict(LineFaults)
        self._listener: asyncio.Server | None = None
        self._connections: list[_Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # -- faults ---------------------------------------------------------------------------------

    def delay(self, seconds: float, unit: int | None = None) -> None:
        """Answer that much later; answers still come in the order of their requests."""
        self._faults[unit].delay_s = seconds

    def silence(self, unit: int | None = None) -> None:
        """Swallow the answers of a unit, or of the whole line."""
        self._faults[unit].silent = True

    def garble(
        self, share: float = 1.0, unit: int | None = None, damages: tuple[Damage, ...] = DAMAGES
    ) -> None:
        """Spoil a share of the answers: flipped bits, a missing end, noise before the frame."""
        self._faults[unit].garbled_share = share
        self._faults[unit].damages = damages

    def refuse(
        self, unit: int, first: int, last: int, function: int | None = None, code: int = 2
    ) -> None:
        """Refuse every read that touches these addresses with an exception code."""
        self._faults[unit].refused.append((first, last, function, code))

    def duplicate(self, unit: int, twin: int) -> None:
        """Let the device with the unit id `twin` answer to `unit` as well, right behind it."""
        self._faults[unit].twin = twin

    def heal(self, unit: int | None = None) -> None:
        """End the faults of a unit, or those of the line."""
        self._faults.pop(unit, None)

    def heal_all(self) -> None:
        """End every fault of the line and its units; a line that was cut stays cut."""
        self._faults.clear()

    def drop(self) -> None:
        """Close every connection now; clients may connect again at once."""
        for connection in self._connections:
            connection.client.transport.abort()
            self.seen["dropped"] += 1

    async def cut(self) -> None:
        """Close every connection and take no new one until `mend`."""
        if self._listener is not None:
            self._listen = self.address
            self._listener.close()
            self._listener = None
        self.drop()

    async def mend(self) -> None:
        """Take connections again after `cut`."""
        if self._listener is None:
            await self.start()

    # -- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen for clients."""
        self._listener = await asyncio.start_server(self._serve, *self._listen)

    async def stop(self) -> None:
        """Close every connection and wait until nothing is left."""
        await self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> Address:
        """Where clients connect."""
        if self._listener is None:
            return self._listen
        host, port = self._listener.sockets[0].getsockname()[:2]
        return host, port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())  # a handler is always one
        self._tasks.add(task)
        try:
            bus_reader, bus_writer = await asyncio.open_connection(*self._target)
            await self._pass_on(
                reader,
                bus_reader,
                _Connection(writer, bus_writer, asyncio.Queue(_WAITING_ANSWERS), asyncio.Queue()),
            )
        except OSError:
            self.seen["bus unreachable"] += 1
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _pass_on(
        self, reader: asyncio.StreamReader, bus: asyncio.StreamReader, connection: _Connection
    ) -> None:
        self._connections.append(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_requests(reader, connection))
                group.create_task(self._take_answers(bus, connection))
                group.create_task(self._send_answers(connection))
        except* (_Closed, ConnectionError):
            pass
        finally:
            self._connections.remove(connection)
            connection.bus.close()

    # -- frames ---------------------------------------------------------------------------------

    async def _take_requests(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        splitter = Splitter(self._framing, "request")
        while data := await reader.read(_READ_BYTES):
            for request in splitter.feed(data):
                self.seen["requests"] += 1
                code = self._refusal(request)
                if code is not None:
                    self.seen["refused"] += 1
                    await self._enqueue(request.refused(code), connection)
                    continue
                twin = self._faults_of(request.unit).twin
                await self._ask(request, request.unit, connection)
                if twin is not None:
                    self.seen["duplicated"] += 1
                    await self._ask(request.addressed_to(twin), request.unit, connection)
        raise _Closed

    async def _ask(self, request: Frame, as_unit: int, connection: _Connection) -> None:
        """Put one request to the bus and pass its answer on under the unit that was asked."""
        connection.bus.write(pack(request, self._framing))
        try:
            async with asyncio.timeout(_TURN_S):
                answer = await connection.turns.get()
        except TimeoutError:
            self.seen["unanswered"] += 1
        else:
            await self._enqueue(answer.addressed_to(as_unit), connection)

    async def _take_answers(self, bus: asyncio.StreamReader, connection: _Connection) -> None:
        splitter = Splitter(self._framing, "answer")
        while data := await bus.read(_READ_BYTES):
            for answer in splitter.feed(data):
                connection.turns.put_nowait(answer)
        raise _Closed

    async def _enqueue(self, answer: Frame, connection: _Connection) -> None:
        faults = self._faults_of(answer.unit)
        self.seen["answers"] += 1
        if faults.silent:
            self.seen["silenced"] += 1
            return
        data = pack(answer, self._framing)
        if faults.garbled_share and self._rng.random() < faults.garbled_share:
            self.seen["garbled"] += 1
            data = self._damaged(data, faults)
        self.seen["delayed"] += faults.delay_s > 0
        due = asyncio.get_running_loop().time() + faults.delay_s
        await connection.answers.put((due, data))

    async def _send_answers(self, connection: _Connection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await connection.answers.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            connection.client.write(data)
            await connection.client.drain()

    def _refusal(self, request: Frame) -> int | None:
        if not request.is_read:
            return None
        start, end = request.span
        for first, last, function, code in self._faults_of(request.unit).refused:
            if function in (None, request.function) and start <= last and end >= first:
                return code
        return None

    def _faults_of(self, unit: int) -> LineFaults:
        """Faults of a unit and of the line together; the worse of both counts."""
        line, own = self._faults.get(None, _NONE), self._faults.get(unit, _NONE)
        worse = own if own.garbled_share >= line.garbled_share else line
        return LineFaults(
            delay_s=max(own.delay_s, line.delay_s),
            silent=own.silent or line.silent,
            garbled_share=worse.garbled_share,
            damages=worse.damages,
            twin=own.twin,
            refused=own.refused,
        )

    def _damaged(self, data: bytes, faults: LineFaults) -> bytes:
        damage = self._rng.choice(faults.damages)
        if damage == "cut":
            return data[: self._rng.randrange(1, len(data))]
        if damage == "noise":
            return self._rng.randbytes(self._rng.randint(1, 8)) + data
        spoilt = bytearray(data)
        for place in self._places(len(data)):
            spoilt[place] ^= 1 << self._rng.randrange(8)
        return bytes(spoilt)

    def _places(self, length: int) -> Iterator[int]:
        """Bytes to spoil; on TCP in the header, since nothing guards the data there."""
        end = 8 if self._framing == "tcp" else length
        yield from self._rng.sample(range(end), min(self._rng.randint(1, 3), end))


_NONE = LineFaults()
