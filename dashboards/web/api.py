"""The endpoints under /api/v1."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.errors import Unavailable
from collector.sitefile import Configuration
from collector.store import Store
from dashboards.web import answers, curve
from dashboards.web.description import describe
from dashboards.web.live import Live
from dashboards.web.parameters import Window, no_parameters, window_of

ANSWER_WITHIN_S = 20.0
MOST_AT_ONCE = 4


class Api:
    """Answers requests from the site, the newest values, and the store."""

    def __init__(self, configuration: Configuration, store: Store, live: Live) -> None:
        self._site = configuration.site
        self._description = describe(configuration)
        self._store = store
        self._live = live
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    def routes(self) -> list[Route]:
        """Return the routes below /api/v1."""
        return [
            Route("/site", self.site),
            Route("/latest", self.latest),
            Route("/readings", self.readings),
            Route("/events", self.events),
        ]

    async def site(self, request: Request) -> Response:
        """Devices, points, units and titles."""
        no_parameters(request.query_params.multi_items())
        return answers.json(self._description)

    async def latest(self, request: Request) -> Response:
        """Newest values of every device, with their age."""
        no_parameters(request.query_params.multi_items())
        if self._live.outage:
            return answers.error(503, f"store: {self._live.outage}")
        picture = self._live.picture()
        for body in picture["devices"].values():
            body["age_ms"] = None if body["at"] is None else picture["now"] - body["at"]
        return answers.json(picture)

    async def events(self, request: Request) -> Response:
        """Newest values now, and then whatever changes."""
        no_parameters(request.query_params.multi_items())
        return answers.EventStream(self._live.stream())

    async def readings(self, request: Request) -> Response:
        """Readings of some fields of a device in a range, thinned out when they are many."""
        window = window_of(self._site, request.query_params.multi_items())
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S), self._turns:
                return answers.json(await self._curves(window))
        except TimeoutError as error:
            raise Unavailable(f"no answer within {ANSWER_WITHIN_S:.0f} s") from error

    async def health(self, request: Request) -> Response:
        """Whether the newest values can be read from the store."""
        no_parameters(request.query_params.multi_items())
        outage = self._live.outage
        body = {"status": "store" if outage else "ok", "outage": outage}
        return answers.json(body, 503 if outage else 200)

    async def _curves(self, window: Window) -> dict[str, Any]:
        device, span_ms = window.device, window.end - window.start
        closest_ms = min(device.points[name].interval_ms for name in window.fields)
        thin = span_ms > window.points * closest_ms
        arguments = (device, window.fields, window.start, window.end)
        if thin:
            buckets = await self._store.thinned(*arguments, window.points)
            curves = {name: curve.of_buckets(found) for name, found in buckets.items()}
        else:
            readings = await self._store.readings(*arguments)
            curves = {name: curve.of_readings(found) for name, found in readings.items()}
        return {
            "device": device.id,
            "from": window.start,
            "to": window.end,
            "thinned": thin,
            "fields": {
                name: curve.columns(found) | {"unit": device.points[name].quantity.unit}
                for name, found in curves.items()
            },
        }
