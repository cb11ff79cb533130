"""The embedded store: one SQLite file, written by one thread, read by a few others.

The only doorway to sqlite3 of the store. The file is in WAL mode, so readers never wait for the
writer; a batch is one transaction, on disk before `write` returns (synchronous FULL). Several
processes may write to the same file: each waits for its turn. Layout and SQL live in `tables`,
what is written and read in `table_writer` and `table_reader`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from collector.errors import Rejected, StoreError, Unavailable
from collector.model import Device, Reading, Sample
from collector.store import Bucket, Columns, FloatArray, Row, Run, Touched, table_reader, tables
from collector.store.admission import Admission
from collector.store.readback import flags_of
from collector.store.table_reader import Parameters
from collector.store.table_writer import RowRefused, TableWriter
from collector.store.threads import Threads

_PAGE_ROWS = 5000
_CHECKPOINT_PAGES = 4000
_CACHE_KIB = 16 * 1024
_T = TypeVar("_T")

ROW_AT_FAULT = {
    sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE,
}  # fmt: skip
FOR_NOW = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_ABORT,
}  # fmt: skip
FOR_GOOD = {
    sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTFOUND, sqlite3.SQLITE_EMPTY, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOTICE, sqlite3.SQLITE_WARNING,
}  # fmt: skip


def translated(error: sqlite3.Error, path: Path) -> StoreError:
    """Our error for one of sqlite3's; what Python raises by itself has no result code."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in ROW_AT_FAULT:
        return RowRefused(str(error))
    kind = Unavailable if code in FOR_NOW else StoreError
    return kind(f"{path}: {error} ({getattr(error, 'sqlite_errorname', type(error).__name__)})")


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error


