"""The SQL of the embedded store: one table per device kind, a row per device and slot.

    heat_pump(device, at, run, seq, lag, flags, power_kw, heat_kw, …)   PRIMARY KEY (device, at)

Pure text. The key order serves what is asked for most, one device over a time range. The table
is its own index (WITHOUT ROWID) and strict about types, so that a number stays a number. For
people there is a view of every table, `<kind>_readable`, with local time written out.
docs/decisions/ tells what else was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

COLUMNS = ("device", "at", "run", "seq", "lag", "flags")
"""Columns that stand before the fields in every table."""

MOST_COLUMNS = 2000
"""What SQLite allows unless it was built otherwise."""

APPLICATION_ID = 0x67_77_61_74
VERSION = 1
RUNS = "collector_run"
ABOUT = "about"
MARKS = "late_mark"
RESERVED_KINDS = frozenset({RUNS, ABOUT, MARKS})
COLUMNS_OF = "SELECT name FROM pragma_table_info(?)"

_RUNS = f"""
CREATE TABLE IF NOT EXISTS {RUNS} (
    device TEXT NOT NULL, run TEXT NOT NULL, started INTEGER NOT NULL,
    previous_run TEXT, previous_seq INTEGER,
    PRIMARY KEY (device, run)
) STRICT, WITHOUT ROWID"""

_ABOUT = f"CREATE TABLE IF NOT EXISTS {ABOUT} (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"

_MARKS = f"""
CREATE TABLE IF NOT EXISTS {MARKS} (
    number INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, noted INTEGER NOT NULL
) STRICT"""

WRITE_MARK = f"INSERT INTO {MARKS} (device, first, last, noted) VALUES (?, ?, ?, ?)"  # noqa: S608 - constants
READ_MARKS = (
    f"SELECT device, first, last, noted, number FROM {MARKS} WHERE number > ? ORDER BY number"  # noqa: S608 - constants
)
WRITE_RUN = f"INSERT OR REPLACE INTO {RUNS} VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - constants
READ_RUNS = f"SELECT * FROM {RUNS} WHERE device = ? ORDER BY started, run"  # noqa: S608 - constants
WRITE_SITE = f"INSERT OR IGNORE INTO {ABOUT} VALUES ('site', ?)"  # noqa: S608 - constants
READ_SITE = f"SELECT value FROM {ABOUT} WHERE key = 'site'"  # noqa: S608 - constants

_WITHIN = "WHERE t.device = :device AND t.at >= :start AND t.at < :end"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def creation(kinds: Iterable[str]) -> list[str]:
    """Statements that create what does not exist yet."""
    tables = [
        f"CREATE TABLE IF NOT EXISTS {quoted(kind)} ("
        "device TEXT NOT NULL, at INTEGER NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL, "
        "lag INTEGER NOT NULL, flags TEXT NOT NULL, PRIMARY KEY (device, at)"
        ") STRICT, WITHOUT ROWID"
        for kind in kinds
    ]
    return [_RUNS, _ABOUT, _MARKS, *tables]


def new_fields(kind: str, fields: Iterable[str]) -> list[str]:
    """Statements that add columns for fields that were not seen before."""
    return [f"ALTER TABLE {quoted(kind)} ADD COLUMN {quoted(field)} REAL" for field in fields]


def readable_view(kind: str, columns: Sequence[str]) -> list[str]:
    """Statements that make the view for people; times are in the time zone of who looks."""
    view = quoted(f"{kind}_readable")
    rest = ", ".join(quoted(column) for column in columns if column not in {"device", "at"})
    time = "strftime('%Y-%m-%d %H:%M:%f', at / 1000.0, 'unixepoch', 'localtime') AS local_time"
    return [
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} AS SELECT {time}, device, {rest} FROM {quoted(kind)}",  # noqa: S608
    ]


def insertion(kind: str, fields: Sequence[str]) -> str:
    """Write one row; a row of the same device and slot gives way, with all its values."""
    columns = ", ".join(quoted(column) for column in (*COLUMNS, *fields))
    places = ", ".join("?" * (len(COLUMNS) + len(fields)))
    return f"INSERT OR REPLACE INTO {quoted(kind)} ({columns}) VALUES ({places})"  # noqa: S608


def selection(kind: str, columns: Sequence[str], known: Iterable[str]) -> str:
    """Read rows of :device in [:start, :end), oldest first, at most :limit.

    A column that the table does not have is read as NULL.
    """
    present = set(known)
    chosen = ", ".join(f"t.{quoted(name)}" if name in present else "NULL" for name in columns)
    return (
        f"SELECT {chosen} FROM {quoted(kind)} AS t "  # noqa: S608 - quoted names
        f"{_WITHIN} ORDER BY t.at LIMIT :limit"
    )


def numbers(kind: str, fields: Sequence[str]) -> str:
    """Read slot and fields of :device in [:start, :end) as numbers, oldest first.

    Slots are exact as floats. Infinity, which is never stored, stands for NULL, so that the whole
    answer goes into an array without a look at each value.
    """
    chosen = "".join(f", ifnull(t.{quoted(field)}, 9e999)" for field in fields)
    return (
        f"SELECT t.at{chosen} FROM {quoted(kind)} AS t "  # noqa: S608
        f"{_WITHIN} ORDER BY t.at"
    )


def flagged(kind: str) -> str:
    """Read slot and flags of the rows of :device in [:start, :end) that have some."""
    return f"SELECT t.at, t.flags FROM {quoted(kind)} AS t {_WITHIN} AND t.flags <> ''"  # noqa: S608


def newest(kind: str, fields: Sequence[str]) -> str:
    """Read at, run, seq, lag, flags and these fields of a device's newest row."""
    chosen = ", ".join(quoted(column) for column in (*COLUMNS[1:], *fields))
    return f"SELECT {chosen} FROM {quoted(kind)} WHERE device = ? ORDER BY at DESC LIMIT 1"  # noqa: S608


def first_and_last(kind: str) -> str:
    """Read the first and last slot of :device; each is one step down the key."""
    bound = f"(SELECT {{}}(at) FROM {quoted(kind)} WHERE device = :device)"  # noqa: S608
    return f"SELECT {bound.format('min')}, {bound.format('max')}"


def summary(kind: str, fields: Sequence[str]) -> str:
    """Read count, least, mean and greatest value of each field of a device in [?, ?).

    One such query per bucket reads along the key and sorts nothing, which a GROUP BY would.
    """
    aggregates = ", ".join(
        f"{function}(t.{quoted(field)})"
        for field in fields
        for function in ("count", "min", "avg", "max")
    )
    return (
        f"SELECT {aggregates} FROM {quoted(kind)} AS t "  # noqa: S608 - quoted names
        "WHERE t.device = ? AND t.at >= ? AND t.at < ?"
    )
