"""A meter goes silent and comes back: one message each, also when analytics is killed meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.analytics.jobs.sinks import Sink, webhook
from tests.e2e.pipeline import Pipeline, groundwatt, pipeline, process, wait_until
from tests.servers import Server

RAISED_WITHIN_S = 90
"""Three intervals, 15 s of delivery, and two looks of ten seconds; the rest is a busy machine."""

RETURNED_WITHIN_S = 90
"""The collector leaves a silent device alone for some seconds before it asks again."""

SOON = """\
outbox: {resend_after: 2s}
alarms:
  - {rule: device-silent, on_delay: 1s, off_delay: 1s}
"""


def options(running: Pipeline) -> tuple[str, ...]:
    """Where a pipeline's site and data are."""
    return ("--site", str(running.site), "--data", str(running.directory))


def analytics_of(running: Pipeline) -> Server:
    """The analytics of a pipeline, not started yet."""
    return process(running.directory, "analyse", "analyse", "--verbose", *options(running))


def alarms_of(running: Pipeline) -> list[dict[str, Any]]:
    """What `groundwatt alarms list` tells, all of it; nothing before there are records."""
    result = groundwatt("alarms", "list", "--all", "--json", *options(running))
    assert result.returncode in (0, 1), result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def notified(running: Pipeline) -> Counter[tuple[str, str]]:
    """How often each change of each meter's alarm is marked as sent."""
    return Counter(
        (alarm["subject"], event["note"])
        for alarm in alarms_of(running)
        for event in alarm["events"]
        if event["kind"] == "notified"
    )


def arrived(sink: Sink) -> Counter[tuple[str, str]]:
    """How often the webhook was told of the meter (or of anything else), and of its return."""
    return Counter(
        (
            "meter-0" if "(meter-0)" in message["message"] else message["title"],
            "returned" if message["type"] == "success" else "raised",
        )
        for message in sink.received
    )


def silence_one(running: Pipeline) -> None:
    """Let the first meter take requests and answer none."""
    running.meters.silent.add(next(iter(running.meters.readings)))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_each_alarm_is_told_once_and_its_return_once_across_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as sink, pipeline(tmp_path, devices=3, extra=SOON) as running:
        monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", sink.url)
        analytics = analytics_of(running)
        try:
            running.wait_for(20)
            analytics.start()
            silence_one(running)
            told = {("meter-0", "raised"): 1}
            # marked as sent, not only arrived: between the two a kill may tell it again, rightly
            wait_until(lambda: notified(running) == told, RAISED_WITHIN_S, "the message")
            analytics.kill()
            analytics.start()
            running.meters.silent.clear()
            told[("meter-0", "returned")] = 1
            wait_until(lambda: notified(running) == told, RETURNED_WITHIN_S, "its return")
            analytics.kill()
        finally:
            analytics.stop()
        once = groundwatt("analyse", "--once", *options(running))
        assert once.returncode == 0, once.stderr
        running.settle()
        assert arrived(sink) == told
        assert {alarm["rule"] for alarm in alarms_of(running)} == {"device-silent"}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_was_raised_while_nobody_could_be_told_is_told_once_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as sink, pipeline(tmp_path, devices=2, extra=SOON) as running:
        monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", sink.url)
        sink.status = 503
        analytics = analytics_of(running)
        try:
            running.wait_for(20)
            analytics.start()
            silence_one(running)
            wait_until(lambda: len(sink.received) > 0, RAISED_WITHIN_S, "somebody was asked")
            assert not notified(running)
            refused = len(sink.received)
            analytics.kill()
            sink.status = 200
            analytics.start()
            told = {("meter-0", "raised"): 1}
            wait_until(lambda: notified(running) == told, 180, "told when it could be")
        finally:
            analytics.stop()
        assert len(sink.received) >= refused + 1
        assert Counter(arrived(sink).keys()) == told
