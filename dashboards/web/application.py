"""The web application: routes, life span, and errors as JSON."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from collector.clock import Clock, SystemClock
from collector.errors import StoreError
from collector.sitefile import Configuration
from collector.store import Store
from dashboards.web import answers
from dashboards.web.api import Api
from dashboards.web.live import Live, TooManyStreams
from dashboards.web.parameters import BadParameter
from dashboards.web.security import LOOPBACK_NAMES, Guard

STATIC = Path(__file__).parent / "static"


def application(
    configuration: Configuration,
    store: Store,
    clock: Clock | None = None,
    names: Iterable[str] = LOOPBACK_NAMES,
) -> Starlette:
    """Build the application; `names` are the host names that requests may address.

    The store need not be reachable yet. The application opens it, and closes it at its end. What
    keeps the newest values stands in ``app.state.live``.
    """
    live = Live(configuration.site, store, clock or SystemClock())
    api = Api(configuration, store, live)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        polling = asyncio.create_task(live.run())
        polling.add_done_callback(live.ended)
        try:
            yield
        finally:
            live.close()
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
            await store.close()

    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/healthz", api.health),
            Mount("/api/v1", routes=api.routes()),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, names=names)],
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _http_error,
            BadParameter: _bad_parameter,
            StoreError: _store_error,
            TooManyStreams: _too_many,
        },
    )
    app.state.live = live
    return app


async def _page(_: Request) -> FileResponse:
    return FileResponse(STATIC / "index.html", media_type="text/html; charset=utf-8")


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's types are this wide
    return answers.error(error.status_code, str(error.detail))


async def _bad_parameter(_: Request, error: Exception) -> Response:
    assert isinstance(error, BadParameter)  # noqa: S101 - Starlette's types are this wide
    return answers.error(404 if error.unknown else 400, error.problem, error.parameter)


async def _store_error(_: Request, error: Exception) -> Response:
    return answers.error(503, f"store: {error}")


async def _too_many(_: Request, error: Exception) -> Response:
    return answers.error(503, str(error))
