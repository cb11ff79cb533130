"""InfluxDB: 2.x by influxdb-client for writes, 1.x and openGemini by plain HTTP; InfluxQL reads.

The only doorway to httpx and influxdb-client. What is written and asked is made in
`lineprotocol` and `influxql`; how a batch that is refused in part is brought home, in `delivery`.
Retrying is the caller's: the store is `Unavailable`, and after an answer with Retry-After it says
so for that long without troubling the server.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
import urllib3.exceptions as urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from collector.errors import StoreError, Unavailable
from collector.model import Device
from collector.store import influxql
from collector.store.delivery import Answer, concerns_lines, message_of
from collector.store.influx_reader import InfluxReader
from collector.store.influx_target import Forbidden, Target
from collector.store.influx_writer import InfluxWriter, Precision
from collector.store.influxql import Table

_THREADS = 4
_MARK_SLACK_S = 20.0
_T = TypeVar("_T")

FOR_NOW = (
    httpx.TimeoutException, httpx.NetworkError, httpx.ProxyError, httpx.RemoteProtocolError,
    httpx.DecodingError, urllib3.PoolError, urllib3.TimeoutError, urllib3.NewConnectionError,
    urllib3.ProtocolError, urllib3.SSLError, urllib3.ProxyError, urllib3.DecodeError,
    urllib3.ResponseError, urllib3.IncompleteRead, urllib3.InvalidChunkLength,
)  # fmt: skip
"""Families of the drivers' errors after which trying again can help."""

FOR_GOOD = (
    httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.TooManyRedirects,
    httpx.HTTPStatusError, httpx.InvalidURL, urllib3.LocationValueError, urllib3.TimeoutStateError,
    urllib3.BodyNotHttplibCompatible, urllib3.InvalidHeader, urllib3.HeaderParsingError,
    urllib3.UnrewindableBodyError, ApiException,
)  # fmt: skip
"""Families of the drivers' errors that lie in our settings or our own code."""


@contextmanager
def _translating(target: Target) -> Iterator[None]:
    try:
        yield
    except FOR_NOW as error:
        raise Unavailable(f"{target.name}: {type(error).__name__} {error}") from error
    except FOR_GOOD as error:
        raise StoreError(f"{target.name}: {type(error).__name__} {error}") from error


class _Server:
    """Requests to one server while it is open; the drivers' errors leave it translated."""

    def __init__(self, target: Target, monotonic: Callable[[], float]) -> None:
        self._target = target
        self._monotonic = monotonic
        self._not_before = monotonic()
        try:
            context = ssl.create_default_context(cafile=target.ca_file)
        except OSError as error:
            raise StoreError(f"{target.ca_file}: {error}") from error
        # a server takes three times as long when it has to compress a long answer
        headers, auth = {"Accept-Encoding": "identity"}, None
        if target.username:
            auth = httpx.BasicAuth(target.username, target.password or "")
        elif target.token:
            headers["Authorization"] = f"Token {target.token}"
        self._http = httpx.AsyncClient(
            base_url=target.url, timeout=target.timeout_s, trust_env=False, verify=context,
            headers=headers, auth=auth,
        )  # fmt: skip
        self._client: Any = InfluxDBClient(
            target.url, target.token or "", org=target.organisation, retries=False,
            timeout=int(target.timeout_s * 1000), ssl_context=context,
        )  # fmt: skip
        write_service: Any = WriteService  # generated code without types, as is the client's
        self._writes = write_service(self._client.api_client)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store-influx")

    async def close(self) -> None:
        await self._http.aclose()
        await asyncio.to_thread(self._threads.shutdown)
        self._client.close()

    async def in_thread(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Run something that takes long or waits, beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *arguments)

    async def write(self, lines: Sequence[str], precision: Precision = "ms") -> Answer:
        """Make one request; the answer is success or concerns the lines, all else is raised."""
        pause_s = self._not_before - self._monotonic()
        if pause_s > 0:
            raise Unavailable(f"{self._target.name}: asked to be left alone for {pause_s:.0f} s")
        send = self._write_v2 if self._target.version == 2 else self._write_v1
        with _translating(self._target):
            status, body, retry_after = await send(lines, precision)
        message = message_of(body)
        if status < 300 or concerns_lines(status, message):
            return Answer(status, body)
        if status in {429, 503} and retry_after.isdecimal():
            self._not_before = self._monotonic() + int(retry_after)
        raise self._target.failure(status, message)

    async def _write_v1(self, lines: Sequence[str], precision: Precision) -> tuple[int, bytes, str]:
        body, encoding = await self.in_thread(self._target.packed, lines)
        response = await self._http.post(
            "/write",
            params={"db": self._target.database, "precision": precision},
            content=body,
            headers={"Content-Encoding": encoding},
        )
        return response.status_code, response.content, response.headers.get("Retry-After", "")

    async def _write_v2(self, lines: Sequence[str], precision: Precision) -> tuple[int, bytes, str]:
        return await self.in_thread(self._write_v2_blocking, lines, precision)

    def _write_v2_blocking(
        self, lines: Sequence[str], precision: Precision
    ) -> tuple[int, bytes, str]:
        body, encoding = self._target.packed(lines)
        organisation, bucket = self._target.organisation, self._target.database
        try:
            self._writes.post_write(
                organisation, bucket, body, precision=precision, content_encoding=encoding
            )
        except UnicodeDecodeError as error:  # the client decodes the page of a proxy as UTF-8
            raise Unavailable(f"{self._target.name}: an answer that is no text") from error
        except ApiException as error:
            if not error.status:  # no answer at all: TLS could not be agreed on
                raise Unavailable(f"{self._target.name}: {error.reason}") from error
            headers: Any = error.headers or {}
            return error.status, (error.body or "").encode(), headers.get("Retry-After", "")
        return 204, b"", ""

    async def ask(self, statements: Sequence[str], epoch: Precision = "ms") -> list[Table]:
        """Ask InfluxQL; one table per statement, with times in this unit."""
        with _translating(self._target):
            async with self._query(statements, epoch=epoch) as response:
                return influxql.tables_of(await response.aread())

    async def stream(self, statement: str) -> AsyncGenerator[Table, None]:
        """Ask for a long table, which comes in parts as the server reads it."""
        with _translating(self._target):
            async with self._query([statement], chunked="true") as response:
                async for table in influxql.tables_in(response.aiter_bytes()):
                    yield table

    @asynccontextmanager
    async def _query(self, statements: Sequence[str], **how: str) -> AsyncIterator[httpx.Response]:
        parameters = {"db": self._target.database, "epoch": "ms", **how}
        query = {"q": ";\n".join(statements)}
        async with self._http.stream("POST", "/query", params=parameters, data=query) as response:
            if response.status_code >= 300:
                message = message_of(await response.aread())
                raise self._target.failure(response.status_code, message)
            yield response


