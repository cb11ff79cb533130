from __future__ import annotations

import multiprocessing
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

from analytics.records import Records, open_records, progress, revisions
from analytics.records.revisions import Revision
from collector.accounts import Records as RecordSettings

ONE = Revision("e-1", "1h", 0, 3_600_000, "energy_kwh", "energy", 10.0, 12.0, "late sample", 77)


def test_revisions_come_back_as_they_were_made(records: Records) -> None:
    other = replace(ONE, field="power_kw", figure="mean", before=None, cause="repair #1")
    with records.transaction() as connection:
        assert revisions.record(connection, [ONE, other]) == 2
        assert revisions.listed(connection, "e-1") == [ONE, other]
        assert revisions.listed(connection, cause="repair #1") == [other]
        assert revisions.listed(connection, limit=1) == [other]
        assert revisions.listed(connection, span=(3_600_000, 9_000_000)) == []


def test_the_same_change_found_again_after_a_crash_is_not_recorded_twice(records: Records) -> None:
    with records.transaction() as connection:
        revisions.record(connection, [ONE])
        assert revisions.record(connection, [replace(ONE, at=88)]) == 0
        assert revisions.listed(connection) == [ONE]


def test_a_change_there_and_back_and_there_again_is_three_revisions(records: Records) -> None:
    back = replace(ONE, before=12.0, after=10.0)
    with records.transaction() as connection:
        for revision in (ONE, back, ONE):
            assert revisions.record(connection, [revision]) == 1
        assert revisions.listed(connection) == [ONE, back, ONE]


def _find_the_same(url: str, folder: str, together: Barrier) -> None:
    """What two roll-up passes write when they run side by side."""
    opened = open_records(RecordSettings(url=url), Path(folder))
    for step in range(20):
        together.wait()
        with opened.transaction() as connection:
            revisions.record(connection, [replace(ONE, start=step)])
        with opened.transaction() as connection:
            progress.advance(connection, "rollup", f"e-{step}", step)
    opened.close()


def test_the_same_change_found_by_two_at_once_is_recorded_once(
    records: Records, settings: RecordSettings, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(2, timeout=60)
    arguments = (settings.url, str(tmp_path), together)
    processes = [context.Process(target=_find_the_same, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with records.reading() as connection:
        assert [one.start for one in revisions.listed(connection)] == list(range(20))
        assert len(progress.watermarks(connection, "rollup")) == 20


def test_nothing_to_record_is_fine(records: Records) -> None:
    with records.transaction() as connection:
        assert revisions.record(connection, []) == 0
