"""Notifications that have to go out, one row for each alarm, change and channel.

Written in the transaction that raises or returns the alarm, so that none is lost and none is made
twice. Who wants to send one claims it first, for a lease: while it holds nobody else sends it. What
was sent is marked and never sent again. A process that dies between sending and marking leaves the
claim behind; when the lease is over the message is sent once more. At least once, then: an alarm
that comes twice is a nuisance, one that does not come is a frozen exchanger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy
from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlalchemy.engine import Connection, Row

from analytics.faults import Change
from analytics.records import alarms
from analytics.records.alarms import Event
from analytics.records.tables import Identifier, Milliseconds, metadata

LONGEST_WAIT_MS = 3_600_000
"""No claim and no pause between two tries is longer."""

Tone = Literal["info", "warning", "alarm", "returned"]

TABLE = sqlalchemy.Table(
    "alarm_notifications",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("alarm", Identifier, ForeignKey("alarms.id"), nullable=False),
    Column("change", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("tone", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", Milliseconds, nullable=False),
    Column("due", Milliseconds, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_by", Text),
    Column("sent", Milliseconds),
    Column("given_up", Milliseconds),
    Column("problem", Text, nullable=False, default=""),
    sqlalchemy.UniqueConstraint("alarm", "change", "channel"),
)
_WAITING = sqlalchemy.and_(TABLE.c.sent.is_(None), TABLE.c.given_up.is_(None))
sqlalchemy.Index(
    "alarm_notifications_waiting", TABLE.c.due, sqlite_where=_WAITING, postgresql_where=_WAITING
)


@dataclass(frozen=True, slots=True)
class Message:
    """What is told.

    Parameters
    ----------
    alarm : int
        Number of the alarm.
    change : {"raised", "returned"}
        Which news of it.
    tone : str
        How urgent it looks.
    title, body : str
        The text, in both languages.
    """

    alarm: int
    change: Change
    tone: Tone
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for one channel, claimed by who sends it; `attempts` counts this one."""

    id: int
    channel: str
    message: Message
    created: int
    attempts: int


def add(connection: Connection, message: Message, channels: tuple[str, ...], at: int) -> None:
    """Ask for a message to be sent to every channel. [ms since epoch, UTC]"""
    for channel in channels:
        row = {
            "alarm": message.alarm,
            "change": message.change,
            "channel": channel,
            "tone": message.tone,
            "title": message.title,
            "body": message.body,
            "created": at,
            "due": at,
        }
        connection.execute(sqlalchemy.insert(TABLE).values(row))


def claim(
    connection: Connection, channel: str, by: str, now: int, lease_ms: int
) -> Notification | None:
    """Take the oldest message of a channel that is due, for nobody else to send it meanwhile.

    The messages of one alarm go out in their order: a return waits until its raise is sent or
    given up.

    Parameters
    ----------
    channel, by : str
        Which channel, and who sends.
    now, lease_ms : int
        Time of day [ms since epoch, UTC], and how long the claim holds [ms].
    """
    before = TABLE.alias()
    earlier = sqlalchemy.exists().where(
        before.c.alarm == TABLE.c.alarm, before.c.channel == TABLE.c.channel,
        before.c.id < TABLE.c.id, before.c.sent.is_(None), before.c.given_up.is_(None),
    )  # fmt: skip
    # nothing is put off for as long as that: it was by a clock that has been set back
    due = sqlalchemy.or_(TABLE.c.due <= now, TABLE.c.due > now + LONGEST_WAIT_MS)
    query = (
        sqlalchemy.select(TABLE)
        .where(TABLE.c.channel == channel, due, _WAITING, ~earlier)
        .order_by(TABLE.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    taken = {"claimed_by": by, "attempts": row.attempts + 1, "due": now + lease_ms}
    connection.execute(sqlalchemy.update(TABLE).where(TABLE.c.id == row.id).values(taken))
    return _notification(row, row.attempts + 1)


def sent(connection: Connection, notification: Notification, at: int) -> None:
    """Mark a message as sent, for good. [ms since epoch, UTC]"""
    if _change(connection, notification, {"sent": at, "claimed_by": None, "problem": ""}):
        _tell(connection, notification, at, "notified", notification.message.change)


def postpone(connection: Connection, notification: Notification, due: int, problem: str) -> None:
    """Try again at `due`; why it did not go out is kept. [ms since epoch, UTC]"""
    _change(connection, notification, {"due": due, "claimed_by": None, "problem": problem})


def give_up(connection: Connection, notification: Notification, at: int, problem: str) -> None:
    """Never try this one again. [ms since epoch, UTC]"""
    if _change(connection, notification, {"given_up": at, "claimed_by": None, "problem": problem}):
        _tell(connection, notification, at, "not_notified", problem)


def created_before(connection: Connection, at: int) -> list[Notification]:
    """What has waited since before an instant, whoever has claimed it. [ms since epoch, UTC]"""
    query = sqlalchemy.select(TABLE).where(TABLE.c.created < at, _WAITING).order_by(TABLE.c.id)
    return [_notification(row, row.attempts) for row in connection.execute(query)]


def waiting(connection: Connection) -> dict[str, int]:
    """How many messages wait, by channel."""
    count = sqlalchemy.func.count()
    query = sqlalchemy.select(TABLE.c.channel, count).where(_WAITING).group_by(TABLE.c.channel)
    return {row[0]: row[1] for row in connection.execute(query)}


def _notification(row: Row[tuple[object, ...]], attempts: int) -> Notification:
    message = Message(row.alarm, row.change, row.tone, row.title, row.body)
    return Notification(row.id, row.channel, message, row.created, attempts)


def _change(connection: Connection, of: Notification, values: dict[str, object]) -> bool:
    """Change a message that still waits; False when it does not any more."""
    here = sqlalchemy.and_(TABLE.c.id == of.id, _WAITING)
    return connection.execute(sqlalchemy.update(TABLE).where(here).values(values)).rowcount == 1


def _tell(
    connection: Connection,
    of: Notification,
    at: int,
    kind: Literal["notified", "not_notified"],
    note: str,
) -> None:
    alarms.note_event(connection, Event(of.message.alarm, at, kind, of.channel, note))
