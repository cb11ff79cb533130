"""InfluxQL: the queries that are asked, and what the answers say.

Pure: text out, rows in. Only what InfluxDB 1.x, 2.x, 3.x and openGemini share. Names and values
that come from outside are always escaped; times are integers, so nothing can break out of them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from collector.errors import StoreError, Unavailable
from collector.model import Device
from collector.store.lineprotocol import MARK_MEASUREMENT, RUN_MEASUREMENT, tag_text
from collector.store.readback import Grid

_NS_PER_MS = 1_000_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "'": "\\'", '"': '\\"'})
_FOR_NOW = ("timeout", "killed", "max-concurrent-queries", "shutting down", "closed", "not open")


class NoSuchDatabase(StoreError):
    """The database or bucket does not exist."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one series of an answer; `partial` when more of them follow."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    partial: bool


def identifier(name: str) -> str:
    """A measurement, field or tag in double quotes."""
    return '"' + name.translate(_ESCAPES) + '"'


def literal(value: str) -> str:
    """A string in single quotes."""
    return "'" + value.translate(_ESCAPES) + "'"


def create_database(name: str) -> str:
    """Create a database where there is none; 1.x only."""
    return f"CREATE DATABASE {identifier(name)}"


def any_measurement() -> str:
    """Ask for something that every reader may see, to find out whether the database exists."""
    return "SHOW MEASUREMENTS LIMIT 1"


def selection(
    site: str, device: Device, columns: Sequence[str], start: int, end: int, limit: int | None
) -> str:
    """Columns of a device's rows in [start, end), oldest first, at most `limit`."""
    most = "" if limit is None else f" LIMIT {limit:d}"
    return (
        f"SELECT {_list(columns)} FROM {identifier(tag_text(device.kind))} "  # noqa: S608
        f"WHERE {_of(site, device)} AND {_within(start, end)} ORDER BY time ASC{most}"
    )


def first(site: str, device: Device) -> str:
    """Return the oldest slot of a device; every row has a seq."""
    return _seq(site, device) + "ASC LIMIT 1"


def last(site: str, device: Device) -> str:
    """Return the newest slot of a device."""
    return _seq(site, device) + "DESC LIMIT 1"


def newest(site: str, device: Device, since: int) -> str:
    """Return everything of a device's newest row, which is not older than `since`."""
    return (
        f"SELECT * FROM {identifier(tag_text(device.kind))} "  # noqa: S608
        f"WHERE {_of(site, device)} AND time >= {since * _NS_PER_MS:d} ORDER BY time DESC LIMIT 1"
    )


def summary(site: str, device: Device, field: str, grid: Grid) -> str:
    """Count, least, mean and greatest value of a field per bucket, without values called bad.

    A slot that was written twice can keep a value that its flags now call bad, hence the
    conditions: a flag of the field's own counts before the one for all fields.
    """
    source, value = identifier(tag_text(device.kind)), identifier(field)
    return (
        f"SELECT count({value}), min({value}), mean({value}), max({value}) "  # noqa: S608
        f"FROM {source} WHERE {_of(site, device)} AND {_within(grid.start, grid.end)} "
        f'AND ("flags" !~ /"({field}|\\*)":"bad:/ OR "flags" =~ /"{field}":"uncertain:/) '
        f"GROUP BY time({grid.width_ms:d}ms) fill(none)"
    )


def runs(site: str, device: Device) -> str:
    """Runs of a device, oldest first."""
    return (
        f'SELECT "run", "previous_run", "previous_seq" FROM {identifier(RUN_MEASUREMENT)} '  # noqa: S608
        f"WHERE {_of(site, device)} ORDER BY time ASC"
    )


def touched(site: str, after: int, age_ms: int) -> str:
    """Return marks of late samples taken after a time [ns] and at least so long ago."""
    return (
        f'SELECT "device", "first", "last", "noted" FROM {identifier(MARK_MEASUREMENT)} '  # noqa: S608
        f'WHERE "site" = {literal(tag_text(site))} '
        f"AND time > {after:d} AND time < now() - {age_ms:d}ms ORDER BY time ASC"
    )


def _seq(site: str, device: Device) -> str:
    source = identifier(tag_text(device.kind))
    return f'SELECT "seq" FROM {source} WHERE {_of(site, device)} ORDER BY time '  # noqa: S608


def _list(columns: Iterable[str]) -> str:
    return ", ".join(identifier(column) for column in columns)


def _of(site: str, device: Device) -> str:
    return f'"site" = {literal(tag_text(site))} AND "device" = {literal(tag_text(device.id))}'


def _within(start: int, end: int) -> str:
    return f"time >= {start * _NS_PER_MS:d} AND time < {end * _NS_PER_MS:d}"


def tables_of(body: bytes) -> list[Table]:
    """One table per statement of an answer; a statement that found nothing has no rows.

    Raises
    ------
    Unavailable
        The server gave up for now.
    StoreError
        A statement failed, or the answer is not InfluxQL's.
    """
    try:
        answer = orjson.loads(body)
        results = answer["results"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise StoreError(f"not an answer to a query: {body[:200]!r}") from error
    return [_table(result) for result in results]


async def tables_in(pieces: AsyncIterator[bytes]) -> AsyncGenerator[Table, None]:
    """Parts of one long table, each on a line of its own.

    Raises
    ------
    Unavailable
        The answer ended before the last part.
    """
    complete = True
    async for line in _lines(pieces):
        for table in tables_of(line):
            complete = not table.partial
            yield table
    if not complete:
        raise _ended_early()


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Lines of an answer that comes in pieces; a line of megabytes is put together only once."""
    begun: list[bytes] = []
    async for piece in pieces:
        first, *others = piece.split(b"\n")
        begun.append(first)
        for other in others:
            line, begun = b"".join(begun), [other]
            if line:
                yield line
    if any(begun):
        raise _ended_early()


def _ended_early() -> Unavailable:
    return Unavailable("the answer to a query ended too early")


def _table(result: dict[str, Any]) -> Table:
    if "error" in result:
        raise _failure(str(result["error"]))
    series = (result.get("series") or [{}])[0]
    partial = bool(series.get("partial") or result.get("partial"))
    return Table(tuple(series.get("columns", ())), series.get("values") or [], partial)


def _failure(text: str) -> StoreError:
    lower = text.lower()
    if "database not found" in lower or "no dbrp mapping" in lower:
        return NoSuchDatabase(text)
    if any(word in lower for word in _FOR_NOW):
        return Unavailable(f"the query was not answered: {text}")
    return StoreError(f"the query failed: {text}")
