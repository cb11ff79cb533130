"""Gaps are where the rhythm breaks, and only there."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from collector.model import Reading
from collector.store import Bucket
from dashboards.web.curve import columns, of_buckets, of_readings


def means(times: Sequence[int]) -> list[int | None]:
    """Times of a curve through readings at these times; None for a gap."""
    dots = of_readings([Reading(at, 1.0, "") for at in times])
    return [dot.at if dot.mean is not None else None for dot in dots]


def test_an_even_rhythm_has_no_gap() -> None:
    assert means(range(0, 600, 60)) == list(range(0, 600, 60))


def test_one_missing_reading_is_a_gap() -> None:
    times = [0, 10, 20, 40, 50, 60]
    assert means(times) == [0, 10, 20, None, 40, 50, 60]


def test_a_change_of_rhythm_is_no_gap() -> None:
    times = [0, 60, 120, 180, 190, 200, 210]
    assert means(times) == times


def test_a_reading_alone_between_two_gaps_stays_alone() -> None:
    times = [0, 10, 20, 30, 500, 900, 910, 920, 930]
    assert means(times) == [0, 10, 20, 30, None, 500, None, 900, 910, 920, 930]


def test_a_bad_reading_is_a_gap_without_a_second_one() -> None:
    readings = [Reading(0, 1.0, ""), Reading(10, None, "bad:timeout"), Reading(20, 2.0, "")]
    assert [dot.mean for dot in of_readings(readings)] == [1.0, None, 2.0]


def test_a_curve_of_single_readings_has_no_band() -> None:
    assert "low" not in columns(of_readings([Reading(0, 1.0, ""), Reading(10, 2.0, "")]))


def test_buckets_keep_their_extremes() -> None:
    body = columns(of_buckets([Bucket(0, 2, 1.0, 2.0, 3.0), Bucket(60, 0, None, None, None)]))
    assert body == {"at": [0], "low": [1.0], "mean": [2.0], "high": [3.0], "doubtful": []}


@given(st.lists(st.integers(0, 10**6), unique=True).map(sorted))
def test_no_reading_is_lost_or_moved(times: list[int]) -> None:
    assert [at for at in means(times) if at is not None] == times
