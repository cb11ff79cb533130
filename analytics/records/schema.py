"""Which layout the tables have: made when they are missing, moved on when they are older.

The layout has a number, kept in the database. A later groundwatt that changes a table raises
`VERSION` and adds the step that leads there to `MIGRATIONS`; tables that are merely new need
neither. A database that is newer than the program is refused, since what it means is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy
from sqlalchemy.engine import Connection

from analytics.records.tables import metadata

VERSION = 1
SQLITE_APPLICATION_ID = 0x67_77_72_63
"""Marks an SQLite file as groundwatt's records, so that no other file is written into."""

MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}
"""By the version that a step leads to."""

_ABOUT = sqlalchemy.Table(
    "records_about",
    metadata,
    sqlalchemy.Column("key", sqlalchemy.Text, primary_key=True),
    sqlalchemy.Column("value", sqlalchemy.Text, nullable=False),
)


class UnusableSchema(Exception):
    """The database is not ours, or is newer than this program."""


def prepare(connection: Connection) -> None:
    """Make or move on the tables, inside the caller's transaction.

    Raises
    ------
    UnusableSchema
        The tables belong to something else or to a later groundwatt.
    """
    if connection.dialect.name == "sqlite":
        _claim(connection)
    found = version(connection)
    if found is not None and found > VERSION:
        raise UnusableSchema(
            f"the tables are of version {found}, this groundwatt knows up to {VERSION}: update it"
        )
    for step in range((found or VERSION) + 1, VERSION + 1):
        MIGRATIONS[step](connection)
    metadata.create_all(connection)
    _note(connection, found)


def version(connection: Connection) -> int | None:
    """Version of the tables that are there; None when there are none."""
    if not sqlalchemy.inspect(connection).has_table(_ABOUT.name):
        return None
    query = sqlalchemy.select(_ABOUT.c.value).where(_ABOUT.c.key == "version")
    value = connection.execute(query).scalar()
    return None if value is None else int(value)


def _note(connection: Connection, found: int | None) -> None:
    if found is None:
        row = {"key": "version", "value": str(VERSION)}
        connection.execute(sqlalchemy.insert(_ABOUT).values(row))
    elif found < VERSION:
        here = _ABOUT.c.key == "version"
        connection.execute(sqlalchemy.update(_ABOUT).where(here).values(value=str(VERSION)))


def _claim(connection: Connection) -> None:
    """Mark an empty SQLite file as ours; leave every other alone."""
    owner = connection.exec_driver_sql("PRAGMA application_id").scalar()
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    if not tables:
        connection.exec_driver_sql(f"PRAGMA application_id = {SQLITE_APPLICATION_ID}")
    elif owner != SQLITE_APPLICATION_ID:
        raise UnusableSchema("the file is not a database of groundwatt's records")
