"""Calibrations: what a laboratory found of an instrument, and until when that holds.

A finding does not change any value: it is evidence. Whoever wants figures corrected by it records
a repair that names the certificate.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import sqlalchemy
from sqlalchemy import Column, Date, Double, ForeignKey, Text
from sqlalchemy.engine import Connection

from analytics.records import acts
from analytics.records.acts import Act, Revocation
from analytics.records.tables import Identifier, Milliseconds, metadata

ErrorUnit = Literal["%", "K"]

TABLE = sqlalchemy.Table(
    "calibrations",
    metadata,
    *acts.columns(),
    Column("device", Text, nullable=False, index=True),
    Column("at", Milliseconds, nullable=False),
    Column("certificate", Text, nullable=False),
    Column("due", Date),
)
ERRORS = sqlalchemy.Table(
    "calibration_errors",
    metadata,
    Column("calibration", Identifier, ForeignKey("calibrations.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("error", Double, nullable=False),
    Column("unit", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class FoundError:
    """What a part of an instrument was found to be wrong by: shown less true. [unit]"""

    error: float
    unit: ErrorUnit

    def __post_init__(self) -> None:
        """Refuse what no certificate says."""
        if not math.isfinite(self.error):
            raise ValueError(f"error: {self.error} is no number")
        if self.unit not in get_args(ErrorUnit):
            raise ValueError(f"unit: {self.unit!r} is neither % nor K")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One calibration.

    Parameters
    ----------
    device : str
        Device id.
    at : int
        When it was calibrated. [ms since epoch, UTC]
    number : str
        Number of the certificate.
    errors : mapping of str to FoundError
        By part, such as `flow`, `pair`, `calculator`, `energy`.
    due : date or None
        Local day on which the next calibration is due.
    """

    device: str
    at: int
    number: str
    errors: Mapping[str, FoundError] = field(default_factory=dict)
    due: date | None = None

    def __post_init__(self) -> None:
        """Refuse a calibration without evidence."""
        if not self.number.strip():
            raise ValueError("certificate: must not be empty")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A recorded calibration: its number, what it says, and who answers for it."""

    id: int
    certificate: Certificate
    act: Act


def add(connection: Connection, certificate: Certificate, act: Act) -> Calibration:
    """Record a calibration."""
    row = {
        "device": certificate.device,
        "at": certificate.at,
        "certificate": certificate.number,
        "due": certificate.due,
    }
    calibration = Calibration(acts.insert(connection, TABLE, act, row), certificate, act)
    errors = [
        {"calibration": calibration.id, "part": part, "error": found.error, "unit": found.unit}
        for part, found in certificate.errors.items()
    ]
    if errors:
        connection.execute(sqlalchemy.insert(ERRORS), errors)
    return calibration


def revoke(connection: Connection, number: int, revocation: Revocation) -> bool:
    """Take back a calibration; False when there is none of this number that still holds."""
    return acts.revoke(connection, TABLE, number, revocation)


def listed(
    connection: Connection, device: str | None = None, *, revoked: bool = False
) -> list[Calibration]:
    """Calibrations by instant; those that were taken back only when asked for."""
    query = acts.query(TABLE, device, revoked=revoked).order_by(TABLE.c.at, TABLE.c.id)
    rows = connection.execute(query).all()
    errors: dict[int, dict[str, FoundError]] = defaultdict(dict)
    wanted = ERRORS.c.calibration.in_([row.id for row in rows])
    for row in connection.execute(sqlalchemy.select(ERRORS).where(wanted)):
        errors[row.calibration][row.part] = FoundError(row.error, row.unit)
    return [
        Calibration(
            row.id,
            Certificate(row.device, row.at, row.certificate, errors[row.id], row.due),
            acts.of(row),
        )
        for row in rows
    ]
