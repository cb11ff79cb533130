"""How the known plant ran, against sums of its formulas."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.figures import Figure
from analytics.jobs.kpi import Kpi
from analytics.records import repairs
from analytics.records.acts import Act
from tests.analytics.jobs.known_plant import BEHIND, FIRST, ZONE, opened, truth

pytestmark = pytest.mark.asyncio

LAST = BEHIND - timedelta(days=1)
SENSOR = 2.0 * 0.3 / math.sqrt(3.0)
"""U of one temperature whose sensor nobody has described. [K]"""


async def told(store, folder, *, without: repairs.Correction | None = None) -> dict[str, Figure]:
    """Figures of plant and heat pump over both months, by subject and name; ratios left out."""
    async with opened(store, folder) as its:
        if without is not None:
            with its.records.transaction() as connection:
                repairs.add(connection, without, Act("Wang", "test", 1))
        span = day_start(FIRST, ZONE), day_start(BEHIND, ZONE)
        found = await Kpi(its.configuration, its.readings, its.tabulator).figures(
            *span, ("plant", "unit")
        )
    return {f"{one.subject}/{one.name}": one for one in found if one.boundary is None}


async def test_pumps_and_standby_are_those_of_the_meters(plant_store, tmp_path) -> None:
    found, used = await told(plant_store, tmp_path), truth().electricity
    share = found["plant/pump_share"]
    expected = (used["e-source"] + used["e-load"]).sum() / used["e-plant"].sum()
    assert share.value == pytest.approx(expected, rel=1e-6)
    assert 0.0 < share.uncertainty < 0.02 * share.value * 2
    rest = truth().heat["h-load"] + truth().cold["h-load"] == 0.0
    standby = found["plant/standby_kw"]
    assert standby.value == pytest.approx(4.0 * np.median(used["e-plant"][rest]), rel=1e-6)
    # class 1, which is assumed: ± 1 %, rectangular, k = 2
    assert standby.uncertainty == pytest.approx(standby.value * 0.02 / math.sqrt(3.0))


async def test_temperatures_and_lift_are_weighted_by_heat(plant_store, tmp_path) -> None:
    found, its = await told(plant_store, tmp_path), truth()
    for mode, heat, sign in (
        ("heating", its.heat["h-load"], 1.0), ("cooling", its.cold["h-load"], -1.0),
    ):  # fmt: skip
        load = found[f"plant/load_temp_c.{mode}"]
        source = found[f"plant/source_temp_c.{mode}"]
        lift = found[f"plant/lift_k.{mode}"]
        assert load.value == pytest.approx(np.average(its.supply, weights=heat), abs=0.02)
        assert source.value == pytest.approx(np.average(its.entering, weights=heat), abs=0.02)
        assert lift.value == pytest.approx(sign * (load.value - source.value))
        assert (load.uncertainty, source.uncertainty) == pytest.approx((SENSOR, SENSOR))
        assert lift.uncertainty == pytest.approx(math.hypot(SENSOR, SENSOR))


async def test_share_of_carnot_is_a_ratio_of_sums(plant_store, tmp_path) -> None:
    found, its = await told(plant_store, tmp_path), truth()
    heat, used = its.heat["h-load"], its.electricity["e-hp"]
    on = heat > 0.0
    best = (its.supply[on] + 273.15) / (its.supply[on] - its.entering[on])
    share = found["plant/carnot_share.heating"]
    assert share.value == pytest.approx((heat[on] / best).sum() / used[on].sum(), rel=2e-3)
    assert share.uncertainty > share.value * found["plant/lift_k.heating"].uncertainty / 60.0


async def test_hours_by_state_are_all_hours(plant_store, tmp_path) -> None:
    found = await told(plant_store, tmp_path)
    hours = {name: one.value for name, one in found.items() if name.startswith("plant/state_h")}
    assert sum(hours.values()) == pytest.approx(24.0 * (BEHIND - FIRST).days)
    on = truth().heat["h-load"] > 0.0
    assert hours["plant/state_hours.heat"] == pytest.approx(on.sum() / 4.0)


async def test_a_heat_pump_whose_heat_nobody_meters_has_no_part_load(plant_store, tmp_path) -> None:
    found = await told(plant_store, tmp_path)
    load = [one for name, one in found.items() if name.startswith("hp-1/part_load_h")]
    assert len(load) == 10
    assert {(one.value, one.reason.en) for one in load} == {
        (None, "the heat pump's heat is not metered")
    }


async def test_starts_and_hours_say_how_much_of_the_span_they_rest_on(
    plant_store, tmp_path
) -> None:
    found = await told(plant_store, tmp_path)
    days = (BEHIND - FIRST).days
    assert found["hp-1/starts"].value == days
    assert found["hp-1/run_hours_h"].value == pytest.approx(14.0 * days)
    assert found["hp-1/starts_per_run_hour"].value == pytest.approx(1.0 / 14.0)
    assert found["hp-1/mean_run_h"].value == pytest.approx(14.0)
    assert found["hp-1/most_starts_in_an_hour"].value == 1.0
    assert found["hp-1/starts"].coverage == 1.0
    gap = repairs.Correction(
        "hp-1", "starts", day_start(date(2026, 1, 10), ZONE), day_start(date(2026, 1, 20), ZONE),
        "exclude",
    )  # fmt: skip
    lacking = (await told(plant_store, tmp_path / "again", without=gap))["hp-1/starts"]
    assert lacking.value < days
    assert lacking.coverage == pytest.approx(1.0 - 10.0 / days, abs=0.005)
    assert [one.code for one in lacking.findings] == ["figure.partial"]


async def test_without_any_heat_the_states_are_unknown_and_not_zero_hours(
    plant_store, tmp_path
) -> None:
    """The heat meter is left out from the first day to the last: no state is known."""
    span = day_start(FIRST, ZONE), day_start(BEHIND, ZONE)
    left_out = repairs.Correction("h-load", "*", *span, "exclude")
    found = await told(plant_store, tmp_path, without=left_out)
    for name in ("state_hours.off", "state_hours.heat", "load_temp_c.heating", "lift_k.cooling"):
        figure = found[f"plant/{name}"]
        assert figure.value is None
        assert figure.reason.en == "heat or electricity is not known in the window"
    balance = found["plant/ground_extracted_kwh.heat_pumps"]
    assert (balance.value, balance.reason.en) == (None, "no usable readings in this span")
    gap = found["plant/ground_difference_kwh.extracted"]
    assert (gap.value, gap.reason.en) == (None, "no usable readings in this span")
