"""Alarms: what was raised, and all that became of it.

States, alarms, events and the notifications that have to go out are written in one transaction. No
rule ever has two open alarms on one subject, whoever evaluates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal

import orjson
import sqlalchemy
from sqlalchemy import Column, ForeignKey, Index, Text
from sqlalchemy.engine import Connection, Row

from analytics.faults import Key
from analytics.records import alarm_states
from analytics.records.alarm_states import Overtaken, overtaken
from analytics.records.tables import Identifier, Milliseconds, metadata
from collector.alarming import Severity
from collector.model import Title

EventKind = Literal["raised", "acknowledged", "returned", "notified", "not_notified"]

ALARMS = sqlalchemy.Table(
    "alarms",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("sentence_zh", Text, nullable=False),
    Column("sentence_en", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("since", Milliseconds, nullable=False),
    Column("raised", Milliseconds, nullable=False),
    Column("returned", Milliseconds),
    Column("acknowledged", Milliseconds),
    Column("acknowledged_by", Text),
    sqlalchemy.UniqueConstraint("rule", "subject", "raised"),
)
_OPEN = ALARMS.c.returned.is_(None)
Index(
    "alarms_open", ALARMS.c.rule, ALARMS.c.subject,
    unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
)  # fmt: skip

EVENTS = sqlalchemy.Table(
    "alarm_events",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("alarm", Identifier, ForeignKey("alarms.id"), nullable=False, index=True),
    Column("at", Milliseconds, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Raised:
    """What is kept of an alarm when it is raised.

    Parameters
    ----------
    rule, subject : str
        Its key.
    severity : str
        info, warning or alarm.
    title, sentence : Title
        Of the subject and rule; what is the matter, with numbers.
    evidence : mapping
        Numbers and arrays, as JSON.
    since, raised : int
        When the condition began and when its delay was over. [ms since epoch, UTC]
    """

    rule: str
    subject: str
    severity: Severity
    title: Title
    sentence: Title
    since: int
    raised: int
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it stands: number, what was raised, and what became of it. [ms UTC]"""

    id: int
    raised: Raised
    returned: int | None
    acknowledged: int | None
    acknowledged_by: str | None

    @property
    def open(self) -> bool:
        """Whether the condition has not returned to normal."""
        return self.returned is None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an alarm, and who did it: a person, a channel or a rule."""

    alarm: int
    at: int
    kind: EventKind
    who: str
    note: str


def raise_alarm(connection: Connection, raised: Raised, at: int) -> int:
    """Keep a raised alarm and its event; its number. `at` is the time of day. [ms UTC]

    Raises
    ------
    Overtaken
        It stands already; the transaction must be given up.
    """
    if _was_raised(connection, raised):
        raised = replace(raised, raised=at)
    row = {
        "rule": raised.rule,
        "subject": raised.subject,
        "severity": raised.severity,
        "title_zh": raised.title.zh,
        "title_en": raised.title.en,
        "sentence_zh": raised.sentence.zh,
        "sentence_en": raised.sentence.en,
        "evidence": orjson.dumps(raised.evidence).decode(),
        "since": raised.since,
        "raised": raised.raised,
    }
    insertion = sqlalchemy.insert(ALARMS).values(row).returning(ALARMS.c.id)
    try:
        number = int(connection.execute(insertion).scalar_one())
    except sqlalchemy.exc.IntegrityError as error:
        raise Overtaken(overtaken((raised.rule, raised.subject))) from error
    note_event(connection, Event(number, at, "raised", raised.rule, ""))
    return number


def return_alarm(
    connection: Connection, key: Key, returned: int, at: int, note: str = ""
) -> Alarm | None:
    """Mark the open alarm of a rule and subject as returned; None when there is none. [ms UTC]"""
    here = sqlalchemy.and_(ALARMS.c.rule == key[0], ALARMS.c.subject == key[1], _OPEN)
    change = sqlalchemy.update(ALARMS).where(here).values(returned=returned)
    row = connection.execute(change.returning(ALARMS)).one_or_none()
    if row is None:
        return None
    note_event(connection, Event(row.id, at, "returned", key[0], note))
    return _alarm(row)


def tidy(connection: Connection, known: AbstractSet[Key], at: int) -> list[Alarm]:
    """Close what no rule watches any more: alarms of parts or rules that are gone. [ms UTC]"""
    alarm_states.forget(connection, known)
    gone = []
    for stale in listed(connection):
        key = stale.raised.rule, stale.raised.subject
        if stale.open and key not in known:
            gone.append(return_alarm(connection, key, at, at, "no rule watches it any more"))
    return [alarm for alarm in gone if alarm is not None]


def acknowledge(connection: Connection, number: int, by: str, note: str, at: int) -> Alarm | None:
    """Note that a person has taken notice of an alarm; None when there is no such alarm. [ms UTC]

    The first who acknowledges stays who acknowledged; everyone's note is kept as an event.

    Raises
    ------
    ValueError
        Nobody is named.
    """
    if not by.strip():
        raise ValueError("by: must not be empty")
    found = alarm(connection, number)
    if found is None:
        return None
    if found.acknowledged is None:
        change = sqlalchemy.update(ALARMS).where(ALARMS.c.id == number)
        connection.execute(change.values(acknowledged=at, acknowledged_by=by))
    note_event(connection, Event(number, at, "acknowledged", by, note))
    return alarm(connection, number)


def alarm(connection: Connection, number: int) -> Alarm | None:
    """Return one alarm by its number."""
    query = sqlalchemy.select(ALARMS).where(ALARMS.c.id == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _alarm(row)


def listed(connection: Connection, *, everything: bool = False) -> list[Alarm]:
    """Alarms, newest first: those that are open or not acknowledged, or all that ever were."""
    query = sqlalchemy.select(ALARMS).order_by(ALARMS.c.raised.desc(), ALARMS.c.id.desc())
    if not everything:
        query = query.where(sqlalchemy.or_(_OPEN, ALARMS.c.acknowledged.is_(None)))
    return [_alarm(row) for row in connection.execute(query)]


def note_event(connection: Connection, event: Event) -> None:
    """Keep what happened to an alarm."""
    row = {name: getattr(event, name) for name in ("alarm", "at", "kind", "who", "note")}
    connection.execute(sqlalchemy.insert(EVENTS).values(row))


def events(connection: Connection, number: int) -> list[Event]:
    """What happened to an alarm, oldest first."""
    query = sqlalchemy.select(EVENTS).where(EVENTS.c.alarm == number).order_by(EVENTS.c.id)
    return [
        Event(row.alarm, row.at, row.kind, row.who, row.note) for row in connection.execute(query)
    ]


def _was_raised(connection: Connection, raised: Raised) -> bool:
    """Whether the same was raised at the same instant before, and is closed.

    A rule that was switched off and on again forgets where it stood and sees the same samples.
    """
    query = sqlalchemy.select(ALARMS.c.id).where(
        ALARMS.c.rule == raised.rule, ALARMS.c.subject == raised.subject,
        ALARMS.c.raised == raised.raised, ~_OPEN,
    )  # fmt: skip
    return connection.execute(query).first() is not None


def _alarm(row: Row[tuple[object, ...]]) -> Alarm:
    raised = Raised(
        row.rule, row.subject, row.severity, Title(row.title_zh, row.title_en),
        Title(row.sentence_zh, row.sentence_en), row.since, row.raised,
        orjson.loads(row.evidence),
    )  # fmt: skip
    return Alarm(row.id, raised, row.returned, row.acknowledged, row.acknowledged_by)
