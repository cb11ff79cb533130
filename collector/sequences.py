"""Sequence numbers of one device: which are known, at what slot, and what else explains them.

Pure. Years of rows are kept as plain arrays; the ledger walks along a run's numbers in order.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import merge

from collector.model import ALL_FIELDS
from collector.outbox import Dropped
from collector.store import Row


class Fate(IntEnum):
    """What has become of a number; where two things are known of it, the smaller one counts."""

    STORED = 0
    PENDING = 1
    REFUSED = 2
    LOST = 3


@dataclass(frozen=True, slots=True)
class Issued:
    """One sequence number of a device, from an outbox or a refused file."""

    run: str
    seq: int
    at: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A number whose slot is known; `silent` says why the device gave no answer in it."""

    seq: int
    fate: Fate
    at: int
    silent: str = ""


class StoredRun:
    """Stored numbers of one run."""

    def __init__(self) -> None:
        self._seqs = array("q")
        self._times = array("q")
        self._reasons = array("L")
        self._steps: Counter[int] = Counter()
        self._ordered = True

    def add(self, seq: int, at: int, reason: int) -> None:
        """Add a number; rows come by their slots, oldest first."""
        if self._seqs:
            self._ordered &= self._seqs[-1] < seq
            if seq == self._seqs[-1] + 1 and at > self._times[-1]:
                self._steps[at - self._times[-1]] += 1
        self._seqs.append(seq)
        self._times.append(at)
        self._reasons.append(reason)

    def numbers(self, reasons: Sequence[str]) -> Iterator[Known]:
        """All numbers, smallest first."""
        count = len(self._seqs)
        order = range(count) if self._ordered else sorted(range(count), key=self._seqs.__getitem__)
        for index in order:
            reason = reasons[self._reasons[index]]
            yield Known(self._seqs[index], Fate.STORED, self._times[index], reason)

    def step(self, seen: int) -> int | None:
        """Least time between successive numbers that was seen so many times. [ms]"""
        return min((step for step, count in self._steps.items() if count >= seen), default=None)


class Stored:
    """What the ledger keeps of a device's rows: some 24 bytes each."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.runs: dict[str, StoredRun] = defaultdict(StoredRun)
        self.reasons: list[str] = [""]
        self._index: dict[str, int] = {"": 0}
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Take in a row; rows come oldest first."""
        reason = row.flags.get(ALL_FIELDS, "").removeprefix("bad:")
        if reason not in self._index:
            self._index[reason] = len(self.reasons)
            self.reasons.append(reason)
        self.runs[row.run].add(row.seq, row.at, self._index[reason])


class DroppedRanges:
    """Ranges of one run that an outbox had to let go, and why."""

    def __init__(self, ranges: Iterable[Dropped]) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._reasons: list[str] = []
        for gone in sorted(ranges, key=lambda gone: (gone.first_seq, -gone.last_seq)):
            first = max(gone.first_seq, self._lasts[-1] + 1 if self._lasts else gone.first_seq)
            if first <= gone.last_seq:
                self._firsts.append(first)
                self._lasts.append(gone.last_seq)
                self._reasons.append(gone.reason)

    def reason(self, seq: int) -> str | None:
        """Say why a number had to go; None when it is in no range."""
        index = bisect_right(self._firsts, seq) - 1
        return self._reasons[index] if index >= 0 and seq <= self._lasts[index] else None


@dataclass(slots=True)
class RunNumbers:
    """Everything known of the numbers of one run.

    Parameters
    ----------
    step_ms : int
        Time between two slots. [ms]
    first, last : int or None
        Bounds of what was issued, as far as they are told; the known numbers may go beyond.
    placed : list of Known
        Numbers outside the store whose slot is known.
    unplaced : dict of int to Fate
        Numbers that are pending or refused, with a time that cannot be believed or none.
    """

    stored: StoredRun
    reasons: Sequence[str]
    step_ms: int
    dropped: DroppedRanges
    first: int | None = None
    last: int | None = None
    placed: list[Known] = field(default_factory=list)
    unplaced: dict[int, Fate] = field(default_factory=dict)

    def known(self) -> Iterator[Known]:
        """Every row, and every other number whose slot is known once; smallest first."""
        before: int | None = None
        for number in merge(self.stored.numbers(self.reasons), sorted(self.placed)):
            if number.fate is Fate.STORED or number.seq != before:
                before = number.seq
                yield number

    def reach(self, seq: int) -> None:
        """Take note that this number was issued."""
        self.first = seq if self.first is None else min(self.first, seq)
        self.last = seq if self.last is None else max(self.last, seq)
