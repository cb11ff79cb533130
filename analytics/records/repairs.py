"""Repairs: spans of raw data that do not count, or count corrected. The raw data never changes.

What an auditor accepts: to leave out what is known to be wrong, and to correct what was measured
with a known fault (a transformer ratio, a sensor's offset), with author and reason. Values that
nobody measured are never put among those that were. A correction whose amount is itself an
estimate is marked as such and stays marked in everything that is computed from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy
from sqlalchemy import Boolean, Column, Double, Text
from sqlalchemy.engine import Connection

from analytics.records import acts, recomputations
from analytics.records.acts import Act, Revocation
from analytics.records.tables import Milliseconds, metadata

Action = Literal["exclude", "offset", "scale"]

ALL_FIELDS = "*"
"""A repair of this field speaks for every field of its device."""

TABLE = sqlalchemy.Table(
    "repairs",
    metadata,
    *acts.columns(),
    Column("device", Text, nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("start", Milliseconds, nullable=False),
    Column("end", Milliseconds, nullable=False),
    Column("action", Text, nullable=False),
    Column("amount", Double),
    Column("estimated", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a repair does.

    Parameters
    ----------
    device, field : str
        What it speaks of; `*` for all fields, which can only be excluded.
    start, end : int
        Half-open span of slots. [ms since epoch, UTC]
    action : {"exclude", "offset", "scale"}
        Leave out, add to, or multiply the values.
    amount : float or None
        What is added [unit of the field] or multiplied [-]; None with `exclude`.
    estimated : bool
        The amount is an estimate, not a finding of a calibration or a document.

    Raises
    ------
    ValueError
        The span is empty, or action and amount do not fit.
    """

    device: str
    field: str
    start: int
    end: int
    action: Action
    amount: float | None = None
    estimated: bool = False

    def __post_init__(self) -> None:
        """Refuse a repair that means nothing."""
        if self.start >= self.end:
            raise ValueError("end: must lie after the start")
        if self.action not in get_args(Action):
            raise ValueError(f"action: {self.action!r} is none of {', '.join(get_args(Action))}")
        if self.action == "exclude":
            if self.amount is not None or self.estimated:
                raise ValueError("amount: what is excluded has none, nor an estimate of one")
            return
        if self.field == ALL_FIELDS:
            raise ValueError("field: a correction is of one field; all can only be excluded")
        if self.amount is None or not math.isfinite(self.amount):
            raise ValueError(f"amount: {self.action} needs a finite number")
        if self.amount == (0.0 if self.action == "offset" else 1.0):
            raise ValueError(f"amount: an {self.action} of {self.amount:g} changes nothing")
        if self.action == "scale" and self.amount == 0.0:
            raise ValueError("amount: a scale of 0 would make values of nothing; exclude them")


@dataclass(frozen=True, slots=True)
class Repair:
    """A recorded repair: its number, what it does, and who answers for it."""

    id: int
    correction: Correction
    act: Act

    @property
    def cause(self) -> str:
        """How revisions name it."""
        return f"repair #{self.id}" + (" revoked" if self.act.revoked else "")


def add(connection: Connection, correction: Correction, act: Act) -> Repair:
    """Record a repair and ask for its span to be computed again."""
    row = {
        "device": correction.device,
        "field": correction.field,
        "start": correction.start,
        "end": correction.end,
        "action": correction.action,
        "amount": correction.amount,
        "estimated": correction.estimated,
    }
    repair = Repair(acts.insert(connection, TABLE, act, row), correction, act)
    _request(connection, repair, act.created)
    return repair


def revoke(connection: Connection, number: int, revocation: Revocation) -> Repair | None:
    """Take back a repair; None when there is none of this number that still holds."""
    if not acts.revoke(connection, TABLE, number, revocation):
        return None
    repair = _selected(connection, sqlalchemy.select(TABLE).where(TABLE.c.id == number))[0]
    _request(connection, repair, revocation.at)
    return repair


def listed(
    connection: Connection,
    device: str | None = None,
    *,
    span: tuple[int, int] | None = None,
    revoked: bool = False,
) -> list[Repair]:
    """Repairs in the order in which they were recorded.

    Parameters
    ----------
    device : str, optional
        Only of this device.
    span : tuple of int, optional
        Only those that touch this half-open span. [ms since epoch, UTC]
    revoked : bool
        Also those that were taken back.
    """
    query = acts.query(TABLE, device, revoked=revoked).order_by(TABLE.c.id)
    if span is not None:
        query = query.where(TABLE.c.start < span[1], TABLE.c.end > span[0])
    return _selected(connection, query)


def _selected(connection: Connection, query: sqlalchemy.Select[tuple[object, ...]]) -> list[Repair]:
    return [
        Repair(
            row.id,
            Correction(
                row.device, row.field, row.start, row.end, row.action, row.amount, row.estimated
            ),
            acts.of(row),
        )
        for row in connection.execute(query)
    ]


def _request(connection: Connection, repair: Repair, at: int) -> None:
    correction = repair.correction
    span = correction.start, correction.end
    recomputations.request(connection, correction.device, span, repair.cause, at)
