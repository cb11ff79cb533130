"""The collector's disk outbox: a sample is *polled* once it is committed here.

One SQLite file per collector. Rows go in with a group commit (WAL, fully synchronous) and go out
when a receipt says that ingest has stored or refused them. The file remembers how far every
device's sequence came, so that the next run can tell what to expect from the one before, and
what had to be dropped because the disk bound was reached. Only this file and the stores know
sqlite3.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from collector.errors import StoreError, Unavailable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox(
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL,
    at INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS progress(
    device TEXT PRIMARY KEY, id INTEGER NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped(
    device TEXT NOT NULL, run TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS depth(samples INTEGER NOT NULL) STRICT;
INSERT INTO depth SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM depth);
"""
DROPPED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Message:
    """One sample on its way: its place in the outbox, whose it is, and the payload to send."""

    id: int
    device: str
    run: str
    seq: int
    at: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    """A range of samples that had to go: both ends included."""

    device: str
    run: str
    first_seq: int
    last_seq: int
    first_at: int
    last_at: int
    reason: str

    @property
    def samples(self) -> int:
        """How many samples the range holds."""
        return self.last_seq - self.first_seq + 1


class OutboxFile:
    """The outbox on disk. Its methods block and belong on one thread."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        with _translated(), ExitStack() as opened:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened.callback(_locked(path).close)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            opened.callback(self._db.close)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._page_size = self._number("PRAGMA page_size")
            self.depth = self._number("SELECT samples FROM depth")
            self.next_id = 1 + self._number(
                "SELECT MAX((SELECT COALESCE(MAX(id), 0) FROM outbox), "
                "(SELECT COALESCE(MAX(id), 0) FROM progress))"
            )
            self._opened = opened.pop_all()

    def _number(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchone()[0])

    @property
    def bytes(self) -> int:
        """Disk space that the rows take. [B]"""
        with _translated():
            used = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
            return used * self._page_size

    def commit(
        self, added: Sequence[Message], released: Sequence[Message], lost: Sequence[Dropped] = ()
    ) -> None:
        """Keep new messages, forget released ones, all or nothing.

        Raises
        ------
        Unavailable
            The disk is full or fails; nothing has changed.
        """
        with _translated(), self._transaction():
            if added:
                self._db.executemany(
                    "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)",
                    [(m.id, m.device, m.run, m.seq, m.at, m.payload) for m in added],
                )
            depth = self.depth + len(added)
            if released:
                depth -= self._delete(sorted(m.id for m in released))
                self._advance(released)
            self._declare(lost)
            self._db.execute("UPDATE depth SET samples = ?", (depth,))
        self.depth = depth

    def _delete(self, ids: Sequence[int]) -> int:
        """Delete by ranges: released messages are mostly neighbours."""
        ranges = [(ids[0], ids[0])]
        for number in ids[1:]:
            if number == ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], number)
            else:
                ranges.append((number, number))
        sql = "DELETE FROM outbox WHERE id BETWEEN ? AND ?"
        return self._db.executemany(sql, ranges).rowcount

    def _advance(self, released: Iterable[Message]) -> None:
        """Remember every device's newest message; receipts may come out of order."""
        newest: dict[str, Message] = {}
        for message in released:
            known = newest.setdefault(message.device, message)
            if message.id > known.id:
                newest[message.device] = message
        self._db.executemany(
            "INSERT INTO progress VALUES (?, ?, ?, ?) ON CONFLICT(device) DO UPDATE SET "
            "id = excluded.id, run = excluded.run, seq = excluded.seq WHERE excluded.id > id",
            [(m.device, m.id, m.run, m.seq) for m in newest.values()],
        )

    def _declare(self, lost: Iterable[Dropped]) -> None:
        self._db.executemany(
            "INSERT INTO dropped VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (d.device, d.run, d.first_seq, d.last_seq, d.first_at, d.last_at, d.reason)
                for d in lost
            ],
        )

    def load(self, after: int, limit: int) -> list[Message]:
        """Messages behind the id `after`, oldest first."""
        with _translated():
            rows = self._db.execute(
                "SELECT id, device, run, seq, at, payload FROM outbox WHERE id > ? "
                "ORDER BY id LIMIT ?",
                (after, limit),
            )
            return [Message(*row) for row in rows]

    def last_sequences(self) -> dict[str, tuple[str, int]]:
        """How far every device came: its newest run and the last seq of it."""
        with _translated():
            rows = self._db.execute(
                "SELECT device, run, seq, MAX(id) FROM (SELECT device, run, seq, id FROM outbox "
                "UNION ALL SELECT device, run, seq, id FROM progress) GROUP BY device"
            )
            return {device: (run, seq) for device, run, seq, _ in rows}

    def drop_oldest(self) -> list[Message]:
        """Make room when the disk bound is reached: the oldest go, declared in `dropped`."""
        if self.bytes <= self._max_bytes:
            return []
        oldest = self.load(0, min(DROPPED_AT_ONCE, max(1, self.depth // 10)))
        self.commit([], oldest, ranges_dropped(oldest, "outbox-full"))
        return oldest

    def dropped(self) -> list[Dropped]:
        """Everything that ever had to go, oldest first."""
        with _translated():
            return [Dropped(*row) for row in self._db.execute("SELECT * FROM dropped")]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        with _translated():
            self._opened.close()


def _locked(path: Path) -> BinaryIO:
    """Hold the outbox for this process alone; the lock ends with the process, however it ends."""
    lock = path.with_suffix(".lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StoreError(f"outbox {path}: another collector of this name is running") from error
    return lock


def ranges_dropped(messages: Iterable[Message], reason: str) -> list[Dropped]:
    """Pack messages that go into ranges per device and run."""
    ranges: list[Dropped] = []
    for m in sorted(messages, key=lambda message: (message.device, message.run, message.seq)):
        last = ranges[-1] if ranges else None
        if last and (last.device, last.run, last.last_seq + 1) == (m.device, m.run, m.seq):
            ranges[-1] = Dropped(
                m.device, m.run, last.first_seq, m.seq, last.first_at, m.at, reason
            )
        else:
            ranges.append(Dropped(m.device, m.run, m.seq, m.seq, m.at, m.at, reason))
    return ranges


def merged(ranges: Iterable[Dropped]) -> list[Dropped]:
    """Join neighbouring ranges, so that a long outage does not make a long list."""
    joined: list[Dropped] = []
    for gone in sorted(ranges, key=lambda d: (d.device, d.run, d.reason, d.first_seq)):
        last = joined[-1] if joined else None
        if last and (last.device, last.run, last.reason, last.last_seq + 1) == (
            gone.device, gone.run, gone.reason, gone.first_seq,
        ):  # fmt: skip
            joined[-1] = replace(last, last_seq=gone.last_seq, last_at=gone.last_at)
        else:
            joined.append(gone)
    return joined


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"outbox: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"outbox: {error}") from error


@dataclass(frozen=True, slots=True)
class Contents:
    """What an outbox file holds, for the ledger: samples that wait and ranges that had to go."""

    waiting: tuple[Message, ...]
    dropped: tuple[Dropped, ...]


def read_outbox(path: Path) -> Contents:
    """Look into an outbox file, also one that a running collector is using.

    Raises
    ------
    Unavailable
        The file is not readable.
    """
    with (
        _translated(),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db,
    ):
        waiting = db.execute("SELECT id, device, run, seq, at, x'' FROM outbox ORDER BY id")
        messages = tuple(Message(*row) for row in waiting)
        return Contents(
            messages, tuple(Dropped(*row) for row in db.execute("SELECT * FROM dropped"))
        )
