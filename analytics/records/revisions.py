"""Revisions: every figure that was written and later came out differently, and why.

A revision is recorded before the new figure is written to the store. When the program ends in
between, the latest revision tells what was meant to be written; who compares goes by that, so that
each revision of a figure begins where the one before it ended. The same change found twice is
recorded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import Column, Double, Index, Text
from sqlalchemy.engine import Connection

from analytics.records.tables import Identifier, Milliseconds, metadata

TABLE = sqlalchemy.Table(
    "revisions",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("width", Text, nullable=False),
    Column("start", Milliseconds, nullable=False),
    Column("end", Milliseconds, nullable=False),
    Column("field", Text, nullable=False),
    Column("figure", Text, nullable=False),
    Column("before", Double),
    Column("after", Double),
    Column("cause", Text, nullable=False),
    Column("at", Milliseconds, nullable=False),
    Index("revisions_of_windows", "device", "start", "width"),
)
_FIELDS = [column for column in TABLE.c if column.name != "id"]
"""In the order of `Revision`'s parameters."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One figure of one window, before and after.

    Parameters
    ----------
    device, width : str
        Whose window, and of which width: `15min`, `1h`, `1d`.
    start, end : int
        The window. [ms since epoch, UTC]
    field, figure : str
        Such as `energy_kwh` and `energy`.
    before, after : float or None
        None: no value. [unit of the figure]
    cause : str
        `late sample`, `repair #12`, `exchange #3 revoked`, …
    at : int
        When it was recomputed. [ms since epoch, UTC]
    """

    device: str
    width: str
    start: int
    end: int
    field: str
    figure: str
    before: float | None
    after: float | None
    cause: str
    at: int

    @property
    def key(self) -> tuple[str, int, str, str]:
        """Which figure of a device it is."""
        return self.width, self.start, self.field, self.figure


def record(connection: Connection, revisions: Sequence[Revision]) -> int:
    """Keep revisions, those of each device apart from its latest ones that say the same.

    Returns
    -------
    int
        How many were new.
    """
    new: list[Revision] = []
    for device in sorted({revision.device for revision in revisions}):
        own = [revision for revision in revisions if revision.device == device]
        known = _latest(connection, device, own)
        new += [one for one in own if known.get(one.key) != (one.before, one.after)]
    if new:
        rows = [{c.name: getattr(one, c.name) for c in _FIELDS} for one in new]
        connection.execute(sqlalchemy.insert(TABLE), rows)
    return len(new)


def latest(
    connection: Connection, device: str, width: str, first: int, last: int
) -> dict[tuple[int, str, str], float | None]:
    """What the latest revision of each figure led to.

    Parameters
    ----------
    device, width : str
        Whose windows.
    first, last : int
        Starts of the windows, both included. [ms since epoch, UTC]

    Returns
    -------
    dict of (start, field, figure) to float or None
        `after` of the latest revision; figures that were never revised are absent.
    """
    columns = (TABLE.c.start, TABLE.c.field, TABLE.c.figure, TABLE.c.after)
    query = (
        sqlalchemy.select(*columns)
        .where(TABLE.c.device == device, TABLE.c.start >= first, TABLE.c.start <= last)
        .where(TABLE.c.width == width)
        .order_by(TABLE.c.id)
    )
    return {
        (start, field, figure): after for start, field, figure, after in connection.execute(query)
    }


def listed(
    connection: Connection,
    device: str | None = None,
    *,
    span: tuple[int, int] | None = None,
    cause: str | None = None,
    limit: int | None = None,
) -> list[Revision]:
    """Revisions in the order in which they were made.

    Parameters
    ----------
    device, cause : str, optional
        Only of this device, only for this cause.
    span : tuple of int, optional
        Only of windows that touch this half-open span. [ms since epoch, UTC]
    limit : int, optional
        The latest so many.
    """
    query = sqlalchemy.select(*_FIELDS).order_by(TABLE.c.id.desc())
    if device is not None:
        query = query.where(TABLE.c.device == device)
    if span is not None:
        query = query.where(TABLE.c.start < span[1], TABLE.c.end > span[0])
    if cause is not None:
        query = query.where(TABLE.c.cause == cause)
    if limit is not None:
        query = query.limit(limit)
    return [Revision(*row) for row in reversed(connection.execute(query).all())]


def _latest(
    connection: Connection, device: str, revisions: Sequence[Revision]
) -> dict[tuple[str, int, str, str], tuple[float | None, float | None]]:
    """Before and after of the latest revision of each figure in the span of these."""
    first, last = min(r.start for r in revisions), max(r.start for r in revisions)
    query = (
        sqlalchemy.select(*_FIELDS)
        .where(TABLE.c.device == device, TABLE.c.start >= first, TABLE.c.start <= last)
        .order_by(TABLE.c.id)
    )
    found = [Revision(*row) for row in connection.execute(query)]
    return {revision.key: (revision.before, revision.after) for revision in found}
