"""Real servers on loopback that take what is sent to them: a webhook, a robot, a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Sink:
    """What has arrived, and how the next requests are answered."""

    port: int = 0
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    answer: bytes = b"{}"
    hold: threading.Event | None = None

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"


@contextmanager
def webhook() -> Iterator[Sink]:
    """An HTTP server that keeps the JSON bodies posted to it."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if sink.hold is not None:
                sink.hold.wait(20)
            sink.paths.append(self.path)
            sink.received.append(json.loads(body))
            self.send_response(sink.status)
            self.send_header("Content-Length", str(len(sink.answer)))
            self.end_headers()
            self.wfile.write(sink.answer)

        def log_message(self, *_: object) -> None:
            pass

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler), sink):
        yield sink


@dataclass
class Mailbox:
    """Mails that have arrived, as they came over the wire."""

    port: int = 0
    mails: list[str] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """An SMTP server that takes every mail."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 sink ready")
            for line in iter(self.rfile.readline, b""):
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.say("354 go on")
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    box.mails.append(text.decode())
                self.say({b"EHLO": "250 sink", b"QUIT": "221 bye"}.get(verb, "250 ok"))
                if verb == b"QUIT":
                    return

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), box):
        yield box


@contextmanager
def _served(server: socketserver.TCPServer, sink: Sink | Mailbox) -> Iterator[None]:
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
