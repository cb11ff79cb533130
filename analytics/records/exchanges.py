"""Meter exchanges: when another meter took over, and what both registers stood at.

The last reading of the old meter and the first of the new one close the gap between the last
polled value and the first: no energy is lost or invented at the joint.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy
from sqlalchemy import Column, Double, ForeignKey, Text
from sqlalchemy.engine import Connection

from analytics.records import acts, recomputations
from analytics.records.acts import Act, Revocation
from analytics.records.tables import Identifier, Milliseconds, metadata

TABLE = sqlalchemy.Table(
    "exchanges",
    metadata,
    *acts.columns(),
    Column("device", Text, nullable=False, index=True),
    Column("at", Milliseconds, nullable=False),
    Column("old_serial", Text),
    Column("new_serial", Text),
)
READINGS = sqlalchemy.Table(
    "exchange_readings",
    metadata,
    Column("exchange", Identifier, ForeignKey("exchanges.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("last", Double),
    Column("first", Double),
)


@dataclass(frozen=True, slots=True)
class Handover:
    """What one register stood at when the meters were changed. [unit of the field]

    Parameters
    ----------
    last : float or None
        Last reading of the old meter; None when nobody read it.
    first : float or None
        First reading of the new meter.
    """

    last: float | None
    first: float | None

    def __post_init__(self) -> None:
        """Refuse readings that are no register's."""
        for name in ("last", "first"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name}: {value} is no reading of a register")


@dataclass(frozen=True, slots=True)
class Change:
    """One meter taking over from another.

    Parameters
    ----------
    device : str
        Device id; it stays the same.
    at : int
        The new meter counts from here on. [ms since epoch, UTC]
    registers : mapping of str to Handover
        By counter field.
    old_serial, new_serial : str or None
        Serial numbers.
    """

    device: str
    at: int
    registers: Mapping[str, Handover] = field(default_factory=dict)
    old_serial: str | None = None
    new_serial: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded exchange: its number, what it says, and who answers for it."""

    id: int
    change: Change
    act: Act

    @property
    def cause(self) -> str:
        """How revisions name it."""
        return f"exchange #{self.id}" + (" revoked" if self.act.revoked else "")


def add(connection: Connection, change: Change, act: Act) -> Exchange:
    """Record an exchange and ask for its surroundings to be computed again.

    Raises
    ------
    ValueError
        The device has an exchange at this very instant already.
    """
    same = sqlalchemy.select(TABLE.c.id).where(
        TABLE.c.device == change.device, TABLE.c.at == change.at, TABLE.c.revoked_at.is_(None)
    )
    if (other := connection.execute(same).scalar()) is not None:
        raise ValueError(f"at: exchange #{other} of {change.device} is at this instant already")
    row = {
        "device": change.device,
        "at": change.at,
        "old_serial": change.old_serial,
        "new_serial": change.new_serial,
    }
    exchange = Exchange(acts.insert(connection, TABLE, act, row), change, act)
    readings = [
        {"exchange": exchange.id, "field": name, "last": register.last, "first": register.first}
        for name, register in change.registers.items()
    ]
    if readings:
        connection.execute(sqlalchemy.insert(READINGS), readings)
    _request(connection, exchange, act.created)
    return exchange


def revoke(connection: Connection, number: int, revocation: Revocation) -> Exchange | None:
    """Take back an exchange; None when there is none of this number that still holds."""
    if not acts.revoke(connection, TABLE, number, revocation):
        return None
    exchange = _selected(connection, sqlalchemy.select(TABLE).where(TABLE.c.id == number))[0]
    _request(connection, exchange, revocation.at)
    return exchange


def listed(
    connection: Connection, device: str | None = None, *, revoked: bool = False
) -> list[Exchange]:
    """Exchanges by instant; those that were taken back only when asked for."""
    query = acts.query(TABLE, device, revoked=revoked).order_by(TABLE.c.at, TABLE.c.id)
    return _selected(connection, query)


def _selected(
    connection: Connection, query: sqlalchemy.Select[tuple[object, ...]]
) -> list[Exchange]:
    rows = connection.execute(query).all()
    registers: dict[int, dict[str, Handover]] = defaultdict(dict)
    wanted = READINGS.c.exchange.in_([row.id for row in rows])
    for row in connection.execute(sqlalchemy.select(READINGS).where(wanted)):
        registers[row.exchange][row.field] = Handover(row.last, row.first)
    return [
        Exchange(
            row.id,
            Change(row.device, row.at, registers[row.id], row.old_serial, row.new_serial),
            acts.of(row),
        )
        for row in rows
    ]


def _request(connection: Connection, exchange: Exchange, at: int) -> None:
    change = exchange.change
    span = change.at, change.at + 1
    recomputations.request(connection, change.device, span, exchange.cause, at)
