"""What has to be computed again because somebody changed the layer over the raw data.

The act (a repair, an exchange, its revocation) and the request stand in one transaction, so that
none can exist without the other. The roll-up job works them off; a request that is done stays as
proof of when the figures followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import Column, Text
from sqlalchemy.engine import Connection

from analytics.records.tables import Identifier, Milliseconds, metadata

TABLE = sqlalchemy.Table(
    "recomputations",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("start", Milliseconds, nullable=False),
    Column("end", Milliseconds, nullable=False),
    Column("cause", Text, nullable=False),
    Column("created", Milliseconds, nullable=False),
    Column("done", Milliseconds, index=True),
)


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A span of one device whose figures no longer hold.

    Parameters
    ----------
    id : int
        Running number.
    device : str
        Device id.
    start, end : int
        Half-open span of the raw data that counts differently now. [ms since epoch, UTC]
    cause : str
        What revisions tell, such as `repair #12`.
    """

    id: int
    device: str
    start: int
    end: int
    cause: str


def request(
    connection: Connection, device: str, span: tuple[int, int], cause: str, created: int
) -> None:
    """Ask for a span to be computed again. [ms since epoch, UTC]"""
    start, end = span
    row = {"device": device, "start": start, "end": end, "cause": cause, "created": created}
    connection.execute(sqlalchemy.insert(TABLE).values(row))


def due(connection: Connection) -> list[Recomputation]:
    """Requests that are not done, oldest first."""
    chosen = (TABLE.c.id, TABLE.c.device, TABLE.c.start, TABLE.c.end, TABLE.c.cause)
    query = sqlalchemy.select(*chosen).where(TABLE.c.done.is_(None)).order_by(TABLE.c.id)
    return [Recomputation(*row) for row in connection.execute(query)]


def finish(connection: Connection, number: int, at: int) -> None:
    """Mark a request as done. [ms since epoch, UTC]"""
    here = sqlalchemy.and_(TABLE.c.id == number, TABLE.c.done.is_(None))
    connection.execute(sqlalchemy.update(TABLE).where(here).values(done=at))
