"""How far each job has come, per subject: everything before its watermark is done."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import Column, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from analytics.records.tables import Milliseconds, metadata

TABLE = sqlalchemy.Table(
    "progress",
    metadata,
    Column("job", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("watermark", Milliseconds, nullable=False),
)


def watermark(connection: Connection, job: str, subject: str) -> int | None:
    """Up to where a job is done with a subject; None when it has not begun. [ms UTC]"""
    query = sqlalchemy.select(TABLE.c.watermark).where(
        TABLE.c.job == job, TABLE.c.subject == subject
    )
    return connection.execute(query).scalar()


def watermarks(connection: Connection, job: str) -> dict[str, int]:
    """Watermarks of a job by subject. [ms since epoch, UTC]"""
    query = sqlalchemy.select(TABLE.c.subject, TABLE.c.watermark).where(TABLE.c.job == job)
    return {row.subject: row.watermark for row in connection.execute(query)}


def advance(connection: Connection, job: str, subject: str, at: int) -> None:
    """Move a watermark on; it never goes back. [ms since epoch, UTC]

    In one statement, so that two processes that begin with a subject at once both succeed.
    """
    ours = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = ours.insert(TABLE).values(job=job, subject=subject, watermark=at)
    onwards = row.on_conflict_do_update(
        index_elements=[TABLE.c.job, TABLE.c.subject],
        set_={"watermark": row.excluded.watermark},
        where=TABLE.c.watermark < row.excluded.watermark,
    )
    connection.execute(onwards)
