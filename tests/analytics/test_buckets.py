"""Local buckets: days of 23 and 25 hours, seasons over New Year, lookups."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.buckets import (
    day_number,
    day_start,
    due,
    edges,
    local_days,
    locate,
    seasons,
    time_of_day,
)
from analytics.series import DAY_MS, HOUR_MS
from collector.topology import Season

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # moves its clock by half an hour
CAIRO = ZoneInfo("Africa/Cairo")  # moves its clock at midnight
APIA = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
KOLKATA = ZoneInfo("Asia/Kolkata")
ZONES = [SHANGHAI, BERLIN, LORD_HOWE, CAIRO, APIA, KOLKATA]
WIDTHS = ["15min", "1h", "1d", "1mo", "1y"]


def ms(zone: ZoneInfo, *moment: int) -> int:
    return round(datetime(*moment, tzinfo=zone).timestamp() * 1000)


def test_a_shanghai_day_begins_at_16_utc():
    found = edges(ms(SHANGHAI, 2026, 1, 1, 12), ms(SHANGHAI, 2026, 1, 2, 12), "1d", SHANGHAI)
    assert found.tolist() == [ms(SHANGHAI, 2026, 1, day) for day in (1, 2, 3)]
    assert found[0] % DAY_MS == 16 * HOUR_MS


def test_a_span_on_edges_gets_no_bucket_beyond():
    found = edges(ms(SHANGHAI, 2026, 1, 1), ms(SHANGHAI, 2026, 1, 3), "1d", SHANGHAI)
    assert found.size == 3


def test_months_and_years_follow_the_calendar():
    start, end = ms(SHANGHAI, 2024, 1, 15), ms(SHANGHAI, 2025, 1, 15)
    months = edges(start, end, "1mo", SHANGHAI)
    assert np.diff(months)[:2].tolist() == [31 * DAY_MS, 29 * DAY_MS]
    assert months.size == 14
    assert edges(start, end, "1y", SHANGHAI).tolist() == [
        ms(SHANGHAI, year, 1, 1) for year in (2024, 2025, 2026)
    ]


@pytest.mark.parametrize(("day", "hours"), [((2025, 3, 30), 23), ((2025, 10, 26), 25)])
def test_a_day_on_which_the_clock_moves_keeps_hours_of_one_hour(day, hours):
    start = ms(BERLIN, *day)
    end = day_start(date(*day[:2], day[2] + 1), BERLIN)
    assert end - start == hours * HOUR_MS
    found = edges(start, end, "1h", BERLIN)
    assert np.diff(found).tolist() == [HOUR_MS] * hours
    assert edges(start, end, "15min", BERLIN).size == 4 * hours + 1


def test_shanghai_moved_its_clock_until_1991():
    found = edges(ms(SHANGHAI, 1990, 4, 15), ms(SHANGHAI, 1990, 4, 16), "1d", SHANGHAI)
    assert np.diff(found).tolist() == [23 * HOUR_MS]


def test_a_half_hour_move_splits_the_hour_and_none_gets_longer():
    found = edges(
        ms(LORD_HOWE, 2025, 4, 6), day_start(date(2025, 4, 7), LORD_HOWE), "1h", LORD_HOWE
    )
    assert sorted(set(np.diff(found).tolist())) == [HOUR_MS // 2, HOUR_MS]
    assert time_of_day(found[3:], LORD_HOWE).tolist() == [
        *(hour * HOUR_MS for hour in range(2, 24)),
        0,
    ]


def test_a_day_without_midnight_begins_when_the_clock_has_moved():
    start = day_start(date(2024, 4, 26), CAIRO)  # 00:00 became 01:00
    assert time_of_day(np.array([start]), CAIRO).tolist() == [HOUR_MS]
    assert local_days(np.array([start - 1, start]), CAIRO).tolist() == [
        day_number(date(2024, 4, 25)),
        day_number(date(2024, 4, 26)),
    ]


def test_a_day_that_a_zone_skipped_has_no_bucket():
    found = edges(ms(APIA, 2011, 12, 29), ms(APIA, 2012, 1, 1), "1d", APIA)
    assert np.diff(found).tolist() == [DAY_MS, DAY_MS]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("zone", ZONES, ids=str)
@settings(max_examples=25)
@given(start=st.integers(0, 1_900_000_000_000), length=st.integers(1, 40 * DAY_MS))
def test_buckets_cover_the_span_without_gap_or_excess(width, zone, start, length):
    found = edges(start, start + length, width, zone)
    assert found[0] <= start < found[1]
    assert found[-2] < start + length <= found[-1]
    assert np.all(np.diff(found) > 0)


@given(
    start=st.integers(1_000_000_000_000, 1_900_000_000_000),
    first=st.integers(1, 20 * DAY_MS),
    second=st.integers(1, 20 * DAY_MS),
)
def test_a_span_in_two_parts_has_the_edges_of_the_whole(start, first, second):
    """Otherwise a window that is recomputed would not be the window that was written."""
    parts = [
        edges(start, start + first, "1h", BERLIN),
        edges(start + first, start + first + second, "1h", BERLIN),
    ]
    whole = edges(start, start + first + second, "1h", BERLIN)
    assert np.unique(np.concatenate(parts)).tolist() == whole.tolist()


@pytest.mark.parametrize("zone", ZONES, ids=str)
@settings(max_examples=25)
@given(at=st.lists(st.integers(1_300_000_000_000, 1_340_000_000_000), min_size=1, max_size=20))
def test_local_days_are_those_of_the_clock(zone, at):
    dates = [datetime.fromtimestamp(instant / 1000, zone).date() for instant in at]
    instants = np.array(at)
    assert local_days(instants, zone).tolist() == [day_number(day) for day in dates]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@settings(max_examples=25)
@given(at=st.lists(st.integers(1_300_000_000_000, 1_340_000_000_000), min_size=1, max_size=20))
def test_time_of_day_is_what_the_clock_shows(zone, at):
    clocks = [datetime.fromtimestamp(instant // 1000, zone) for instant in at]
    shown = time_of_day(np.array(at), zone) // 1000
    assert shown.tolist() == [c.hour * 3600 + c.minute * 60 + c.second for c in clocks]


def test_a_season_may_pass_new_year():
    heating = Season(first="11-15", last="03-15")
    found = seasons(ms(SHANGHAI, 2025, 1, 1), ms(SHANGHAI, 2026, 1, 1), heating, SHANGHAI)
    assert [span.name for span in found] == ["2024/25", "2025/26"]
    assert found[0].start == ms(SHANGHAI, 2024, 11, 15)
    assert found[0].end == ms(SHANGHAI, 2025, 3, 16)  # the last day belongs to it
    assert found[0].edges.tolist() == [found[0].start, found[0].end]


def test_a_season_within_the_year_has_its_name():
    cooling = Season(first="05-15", last="09-30")
    found = seasons(ms(SHANGHAI, 2025, 9, 30, 23), ms(SHANGHAI, 2026, 5, 15, 1), cooling, SHANGHAI)
    assert [span.name for span in found] == ["2025", "2026"]


def test_between_two_seasons_there_is_none():
    heating = Season(first="11-15", last="03-15")
    assert seasons(ms(SHANGHAI, 2025, 3, 16), ms(SHANGHAI, 2025, 11, 15), heating, SHANGHAI) == ()


def test_an_instant_belongs_to_the_bucket_that_it_begins():
    found = locate(np.array([-1, 0, 9, 10, 19, 20]), np.array([0, 10, 20]))
    assert found.tolist() == [-1, 0, 0, 1, 1, -1]


def test_without_buckets_every_instant_lies_outside():
    assert locate(np.array([1, 2]), np.array([], dtype=np.int64)).tolist() == [-1, -1]


def test_slots_are_due_at_whole_multiples():
    assert due(np.array([0, 60, 120, 125]), 30).tolist() == [2, 2, 1]
    assert due(np.array([1, 30, 31]), 30).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("start", "end", "width", "word"),
    [(5, 5, "1d", "end"), (5, 4, "1d", "end"), (0, 1, "2d", "width")],
)
def test_what_makes_no_buckets_is_refused(start, end, width, word):
    with pytest.raises(ValueError, match=word):
        edges(start, end, width, SHANGHAI)


def test_an_empty_span_has_no_seasons():
    with pytest.raises(ValueError, match="end"):
        seasons(1, 1, Season(first="11-15", last="03-15"), SHANGHAI)


def test_a_rhythm_must_be_positive():
    with pytest.raises(ValueError, match="interval_ms"):
        due(np.array([0, 1]), 0)


def test_nothing_has_no_local_day():
    assert local_days(np.array([], dtype=np.int64), SHANGHAI).size == 0
    assert time_of_day(np.array([], dtype=np.int64), SHANGHAI).size == 0
