"""The web application on a real socket, over a real embedded store that the tests fill."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from collector.model import Sample
from collector.sitefile import Configuration
from dashboards.web.live import Live
from dashboards.web.serve import Server, listening, url_of
from tests.dashboards.office import NOW_MS, store_of


class SteppedClock:
    """A clock that stands until a test moves it; waiting costs no time of its own."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.at = now_ms

    def now_ms(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.sleep(0.01)


@dataclass
class Office:
    """A site, where its data lies, and the clock that the page goes by."""

    configuration: Configuration
    directory: Path
    clock: SteppedClock

    def fill(self, samples: Iterable[Sample]) -> None:
        """Store samples, from a test that is no coroutine."""
        asyncio.run(self.keep(samples))

    async def keep(self, samples: Iterable[Sample]) -> None:
        """Store samples by a store of the test's own, as ingest does."""
        store = store_of(self.configuration, self.directory)
        await store.open()
        await store.write(list(samples))
        await store.close()


@dataclass
class Serving:
    """A running server: its URL and the application inside it."""

    url: str
    live: Live


@contextmanager
def serving(app: Starlette) -> Iterator[Serving]:
    """Serve an application on a free loopback port, on a thread of its own."""
    listener = listening("127.0.0.1", 0)
    settings = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", ws="none")
    server = Server(settings, app.state.live)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="serve")
    thread.start()
    try:
        yield Serving(url_of(listener), app.state.live)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
