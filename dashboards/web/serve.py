"""Runs the web application on a socket until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from collector.errors import ConfigError, GroundwattError, Problem
from collector.sitefile import Configuration
from collector.store.choice import store_for
from dashboards.web.application import application
from dashboards.web.live import Live
from dashboards.web.security import is_loopback

BACKLOG = 128
MOST_CONNECTIONS = 256
LAST_ANSWERS_WITHIN_S = 3


class Server(uvicorn.Server):
    """uvicorn that leaves signals to us and ends event streams before it waits for them."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the caller's are enough."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams, then connections."""
        self._live.close()
        await super().shutdown(sockets)


def listening(host: str, port: int) -> socket.socket:
    """Bind to an address that only this machine reaches.

    Raises
    ------
    ConfigError
        An address that others reach: there is no login yet that could protect it.
    GroundwattError
        The port is taken, or the address is not ours.
    """
    if not is_loopback(host):
        wording = (
            f"{host} is not a loopback address. The page has no login yet and is served to this "
            "machine only; put a proxy with a login in front of it to serve others"
        )
        raise ConfigError([Problem(Path("--host"), None, "", wording)])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise GroundwattError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Address of the page."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


async def serve(configuration: Configuration, data: Path, listener: socket.socket) -> None:
    """Serve until cancelled."""
    app = application(configuration, store_for(configuration, data))
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=LAST_ANSWERS_WITHIN_S,
    )
    server = Server(settings, app.state.live)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
