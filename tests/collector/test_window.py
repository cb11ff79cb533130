"""The window of messages under way: order, receipts, resending, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.outbox import Message
from collector.window import Window
from collector.wire import Receipt


def message(number: int, device: str = "a", run: str = "r") -> Message:
    return Message(number, device, run, number, number * 1000, b"{}")


def sent(window: Window, now_ms: int = 0) -> list[int]:
    ids = []
    while (found := window.next_to_send(now_ms)) is not None:
        ids.append(found.id)
    return ids


@pytest.fixture
def window() -> Window:
    window = Window(limit=10, resend_after_ms=1_000)
    window.add([message(i) for i in range(1, 6)])
    return window


def test_messages_are_sent_once_in_their_order(window):
    assert sent(window) == [1, 2, 3, 4, 5]
    assert sent(window) == []
    assert window.room == 5


def test_a_receipt_releases_what_it_names_and_makes_room(window):
    sent(window)
    released = window.receipt(Receipt("a", "r", stored=((1, 3),), refused=((5, 5),)))
    assert sorted(m.id for m in released) == [1, 2, 3, 5]
    assert window.size == 1
    assert window.receipt(Receipt("a", "r", stored=((1, 3),))) == []


def test_receipts_of_another_run_or_device_release_nothing(window):
    assert window.receipt(Receipt("a", "x", stored=((1, 5),))) == []
    assert window.receipt(Receipt("b", "r", stored=((1, 5),))) == []


def test_an_enormous_range_costs_no_more_than_the_window(window):
    released = window.receipt(Receipt("a", "r", stored=((0, 2**52),)))
    assert len(released) == 5


def test_a_receipt_before_sending_spares_the_sending(window):
    window.receipt(Receipt("a", "r", stored=((2, 2),)))
    assert sent(window) == [1, 3, 4, 5]


def test_overdue_messages_go_again_and_wait_longer_each_time(window):
    sent(window, now_ms=0)
    assert window.send_overdue_again(1_000) == 0
    assert window.send_overdue_again(1_001) == 5
    assert sent(window, now_ms=1_001) == [1, 2, 3, 4, 5]
    assert window.send_overdue_again(3_000) == 0
    assert window.send_overdue_again(3_002) == 5


def test_a_new_connection_sends_everything_again_in_order(window):
    sent(window)
    window.receipt(Receipt("a", "r", stored=((3, 3),)))
    window.send_all_again()
    assert sent(window) == [1, 2, 4, 5]


def test_forgotten_messages_are_not_sent(window):
    window.forget([message(1), message(4), message(99)])
    assert sent(window) == [2, 3, 5]
    assert window.size == 3


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=30))
def test_size_is_always_what_has_no_receipt(ranges):
    window = Window(limit=100, resend_after_ms=1)
    window.add([message(i) for i in range(1, 31)])
    gone: set[int] = set()
    for first, length in ranges:
        window.receipt(Receipt("a", "r", stored=((first, first + length),)))
        gone |= set(range(first, first + length + 1)) & set(range(1, 31))
    assert window.size == 30 - len(gone)
    assert sent(window) == sorted(set(range(1, 31)) - gone)
