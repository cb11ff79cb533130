"""Slots aligned to the clock, staggering, missed slots and back-off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.schedule import LARGEST_SPREAD_MS, MOST_MISSED_TOLD, BackOff, Slots, offsets


def test_first_slot_is_aligned_and_its_turn_lies_ahead():
    slots = Slots.beginning(10_000, 500, 25_600)
    assert slots.at == 30_000
    assert slots.turn_ms == 30_500


def test_a_turn_still_to_come_in_the_running_slot_is_taken():
    assert Slots.beginning(10_000, 500, 20_400).at == 20_000


@given(st.integers(100, 60_000), st.integers(0, 2_000), st.integers(0, 10**13))
def test_slots_are_multiples_of_the_interval_without_drift(interval, offset, now):
    slots = Slots.beginning(interval, offset, now)
    assert slots.at % interval == 0
    assert slots.turn_ms > now
    first = slots.at
    for _ in range(5):
        slots.advance()
    assert slots.at == first + 5 * interval


def test_a_late_poll_within_the_slot_misses_nothing():
    slots = Slots(1_000, 100, 5_000)
    assert list(slots.missed(5_999)) == []
    assert slots.at == 5_000


def test_slots_that_passed_are_told_once_and_the_current_one_is_polled():
    slots = Slots(1_000, 100, 5_000)
    assert list(slots.missed(8_050)) == [5_000, 6_000, 7_000]
    assert slots.at == 8_000
    assert list(slots.missed(8_060)) == []


def test_a_day_asleep_tells_a_bounded_number_of_slots():
    slots = Slots(1_000, 0, 0)
    told = slots.missed(86_400_000)
    assert len(told) == MOST_MISSED_TOLD
    assert told[-1] == 86_399_000


def test_a_clock_set_back_is_followed_without_missing_slots():
    slots = Slots(1_000, 0, 3_600_000)
    assert list(slots.missed(500)) == []
    assert slots.at == 1_000


@given(st.lists(st.sampled_from([200, 1_000, 10_000, 60_000]), min_size=1, max_size=300))
def test_devices_are_staggered_inside_half_of_their_slot(intervals):
    places = offsets(intervals)
    for interval, place in zip(intervals, places, strict=True):
        assert 0 <= place < min(interval / 2, LARGEST_SPREAD_MS)
    if len(set(intervals)) == 1 and intervals[0] // 2 >= len(intervals):
        assert len(set(places)) == len(places)


def test_a_clock_set_back_a_little_waits_until_polled_slots_have_passed_again():
    slots = Slots(1_000, 0, 100_000)
    assert list(slots.missed(10_000)) == []
    assert slots.at == 100_000


def test_a_back_off_does_not_outlive_a_clock_that_was_set_back():
    back_off = BackOff()
    back_off.failed(10**12)
    assert back_off.holds(10**12 + 1)
    assert not back_off.holds(10**9)


def test_back_off_grows_by_two_seconds_up_to_five_minutes_and_is_forgotten():
    back_off = BackOff()
    back_off.failed(0)
    assert back_off.until_ms == 2_000
    back_off.failed(2_000)
    assert back_off.until_ms == 6_000
    assert back_off.holds(5_999)
    assert not back_off.holds(6_000)
    for _ in range(1_000):
        back_off.failed(10_000)
    assert back_off.until_ms == 310_000
    back_off.succeeded()
    assert not back_off.holds(0)
