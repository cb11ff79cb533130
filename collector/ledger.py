"""The ledger: for every device and day, what was expected and what has become of it. Pure.

Every scheduled slot yields one sample and sequence numbers count up by one, so the numbers
themselves tell what is missing. A number that was issued is exactly one of
    stored      its row is in the store
    refused     ingest set it aside, with a reason
    pending     it waits in a collector's outbox
    lost        none of these; `dropped` of them were declared by the outbox (full disk)
Between two runs nothing was issued, and after the last one nothing was heard: those slots are
expected too, and `not_running`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.model import ALL_FIELDS
from collector.outbox import Dropped
from collector.store import Row, Run

ON_ITS_WAY_MS = 60_000


@dataclass(frozen=True, slots=True)
class Issued:
    """One sequence number of a device, from an outbox or a refused file."""

    run: str
    seq: int
    at: int | None = None


@dataclass(slots=True)
class DayAccount:
    """One device, one local day."""

    device: str
    day: str
    expected: int = 0
    answered: int = 0
    stored: int = 0
    refused: int = 0
    pending: int = 0
    lost: int = 0
    dropped: int = 0
    not_running: int = 0
    why: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known of one device in [since, until). [ms since epoch, UTC]"""

    device: str
    since: int
    until: int
    interval_ms: int
    rows: Sequence[Row]
    runs: Sequence[Run]
    pending: Sequence[Issued]
    refused: Sequence[Issued]
    dropped: Sequence[Dropped]


def account(evidence: Evidence, timezone: ZoneInfo) -> list[DayAccount]:
    """Settle one device's sequence numbers, by local day."""
    days: dict[str, DayAccount] = {}

    def day_of(at: int) -> DayAccount:
        day = datetime.fromtimestamp(at / 1000, UTC).astimezone(timezone).date().isoformat()
        return days.setdefault(day, DayAccount(evidence.device, day))

    for row in evidence.rows:
        day = day_of(row.at)
        day.expected += 1
        day.stored += 1
        if ALL_FIELDS in row.flags:
            day.why[row.flags[ALL_FIELDS].removeprefix("bad:")] += 1
        else:
            day.answered += 1
    times = _times_by_run(evidence)
    for run, known in times.items():
        _settle_run(evidence, run, known, day_of)
    silent = {
        "not-running": _slots_between_runs(evidence, times),
        "nothing-heard": _slots_at_the_end(evidence, times),
    }
    for reason, slots in silent.items():
        for at in slots:
            day = day_of(at)
            day.expected += 1
            day.not_running += 1
            day.why[reason] += 1
    return [days[day] for day in sorted(days)]


def _times_by_run(evidence: Evidence) -> dict[str, dict[int, int]]:
    """Slot times of the sequence numbers that are known, by run."""
    times: dict[str, dict[int, int]] = defaultdict(dict)
    for row in evidence.rows:
        times[row.run][row.seq] = row.at
    for issued in (*evidence.pending, *evidence.refused):
        if issued.at is not None:
            times[issued.run].setdefault(issued.seq, issued.at)
    for gone in evidence.dropped:
        times[gone.run].setdefault(gone.first_seq, gone.first_at)
        times[gone.run].setdefault(gone.last_seq, gone.last_at)
    return times


def _settle_run(
    evidence: Evidence, run: str, known: Mapping[int, int], day_of: Callable[[int], DayAccount]
) -> None:
    """Find what has become of the numbers of one run that are not stored."""
    stored = {row.seq for row in evidence.rows if row.run == run}
    pending = {issued.seq for issued in evidence.pending if issued.run == run} - stored
    refused = {issued.seq for issued in evidence.refused if issued.run == run} - stored - pending
    first, last = _span(evidence, run, known)
    numbers = sorted(known)
    for seq in range(first, last + 1):
        if seq in stored:
            continue
        day = day_of(_time_of(seq, known, numbers, evidence.interval_ms))
        day.expected += 1
        if seq in pending:
            day.pending += 1
        elif seq in refused:
            day.refused += 1
            day.why["refused"] += 1
        else:
            _lost(evidence, run, seq, day)


def _lost(evidence: Evidence, run: str, seq: int, day: DayAccount) -> None:
    day.lost += 1
    for gone in evidence.dropped:
        if gone.run == run and gone.first_seq <= seq <= gone.last_seq:
            day.dropped += 1
            day.why[gone.reason] += 1
            return
    day.why["lost"] += 1


def _span(evidence: Evidence, run: str, known: Mapping[int, int]) -> tuple[int, int]:
    """First and last number of a run within the evidence.

    A run that is known to have started here began with 1; a run that another one follows ended
    where its successor says.
    """
    first, last = min(known), max(known)
    for entry in evidence.runs:
        if entry.run == run and entry.started >= evidence.since:
            first = 1
        if entry.previous_run == run and entry.previous_seq is not None:
            last = max(last, entry.previous_seq)
    return first, last


def _time_of(seq: int, known: Mapping[int, int], numbers: Sequence[int], interval_ms: int) -> int:
    """Slot time of a number, counted on from its nearest known neighbour."""
    index = bisect_right(numbers, seq) - 1
    neighbour = numbers[max(index, 0)]
    return known[neighbour] + (seq - neighbour) * interval_ms


def _slots_between_runs(
    evidence: Evidence, times: Mapping[str, Mapping[int, int]]
) -> Iterable[int]:
    """Slots in which no collector was running, between a run and the one it names before it."""
    for entry in evidence.runs:
        before = times.get(entry.previous_run or "")
        after = times.get(entry.run)
        if before and after:
            numbers = sorted(before)
            last_seq = max(numbers[-1], entry.previous_seq or 0)
            last = _time_of(last_seq, before, numbers, evidence.interval_ms)
            first_known = min(after)
            first = after[first_known] - (first_known - 1) * evidence.interval_ms
            yield from range(last + evidence.interval_ms, first, evidence.interval_ms)


def _slots_at_the_end(evidence: Evidence, times: Mapping[str, Mapping[int, int]]) -> Iterable[int]:
    """Slots after the newest sample of a collector that has fallen silent altogether.

    What is on its way (polled in the last minute, or still in a batch) is not missed yet.
    """
    heard = [at for run in evidence.runs for at in times.get(run.run, {}).values()]
    if not heard:
        return ()
    interval_ms = evidence.interval_ms
    slots = range(max(heard) + interval_ms, evidence.until, interval_ms)
    return slots if len(slots) * interval_ms > ON_ITS_WAY_MS + interval_ms else ()


def totals(accounts: Iterable[DayAccount]) -> DayAccount:
    """Sum of many accounts."""
    total = DayAccount("", "")
    for entry in accounts:
        for name in (
            "expected", "answered", "stored", "refused", "pending", "lost", "dropped",
            "not_running",
        ):  # fmt: skip
            setattr(total, name, getattr(total, name) + getattr(entry, name))
        total.why.update(entry.why)
    return total
