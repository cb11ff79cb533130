"""The JSON answers of the API, and how errors look."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from dashboards.web.live import Stream


def json(body: Mapping[str, object], status: int = 200) -> Response:
    """Answer with a JSON document."""
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, "application/json")


def error(status: int, problem: str, parameter: str | None = None) -> Response:
    """Answer that something is wrong: what, and with which parameter if it was one."""
    body: dict[str, str] = {"problem": problem} | ({"parameter": parameter} if parameter else {})
    response = json({"error": body}, status)
    if status == 503:
        response.headers["retry-after"] = "5"
    return response


class EventStream(StreamingResponse):
    """Server-sent events; the stream is given free however the answer ends."""

    def __init__(self, stream: Stream) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(stream.__aiter__(), 200, headers, "text/event-stream")
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the stream ends or the viewer has gone."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stream.close()
