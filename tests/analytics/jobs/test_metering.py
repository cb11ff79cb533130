"""Days and months of a known building: each compared with the formula of its day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.jobs.metering import bills_of, days_of, local_span, until
from analytics.records import repairs
from collector.accounts import Span
from collector.errors import ConfigError
from tests.analytics.jobs.known_building import (
    ACT,
    HOUR_MS,
    SILENT,
    STILL,
    ZONE,
    days_between,
    mean_temperature,
    only,
    opened,
    project,
    season,
    swing,
    used,
)

YEAR = Span(first=date(2025, 1, 1), last=date(2025, 12, 31))
DAYS = days_between("2025-01-01", "2025-12-31")


def expected(*devices: str) -> np.ndarray:
    return np.array([sum(used(device, day) for device in devices) for day in DAYS])


@pytest.mark.asyncio
async def test_local_days_hold_what_the_formula_says_also_when_the_clock_is_changed(
    building, tmp_path
) -> None:
    async with opened(building, tmp_path, project()) as its:
        days = await days_of(its.configuration, its.readings, only(its), YEAR)
    assert days.day[[0, -1]].astype(str).tolist() == ["2025-01-01", "2025-12-31"]
    still = [day == STILL for day in DAYS]
    assert np.isnan(days.energy).tolist() == still
    known = np.flatnonzero(~np.array(still))
    np.testing.assert_allclose(days.energy[known], expected("e-main")[known])
    truth = [mean_temperature(day) for day in DAYS]
    np.testing.assert_allclose(days.temperature, truth)
    assert days.points == ("e-main/energy_kwh", "weather/outdoor_temp_c")


@pytest.mark.asyncio
async def test_several_meters_are_added_and_count_as_no_main_meter(building, tmp_path) -> None:
    both = project(meters=["e-main", "e-office"])
    async with opened(building, tmp_path, both) as its:
        days = await days_of(its.configuration, its.readings, only(its), YEAR)
    truth = expected("e-main", "e-office")
    truth[DAYS.index(STILL)] = 0.0
    np.testing.assert_allclose(days.energy, truth, atol=1e-6)


@pytest.mark.asyncio
async def test_silent_days_are_gaps_and_their_energy_is_in_the_month(building, tmp_path) -> None:
    """The register has counted on: the bill holds what the days cannot tell apart."""
    heat = project(meters=["h-a"], medium="heat")
    async with opened(building, tmp_path, heat) as its:
        days = await days_of(its.configuration, its.readings, only(its), YEAR)
        bills = await bills_of(its.configuration, its.readings, only(its), days)
    gaps = [day for day, energy in zip(DAYS, days.energy, strict=True) if np.isnan(energy)]
    assert (gaps[0], gaps[-1], len(gaps)) == (SILENT.first, SILENT.last, 3)
    truth = expected("h-a")
    months = np.array([day.month for day in DAYS])
    np.testing.assert_allclose(
        bills.energy, [truth[months == month].sum() for month in range(1, 13)], atol=1e-6
    )
    assert bills.days.tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [each.size for each in bills.temperature] == bills.days.tolist()


@pytest.mark.asyncio
async def test_a_period_cuts_its_first_and_last_month(building, tmp_path) -> None:
    span = Span(first=date(2025, 4, 21), last=date(2025, 6, 10))
    async with opened(building, tmp_path, project()) as its:
        days = await days_of(its.configuration, its.readings, only(its), span)
        bills = await bills_of(its.configuration, its.readings, only(its), days)
    assert bills.days.tolist() == [10, 31, 10]


NIGHT = Span(first=date(2026, 4, 27), last=date(2026, 4, 30))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("first", "last", "estimated"),
    [(18, 23, 0), (18, 30, 2), (18, 38, 1)],
    ids=["within a day", "over midnight", "over more than half of the next day"],
)
async def test_days_of_which_half_is_read_are_completed(
    building, tmp_path, first, last, estimated
) -> None:
    """Readings of some hours do not count. Within a day the register itself bridges them."""
    midnight = day_start(date(2026, 4, 28), ZONE)
    wrong = repairs.Correction(
        "e-main", "energy_kwh", midnight + first * HOUR_MS + 1, midnight + last * HOUR_MS, "exclude"
    )
    async with opened(building, tmp_path, project()) as its:
        with its.records.transaction() as connection:
            repairs.add(connection, wrong, ACT)
        days = await days_of(its.configuration, its.readings, only(its), NIGHT)
    truth = [used("e-main", day) for day in days_between("2026-04-27", "2026-04-30")]
    if last == 38:
        truth[2] = np.nan
    assert days.estimated == estimated
    np.testing.assert_allclose(days.energy, truth)


@pytest.mark.asyncio
async def test_a_day_needs_the_temperature_of_half_of_its_hours(building, tmp_path) -> None:
    """11 and 12 hours are left out: the day that keeps 12 has a mean of those 12."""
    async with opened(building, tmp_path, project()) as its:
        with its.records.transaction() as connection:
            for day, hours in ((date(2026, 4, 28), 13), (date(2026, 4, 29), 12)):
                start = day_start(day, ZONE)
                left_out = repairs.Correction(
                    "weather", "outdoor_temp_c", start, start + hours * HOUR_MS, "exclude"
                )
                repairs.add(connection, left_out, ACT)
        days = await days_of(its.configuration, its.readings, only(its), NIGHT)
    assert np.isnan(days.temperature).tolist() == [False, True, False, False]
    left = [season(date(2026, 4, 29)) + swing(hour) for hour in range(12, 24)]
    assert days.temperature[2] == pytest.approx(np.mean(left))


def test_what_has_passed_ends_with_yesterday() -> None:
    span = Span(first=date(2026, 3, 1), last=date(2026, 3, 31))
    noon = day_start(date(2026, 3, 29), ZONE) + 11 * HOUR_MS
    assert until(span, noon, ZONE) == Span(first=span.first, last=date(2026, 3, 28))
    assert until(span, day_start(date(2026, 3, 1), ZONE) + 1, ZONE) is None
    assert until(span, day_start(date(2026, 9, 1), ZONE), ZONE) == span
    start, end = local_span(span, ZONE)
    assert end - start == (31 * 24 - 1) * HOUR_MS


@pytest.mark.asyncio
async def test_a_meter_without_the_medium_and_a_site_without_weather_are_told(
    building, tmp_path
) -> None:
    cooling = project(meters=["h-a"], medium="cooling")
    async with opened(building, tmp_path, cooling) as its:
        with pytest.raises(ConfigError, match="h-a counts no cooling"):
            await days_of(its.configuration, its.readings, only(its), YEAR)
