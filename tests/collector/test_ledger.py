"""Every issued sequence number is stored, refused, pending or lost, on the right local day."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from collector.ledger import Evidence, Issued, account, totals
from collector.outbox import Dropped
from collector.store import Row, Run

ZONE = ZoneInfo("Asia/Shanghai")
START = 1_767_196_800_000
"""2026-01-01 00:00 in Shanghai."""
INTERVAL = 10_000


def at(seq: int) -> int:
    return START + seq * INTERVAL


def rows(*seqs: int, run: str = "r1", flags: dict[str, str] | None = None, shift: int = 0):
    return [Row(at(seq + shift), run, seq, 5, flags or {}) for seq in seqs]


def settle(found, runs=(), pending=(), refused=(), dropped=(), until=START):
    evidence = Evidence(
        "meter", START - INTERVAL, until, INTERVAL, found, runs, pending, refused, dropped
    )
    return totals(account(evidence, ZONE))


def test_whole_runs_have_nothing_lost():
    total = settle(rows(*range(1, 101)))
    assert (total.expected, total.stored, total.answered, total.lost) == (100, 100, 100, 0)


def test_silent_slots_are_stored_but_not_answered():
    total = settle(rows(1, 2) + rows(3, 4, flags={"*": "bad:no-answer"}))
    assert (total.stored, total.answered) == (4, 2)
    assert total.why == {"no-answer": 2}


def test_a_hole_in_the_numbers_is_lost():
    total = settle(rows(1, 2, 5))
    assert (total.expected, total.stored, total.lost) == (5, 3, 2)
    assert total.why == {"lost": 2}


def test_numbers_lost_at_the_beginning_of_a_run_are_missed_too():
    total = settle(rows(3, 4), runs=[Run("meter", "r1", at(0), None, None)])
    assert (total.expected, total.lost) == (4, 2)


def test_the_next_run_tells_what_the_end_of_the_one_before_lost():
    runs = [Run("meter", "r2", at(20), "r1", 12)]
    total = settle(rows(*range(1, 11)) + rows(1, 2, run="r2", shift=20), runs=runs)
    assert total.lost == 2
    assert total.not_running == 8
    assert total.expected == total.stored + total.lost + total.not_running


def test_a_collector_that_fell_silent_is_missed_after_a_minute():
    runs = [Run("meter", "r1", at(0), None, None)]
    assert settle(rows(*range(1, 11)), runs, until=at(17)).not_running == 0
    total = settle(rows(*range(1, 11)), runs, until=at(100))
    assert total.not_running == 89
    assert total.why == {"nothing-heard": 89}


def test_history_without_a_collector_is_not_waited_for():
    assert settle(rows(*range(1, 11)), until=at(1000)).not_running == 0


def test_pending_and_refused_numbers_are_not_lost():
    total = settle(
        rows(1, 2, 3), pending=[Issued("r1", 5, at(5))], refused=[Issued("r1", 4, at(4))]
    )
    assert (total.expected, total.pending, total.refused, total.lost) == (5, 1, 1, 0)


def test_what_is_stored_counts_as_stored_even_if_its_receipt_is_still_out():
    total = settle(rows(1, 2, 3), pending=[Issued("r1", 3, at(3))])
    assert (total.stored, total.pending, total.expected) == (3, 0, 3)


def test_dropped_numbers_are_lost_with_their_reason():
    gone = Dropped("meter", "r1", 2, 4, at(2), at(4), "outbox-full")
    total = settle(rows(1, 5), dropped=[gone])
    assert (total.lost, total.dropped) == (3, 3)
    assert total.why == {"outbox-full": 3}


def test_days_are_local_days():
    evidence = Evidence("meter", START - INTERVAL, START, INTERVAL, rows(-1, 0, 1), [], [], [], [])
    days = account(evidence, ZONE)
    assert [(day.day, day.stored) for day in days] == [("2025-12-31", 1), ("2026-01-01", 2)]


@given(st.sets(st.integers(1, 60), min_size=1), st.data())
def test_the_account_always_balances(stored, data):
    others = sorted(set(range(1, 61)) - stored)
    fates = {seq: data.draw(st.sampled_from(["pending", "refused", "lost"])) for seq in others}
    total = settle(
        rows(*sorted(stored)),
        runs=[Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(61), "r1", 60)],
        pending=[Issued("r1", s, at(s)) for s, fate in fates.items() if fate == "pending"],
        refused=[Issued("r1", s, at(s)) for s, fate in fates.items() if fate == "refused"],
    )
    assert total.expected == 60
    assert total.stored == len(stored)
    for fate in ("pending", "refused", "lost"):
        assert getattr(total, fate) == sum(f == fate for f in fates.values())
