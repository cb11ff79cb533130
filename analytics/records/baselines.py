"""Frozen baselines: declared before the answer is known, so that they cannot be fitted to it.

A baseline is the fitted model, the period and meters that it was fitted on, and a fingerprint of
the data as they were. It is never changed; one that was wrong is revoked with a reason, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import JSON, Column, Text
from sqlalchemy.engine import Connection, Row

from analytics.records import acts
from analytics.records.acts import Act, Revocation
from analytics.records.tables import metadata

TABLE = sqlalchemy.Table(
    "baselines",
    metadata,
    *acts.columns(),
    Column("project", Text, nullable=False, index=True),
    Column("declaration", JSON, nullable=False),
    Column("model", JSON, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("version", Text, nullable=False),
)
_HOLDS = TABLE.c.revoked_at.is_(None)
sqlalchemy.Index(
    "baselines_one_holds", TABLE.c.project, unique=True,
    sqlite_where=_HOLDS, postgresql_where=_HOLDS,
)  # fmt: skip
"""Two that declare at the same moment do not see each other; the database does."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a baseline was declared to be.

    Parameters
    ----------
    project : str
        Id of the retrofit.
    declaration : mapping
        Meters, period, form of the model, adjustments and confidence, as the site file had them.
    model : mapping
        The fitted model, as `analytics.baseline.frozen` writes it.
    fingerprint : str
        SHA-256 of the data that it was fitted on.
    version : str
        groundwatt's version that fitted it.
    """

    project: str
    declaration: Mapping[str, object]
    model: Mapping[str, object]
    fingerprint: str
    version: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A declared baseline: its number, what it is, and who answers for it."""

    id: int
    frozen: Frozen
    act: Act


def declare(connection: Connection, frozen: Frozen, act: Act) -> Baseline:
    """Freeze a baseline.

    Raises
    ------
    ValueError
        The project has one that still holds.
    """
    if (other := current(connection, frozen.project)) is not None:
        raise ValueError(
            f"project: {frozen.project} has baseline #{other.id}, declared by {other.act.author}; "
            "revoke it with a reason before another is declared"
        )
    row = {
        "project": frozen.project,
        "declaration": dict(frozen.declaration),
        "model": dict(frozen.model),
        "fingerprint": frozen.fingerprint,
        "version": frozen.version,
    }
    return Baseline(acts.insert(connection, TABLE, act, row), frozen, act)


def current(connection: Connection, project: str) -> Baseline | None:
    """Baseline of a project that holds; None when none was declared."""
    query = sqlalchemy.select(TABLE).where(TABLE.c.project == project, _HOLDS)
    row = connection.execute(query).first()
    return None if row is None else _of(row)


def revoke(connection: Connection, number: int, revocation: Revocation) -> Baseline | None:
    """Take back a baseline; None when there is none of this number that still holds."""
    if not acts.revoke(connection, TABLE, number, revocation):
        return None
    return _of(connection.execute(sqlalchemy.select(TABLE).where(TABLE.c.id == number)).one())


def listed(connection: Connection, project: str | None = None) -> list[Baseline]:
    """Every baseline that was ever declared, oldest first."""
    query = sqlalchemy.select(TABLE).order_by(TABLE.c.id)
    if project is not None:
        query = query.where(TABLE.c.project == project)
    return [_of(row) for row in connection.execute(query)]


def _of(row: Row[tuple[object, ...]]) -> Baseline:
    frozen = Frozen(row.project, row.declaration, row.model, row.fingerprint, row.version)
    return Baseline(row.id, frozen, acts.of(row))
