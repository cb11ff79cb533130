"""An ingest worker: takes samples from the broker, stores them, and tells so by receipts.

    broker ──▶ judge ──▶ pending ──batch──▶ store ──commit──▶ marks ──▶ receipts ──▶ broker
                 └─▶ set aside

Several workers share one subscription. None keeps a session: what one loses on its way is sent
again, because no receipt came. Samples that come late leave marks for the roll-ups (`lateness`).
While the store is out of reach the worker holds one bounded lot of samples and stops reading.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import defaultdict
from dataclasses import dataclass, field

from collector.clock import Clock
from collector.config import Mqtt
from collector.errors import Rejected, StoreError, Unavailable, WireError
from collector.judgement import Judge
from collector.lateness import mark_late
from collector.model import Sample, Site
from collector.mqtt import Connection, Received, connect, stay_connected
from collector.setaside import Aside, SetAside
from collector.store import Run, Store
from collector.wire import (
    Receipt,
    decode_meta,
    encode_receipt,
    encode_sample,
    parse_topic,
    ranges_of,
    shared_samples,
    topic,
)

LOG = logging.getLogger(__name__)

BATCH_SAMPLES = 2_000
BATCH_S = 0.2
MOST_PENDING = 10_000
MOST_WAITING = 20_000
RECEIPTS_S = 1.0
RECEIPTS_AT_ONCE = 400
STORE_RETRY_S = 30.0


@dataclass(slots=True)
class Counts:
    """What the worker has done since its start."""

    received: int = 0
    stored: int = 0
    values: int = 0
    refused: int = 0
    batches: int = 0


@dataclass(slots=True)
class _Outcomes:
    stored: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def _pause_s(failures: int) -> float:
    return min(0.5 * 2.0 ** min(failures, 10), STORE_RETRY_S)


async def open_patiently(store: Store, clock: Clock) -> None:
    """Open the store; while it is out of reach, try again until it opens.

    Raises
    ------
    StoreError
        It will never open: wrong credentials, another site's file.
    """
    failures = 0
    while True:
        try:
            await store.open()
            break
        except Unavailable as error:
            if failures == 0:
                LOG.error("store: %s; trying again until it opens", error)
            failures += 1
            await clock.sleep(_pause_s(failures))
    if failures:
        LOG.warning("the store is open after %d attempts", failures + 1)


class Ingest:
    """One worker."""

    def __init__(
        self, site: Site, mqtt: Mqtt, store: Store, aside: SetAside, worker: str, clock: Clock
    ) -> None:
        self._site = site
        self._mqtt = mqtt
        self._store = store
        self._aside = aside
        self._worker = worker
        self._clock = clock
        self._judge = Judge(site)
        self._pending: list[Sample] = []
        self._runs: list[Run] = []
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._outcomes: dict[tuple[str, str], _Outcomes] = defaultdict(_Outcomes)
        self._outcome_count = 0
        self._tell = asyncio.Event()
        self._aside_fails = False
        self.counts = Counts()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_batches())
            jitter = random.Random(self._worker)
            tasks.create_task(stay_connected(self._session, self._clock, jitter))

    async def _session(self) -> None:
        identifier = f"groundwatt-{self._site.id}-ingest-{self._worker}"
        async with connect(self._mqtt, identifier, most_waiting=MOST_WAITING) as connection:
            await connection.subscribe(
                [shared_samples(self._site.id), topic(self._site.id, "+", "meta")]
            )
            LOG.info("ingest worker %s takes samples of site %s", self._worker, self._site.id)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(connection))
                tasks.create_task(self._send_receipts(connection))

    async def _receive(self, connection: Connection) -> None:
        async for batch in connection.batches():
            now_ms = self._clock.now_ms()
            for message in batch:
                if message.topic.endswith("/sample"):
                    self._take(message, now_ms)
                else:
                    self._take_meta(message)
            if self._pending or self._runs:
                self._filled.set()
            if len(self._pending) >= MOST_PENDING:
                self._room.clear()
                await self._room.wait()

    def _take(self, message: Received, now_ms: int) -> None:
        self.counts.received += 1
        verdict = self._judge.judge(message.topic, message.payload, now_ms)
        if verdict.aside:
            aside = Aside(
                now_ms, verdict.aside, message.topic, message.payload, verdict.device,
                verdict.run, verdict.seq, stored=verdict.sample is not None,
            )  # fmt: skip
            if not self._set_aside(aside):
                return  # no receipt for the rest either: all of it comes again
        if verdict.sample is not None:
            self._pending.append(verdict.sample)

    def _take_meta(self, message: Received) -> None:
        try:
            _, device = parse_topic(message.topic, "meta")
            meta = decode_meta(device, message.payload)
        except WireError as error:
            LOG.warning("a description that is none: %s", error)
            return
        if device in self._site.devices:
            self._runs.append(
                Run(device, meta.run, meta.started, meta.previous_run, meta.previous_seq)
            )

    def _set_aside(self, aside: Aside) -> bool:
        """Keep a message that does not fit, and let its sender know that it need not come again.

        What cannot be kept gets no receipt, so that its sender keeps it.
        """
        try:
            kept = self._aside.write(aside)
        except OSError as error:
            if not self._aside_fails:
                LOG.error("cannot set aside: %s; senders keep such messages", error)
            self._aside_fails = True
            return False
        self._aside_fails = False
        if kept and not aside.stored:
            self.counts.refused += 1
            if aside.device and aside.run and aside.seq is not None:
                self._outcomes[(aside.device, aside.run)].refused.append(aside.seq)
                self._outcome_count += 1
        return kept

    async def _write_batches(self) -> None:
        while True:
            await self._filled.wait()
            if len(self._pending) < BATCH_SAMPLES:
                await self._clock.sleep(BATCH_S)
            runs, self._runs = self._runs, []
            batch = self._pending[:BATCH_SAMPLES]
            del self._pending[:BATCH_SAMPLES]
            if not self._pending:
                self._filled.clear()
            if len(self._pending) < MOST_PENDING // 2:
                self._room.set()
            await self._write(batch, runs)

    async def _write(self, batch: list[Sample], runs: list[Run]) -> None:
        """Store one batch and mark what is late, however long it takes; then note the receipts."""
        rejected: dict[int, str] | None = None
        failures = 0
        while True:
            try:
                if rejected is None:
                    rejected = await self._write_samples(batch)
                await self._write_runs(runs)
                stored = [s for index, s in enumerate(batch) if index not in rejected]
                await mark_late(self._store, stored, self._clock.now_ms())
                break
            except StoreError as error:
                if failures == 0:
                    LOG.error("store: %s; trying again", error)
                failures += 1
                await self._clock.sleep(_pause_s(failures))
        if failures:
            LOG.warning("the store takes samples again after %d attempts", failures + 1)
        self._note(batch, rejected)

    async def _write_samples(self, batch: list[Sample]) -> dict[int, str]:
        """Store samples; return which of them can never be stored, and why."""
        try:
            if batch:
                await self._store.write(batch)
        except Rejected as error:
            return {r.index: r.reason for r in error.rejections}
        return {}

    async def _write_runs(self, runs: list[Run]) -> None:
        """Keep runs; what the store will not take is left out, and keeps no sample waiting."""
        try:
            if runs:
                await self._store.write_runs(runs)
        except Unavailable:
            raise
        except StoreError as error:
            if len(runs) == 1:
                LOG.error("run %s of %s is not kept: %s", runs[0].run, runs[0].device, error)
                return
            for run in runs:  # only the one at fault
                await self._write_runs([run])

    def _note(self, batch: list[Sample], rejected: dict[int, str]) -> None:
        self.counts.batches += 1
        for index, sample in enumerate(batch):
            if index in rejected:
                where = topic(self._site.id, sample.device, "sample")
                self._set_aside(
                    Aside(
                        self._clock.now_ms(), f"store: {rejected[index]}", where,
                        encode_sample(sample), sample.device, sample.run, sample.seq, stored=False,
                    )
                )  # fmt: skip
                continue
            self.counts.stored += 1
            self.counts.values += len(sample.values)
            self._outcomes[(sample.device, sample.run)].stored.append(sample.seq)
        self._outcome_count += len(batch)
        if self._outcome_count >= RECEIPTS_AT_ONCE:
            self._tell.set()

    async def _send_receipts(self, connection: Connection) -> None:
        """Tell senders what has become of their samples, every second or when much has come."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECEIPTS_S):
                    await self._tell.wait()
            self._tell.clear()
            outcomes, self._outcomes = self._outcomes, defaultdict(_Outcomes)
            self._outcome_count = 0
            for (device, run), outcome in outcomes.items():
                receipt = Receipt(
                    device, run, ranges_of(outcome.stored), ranges_of(outcome.refused)
                )
                await connection.publish(
                    topic(self._site.id, device, "receipt"), encode_receipt(receipt)
                )
