"""The evidence of a real store and real files: the span's neighbours, refusals and outboxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.ledger import DayAccount, totals
from collector.model import Sample
from collector.outbox import Contents, Message
from collector.sequences import Issued
from collector.setaside import Aside, SetAside
from collector.settlement import HeldBack, read_held_back, settle
from collector.sitefile import Configuration, load_site
from collector.store import Run
from collector.store.sqlite import SqliteStore
from collector.wire import encode_sample

START = 1_767_196_800_000
"""2026-01-01 00:00 in Shanghai."""
SECOND_MS = 1_000
SITE = """\
site: {id: office, name: {zh: 办公区, en: Office}, timezone: Asia/Shanghai}
mqtt: {host: 127.0.0.1, port: 1883}
store: {kind: sqlite}
buses:
  - {id: lan, kind: tcp, host: 127.0.0.1, port: 502}
devices:
  - {id: meter, name: {zh: 电表, en: Meter}, map: eastron_sdm630, bus: lan, unit: 1, interval: 1s}
"""


def at(slot: int) -> int:
    return START + slot * SECOND_MS


def sample(slot: int, run: str, seq: int) -> Sample:
    return Sample("meter", at(slot), run, seq, 5, {}, {})


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return load_site(file)


async def settled(
    configuration: Configuration,
    data: Path,
    samples: list[Sample],
    runs: list[Run],
    span: tuple[int, int],
    held_back: HeldBack | None = None,
) -> DayAccount:
    devices = list(configuration.site.devices.values())
    store = SqliteStore(data / "store.sqlite", devices, "office")
    await store.open()
    await store.write(samples)
    await store.write_runs(runs)
    await store.close()
    held_back = held_back or read_held_back(data)
    return totals(await settle(configuration, store, held_back, span, "meter"))


async def test_a_past_span_of_a_run_that_went_on_has_lost_nothing(configuration, tmp_path):
    samples = [sample(n, "r1", n) for n in range(1, 301)]
    samples += [sample(400 + n, "r2", n) for n in range(1, 4)]
    runs = [Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(400), "r1", 300)]
    total = await settled(configuration, tmp_path, samples, runs, (at(100), at(200)))
    assert (total.expected, total.stored, total.lost, total.not_running) == (100, 100, 0, 0)


async def test_what_was_lost_at_the_edges_of_a_span_is_found_by_its_neighbours(
    configuration, tmp_path
):
    samples = [sample(n, "r1", n) for n in (10, 150, 290)]
    total = await settled(configuration, tmp_path, samples, [], (at(100), at(200)))
    assert (total.expected, total.stored, total.lost) == (100, 1, 99)


async def test_an_outage_that_spans_the_whole_span_is_counted_whole(configuration, tmp_path):
    samples = [sample(n, "r1", n) for n in range(1, 11)]
    samples += [sample(900 + n, "r2", n) for n in range(1, 4)]
    runs = [Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(900), "r1", 10)]
    total = await settled(configuration, tmp_path, samples, runs, (at(100), at(200)))
    assert total.why == {"not-running": 100}
    beyond = await settled(configuration, tmp_path, [], [], (at(2000), at(2100)))
    assert beyond.why == {"nothing-heard": 100}


async def test_a_refused_sample_of_a_wrong_clock_is_refused_and_not_lost(configuration, tmp_path):
    wrong = Sample("meter", 4_102_444_800_000, "r1", 3, 5, {}, {})
    SetAside(tmp_path / "refused", "main").write(
        Aside(at(3), "future", "t", encode_sample(wrong), "meter", "r1", 3, stored=False)
    )
    samples = [sample(n, "r1", n) for n in (1, 2, 4, 5)]
    total = await settled(configuration, tmp_path, samples, [], (at(0), at(100)))
    assert (total.expected, total.refused, total.lost) == (5, 1, 0)


async def test_a_waiting_sample_of_a_wrong_clock_is_pending_and_not_lost(configuration, tmp_path):
    waiting = Message(1, "meter", "r1", 3, 4_102_444_800_000, b"")
    held_back = HeldBack((Contents((waiting,), ()),), {"meter": [Issued("r1", 4)]})
    samples = [sample(n, "r1", n) for n in (1, 2, 5)]
    total = await settled(configuration, tmp_path, samples, [], (at(0), at(100)), held_back)
    assert (total.expected, total.pending, total.refused, total.lost) == (5, 1, 1, 0)
