"""The records' database itself: opening, waiting, refusing."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from analytics import records as package
from analytics.records import Records, RecordsError, open_records, progress, schema
from analytics.records.tables import metadata
from collector.accounts import Records as RecordSettings


def test_a_transaction_that_fails_leaves_no_trace(records: Records) -> None:
    def fail() -> None:
        with records.transaction() as connection:
            progress.advance(connection, "rollup", "meter", 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with records.reading() as connection:
        assert progress.watermark(connection, "rollup", "meter") is None


def test_what_is_written_while_reading_is_not_kept(records: Records) -> None:
    with records.reading() as connection:
        progress.advance(connection, "rollup", "meter", 5)
    with records.reading() as connection:
        assert progress.watermarks(connection, "rollup") == {}


def test_who_reads_sees_one_moment(records: Records) -> None:
    with records.transaction() as connection:
        progress.advance(connection, "rollup", "meter", 5)
    with records.reading() as looking:
        assert progress.watermark(looking, "rollup", "meter") == 5
        with records.transaction() as connection:
            progress.advance(connection, "rollup", "meter", 6)
        assert progress.watermarks(looking, "rollup") == {"meter": 5}


def _open_and_count(url: str, folder: str, number: int) -> None:
    opened = open_records(RecordSettings(url=url), Path(folder))
    for step in range(20):
        with opened.transaction() as connection:
            progress.advance(connection, "job", f"{number}-{step}", step)
    opened.close()


def test_processes_that_open_at_the_same_moment_take_turns(
    settings: RecordSettings, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_open_and_count, args=(settings.url, str(tmp_path), number))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    opened = open_records(settings, tmp_path)
    with opened.reading() as connection:
        assert len(progress.watermarks(connection, "job")) == 80
    opened.close()


def test_two_writers_wait_for_each_other_even_when_both_read_first(
    records: Records, settings: RecordSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot have a turn in time is told so, and has a turn when the other is done."""
    monkeypatch.setattr(package, "BUSY_TIMEOUT_MS", 1)
    other = open_records(settings, tmp_path)
    with records.transaction() as connection:
        assert progress.watermark(connection, "job", "a") is None
        with pytest.raises(RecordsError, match="lock"), other.transaction():
            pass
        progress.advance(connection, "job", "a", 1)
    with other.transaction() as connection:
        progress.advance(connection, "job", "a", 2)
    other.close()


def test_a_database_that_goes_away_is_told_to_who_writes_and_who_reads(tmp_path: Path) -> None:
    """As a server that is restarted: the next connection is refused."""
    opened = open_records(RecordSettings(), tmp_path)
    opened.close()
    (tmp_path / "records.sqlite").unlink()
    (tmp_path / "records.sqlite").mkdir()
    for way in (opened.transaction, opened.reading):
        with pytest.raises(RecordsError, match="unable to open"), way():
            pass


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    connection.execute("CREATE TABLE heat_pump (device TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(RecordsError, match="is not a database of groundwatt's records"):
        open_records(RecordSettings(), tmp_path)
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
    connection.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("no database at all, but long enough to be read")
    with pytest.raises(RecordsError, match=r"records\.sqlite: file is not a database"):
        open_records(RecordSettings(), tmp_path)


def test_tables_of_a_later_version_are_refused(
    records: Records, settings: RecordSettings, tmp_path: Path
) -> None:
    with records.transaction() as connection:
        connection.exec_driver_sql("UPDATE records_about SET value = '99' WHERE key = 'version'")
    with pytest.raises(RecordsError, match="version 99, this groundwatt knows up to 1"):
        open_records(settings, tmp_path)


def test_older_tables_are_moved_on_step_by_step(
    records: Records, settings: RecordSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {
        2: lambda c: c.exec_driver_sql("CREATE TABLE two (x INTEGER)"),
        3: lambda c: c.exec_driver_sql("ALTER TABLE two ADD COLUMN y INTEGER"),
    }
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "VERSION", 3)
    moved = open_records(settings, tmp_path)
    with moved.reading() as connection:
        assert schema.version(connection) == 3
        columns = sqlalchemy.inspect(connection).get_columns("two")
    assert [column["name"] for column in columns] == ["x", "y"]
    moved.close()


@pytest.mark.parametrize(
    ("url", "wording"),
    [
        ("nonsense", "Could not parse"),
        ("nosuch://localhost/records", "nosuch"),
        ("sqlite:////proc/nowhere/records.sqlite", "No such file"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_plainly(url: str, wording: str, tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match=wording):
        open_records(RecordSettings(url=url), tmp_path)


def test_the_password_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWATT_RECORDS_PASSWORD", "s3cret")
    url = "postgresql+nodriver://user@127.0.0.1:1/records"
    with pytest.raises(RecordsError) as raised:
        open_records(RecordSettings(url=url), tmp_path)
    assert "s3cret" not in str(raised.value)


def test_every_table_can_be_made_on_both_databases(records: Records) -> None:
    """On PostgreSQL running numbers are BIGSERIAL, numbers have double precision."""
    tables = {table.name: table for table in metadata.sorted_tables}
    assert {"repairs", "exchanges", "calibrations", "revisions", "progress"} <= set(tables)
    for table in tables.values():
        text = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert str(CreateTable(table).compile(dialect=sqlite.dialect()))
        assert "DATETIME" not in text
        assert " FLOAT" not in text
        if "id" in table.c and table.c.id.autoincrement is True:
            assert "id BIGSERIAL" in text
