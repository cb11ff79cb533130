"""The ledger: for every device and day, what was expected and what has become of it. Pure.

Every scheduled slot yields one sample and sequence numbers count up by one, so the numbers
themselves tell what is missing. A number that was issued is exactly one of
    stored      its row is in the store
    refused     ingest set it aside, with a reason
    pending     it waits in a collector's outbox
    lost        none of these; `dropped` of them were declared by the outbox (full disk)
Slots without a number are expected too, and `not_running`, because of
    not-running    no collector ran, between two runs
    not-polled     a run slept: its numbers go on, but fewer than there were slots
    nothing-heard  since the last sample; the whole span when none came in it
Before the first run of a device nothing is expected. A number without a known slot is placed by
its neighbours: after the one before it, slot by slot. What falls outside the span is not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.outbox import Dropped
from collector.sequences import DroppedRanges, Fate, Issued, Known, RunNumbers, Stored, StoredRun
from collector.store import Run

ON_ITS_WAY_MS = 60_000
_QUARTER_MS = 900_000


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
    """Everything known of one device in [since, until). [ms since epoch, UTC]

    `stored` may hold rows on either side of the span: they are not counted but tell where a run
    that crosses its bounds stood. `pending`, `refused` and `dropped` may be of any time.
    """

    device: str
    since: int
    until: int
    interval_ms: int
    stored: Stored
    runs: Sequence[Run]
    pending: Sequence[Issued]
    refused: Sequence[Issued]
    dropped: Sequence[Dropped]

    def holds(self, at: int | None) -> bool:
        """Whether a time lies within the span."""
        return at is not None and self.since <= at < self.until


def account(evidence: Evidence, timezone: ZoneInfo) -> list[DayAccount]:
    """Settle one device's sequence numbers, by local day."""
    book = _Book(evidence, timezone)
    presences = {}
    for run, numbers in _runs(evidence).items():
        presence = _settle_run(book, numbers)
        if presence:
            presences[run] = presence
    _settle_silence(book, presences)
    return [book.days[day] for day in sorted(book.days)]