class InfluxStore(InfluxReader, InfluxWriter):
    """A `Store` in one database (1.x, openGemini) or bucket (2.x).

    Parameters
    ----------
    url, database : str
        The server and the database or bucket; a 1.x database is created when it does not exist.
    site : str
        Site id, a tag of everything.
    devices : iterable of Device
        Devices whose samples are stored.
    version : {1, 2}
        Which write interface: `/write` or `/api/v2/write`. Reads are InfluxQL in both.
    organisation : str, optional
        Owner of the bucket; 2.x only.
    token : str, optional
        What lets us in; 1.x asks for `username` and `password` instead.
    timeout_s : float
        How long a connection or an answer may take. [s]
    ca_file : Path, optional
        Certificates to trust instead of the system's.
    gzip_from_bytes : int, optional
        Compress bodies from this size on; None never does. [B]
    marks_after_s : float, optional
        Marks of late samples are told so long after the server took them; by default a little
        longer than `timeout_s`, see `InfluxReader.touched`. [s]
    monotonic : callable
        Clock for Retry-After. [s]
    """

    def __init__(
        self,
        url: str,
        database: str,
        site: str,
        devices: Iterable[Device],
        *,
        version: Literal[1, 2] = 1,
        organisation: str | None = None,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout_s: float = 10.0,
        ca_file: Path | None = None,
        gzip_from_bytes: int | None = 256 * 1024,
        marks_after_s: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        marks_after_s = timeout_s + _MARK_SLACK_S if marks_after_s is None else marks_after_s
        InfluxReader.__init__(self, site, marks_after_s)
        InfluxWriter.__init__(self, site, devices)
        self._target = Target(
            url, database, version, organisation or "", timeout_s, ca_file, gzip_from_bytes,
            token, username, password,
        )  # fmt: skip
        self._monotonic = monotonic
        self._server: _Server | None = None

    async def open(self) -> None:
        """Find the database or bucket; 1.x creates it when it is missing.

        Raises
        ------
        StoreError
            The bucket does not exist, or the credentials are wrong.
        """
        if self._server:
            return
        with _translating(self._target):
            server = _Server(self._target, self._monotonic)
        try:
            if self._target.version == 2:
                await _find_bucket(server)
            else:
                await _find_database(server, self._target.database)
        except BaseException:
            await server.close()
            raise
        self._server = server

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        server, self._server = self._server, None
        if server:
            await server.close()

    async def ask(self, statements: Sequence[str], epoch: Precision = "ms") -> list[Table]:
        """Ask InfluxQL; one table per statement, with times in this unit."""
        return await self._open_server().ask(statements, epoch)

    def stream(self, statement: str) -> AsyncGenerator[Table, None]:
        """Ask for a long table, which comes in parts."""
        return self._open_server().stream(statement)

    def _open_server(self) -> _Server:
        if self._server is None:
            raise StoreError(f"{self._target.name} is not open")
        return self._server


async def _find_database(server: _Server, database: str) -> None:
    """Create the database of a 1.x server when it is missing."""
    with suppress(Forbidden):  # for administrators only; a write will tell when it is missing
        await server.ask([influxql.create_database(database)])


async def _find_bucket(server: _Server) -> None:
    """Write nothing, which a 2.x server answers after it has checked bucket and rights."""
    try:
        await server.write([])
    except Forbidden:
        await server.ask([influxql.any_measurement()])  # may read but not write
