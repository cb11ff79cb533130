"""A scripted serial gateway on a real socket: answers by hand-made RTU or MBAP frames.

Like the cheapest gateways it forwards what its serial line says to whichever connection is open,
also when the answer comes late and the connection that asked is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from collector.config import Bus

Answer = tuple[float, bytes]
"""How long after the request, and the PDU; an empty PDU stays silent."""


def crc(frame: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def registers(*words: int, function: int = 3) -> bytes:
    """The PDU that answers a register read."""
    return bytes([function, 2 * len(words)]) + struct.pack(f">{len(words)}H", *words)


@dataclass
class Gateway:
    """What it was asked, and how it answers: `answer(number, unit, pdu)`."""

    answer: Callable[[int, int, bytes], Answer]
    framing: str
    requests: list[tuple[int, bytes]] = field(default_factory=list)
    connections: int = 0
    writer: asyncio.StreamWriter | None = None
    late: set[asyncio.Task[None]] = field(default_factory=set)
    raw: bool = False
    handlers: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.handlers[task] = writer
        self.writer = writer
        self.connections += 1
        head = 7 if self.framing == "tcp" else 1
        try:
            while True:
                start = await reader.readexactly(head)
                unit = start[-1]
                pdu = await reader.readexactly(5)
                if self.framing != "tcp":
                    await reader.readexactly(2)
                number = len(self.requests)
                self.requests.append((unit, pdu))
                delay, reply = self.answer(number, unit, pdu)
                if not reply:
                    continue
                frame = reply if self.raw else self.framed(start, unit, reply)
                task = asyncio.create_task(self.say(delay, frame))
                self.late.add(task)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def framed(self, start: bytes, unit: int, pdu: bytes) -> bytes:
        if self.framing == "tcp":
            return start[:4] + struct.pack(">HB", len(pdu) + 1, unit) + pdu
        return bytes([unit]) + pdu + crc(bytes([unit]) + pdu)

    async def say(self, delay: float, frame: bytes) -> None:
        await asyncio.sleep(delay)
        if self.writer is not None and not self.writer.is_closing():
            self.writer.write(frame)


@asynccontextmanager
async def gateway(
    answer: Callable[[int, int, bytes], Answer], kind: str = "rtu-over-tcp", timeout_ms: int = 200
) -> AsyncIterator[tuple[Gateway, Bus]]:
    """Run a gateway on a free loopback port."""
    its = Gateway(answer, kind)
    server = await asyncio.start_server(its.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bus = Bus(id="bus", kind=kind, host="127.0.0.1", port=port, timeout=f"{timeout_ms}ms")
    try:
        yield its, bus
    finally:
        for task in its.late:
            task.cancel()
        server.close()
        for writer in its.handlers.values():
            writer.close()
        await asyncio.gather(*its.late, *its.handlers, return_exceptions=True)
        await server.wait_closed()
