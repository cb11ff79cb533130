"""kill -9 of every process in turn, under load: nothing polled is lost, nothing is doubled.

Every reading of a counting meter carries a number never used before. With the collector alive all
the time the rows must hold 1, 2, 3 … without a hole; the ledger must come to the same result from
the sequence numbers alone.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.e2e.pipeline import Pipeline, pipeline, process, wait_until

SAMPLES = 60


def rows(run: Pipeline) -> dict[str, list[tuple[int, str, int, float | None]]]:
    """(at, run, seq, reading number) of every meter's rows, read with plain SQL."""
    found: dict[str, list[tuple[int, str, int, float | None]]] = defaultdict(list)
    with sqlite3.connect(run.directory / "groundwatt.sqlite") as db:
        for device, *row in db.execute(
            "SELECT device, at, run, seq, energy_kwh FROM electricity_meter ORDER BY device, at"
        ):
            found[device].append(tuple(row))
    db.close()
    return found


def assert_each_reading_stored_once(run: Pipeline, *, with_holes: bool = False) -> None:
    """Readings strictly grow; without a dead collector they also miss no number."""
    found = rows(run)
    assert len(found) == len(run.meters.readings)
    for device, its_rows in found.items():
        numbers = [row[3] for row in its_rows if row[3] is not None]
        assert numbers == sorted(set(numbers)), f"{device}: doubled or mixed up"
        if not with_holes:
            assert numbers == list(range(1, len(numbers) + 1)), f"{device}: a reading is missing"
        by_run: dict[str, list[int]] = defaultdict(list)
        for _, its_run, seq, _ in its_rows:
            by_run[its_run].append(seq)
        for seqs in by_run.values():
            assert seqs == list(range(1, len(seqs) + 1)), f"{device}: a sequence number is missing"


def assert_settled(totals: dict[str, int]) -> None:
    assert totals["lost"] == 0, totals
    assert totals["pending"] == 0, totals
    assert totals["refused"] == 0, totals
    assert totals["stored"] == totals["expected"] - totals["not_running"], totals


def status(run: Pipeline) -> str:
    """What the broker keeps of the collector's state, by its last word or its last will."""
    message = subprocess.run(
        ["mosquitto_sub", "-p", str(run.broker.port), "-C", "1", "-W", "10",
         "-t", "groundwatt/v1/office/_collector/main/status"],
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    return str(json.loads(message.stdout)["state"])


def test_undisturbed_every_reading_arrives_once(tmp_path: Path):
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        totals = run.settle()
        assert_settled(totals)
        assert totals["answered"] == totals["stored"]
        assert_each_reading_stored_once(run)
        assert run.meters.functions == {3}


def test_broker_killed_under_load(tmp_path: Path):
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        run.broker.kill()
        waiting = dict(run.meters.readings)
        wait_until(
            lambda: all(n > waiting[port] + 15 for port, n in run.meters.readings.items()),
            20, "polling goes on without a broker",
        )  # fmt: skip
        run.broker.start()
        run.wait_for(SAMPLES)
        assert_settled(run.settle())
        assert_each_reading_stored_once(run)


def test_ingest_killed_under_load(tmp_path: Path):
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        run.ingest.kill()
        waiting = dict(run.meters.readings)
        wait_until(
            lambda: all(n > waiting[port] + 15 for port, n in run.meters.readings.items()),
            20, "polling goes on without ingest",
        )  # fmt: skip
        run.ingest.start()
        run.wait_for(SAMPLES, 60)
        assert_settled(run.settle())
        assert_each_reading_stored_once(run)


def test_collector_killed_under_load(tmp_path: Path):
    """What was polled is stored; the slots without a collector are told as such."""
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        run.collector.kill()
        assert status(run) == "offline"
        run.collector.start()
        run.wait_for(SAMPLES)
        assert status(run) == "online"
        run.collector.kill()
        run.collector.start()
        run.wait_for(SAMPLES)
        totals = run.settle()
        assert_settled(totals)
        assert totals["not_running"] > 0
        assert_each_reading_stored_once(run, with_holes=True)


def test_collector_broker_and_ingest_killed_at_once(tmp_path: Path):
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        for victim in (run.broker, run.ingest, run.collector):
            victim.kill()
        for victim in (run.broker, run.ingest, run.collector):
            victim.start()
        run.wait_for(SAMPLES, 60)
        assert_settled(run.settle())
        assert_each_reading_stored_once(run, with_holes=True)


def test_a_frozen_ingest_worker_is_relieved_by_another(tmp_path: Path):
    """Two workers share the subscription; what the frozen one holds is sent again."""
    with pipeline(tmp_path) as run:
        second = process(
            tmp_path, "ingest-2", "ingest", "--site", str(run.site), "--data", str(tmp_path),
            "--worker", "2",
        )  # fmt: skip
        second.start()
        try:
            run.wait_for(SAMPLES)
            run.ingest.pause()
            run.wait_for(SAMPLES, 60)
            run.ingest.resume()
            run.wait_for(SAMPLES)
            assert_settled(run.settle())
            assert_each_reading_stored_once(run)
        finally:
            second.stop()


def test_a_silent_meter_leaves_flagged_slots_and_its_neighbours_their_rhythm(tmp_path: Path):
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        victim = next(iter(run.meters.readings))
        run.meters.silent.add(victim)
        run.wait_for(3 * SAMPLES, 60)
        run.meters.silent.clear()
        wait_until(
            lambda: run.meters.readings[victim] > SAMPLES / 5 + 10, 60, "the meter is polled again"
        )
        totals = run.settle()
        assert_settled(totals)
        assert totals["answered"] < totals["stored"]
        assert_each_reading_stored_once(run)


@pytest.mark.parametrize("name", ["collector", "ingest"])
def test_a_stopped_process_ends_cleanly_and_at_once(tmp_path: Path, name: str):
    with pipeline(tmp_path) as run:
        run.wait_for(10)
        server = getattr(run, name)
        server.stop()
        assert "Traceback" not in server.log.read_text()
