"""Hours of the known plant's ground loop, by its meter and without one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.jobs.ground_history import HistoryReader
from analytics.jobs.plant_channels import PlantReader
from analytics.series import DAY_MS
from tests.analytics.jobs.known_plant import END, START, ZONE, content, opened, truth

pytestmark = pytest.mark.asyncio


def reader_of(its) -> HistoryReader:
    plant = its.configuration.settings.plant
    channels = PlantReader(its.configuration, plant, its.readings)
    return HistoryReader(plant, channels, its.readings, its.tabulator, ZONE)


def hourly(quarters: np.ndarray) -> np.ndarray:
    return quarters.reshape(-1, 4)


async def test_hours_are_means_of_the_quarters(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        past = await reader_of(its).past(END, with_hours=True)
    told, known = past.hours, truth()
    net = known.cold["h-source"] - known.heat["h-source"]
    np.testing.assert_allclose(told.rejected_kw, hourly(net).sum(axis=1), atol=1e-6)
    on = hourly(net != 0.0).all(axis=1)
    np.testing.assert_array_equal(told.pump_on, on)
    np.testing.assert_array_equal(told.heat_pump_on, hourly(net != 0.0).any(axis=1))
    spread = np.where(known.heating, 5.0, -5.0)
    loop = hourly(known.entering - 0.5 * spread).mean(axis=1)
    np.testing.assert_allclose(told.loop_c[on], loop[on], atol=1e-9)
    assert np.isnan(told.loop_c[~on]).all()
    np.testing.assert_allclose(told.offset_k[on], hourly(0.5 * spread)[on, 0], atol=1e-9)
    assert told.days == pytest.approx(59.0)
    assert past.since == START
    assert past.net.value == pytest.approx(-net.sum())


async def test_short_spans_read_no_hours(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        past = await reader_of(its).past(START + 10 * DAY_MS, with_hours=False)
    assert past.hours is None
    known = truth()
    first = known.within(date(2026, 1, 1), date(2026, 1, 10))
    net = (known.heat["h-source"] - known.cold["h-source"])[first].sum()
    assert past.net.value == pytest.approx(net)


async def test_before_the_first_day_there_is_nothing(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        assert await reader_of(its).past(day_start(date(2025, 6, 1), ZONE), with_hours=True) is None


async def test_older_hours_are_left_out_but_their_net_counts(
    plant_store, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("analytics.jobs.ground_history.LONGEST_DAYS", 14)
    async with opened(plant_store, tmp_path) as its:
        past = await reader_of(its).past(END, with_hours=True)
    known = truth()
    assert past.hours.days == 14.0
    assert past.net.value == pytest.approx((known.heat["h-source"] - known.cold["h-source"]).sum())


async def test_without_a_loop_meter_the_heat_pumps_balance_is_the_load(
    plant_store, tmp_path
) -> None:
    site = content()
    del site["plant"]["source"]
    async with opened(plant_store, tmp_path, site) as its:
        past = await reader_of(its).past(END, with_hours=True)
    known = truth()
    assert past.net is None
    net = known.cold["h-source"] - known.heat["h-source"]
    np.testing.assert_allclose(past.hours.rejected_kw, hourly(net).sum(axis=1), atol=1e-6)
    # its controller sees no leaving temperature: the loop's mean is not known
    assert np.isnan(past.hours.loop_c).all()