class _Book:
    """The days of one device; books only what lies within the span."""

    def __init__(self, evidence: Evidence, timezone: ZoneInfo) -> None:
        self.evidence = evidence
        self.days: dict[str, DayAccount] = {}
        self._timezone = timezone
        self._quarter: int | None = None
        self._day = DayAccount(evidence.device, "")

    def _expect(self, at: int) -> DayAccount:
        # Local days begin on a quarter of an hour; asking the calendar for every row is slow.
        if at // _QUARTER_MS != self._quarter:
            self._quarter = at // _QUARTER_MS
            local = datetime.fromtimestamp(at / 1000, UTC).astimezone(self._timezone)
            day = local.date().isoformat()
            self._day = self.days.setdefault(day, DayAccount(self.evidence.device, day))
        self._day.expected += 1
        return self._day

    def number(self, at: int, fate: Fate, *, silent: str = "", dropped: str | None = None) -> None:
        """Book a number that was issued for the slot `at`."""
        if not self.evidence.holds(at):
            return
        day = self._expect(at)
        if fate is Fate.STORED:
            day.stored += 1
            day.answered += not silent
        elif fate is Fate.PENDING:
            day.pending += 1
        elif fate is Fate.REFUSED:
            day.refused += 1
            silent = "refused"
        else:
            day.lost += 1
            day.dropped += dropped is not None
            silent = dropped or "lost"
        if silent:
            day.why[silent] += 1

    def missing(self, numbers: RunNumbers, seq: int, at: int) -> None:
        """Book a number whose slot is not known but estimated."""
        fate = numbers.unplaced.get(seq, Fate.LOST)
        self.number(at, fate, dropped=numbers.dropped.reason(seq))

    def silence(self, slots: Iterable[int], reason: str) -> None:
        """Book slots for which no number was issued."""
        for at in slots:
            day = self._expect(at)
            day.not_running += 1
            day.why[reason] += 1

    def within(self, start: int, stop: int, step_ms: int) -> range:
        """Part of range(start, stop, step_ms) that lies within the span; never longer than it."""
        start += max(0, -((start - self.evidence.since) // step_ms)) * step_ms
        return range(start, min(stop, self.evidence.until), step_ms)


def _runs(evidence: Evidence) -> dict[str, RunNumbers]:
    """Sort the evidence by run."""
    dropped: dict[str, list[Dropped]] = defaultdict(list)
    for gone in evidence.dropped:
        dropped[gone.run].append(gone)
    recorded = {entry.run: entry for entry in evidence.runs}
    told = [issued.run for issued in (*evidence.pending, *evidence.refused)]
    names = dict.fromkeys((*evidence.stored.runs, *recorded, *dropped, *told))
    found = {}
    for run in names:
        stored = evidence.stored.runs.get(run, StoredRun())
        # An interval comes again and again, a sleep does not; the site file tells only today's.
        step_ms = stored.step(2 if run in recorded else 1) or evidence.interval_ms
        numbers = RunNumbers(stored, evidence.stored.reasons, step_ms, DroppedRanges(dropped[run]))
        found[run] = numbers
        for gone in dropped[run]:
            _place(evidence, numbers, Fate.LOST, gone.first_seq, gone.first_at)
            _place(evidence, numbers, Fate.LOST, gone.last_seq, gone.last_at)
    for fate, issued in ((Fate.REFUSED, evidence.refused), (Fate.PENDING, evidence.pending)):
        for one in issued:
            _place(evidence, found[one.run], fate, one.seq, one.at)
    _bound(evidence, found)
    return found


def _place(evidence: Evidence, numbers: RunNumbers, fate: Fate, seq: int, at: int | None) -> None:
    """Believe a time within the span only: a wrong clock says anything."""
    numbers.reach(seq)
    if at is not None and evidence.holds(at):
        numbers.placed.append(Known(seq, fate, at))
    elif fate is not Fate.LOST:
        numbers.unplaced[seq] = fate


def _bound(evidence: Evidence, found: Mapping[str, RunNumbers]) -> None:
    """Every recorded run began with 1; one that another follows ended where that one says."""
    for entry in evidence.runs:
        numbers = found[entry.run]
        numbers.first = 1
        before = found.get(entry.previous_run or "")
        if before and entry.previous_seq:
            before.reach(entry.previous_seq)
        if evidence.holds(entry.started) and next(numbers.known(), None) is None:
            # Nothing has a slot: count on from the start, whose slot was before the first.
            slot = entry.started // numbers.step_ms * numbers.step_ms
            numbers.placed.append(Known(0, Fate.LOST, slot))


def _settle_run(book: _Book, numbers: RunNumbers) -> tuple[int, int] | None:
    """Book the numbers of a run; give its first and last slot, None when it has no known one."""
    step_ms = numbers.step_ms
    first_at, before = 0, None
    for number in numbers.known():
        dropped = numbers.dropped.reason(number.seq) if number.fate is Fate.LOST else None
        if before is None:
            first_at = _settle_head(book, numbers, number)
        elif number.seq > before.seq + 1 or number.at > before.at + step_ms:
            _settle_gap(book, numbers, before, number)
        if not _is_start(number):
            book.number(number.at, number.fate, silent=number.silent, dropped=dropped)
        before = number
    if before is None:
        return None
    last = max(before.seq, numbers.last or 0)
    last_at = before.at + (last - before.seq) * step_ms
    for at in book.within(before.at + step_ms, last_at + 1, step_ms):
        book.missing(numbers, before.seq + (at - before.at) // step_ms, at)
    return first_at, last_at


def _is_start(known: Known) -> bool:
    """Whether this stands for the start of a run: numbers that are issued begin with 1."""
    return known.seq == 0 and known.fate is Fate.LOST


def _settle_head(book: _Book, numbers: RunNumbers, known: Known) -> int:
    """Book what was issued before the first known number; give the run's first slot."""
    step_ms = numbers.step_ms
    first = min(known.seq, numbers.first if numbers.first is not None else known.seq)
    if _is_start(known):
        return known.at + step_ms
    first_at = known.at - (known.seq - first) * step_ms
    for at in book.within(first_at, known.at, step_ms):
        book.missing(numbers, known.seq - (known.at - at) // step_ms, at)
    return first_at


def _settle_gap(book: _Book, numbers: RunNumbers, before: Known, after: Known) -> None:
    """Book the numbers and slots between two known numbers.

    Numbers take the slots from the beginning of the gap; slots that are left were not polled.
    Numbers beyond the slots (the clock was set back, or a foreign sender counts as it likes) go
    into the last slot, no more of them than the span has slots, and two.
    """
    step_ms = numbers.step_ms
    count = max(0, after.seq - before.seq - 1)
    slots = max(0, (after.at - before.at + step_ms // 2) // step_ms - 1)
    full_at = before.at + min(count, slots) * step_ms
    for at in book.within(before.at + step_ms, full_at + 1, step_ms):
        book.missing(numbers, before.seq + (at - before.at) // step_ms, at)
    if count < slots:
        stop = before.at + slots * step_ms + 1
        book.silence(book.within(full_at + step_ms, stop, step_ms), "not-polled")
    elif count > slots:
        fit = (book.evidence.until - book.evidence.since) // step_ms + 2
        for seq in range(before.seq + slots + 1, before.seq + min(count, slots + fit) + 1):
            book.missing(numbers, seq, full_at if book.evidence.holds(full_at) else after.at)


def _settle_silence(book: _Book, presences: Mapping[str, tuple[int, int]]) -> None:
    """Book the slots between the runs of a collector, and those after the last one.

    Runs without any record are history: nobody waits for more of them. What is on its way (polled
    in the last minute, or still in a batch) is not missed yet.
    """
    evidence, step_ms = book.evidence, book.evidence.interval_ms
    expected = {entry.run for entry in evidence.runs} | {e.previous_run for e in evidence.runs}
    spans = sorted(span for run, span in presences.items() if run in expected)
    started = [entry.started for entry in evidence.runs]
    heard: int | None = None
    if started and min(started) < evidence.since:
        heard = (evidence.since - 1) // step_ms * step_ms
        earlier = [last for _, last in spans if last < evidence.since]
        heard = max(earlier, default=heard)
    for first, last in spans:
        if heard is not None:
            book.silence(book.within(heard + step_ms, first, step_ms), "not-running")
        heard = last if heard is None else max(heard, last)
    if heard is None:
        return
    slots = book.within(heard + step_ms, evidence.until, step_ms)
    if len(slots) * step_ms > ON_ITS_WAY_MS + step_ms:
        book.silence(slots, "nothing-heard")


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
