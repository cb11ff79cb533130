"""Relational records: what needs transactions, and keeps who did what and why.

The only place of SQLAlchemy. Each subject has a file with its table and the few functions that
read and write it inside a transaction; raw samples never stand here. SQLite by default,
PostgreSQL in production.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import URL, Connection, make_url

from analytics.records.tables import metadata
from collector.accounts import Records as RecordSettings
from collector.config import secret
from collector.errors import GroundwattError


class RecordsError(GroundwattError):
    """The records' database is out of reach or refuses what was asked."""


class Records:
    """The database of records, its tables made when they are missing.

    Raises
    ------
    RecordsError
        The database cannot be opened.
    """

    def __init__(self, url: URL) -> None:
        for module in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{module.name}")  # each declares its table
        with _translating():
            self._engine = sqlalchemy.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sqlalchemy.event.listen(self._engine, "connect", _careful)
            metadata.create_all(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit at the end, or leave no trace."""
        with _translating(), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()


def open_records(settings: RecordSettings, data: Path) -> Records:
    """Open the records of a site; a relative SQLite path lies in the data folder."""
    url = make_url(settings.url)
    if url.drivername.startswith("sqlite") and url.database and url.database != ":memory:":
        path = data / url.database
        path.parent.mkdir(parents=True, exist_ok=True)
        url = url.set(database=str(path))
    if password := secret("GROUNDWATT_RECORDS_PASSWORD"):
        url = url.set(password=password)
    return Records(url)


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise RecordsError(f"records: {error}") from error


def _careful(connection: sqlalchemy.engine.interfaces.DBAPIConnection, _: object) -> None:
    """SQLite: readers never wait, commits are on disk, foreign keys hold."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