class _Connection:
    """One connection; sqlite3's errors leave it translated."""

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{path.parent}: {error.strerror}") from error
        with _translating(path):
            # closing happens on another thread, when the connection's own has ended
            self._driver = sqlite3.connect(
                path, busy_timeout_s, isolation_level=None, check_same_thread=False
            )
            self._driver.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def execute(self, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        with _translating(self._path):
            return self._driver.execute(statement, parameters).fetchall()

    def numbers(self, statement: str, parameters: Parameters, width: int) -> FloatArray:
        """Numbers of an answer with so many columns, shape (width, rows)."""
        with _translating(self._path):
            rows = self._driver.execute(statement, parameters)
            flat = np.fromiter(chain.from_iterable(rows), np.float64)
        return np.ascontiguousarray(flat.reshape(-1, width).T)

    def executemany(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with _translating(self._path):
            self._driver.executemany(statement, rows)

    def pragma(self, text: str) -> int | str | None:
        """Set or ask something about the file; the first value of the answer."""
        rows = self.execute(f"PRAGMA {text}")
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
        """Commit at the end or leave no trace; a full disk may have rolled back already."""
        self.execute(begin)
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._driver.in_transaction:
                self.execute("ROLLBACK")
            raise

    def close(self) -> None:
        with _translating(self._path):
            self._driver.close()


class SqliteStore:
    """A `Store` in one SQLite file.

    Parameters
    ----------
    path : Path
        The file; its folder is made when it does not exist.
    devices : iterable of Device
        Devices whose samples are stored.
    site : str
        The file belongs to one site and refuses another.
    synchronous : {"FULL", "NORMAL"}
        With NORMAL a power cut may lose the last commits, never the file.
    busy_timeout_s : float
        How long to wait for another process that writes. [s]
    max_bytes : int, optional
        The file stays below this size; what does not fit makes the store unavailable. [B]
    """

    def __init__(
        self,
        path: Path,
        devices: Iterable[Device],
        site: str,
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        busy_timeout_s: float = 5.0,
        max_bytes: int | None = None,
    ) -> None:
        devices = list(devices)
        self._path = path
        self._site = site
        self._kinds = sorted({device.kind for device in devices})
        self._synchronous = synchronous
        self._busy_timeout_s = busy_timeout_s
        self._max_bytes = max_bytes
        self._admission = Admission(devices)
        self._threads: Threads[_Connection] | None = None

    async def open(self) -> None:
        """Open the file and prepare its tables."""
        if self._threads:
            return
        threads = Threads(lambda: _Connection(self._path, self._busy_timeout_s))
        try:
            await threads.to_write(self._prepare_alone)
        except BaseException:
            await threads.close()
            raise
        self._threads = threads

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        threads, self._threads = self._threads, None
        if threads:
            await threads.close()

    async def write(self, samples: Sequence[Sample]) -> None:
        """Store samples in one transaction, on disk when this returns."""
        rejections = await self._open_threads().to_write(lambda _: self._writer.write(samples))
        if rejections:
            raise Rejected(sorted(rejections, key=lambda rejection: rejection.index))

    async def write_columns(self, device: Device, run: str, columns: Columns) -> None:
        """Store a sample for each slot in one transaction, on disk when this returns."""
        write = self._open_threads().to_write
        await write(lambda _: self._writer.write_columns(device, run, columns))

    async def write_runs(self, runs: Sequence[Run]) -> None:
        """Keep what collectors say of their runs."""
        await self._open_threads().to_write(lambda _: self._writer.write_runs(runs))

    async def write_touched(self, marks: Sequence[Touched]) -> None:
        """Keep marks of late samples."""
        await self._open_threads().to_write(lambda _: self._writer.write_touched(marks))

    async def touched(self, after: int) -> list[Touched]:
        """Marks with a number above `after`, oldest first."""
        return await self._read(table_reader.touched, after)

    async def readings(
        self, device: Device, fields: Sequence[str], start: int, end: int, limit: int | None = None
    ) -> dict[str, list[Reading]]:
        """Readings of a device's fields in [start, end), oldest first."""
        return await self._read(table_reader.readings, device, fields, start, end, limit)

    async def columns(self, device: Device, fields: Sequence[str], start: int, end: int) -> Columns:
        """Readings of a device's fields in [start, end) as arrays."""

        def read(connection: _Connection) -> Columns:
            execute, numbers = connection.execute, connection.numbers
            return table_reader.as_arrays(execute, numbers, device, fields, start, end)

        return await self._at_one_moment(read)

    async def thinned(
        self, device: Device, fields: Sequence[str], start: int, end: int, buckets: int
    ) -> dict[str, list[Bucket]]:
        """Least, mean and greatest value of a device's fields by bucket."""
        return await self._read(table_reader.thinned, device, fields, start, end, buckets)

    async def span(self, device: Device) -> tuple[int, int] | None:
        """First and last slot that is stored of a device."""
        return await self._read(table_reader.span, device)

    async def latest(self, device: Device) -> Sample | None:
        """Return the newest sample of a device."""
        return await self._read(table_reader.latest, device)

    async def rows(self, device: Device, start: int, end: int) -> AsyncGenerator[Row, None]:
        """Rows of a device in [start, end), oldest first, without their values."""
        wanted = tables.COLUMNS[1:]
        while True:
            page = await self._read(table_reader.select, device, wanted, start, end, _PAGE_ROWS)
            for at, run, seq, lag, flags in page:
                yield Row(at, run, seq, lag, flags_of(flags))
            if len(page) < _PAGE_ROWS:
                return
            start = page[-1][0] + 1

    async def runs(self, device: Device) -> list[Run]:
        """Runs of a device, oldest first."""
        return await self._read(table_reader.runs, device)

    def _open_threads(self) -> Threads[_Connection]:
        if self._threads is None:
            raise StoreError(f"{self._path} is not open")
        return self._threads

    async def _read(self, read: Callable[..., _T], *arguments: object) -> _T:
        """Run a read of `table_reader` that needs to execute SQL and no more."""
        return await self._at_one_moment(lambda connection: read(connection.execute, *arguments))

    async def _at_one_moment(self, read: Callable[[_Connection], _T]) -> _T:
        """Run a read on one of the reading threads, all of it at one moment of the file."""

        def within(connection: _Connection) -> _T:
            with connection.transaction("BEGIN"):
                return read(connection)

        return await self._open_threads().to_read(within)

    def _prepare_alone(self, connection: _Connection) -> None:
        """Prepare the file while nobody else does: SQLite does not wait when WAL mode begins.

        The lock is on the folder, since closing a lock on the file would end SQLite's own.
        """
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self._prepare(connection)
        finally:
            os.close(folder)

    def _prepare(self, connection: _Connection) -> None:
        """Make the file ours, or refuse it."""
        [(tables_there,)] = connection.execute("SELECT count(*) FROM sqlite_schema")
        if not tables_there:
            connection.pragma(f"application_id = {tables.APPLICATION_ID}")
            connection.pragma(f"user_version = {tables.VERSION}")
        elif connection.pragma("application_id") != tables.APPLICATION_ID:
            raise StoreError(f"{self._path} is not a groundwatt store")
        if connection.pragma("journal_mode = WAL") != "wal":
            raise StoreError(f"{self._path} lies on a file system that cannot share memory")
        connection.pragma(f"synchronous = {self._synchronous}")
        connection.pragma(f"wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if self._max_bytes is not None:
            [(page_bytes,)] = connection.execute("PRAGMA page_size")
            connection.pragma(f"max_page_count = {self._max_bytes // page_bytes}")
        self._writer = TableWriter(connection, self._admission)
        self._writer.prepare(self._kinds, self._site)
