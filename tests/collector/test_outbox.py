"""The outbox file: what is committed survives, what is dropped is declared."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from collector.errors import StoreError, Unavailable
from collector.outbox import Message, OutboxFile, merged, ranges_dropped, read_outbox


def messages(first: int, last: int, device: str = "a", run: str = "r1", shift: int = 0):
    return [
        Message(n + shift, device, run, n, n * 1000, f"payload {n}".encode())
        for n in range(first, last + 1)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox-main.sqlite"


def opened(path: Path, max_bytes: int = 2**31) -> OutboxFile:
    return OutboxFile(path, max_bytes)


def test_committed_messages_are_there_after_reopening_in_order(path):
    box = opened(path)
    box.commit(messages(1, 5), [])
    box.close()
    box = opened(path)
    assert box.load(0, 10) == messages(1, 5)
    assert box.load(3, 1) == messages(4, 4)
    assert (box.depth, box.next_id) == (5, 6)
    box.close()


def test_released_messages_are_gone_and_counted_once(path):
    box = opened(path)
    box.commit(messages(1, 5), [])
    box.commit([], messages(2, 3))
    box.commit([], messages(2, 3))
    assert [m.id for m in box.load(0, 10)] == [1, 4, 5]
    assert box.depth == 3
    box.close()


def test_ids_are_not_used_again_after_everything_was_released(path):
    box = opened(path)
    box.commit(messages(1, 5), [])
    box.commit([], messages(1, 5))
    box.close()
    box = opened(path)
    assert box.next_id == 6
    box.close()


def test_the_next_run_learns_how_far_the_one_before_came(path):
    box = opened(path)
    box.commit(messages(1, 5) + messages(1, 2, device="b", shift=5), [])
    box.commit([], messages(1, 4))
    assert box.last_sequences() == {"a": ("r1", 5), "b": ("r1", 2)}
    box.commit([], messages(5, 5))
    assert box.last_sequences()["a"] == ("r1", 5)
    box.close()


def test_a_late_receipt_for_an_older_run_does_not_turn_the_progress_back(path):
    box = opened(path)
    old, new = messages(1, 9), messages(1, 2, run="r2", shift=9)
    box.commit(old + new, [])
    box.commit([], new)
    box.commit([], old)
    assert box.last_sequences() == {"a": ("r2", 2)}
    box.close()


def test_the_oldest_go_when_the_bound_is_reached_and_are_declared(path):
    box = opened(path, max_bytes=200_000)
    big = [Message(n, "a", "r1", n, n * 1000, bytes(1000)) for n in range(1, 401)]
    box.commit(big[:50], [])
    assert box.drop_oldest() == []
    box.commit(big[50:], [])
    gone = box.drop_oldest()
    assert [m.seq for m in gone] == list(range(1, 401))[: len(gone)]
    assert len(gone) > 0
    (declared,) = box.dropped()
    assert (declared.first_seq, declared.samples) == (1, len(gone))
    assert declared.reason == "outbox-full"
    assert box.depth == 400 - len(gone)
    box.close()


def test_a_full_disk_is_unavailable_changes_nothing_and_heals(path):
    box = opened(path)
    box.commit(messages(1, 3), [])
    box._db.execute("PRAGMA max_page_count = 12")
    huge = [Message(n, "a", "r1", n, n, bytes(4000)) for n in range(4, 40)]
    with pytest.raises(Unavailable):
        box.commit(huge, [])
    assert box.depth == 3
    assert box.load(0, 10) == messages(1, 3)
    box._db.execute("PRAGMA max_page_count = 100000")
    box.commit(huge, messages(1, 3))
    assert box.depth == 36
    box.close()


def test_a_running_collectors_outbox_can_be_looked_into(path):
    box = opened(path)
    box.commit(messages(1, 3), [])
    contents = read_outbox(path)
    assert [(m.device, m.run, m.seq, m.at) for m in contents.waiting] == [
        ("a", "r1", n, n * 1000) for n in (1, 2, 3)
    ]
    box.close()


def test_ranges_are_packed_by_device_and_run():
    packed = ranges_dropped(
        [*messages(1, 3), *messages(5, 6), *messages(7, 7, run="r2")], "disk-full"
    )
    assert [(d.run, d.first_seq, d.last_seq) for d in packed] == [
        ("r1", 1, 3), ("r1", 5, 6), ("r2", 7, 7),
    ]  # fmt: skip


def test_something_else_than_an_outbox_is_refused(tmp_path):
    path = tmp_path / "text"
    path.write_text("this is no database, it is a rather long line of text " * 50)
    with pytest.raises(StoreError):
        opened(path)


def test_every_sqlite_error_has_a_translation():
    known = {
        sqlite3.DatabaseError, sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError,
        sqlite3.InternalError, sqlite3.NotSupportedError, sqlite3.OperationalError,
        sqlite3.ProgrammingError, sqlite3.Error,
    }  # fmt: skip
    found = {
        thing for thing in vars(sqlite3).values()
        if isinstance(thing, type) and issubclass(thing, sqlite3.Error)
    }  # fmt: skip
    assert found == known


def test_two_collectors_cannot_share_one_outbox(path):
    box = opened(path)
    with pytest.raises(StoreError, match="another collector"):
        opened(path)
    box.close()
    opened(path).close()


def test_dropping_takes_the_oldest_tenth_even_of_a_small_outbox(path):
    box = opened(path, max_bytes=0)
    box.commit(messages(1, 100), [])
    assert [m.seq for m in box.drop_oldest()] == list(range(1, 11))
    box.close()


def test_ranges_of_a_long_outage_are_joined():
    pieces = [ranges_dropped(messages(n, n), "disk-full")[0] for n in (3, 1, 2, 7)]
    assert [(d.first_seq, d.last_seq, d.last_at) for d in merged(pieces)] == [
        (1, 3, 3000), (7, 7, 7000),
    ]  # fmt: skip
