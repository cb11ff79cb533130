"""A plant that falls below its own past is told; one that does as always is not."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

import pytest

from analytics.jobs.alarms import Alarms
from analytics.jobs.own_regression import Comparison, OwnRegression
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Tabulator
from analytics.records import alarms, open_records
from analytics.series import DAY_MS, HOUR_MS
from collector.model import Sample
from collector.sitefile import Configuration, load_site
from collector.store import Store
from collector.store.choice import store_for

QUARTER = 900_000
DAYS = 72
START = 1_767_196_800_000
END = START + DAYS * DAY_MS
SITE = """\
site: {id: small, name: {zh: 小园区, en: Small site}}
buses: [{id: b, kind: tcp, host: 127.0.0.1, port: 1502}]
devices:
  - {id: hp-1, name: {zh: 热泵, en: Heat pump}, bus: b, unit: 1, map: generic_gshp, interval: 15min,
     only: [load_leaving_temp_c, source_entering_temp_c]}
  - {id: e-1, name: {zh: 电表, en: Meter}, bus: b, unit: 2, map: chint_dtsu666, interval: 15min,
     only: [energy_kwh], every: {energy_kwh: 1}}
  - {id: h-1, name: {zh: 热量表, en: Heat meter}, bus: b, unit: 3, map: generic_heat_meter,
     interval: 15min, only: [heat_energy_kwh, cooling_energy_kwh, flow_m3h, supply_temp_c,
     return_temp_c], every: {heat_energy_kwh: 1, cooling_energy_kwh: 1}}
plant:
  units: [{heat_pump: hp-1, electricity: e-1, rated_heat_kw: 200}]
  load: {heat_meter: h-1}
"""


def hour_of(at: int) -> float:
    return (at - START) / HOUR_MS


def rise(hour: float) -> float:
    """Lift: by day and by season. [K]"""
    return 35 + 4 * math.sin(hour / 24 * 2 * math.pi) + 6 * math.sin(hour / 1000)


def heat(hour: float) -> float:
    """Heat rate, by another rhythm than the lift. [kW]"""
    return 110 + 60 * math.sin(hour / 17)


def cop(hour: float, worse: float) -> float:
    """COP: by lift, and worse in the last week."""
    usual = 4.2 * math.exp(-0.02 * (rise(hour) - 35))
    return usual * (worse if hour >= (DAYS - 7) * 24 else 1.0)


def samples(worse: float, days: int) -> list[Sample]:
    delivered = used = 0.0
    found = []
    for place, at in enumerate(range(END - days * DAY_MS, END + QUARTER, QUARTER)):
        hour = hour_of(at)
        values = {
            "hp-1": {"load_leaving_temp_c": 10 + rise(hour), "source_entering_temp_c": 10.0},
            "e-1": {"energy_kwh": round(used, 4)},
            "h-1": {
                "heat_energy_kwh": round(delivered, 4), "cooling_energy_kwh": 0.0,
                "flow_m3h": 20.0, "supply_temp_c": 10 + rise(hour),
                "return_temp_c": 10 + rise(hour) - heat(hour) / 23,
            },
        }  # fmt: skip
        found += [Sample(name, at, "r", place, 0, shown) for name, shown in values.items()]
        delivered += heat(hour) / 4
        used += heat(hour) / cop(hour, worse) / 4
    return found


async def compared(
    configuration: Configuration, store: Store, folder: Path
) -> tuple[Comparison | None, list[str]]:
    """What the regression says at the end, and which alarms it raises."""
    plant = configuration.settings.plant
    assert plant is not None
    with closing(open_records(configuration.settings.records, folder)) as records:
        readings = Readings(configuration, store, records)
        own = OwnRegression(configuration, plant, readings, Tabulator(configuration, readings))
        await own.compare(END + 5 * HOUR_MS)
        job = Alarms(configuration, store, records, comparison=lambda: own.newest)
        await job.look(END + 5 * HOUR_MS)
        with records.reading() as connection:
            raised = [each.raised for each in alarms.listed(connection)]
    cop_rules = [each for each in raised if "regression" in each.rule]
    assert all(each.evidence["boundary"] == "HC1" for each in cop_rules)
    return own.newest, [each.rule for each in cop_rules]


@pytest.mark.parametrize(
    ("worse", "days", "raised"),
    [
        (1.0, DAYS, []),
        (0.93, DAYS, []),
        (0.85, DAYS, ["cop-below-regression"]),
        (0.75, DAYS, ["cop-far-below-regression"]),
        (0.75, 40, None),  # too short a past
    ],
)
async def test_a_plant_is_compared_with_its_own_past(tmp_path: Path, worse, days, raised):
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    configuration = load_site(file)
    store = store_for(configuration, tmp_path)
    await store.open()
    await store.write(samples(worse, days))
    found, told = await compared(configuration, store, tmp_path)
    await store.close()
    if raised is None:
        assert (found, told) == (None, [])
        return
    assert found is not None
    assert found.at == END
    assert found.observed / found.predicted == pytest.approx(worse, abs=0.01)
    assert 0 < found.uncertainty < 0.1 * found.observed
    assert (found.boundary, found.hours) == ("HC1", 168)
    assert told == raised
