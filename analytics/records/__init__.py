"""Relational records: what needs transactions, and keeps who did what and why.

The only place of SQLAlchemy. Each subject has a file with its table and the few functions that
read and write it inside a transaction; raw samples never stand here. SQLite by default,
PostgreSQL in production.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import pkgutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import URL, Connection, make_url

from analytics.records import schema, turns
from collector.accounts import Records as RecordSettings
from collector.config import secret
from collector.errors import GroundwattError

BUSY_TIMEOUT_MS = 30_000
"""How long to wait for another process that writes into the same database. [ms]"""

_BEGIN = "groundwatt_begin"


class RecordsError(GroundwattError):
    """The records' database is out of reach or refuses what was asked."""


class Records:
    """The database of records, its tables made when they are missing.

    Several processes may work with the same database, and may open it at the same moment.

    Raises
    ------
    RecordsError
        The database cannot be opened, or is not one of records.
    """

    def __init__(self, url: URL) -> None:
        for module in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{module.name}")  # each declares its table
        self._name = url.render_as_string(hide_password=True)
        with _opening(self._name):
            self._engine = sqlalchemy.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sqlalchemy.event.listen(self._engine, "connect", _careful)
                sqlalchemy.event.listen(self._engine, "begin", _begin)
            try:
                with _alone(url):
                    self._prepare()
            except BaseException:
                self._engine.dispose()
                raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit at the end, or leave no trace; nobody else writes meanwhile."""
        with (
            _translating(self._name),
            self._connected("BEGIN IMMEDIATE") as connection,
            connection.begin(),
        ):
            turns.take(connection, BUSY_TIMEOUT_MS)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read at one moment; waits for nobody. What is written here is not kept."""
        with _translating(self._name), self._connected("BEGIN") as connection:
            if connection.dialect.name == "postgresql":  # else every statement sees its own moment
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def _connected(self, begin: str) -> Connection:
        return self._engine.connect().execution_options(**{_BEGIN: begin})

    def _prepare(self) -> None:
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                raw = connection.connection.cursor()  # WAL begins outside a transaction only
                raw.execute("PRAGMA journal_mode = WAL")
                raw.close()
        try:
            with self._connected("BEGIN IMMEDIATE") as connection, connection.begin():
                turns.take(connection, BUSY_TIMEOUT_MS)  # two that start at once
                schema.prepare(connection)
        except schema.UnusableSchema as error:
            raise RecordsError(f"records {self._name}: {error}") from error


def open_records(settings: RecordSettings, data: Path) -> Records:
    """Open the records of a site; a relative SQLite path lies in the data folder.

    Raises
    ------
    RecordsError
        The database cannot be opened, or is not one of records.
    ConfigError
        The password's file cannot be read.
    """
    with _translating(settings.url):
        url = make_url(settings.url)
    if url.drivername.startswith("sqlite") and url.database and url.database != ":memory:":
        path = data / url.database
        with _opening(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
        url = url.set(database=str(path))
    elif password := secret("GROUNDWATT_RECORDS_PASSWORD"):
        url = url.set(password=password)
    return Records(url)


@contextmanager
def changing(settings: RecordSettings, data: Path) -> Iterator[Connection]:
    """One transaction on the records of a site, for who has nothing else to do with them.

    Raises
    ------
    RecordsError, ConfigError
        As `open_records`.
    """
    with closing(open_records(settings, data)) as records, records.transaction() as connection:
        yield connection


@contextmanager
def reading(settings: RecordSettings, data: Path) -> Iterator[Connection]:
    """One look at the records of a site; refused like `changing`."""
    with closing(open_records(settings, data)) as records, records.reading() as connection:
        yield connection


@contextmanager
def _translating(name: str) -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:  # its own text quotes the whole statement
        raise RecordsError(f"records {name}: {str(error.orig).strip()}") from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise RecordsError(f"records {name}: {error}") from error


@contextmanager
def _opening(name: str) -> Iterator[None]:
    try:
        with _translating(name):
            yield
    except ModuleNotFoundError as error:
        wording = f"the driver {error.name} of this kind of database is not installed"
        raise RecordsError(f"records {name}: {wording}") from error
    except OSError as error:
        raise RecordsError(f"records {name}: {error.strerror}") from error


@contextmanager
def _alone(url: URL) -> Iterator[None]:
    """Nobody else prepares the same SQLite file: it does not wait by itself when WAL begins.

    The lock is on the folder, since closing a lock on the file would end SQLite's own.
    """
    if not url.drivername.startswith("sqlite") or url.database in {None, "", ":memory:"}:
        yield
        return
    folder = os.open(Path(str(url.database)).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _careful(connection: sqlalchemy.engine.interfaces.DBAPIConnection, _: object) -> None:
    """SQLite: commits are on disk, foreign keys hold, writers wait for each other."""
    connection.isolation_level = None  # `_begin` begins, so that reading cannot turn to writing
    cursor = connection.cursor()
    for pragma in ("synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
