r"""Loads contract messages from a file: history, another site's export, what was set aside.

Two line formats: `topic TAB payload` (collector.wire.encode_line; `mosquitto_sub -F '%t\t%p'`
writes it too) and the JSON lines of the refused files. Every message is judged as if it had come
over MQTT; writing one batch overlaps with judging the next.
"""

from __future__ import annotations

import asyncio
import math
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from collector.clock import Clock
from collector.errors import Rejected, WireError
from collector.judgement import Judge
from collector.lateness import mark_late
from collector.model import Sample, Site
from collector.setaside import Aside, SetAside, parse_aside
from collector.store import Store
from collector.wire import encode_sample, split_line, topic

BATCH_SAMPLES = 4_000


@dataclass(slots=True)
class Imported:
    """What has come of a file so far."""

    lines: int = 0
    stored: int = 0
    values: int = 0
    refused: int = 0
    partly: int = 0
    """Of those stored: without fields that the site does not know; they are set aside as well."""


def lines_from(stream: BinaryIO) -> Iterator[bytes]:
    """Lines of an open stream; of a file those that it has now, not what is added meanwhile.

    What an import sets aside may go to the very file that it reads.
    """
    state = os.fstat(stream.fileno())
    left = state.st_size - stream.tell() if stat.S_ISREG(state.st_mode) else math.inf
    for line in stream:
        if left <= 0:
            return
        left -= len(line)
        yield line


class Importer:
    """Brings lines into the store."""

    def __init__(self, site: Site, store: Store, aside: SetAside, clock: Clock) -> None:
        self._site = site
        self._store = store
        self._aside = aside
        self._clock = clock
        self._judge = Judge(site)
        self.counts = Imported()

    async def load(
        self, lines: Iterable[bytes], progress: Callable[[Imported], None] | None = None
    ) -> Imported:
        """Judge and store every line; the returned counts are final.

        Raises
        ------
        Unavailable
            The store is out of reach; lines up to the last commit are stored, perhaps without
            the mark that late samples leave. Loading the file again doubles nothing and marks all.
        """
        writing: asyncio.Task[None] | None = None
        batch: list[Sample] = []
        now_ms = self._clock.now_ms()
        try:
            for line in lines:
                self.counts.lines += 1
                sample = self._judged(line, now_ms)
                if sample is not None:
                    batch.append(sample)
                if len(batch) >= BATCH_SAMPLES:
                    if writing is not None:
                        await writing
                    writing = asyncio.create_task(self._write(batch))
                    await asyncio.sleep(0)
                    batch = []
                    now_ms = self._clock.now_ms()
                    if progress is not None:
                        progress(self.counts)
        finally:
            if writing is not None:
                await writing
        await self._write(batch)
        if progress is not None:
            progress(self.counts)
        return self.counts

    def _judged(self, line: bytes, now_ms: int) -> Sample | None:
        try:
            where, payload = _message(line)
        except (WireError, ValueError) as error:
            self._refuse(f"line: {error}", "", line, now_ms)
            return None
        verdict = self._judge.judge(where, payload, now_ms)
        if verdict.aside:
            self._refuse(verdict.aside, where, payload, now_ms, stored=verdict.sample is not None)
        return verdict.sample

    def _refuse(
        self, reason: str, where: str, payload: bytes, now_ms: int, *, stored: bool = False
    ) -> None:
        self.counts.refused += not stored
        self.counts.partly += stored
        self._aside.write(Aside(now_ms, reason, where, payload, None, None, None, stored))

    async def _write(self, batch: list[Sample]) -> None:
        rejected: dict[int, str] = {}
        if not batch:
            return
        try:
            await self._store.write(batch)
        except Rejected as error:
            rejected = {r.index: r.reason for r in error.rejections}
        stored = [sample for index, sample in enumerate(batch) if index not in rejected]
        await mark_late(self._store, stored, self._clock.now_ms())
        for index, reason in rejected.items():
            sample = batch[index]
            where = topic(self._site.id, sample.device, "sample")
            self._refuse(f"store: {reason}", where, encode_sample(sample), self._clock.now_ms())
        self.counts.stored += len(stored)
        self.counts.values += sum(len(sample.values) for sample in batch)


def _message(line: bytes) -> tuple[str, bytes]:
    """Topic and payload of a line in one of the two formats."""
    if not line.startswith(b"{"):
        return split_line(line)
    aside = parse_aside(line)
    if aside.truncated:
        raise WireError("the payload was not kept when the message was set aside")
    return aside.topic, aside.payload
