"""Every issued sequence number is stored, refused, pending or lost, on the right local day."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from collector.ledger import Evidence, account, totals
from collector.outbox import Dropped
from collector.sequences import Issued, Stored
from collector.store import Row, Run

ZONE = ZoneInfo("Asia/Shanghai")
START = 1_767_196_800_000
"""2026-01-01 00:00 in Shanghai."""
INTERVAL = 10_000


def at(seq: int) -> int:
    return START + seq * INTERVAL


def rows(*seqs: int, run: str = "r1", flags: dict[str, str] | None = None, shift: int = 0):
    return [Row(at(seq + shift), run, seq, 5, flags or {}) for seq in seqs]


def settle(
    found, runs=(), pending=(), refused=(), dropped=(), *, since=START - INTERVAL, until=None
):
    """Totals of the span, which ends with the last known slot unless told."""
    if until is None:
        times = [row.at for row in found] + [issued.at for issued in (*pending, *refused)]
        until = max(times) + INTERVAL
    evidence = Evidence(
        "meter", since, until, INTERVAL, Stored(found), runs, pending, refused, dropped
    )
    total = totals(account(evidence, ZONE))
    parts = total.stored + total.refused + total.pending + total.lost + total.not_running
    assert total.expected == parts
    return total


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
    stored = Stored(rows(-1, 0, 1))
    evidence = Evidence("meter", at(-1), at(2), INTERVAL, stored, [], [], [], [])
    days = account(evidence, ZONE)
    assert [(day.day, day.stored) for day in days] == [("2025-12-31", 1), ("2026-01-01", 2)]


def test_a_run_that_went_on_after_the_day_has_lost_nothing_in_it():
    runs = [Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(9000), "r1", 8000)]
    total = settle(rows(*range(1, 101)), runs, until=at(101))
    assert (total.expected, total.stored) == (100, 100)


def test_a_foreign_end_of_a_run_counts_no_further_than_the_span():
    runs = [Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(9000), "r1", 2**53)]
    assert settle(rows(*range(1, 11)), runs, until=at(101)).lost == 90


def test_foreign_numbers_count_no_further_than_the_span():
    assert settle(rows(1, 2) + rows(2**53, shift=3 - 2**53)).lost <= 10


def test_a_row_on_either_side_tells_what_a_span_has_lost_at_its_edges():
    total = settle(rows(8, 12, 13, 19), since=at(10), until=at(16))
    assert (total.expected, total.stored, total.lost) == (6, 2, 4)


def test_slots_that_a_run_slept_through_are_told():
    total = settle(rows(1, 2, 3) + rows(4, 5, shift=2000), [Run("meter", "r1", at(0), None, None)])
    assert (total.lost, total.not_running, total.why) == (0, 2000, {"not-polled": 2000})


def test_numbers_lost_about_a_sleep_are_lost_and_the_rest_not_polled():
    total = settle(rows(1, 2, 3) + rows(6, 7, shift=100))
    assert (total.lost, total.why["not-polled"]) == (2, 100)


def test_history_and_older_runs_keep_their_own_rhythm():
    slow = [Row(at(6 * n), "r1", n, 5, {}) for n in range(1, 10)]
    assert settle(slow).not_running == 0
    assert settle(slow, [Run("meter", "r1", at(0), None, None)]).not_running == 0


def test_an_outage_that_began_before_the_span_is_counted_from_its_start():
    runs = [Run("meter", "r0", at(-500), None, None), Run("meter", "r1", at(40), "r0", 300)]
    total = settle(rows(1, 2, shift=40), runs, since=at(0))
    assert (total.not_running, total.why) == (41, {"not-running": 41})
    with_anchor = rows(300, run="r0", shift=-320) + rows(1, 2, shift=40)
    assert settle(with_anchor, runs, since=at(0)).not_running == 41


def test_a_span_in_which_nothing_at_all_was_heard_is_missed_whole():
    runs = [Run("meter", "r0", at(-500), None, None)]
    total = settle([], runs, since=at(0), until=at(100))
    assert (total.expected, total.why) == (100, {"nothing-heard": 100})


def test_a_device_that_has_just_been_announced_has_lost_nothing():
    assert settle([], [Run("meter", "r1", at(0), None, None)], until=at(3)).expected == 0


def test_a_run_of_which_nothing_arrived_is_lost_up_to_the_end_its_successor_tells():
    runs = [Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(9), "r1", 7)]
    total = settle(rows(1, 2, run="r2", shift=9), runs)
    assert (total.lost, total.not_running, total.expected) == (7, 2, 11)


def test_refused_numbers_with_an_absurd_time_are_placed_by_their_neighbours():
    refused = [Issued("r1", 3, 4_102_444_800_000), Issued("r1", 4), Issued("r1", 6, 0)]
    evidence = Evidence("meter", START, at(7), INTERVAL, Stored(rows(1, 2, 5)), [], [], refused, [])
    total = totals(account(evidence, ZONE))
    assert (total.expected, total.stored, total.refused, total.lost) == (6, 3, 3, 0)


def test_many_dropped_ranges_each_keep_their_reason():
    gone = [Dropped("meter", "r1", n, n, at(n), at(n), f"why-{n % 2}") for n in range(2, 4001, 2)]
    total = settle(rows(*range(1, 4002, 2)), dropped=gone)
    assert (total.lost, total.dropped) == (2000, 2000)
    assert total.why == {"why-0": 2000}


numbers = st.integers(0, 80)
runs_told = st.lists(
    st.tuples(st.sampled_from("abc"), numbers, st.sampled_from(["a", "b", None]),
              st.sampled_from([None, 0, 5, 60, 2**53 - 1])),
    max_size=3, unique_by=lambda run: run[0],
)  # fmt: skip
issued = st.builds(
    Issued, st.sampled_from("abc"), numbers,
    st.sampled_from([None, 0, at(-50), at(5), at(30), 2**45]),
)  # fmt: skip
stored_rows = st.lists(
    st.tuples(st.integers(-20, 90), st.sampled_from("abc"), numbers), unique_by=lambda row: row[0]
)


@given(stored_rows, runs_told, st.lists(issued), st.lists(issued))
def test_the_account_balances_whatever_the_evidence(found, told, pending, refused):
    held = [Row(at(slot), run, seq, 5, {}) for slot, run, seq in sorted(found)]
    runs = [Run("meter", run, at(start), before, end) for run, start, before, end in told]
    total = settle(held, runs, pending, refused, since=at(0), until=at(61))
    assert total.stored == sum(0 <= slot <= 60 for slot, _, _ in found)


@given(st.sets(st.integers(1, 60), min_size=1), st.data())
def test_the_account_always_balances(stored, data):
    others = sorted(set(range(1, 61)) - stored)
    fates = {seq: data.draw(st.sampled_from(["pending", "refused", "lost"])) for seq in others}
    total = settle(
        rows(*sorted(stored)),
        runs=[Run("meter", "r1", at(0), None, None), Run("meter", "r2", at(61), "r1", 60)],
        pending=[Issued("r1", s, at(s)) for s, fate in fates.items() if fate == "pending"],
        refused=[Issued("r1", s, at(s)) for s, fate in fates.items() if fate == "refused"],
        until=at(61),
    )
    assert total.expected == 60
    assert total.stored == len(stored)
    for fate in ("pending", "refused", "lost"):
        assert getattr(total, fate) == sum(f == fate for f in fates.values())
