"""A server on loopback with prepared HTTP answers, for what no real one can be made to say.

Status codes such as 429 come from limits of hosted databases; the semantics of writes are tested
against real servers instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Canned:
    """The prepared answers still to give, the last of them for ever, and the requests so far."""

    answers: list[bytes]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    def next_answer(self) -> bytes:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answer(status: int, body: str = "", *headers: str) -> bytes:
    """One HTTP answer after which the connection closes."""
    content = body.encode()
    head = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


OK = answer(204)


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[Canned]:
    """Serve these answers in turn."""
    canned = Canned(list(answers))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = [line.partition(b":") for line in head.lower().split(b"\r\n")]
        length = next((int(value) for name, _, value in fields if name == b"content-length"), 0)
        canned.requests.append(head + await reader.readexactly(length))
        writer.write(canned.next_answer())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    canned.url = f"http://{host}:{port}"
    async with server:
        yield canned
