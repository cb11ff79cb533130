"""Where every rule stands on every subject, for a restart to change nothing.

A state is only replaced by who has seen its newest revision: of two processes that evaluate the
same site at the same moment one writes, with the alarms and notifications that follow, and the
other nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import sqlalchemy
from sqlalchemy import Boolean, Column, Integer, Text
from sqlalchemy.engine import Connection

from analytics.faults import Key, Phase, State
from analytics.records.tables import Milliseconds, metadata
from collector.errors import GroundwattError

TABLE = sqlalchemy.Table(
    "alarm_states",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("phase", Text, nullable=False),
    Column("at", Milliseconds),
    Column("counting", Boolean, nullable=False),
    Column("held_ms", Milliseconds, nullable=False),
    Column("since", Milliseconds),
    Column("field", Text, nullable=False),
)


class Overtaken(GroundwattError):
    """Another process has evaluated the same rules meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A state as it stands in the records; revision 0 means that it is not there yet."""

    state: State = field(default_factory=State)
    revision: int = 0


def read(connection: Connection) -> dict[Key, Kept]:
    """Every state that is kept, by rule and subject."""
    return {
        (row.rule, row.subject): Kept(
            State(Phase(row.phase), row.at, row.counting, row.held_ms, row.since, row.field),
            row.revision,
        )
        for row in connection.execute(sqlalchemy.select(TABLE))
    }


def keep(connection: Connection, changed: Mapping[Key, tuple[Kept, State]]) -> None:
    """Replace states by newer ones: by key, what was read and what shall stand now.

    Raises
    ------
    Overtaken
        One of them was replaced meanwhile; the transaction must be given up.
    """
    for key, (known, state) in sorted(changed.items()):
        row = _row(key, state, known.revision + 1)
        if known.revision == 0:
            try:
                connection.execute(sqlalchemy.insert(TABLE).values(row))
            except sqlalchemy.exc.IntegrityError as error:
                raise Overtaken(overtaken(key)) from error
            continue
        seen = sqlalchemy.and_(
            TABLE.c.rule == key[0], TABLE.c.subject == key[1], TABLE.c.revision == known.revision
        )
        if connection.execute(sqlalchemy.update(TABLE).where(seen).values(row)).rowcount != 1:
            raise Overtaken(overtaken(key))


def forget(connection: Connection, known: AbstractSet[Key]) -> list[Key]:
    """Remove all states but the known, such as those of parts that are gone; their keys."""
    gone = sorted(read(connection).keys() - known)
    for rule, subject in gone:
        here = sqlalchemy.and_(TABLE.c.rule == rule, TABLE.c.subject == subject)
        connection.execute(sqlalchemy.delete(TABLE).where(here))
    return gone


def _row(key: Key, state: State, revision: int) -> dict[str, object]:
    return {
        "rule": key[0],
        "subject": key[1],
        "revision": revision,
        "phase": state.phase.value,
        "at": state.at,
        "counting": state.counting,
        "held_ms": state.held_ms,
        "since": state.since,
        "field": state.field,
    }


def overtaken(key: Key) -> str:
    """Wording of what happens to who comes second."""
    return f"alarm {key[0]} of {key[1]}: another process has evaluated it meanwhile"
