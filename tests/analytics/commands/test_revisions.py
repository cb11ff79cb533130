from __future__ import annotations

from pathlib import Path

from analytics.records import open_records, revisions
from analytics.records.revisions import Revision
from collector.accounts import Records as RecordSettings

HOUR = 3_600_000
MIDNIGHT = 1_777_586_400_000  # 2026-05-01 in Stockholm


def revision(device: str, hour: int, cause: str) -> Revision:
    start = MIDNIGHT + hour * HOUR
    return Revision(
        device, "1h", start, start + HOUR, "energy_kwh", "energy", None, 6.0, cause, MIDNIGHT
    )


def test_revisions_are_listed_by_device_time_and_cause(groundwatt, answer, tmp_path: Path) -> None:
    records = open_records(RecordSettings(), tmp_path / "data")
    made = [
        revision("m1", 1, "late sample"),
        revision("m1", 5, "repair #1"),
        revision("h1", 1, "x"),
    ]
    with records.transaction() as connection:
        revisions.record(connection, made)
    records.close()
    assert len(answer("repair", "revisions")["revisions"]) == 3
    [first] = answer("repair", "revisions", "--device", "m1", "--to", "2026-05-01T03:00")[
        "revisions"
    ]
    assert (first["before"], first["after"], first["cause"]) == (None, 6.0, "late sample")
    assert first["start"] == "2026-05-01 01:00:00+02:00"
    [second] = answer("repair", "revisions", "--cause", "repair #1")["revisions"]
    assert second["start"] == "2026-05-01 05:00:00+02:00"
    assert len(answer("repair", "revisions", "--limit", "2")["revisions"]) == 2
    assert groundwatt("repair", "revisions")[1].splitlines()[0].startswith("device\twidth\tstart")


def test_wrong_use_is_told(groundwatt) -> None:
    assert groundwatt("repair", "revisions", "--device", "x")[0] == 2
    code, _, err = groundwatt("repair", "revisions", "--from", "2026-05-02", "--to", "2026-05-01")
    assert code == 2
    assert "does not lie behind" in err
