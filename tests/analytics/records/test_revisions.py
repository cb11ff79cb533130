from __future__ import annotations

from dataclasses import replace

from analytics.records import Records, revisions
from analytics.records.revisions import Revision

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


def test_nothing_to_record_is_fine(records: Records) -> None:
    with records.transaction() as connection:
        assert revisions.record(connection, []) == 0
