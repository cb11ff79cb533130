"""Which windows are computed, and why."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.jobs.touches import LATER_READING, Touch, cause_of, chunks, merged, since

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400_000
QUARTER = 900_000
MIDNIGHT = 16 * 3_600_000
"""1970-01-02 in Shanghai. [ms since epoch, UTC]"""


def chosen(touches: list[Touch], limit: int, most_days: int = 31) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for chunk in chunks(touches, limit, ZONE, most_days):
        for width, edges in chunk.edges.items():
            found.setdefault(width, []).extend(edges[:-1][chunk.chosen[width]].tolist())
    return found


def test_a_touch_concerns_its_windows_in_every_width() -> None:
    touch = Touch(MIDNIGHT + 20 * 60_000, MIDNIGHT + 20 * 60_000 + 1, "late sample")
    assert chosen([touch], MIDNIGHT + 10 * DAY) == {
        "15min": [MIDNIGHT + QUARTER], "1h": [MIDNIGHT], "1d": [MIDNIGHT],
    }  # fmt: skip


def test_what_is_not_complete_is_left_out() -> None:
    touch = Touch(MIDNIGHT, MIDNIGHT + 20 * 60_000, "")
    limit = MIDNIGHT + 2 * QUARTER
    assert chosen([touch], limit) == {"15min": [MIDNIGHT, MIDNIGHT + QUARTER]}


@given(
    st.lists(st.tuples(st.integers(0, 60 * DAY), st.integers(1, 5 * DAY)), min_size=1, max_size=6),
    st.integers(1, 9),
)
def test_every_touched_window_is_computed_once_and_no_other(
    spans: list[tuple[int, int]], most_days: int
) -> None:
    touches = [Touch(MIDNIGHT + start, MIDNIGHT + start + length, "x") for start, length in spans]
    limit = MIDNIGHT + 50 * DAY
    for width, length in (("15min", QUARTER), ("1h", 4 * QUARTER), ("1d", DAY)):
        starts = range(MIDNIGHT - DAY, limit - length + 1, length)
        wanted = [s for s in starts if any(t.start < s + length and t.end > s for t in touches)]
        assert chosen(touches, limit, most_days).get(width, []) == wanted


def test_chunks_are_no_longer_than_asked() -> None:
    touch = Touch(MIDNIGHT, MIDNIGHT + 10 * DAY, "")
    ends = [chunk.end for chunk in chunks([touch], MIDNIGHT + 10 * DAY, ZONE, 4)]
    assert ends == [MIDNIGHT + 4 * DAY, MIDNIGHT + 8 * DAY, MIDNIGHT + 10 * DAY]


def test_touches_of_one_cause_are_joined_where_they_meet() -> None:
    touches = [Touch(20, 30, "a"), Touch(0, 10, "a"), Touch(5, 12, "b"), Touch(10, 15, "a")]
    assert merged(touches) == [Touch(0, 15, "a"), Touch(20, 30, "a"), Touch(5, 12, "b")]


def test_what_lies_before_the_first_reading_is_left_out() -> None:
    assert since([Touch(0, 10, "a"), Touch(5, 20, "b")], 10) == [Touch(10, 20, "b")]


def test_all_causes_are_told_but_what_is_looked_at_anyway() -> None:
    touches = [Touch(0, 10, "late sample"), Touch(5, 20, "repair #1"), Touch(0, 20, LATER_READING)]
    assert cause_of(touches, 6, 8) == "late sample; repair #1"
    assert cause_of(touches, 15, 18) == "repair #1"
    assert cause_of([touches[2], Touch(0, 9, "")], 0, 5) == LATER_READING
