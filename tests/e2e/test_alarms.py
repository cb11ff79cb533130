"""From a meter that falls silent to the webhook, through real processes that may be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.analytics.jobs.sinks import Sink, webhook
from tests.e2e.pipeline import Pipeline, groundwatt, pipeline, process, wait_until
from tests.servers import Server

SOON = """\
outbox: {resend_after: 2s}
alarms:
  - {rule: device-silent, on_delay: 2s, off_delay: 1s}
  - {rule: many-devices-silent, enabled: false}"""


@contextmanager
def analysing(run: Pipeline, sink: Sink, monkeypatch) -> Iterator[Server]:
    """`groundwatt analyse` as a child process that tells the sink."""
    monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", sink.url)
    assert os.environ["GROUNDWATT_NOTIFY_URLS"] == sink.url
    where = ("--site", str(run.site), "--data", str(run.directory))
    service = process(run.directory, "analyse", "analyse", *where)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.mark.slow
def test_a_silent_meter_is_told_once_and_its_return_once(tmp_path: Path, monkeypatch):
    with webhook() as sink, pipeline(tmp_path, devices=3, extra=SOON) as run:
        run.wait_for(20)
        with analysing(run, sink, monkeypatch) as service:
            [port, *_] = run.meters.readings
            run.meters.silent.add(port)
            wait_until(lambda: len(sink.received) >= 1, 60, "the alarm at the webhook")
            service.kill()
            service.start()
            run.meters.silent.discard(port)
            wait_until(lambda: len(sink.received) >= 2, 60, "its return at the webhook")
            service.kill()
            service.start()
            run.wait_for(60)
    assert [(body["type"], "Meter 0" in body["title"]) for body in sink.received] == [
        ("warning", True), ("success", True),
    ]  # fmt: skip
    where = ("--site", str(run.site), "--data", str(run.directory))
    listed = groundwatt("alarms", "list", *where)
    assert (listed.returncode, "Meter 0: Device silent" in listed.stdout) == (0, True)
    assert groundwatt("alarms", "ack", "1", "--by", "Li", *where).returncode == 0
    assert "Device silent" not in groundwatt("alarms", "list", *where).stdout
