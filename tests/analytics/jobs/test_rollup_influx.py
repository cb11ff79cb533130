"""The same on InfluxDB: roll-ups, a late sample, and figures that are taken back to unknown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from analytics.jobs import rollup
from analytics.records import open_records, repairs, revisions
from analytics.records.repairs import Correction
from collector.sitefile import Configuration
from collector.store.rollups import WIDTHS, rollup_device
from tests.analytics.jobs.polled_site import HOUR, MIDNIGHT, MINUTE, Plant, steady
from tests.collector.store.conftest import influx1
from tests.servers import Server


@pytest_asyncio.fixture
async def influx(
    configuration: Configuration, influxd: Server, tmp_path: Path
) -> AsyncIterator[Plant]:
    devices = list(configuration.site.devices.values())
    store = influx1(influxd, devices, marks_after_s=0.0)
    rollups = {w: influx1(influxd, [rollup_device(d, w) for d in devices]) for w in WIDTHS}
    records = open_records(configuration.settings.records, tmp_path)
    stores = (store, *rollups.values())
    for one in stores:
        await one.open()
    yield Plant(configuration, store, rollups, records, tmp_path)
    for one in stores:
        await one.close()
    records.close()


async def test_late_samples_and_repairs_are_followed(influx: Plant) -> None:
    await influx.poll("m1", lambda m: {} if m == 605 else steady(m), range(25 * 60))
    first = await influx.catch_up()
    assert first.windows == 99 + 24 + 1
    assert await influx.catch_up() == rollup.Summary(0, 0)
    await influx.late("m1", steady, [605])
    assert (await influx.catch_up()).windows == 3
    span = MIDNIGHT + 10 * HOUR, MIDNIGHT + 11 * HOUR
    with influx.records.transaction() as connection:
        repairs.add(connection, Correction("m1", "*", *span, "exclude"), influx.act)
    await influx.catch_up()
    rows = await influx.rows()
    hour = rows["m1", "1h", span[0]]
    assert hour["power_kw", "mean"] is None  # the older value does not shine through
    assert hour["power_kw", "count"] == 0.0
    assert rows["m1", "1h", span[1]]["power_kw", "mean"] == 6.0
    assert rows["m1", "1d", MIDNIGHT]["energy_kwh", "energy"] == pytest.approx(144.0)
    with influx.records.reading() as connection:
        causes = {one.cause for one in revisions.listed(connection)}
    assert causes == {"late sample", "repair #1"}
    assert await influx.catch_up(25 * 60 + MINUTE) == rollup.Summary(0, 0)
