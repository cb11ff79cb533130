"""One writer at a time: what is read in a transaction still holds when it is written.

SQLite gives that by itself, since a transaction begins with BEGIN IMMEDIATE. On PostgreSQL writers
wait for one lock of the database, so that nothing that looks first and writes then (a revision
that is there already, an exchange at the same instant, who acknowledged first) is ever doubled.
"""

from __future__ import annotations

import sqlalchemy
from sqlalchemy.engine import Connection

_LOCK = 0x67_77_72_63
_SILENT_MS = 60_000
"""Who holds a turn and says nothing for so long loses it, with what it wrote. [ms]

A machine that went away would otherwise keep everyone from writing.
"""


def take(connection: Connection, within_ms: int) -> None:
    """Wait until nobody else writes; the turn ends with the transaction.

    Parameters
    ----------
    connection : Connection
        In a transaction that has read nothing yet.
    within_ms : int
        How long to wait. [ms]
    """
    if connection.dialect.name != "postgresql":
        return
    limits = {"lock_timeout": within_ms, "idle_in_transaction_session_timeout": _SILENT_MS}
    for name, limit in limits.items():
        connection.exec_driver_sql(f"SET LOCAL {name} = {limit}")
    connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(_LOCK)))
