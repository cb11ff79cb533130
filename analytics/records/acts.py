"""What every act on the records carries: who did it, why and when, and who took it back.

An act is never deleted and never changed. One that was wrong is revoked: its row stays, with who
revoked it, when and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import Column, Text
from sqlalchemy.engine import Connection, Row

from analytics.records.tables import Identifier, Milliseconds


@dataclass(frozen=True, slots=True)
class Revocation:
    """An act taken back.

    Parameters
    ----------
    author, reason : str
        Who took it back and why.
    at : int
        When. [ms since epoch, UTC]
    """

    author: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something, why and when.

    Parameters
    ----------
    author, reason : str
        Neither may be empty.
    created : int
        When it was recorded. [ms since epoch, UTC]
    revoked : Revocation or None
        Set when the act no longer holds.

    Raises
    ------
    ValueError
        Author or reason is empty.
    """

    author: str
    reason: str
    created: int
    revoked: Revocation | None = None

    def __post_init__(self) -> None:
        """Refuse an act that nobody answers for."""
        for name in ("author", "reason"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name}: must not be empty")


def columns() -> tuple[Column[int] | Column[str], ...]:
    """Columns of an act, for a table of acts; the first is its running number."""
    return (
        Column("id", Identifier, primary_key=True, autoincrement=True),
        Column("author", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("created", Milliseconds, nullable=False),
        Column("revoked_by", Text),
        Column("revoked_reason", Text),
        Column("revoked_at", Milliseconds),
    )


def insert(
    connection: Connection, table: sqlalchemy.Table, act: Act, row: Mapping[str, object]
) -> int:
    """Keep an act with the rest of its row; the act's running number."""
    whole = {"author": act.author, "reason": act.reason, "created": act.created, **row}
    insertion = sqlalchemy.insert(table).values(whole).returning(table.c.id)
    return int(connection.execute(insertion).scalar_one())


def query(
    table: sqlalchemy.Table, device: str | None, *, revoked: bool
) -> sqlalchemy.Select[tuple[object, ...]]:
    """Rows of a table of acts: of one device or all; those taken back only when asked for."""
    wanted = sqlalchemy.select(table)
    if device is not None:
        wanted = wanted.where(table.c.device == device)
    return wanted if revoked else wanted.where(table.c.revoked_at.is_(None))


def of(row: Row[tuple[object, ...]]) -> Act:
    """The act in a row."""
    revoked = None
    if row.revoked_at is not None:
        revoked = Revocation(row.revoked_by, row.revoked_reason, row.revoked_at)
    return Act(row.author, row.reason, row.created, revoked)


def revoke(
    connection: Connection, table: sqlalchemy.Table, number: int, revocation: Revocation
) -> bool:
    """Take back an act; False when there is none of this number that still holds."""
    changed = connection.execute(
        sqlalchemy.update(table)
        .where(table.c.id == number, table.c.revoked_at.is_(None))
        .values(
            revoked_by=revocation.author,
            revoked_reason=revocation.reason,
            revoked_at=revocation.at,
        )
    )
    return changed.rowcount == 1
