"""Outages under load: the store killed and frozen, a full disk at either end."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from tests.e2e.pipeline import Pipeline, pipeline, wait_until
from tests.e2e.test_nothing_is_lost import (
    SAMPLES,
    assert_each_reading_stored_once,
    assert_settled,
)
from tests.servers import Server, influxd_server


def readings_go_on(run: Pipeline, more: int = 20) -> None:
    """Wait until every meter has been read so many times more."""
    before = dict(run.meters.readings)
    wait_until(
        lambda: all(n >= before[port] + more for port, n in run.meters.readings.items()),
        30, "polling goes on",
    )  # fmt: skip


def influx(server: Server) -> str:
    return (
        f"outbox: {{resend_after: 2s}}\nstore: {{kind: influx1, url: '{server.url}', timeout: 1s}}"
    )


@pytest.mark.parametrize("outage", ["killed", "frozen"])
def test_the_store_fails_under_load(tmp_path: Path, outage: str):
    folder = tmp_path / "influx"
    folder.mkdir()
    with influxd_server(folder) as store, pipeline(tmp_path, extra=influx(store)) as run:
        run.wait_for(SAMPLES)
        if outage == "killed":
            store.kill()
        else:
            store.pause()
        readings_go_on(run)
        if outage == "killed":
            store.start()
        else:
            store.resume()
        run.wait_for(SAMPLES, 60)
        totals = run.settle()
        assert_settled(totals)
        assert totals["stored"] >= sum(run.meters.readings.values())


def limit_file_size(server: Server, size: int) -> None:
    """Let a running process write files no longer than this: its disk is full from there on."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_the_collectors_disk_is_full_for_a_while(tmp_path: Path):
    """Samples wait in memory, and everything is delivered once the disk takes writes again."""
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        limit_file_size(run.collector, 4096)
        readings_go_on(run)
        log = run.collector.log.read_text()
        assert "samples wait in memory" in log
        limit_file_size(run.collector, resource.RLIM_INFINITY)
        run.wait_for(SAMPLES, 60)
        assert_settled(run.settle())
        assert_each_reading_stored_once(run)


def test_the_stores_disk_is_full_for_a_while(tmp_path: Path):
    """Ingest holds its batch and sends no receipts; the collector's disk keeps the rest."""
    with pipeline(tmp_path) as run:
        run.wait_for(SAMPLES)
        limit_file_size(run.ingest, 4096)
        readings_go_on(run)
        wait_until(
            lambda: "trying again" in run.ingest.log.read_text(), 20, "ingest tells of the store"
        )
        assert run.ledger()["pending"] > 0
        limit_file_size(run.ingest, resource.RLIM_INFINITY)
        run.wait_for(SAMPLES, 60)
        assert_settled(run.settle())
        assert_each_reading_stored_once(run)


def test_an_outbox_at_its_bound_drops_the_oldest_and_says_so(tmp_path: Path):
    """The bound is the smallest that the site file allows; nothing else is ever lost."""
    with pipeline(
        tmp_path, interval="100ms", devices=20, extra="outbox: {max_bytes: 1000000}"
    ) as run:
        run.wait_for(SAMPLES)
        run.ingest.kill()
        wait_until(
            lambda: "the oldest samples had to go" in run.collector.log.read_text()
            or "oldest samples had to go" in run.collector.log.read_text(),
            90, "the outbox reaches its bound",
        )  # fmt: skip
        run.ingest.start()
        deadline = time.monotonic() + 60
        totals = run.settle(max(1.0, deadline - time.monotonic()))
        assert totals["lost"] > 0
        assert totals["lost"] == totals["dropped"]
        assert totals["pending"] == 0
        assert totals["stored"] + totals["lost"] + totals["not_running"] == totals["expected"]
