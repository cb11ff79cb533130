"""Which samples are late, and the marks that they leave for the roll-ups.

A job that keeps roll-ups recomputes by itself what may be new: in each pass, all windows since the
start of the pass before, less `LATE_AFTER_MS`. What reaches back further it cannot know of, so
whoever stores such a sample leaves a mark: after the commit, so that nobody follows the mark to the
old values, and before the receipt, so that a sample whose mark was lost comes again and is marked
again. How old a sample is, is judged after the commit as well: one that is live then lies in the
windows of the next pass, whose predecessor began before the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from collector.errors import StoreError, Unavailable
from collector.model import Sample
from collector.store import Store, Touched

LOG = logging.getLogger(__name__)

LATE_AFTER_MS = 10 * 60_000
"""A sample is late when its slot is older than this once it is stored. [ms]"""


def late(samples: Iterable[Sample], now_ms: int) -> list[Touched]:
    """One mark for each device that has late samples among these, from its oldest to its newest."""
    spans: dict[str, tuple[int, int]] = {}
    before = now_ms - LATE_AFTER_MS
    for sample in samples:
        if sample.at < before:
            first, last = spans.get(sample.device, (sample.at, sample.at))
            spans[sample.device] = min(first, sample.at), max(last, sample.at)
    return [Touched(device, first, last, now_ms) for device, (first, last) in spans.items()]


async def mark_late(store: Store, samples: Iterable[Sample], now_ms: int) -> None:
    """Leave marks for samples that have just been stored, at a moment after the commit.

    Marks that the store will never take are told in the log and keep no sample waiting.

    Raises
    ------
    Unavailable
        The marks are to be written again, at a new moment.
    """
    marks = late(samples, now_ms)
    try:
        if marks:
            await store.write_touched(marks)
    except Unavailable:
        raise
    except StoreError as error:
        LOG.error("late samples leave no mark: %s; roll-ups stay as they are for %s", error, marks)
