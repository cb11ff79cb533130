"""The ground's figures of the known plant, against sums of its formulas."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.figures import Figure
from analytics.jobs.kpi import Kpi
from tests.analytics.jobs.known_plant import BEHIND, FIRST, START, ZONE, content, opened, truth

pytestmark = pytest.mark.asyncio

LAST = BEHIND - timedelta(days=1)
FIELD = {
    "bores": 40, "depth_m": 100, "conductivity_w_mk": 2.1, "capacity_mj_m3k": 2.3,
    "resistance_mk_w": 0.1,
}  # fmt: skip


async def told(
    store, folder, first: date = FIRST, last: date = LAST, site: dict | None = None,
    level: str = "plant",
) -> dict[tuple[str, str], Figure]:  # fmt: skip
    async with opened(store, folder, site) as its:
        kpi = Kpi(its.configuration, its.readings, its.tabulator)
        end = day_start(last + timedelta(days=1), ZONE)
        found = await kpi.figures(day_start(first, ZONE), end, [level])
    return {(one.subject, one.name): one for one in found}


async def test_both_ways_are_sums_of_the_truth(plant_store, tmp_path) -> None:
    site = content()
    site["plant"]["bore_field"] = FIELD
    found, its = await told(plant_store, tmp_path, site=site), truth()
    expected = {"extracted": its.heat["h-source"].sum(), "rejected": its.cold["h-source"].sum()}
    for way in ("loop_meter", "heat_pumps"):
        for side, energy in expected.items():
            figure = found["plant", f"ground_{side}_kwh.{way}"]
            assert figure.value == pytest.approx(energy)
            assert 0.0 < figure.uncertainty < 0.15 * figure.value
            assert figure.coverage == 1.0
            per_metre = found["plant", f"ground_{side}_kwh_m.{way}"]
            assert per_metre.value == pytest.approx(energy / 4000.0)
        net = expected["extracted"] - expected["rejected"]
        assert found["plant", f"ground_net_kwh.{way}"].value == pytest.approx(net)
        eta = found["plant", f"ground_imbalance.{way}"]
        assert eta.value == pytest.approx(net / max(expected.values()))
        assert [finding.code for finding in eta.findings] == ["ground.less-than-a-year"]
    for side in expected:
        gap = found["plant", f"ground_difference_kwh.{side}"]
        assert gap.value == pytest.approx(0.0, abs=1e-3)
        assert gap.findings == ()


async def test_temperatures_are_those_while_heat_is_exchanged(plant_store, tmp_path) -> None:
    found, its = await told(plant_store, tmp_path), truth()
    heat, cold = its.heat["h-source"], its.cold["h-source"]
    used = heat + cold > 0.0
    expected = {
        "lowest": its.entering[used].min(),
        "highest": its.entering[used].max(),
        "mean": np.average(its.entering, weights=heat + cold),
        "heating_mean": np.average(its.entering, weights=heat),
        "cooling_mean": np.average(its.entering, weights=cold),
    }
    for name, value in expected.items():
        figure = found["plant", f"ground_entering_c.{name}"]
        assert figure.value == pytest.approx(value), name
        assert figure.uncertainty == pytest.approx(2.0 * 0.3 / np.sqrt(3.0))  # ± 0.3 K, assumed


async def test_the_net_is_counted_from_the_first_stored_day_on(plant_store, tmp_path) -> None:
    found = await told(plant_store, tmp_path, date(2026, 2, 10), LAST)
    figure, its = found["plant", "ground_cumulative_net_kwh.loop_meter"], truth()
    assert figure.value == pytest.approx((its.heat["h-source"] - its.cold["h-source"]).sum())
    assert figure.start == START
    assert figure.uncertainty > found["plant", "ground_net_kwh.loop_meter"].uncertainty


async def test_a_heat_pump_has_its_own_balance(plant_store, tmp_path) -> None:
    site = content()
    site["plant"]["units"][0]["heat_meter"] = "h-load"
    found, its = await told(plant_store, tmp_path, site=site, level="unit"), truth()
    for side, energy in (("extracted", its.heat), ("rejected", its.cold)):
        figure = found["hp-1", f"ground_{side}_kwh.heat_pumps"]
        assert figure.value == pytest.approx(energy["h-source"].sum())
    residual = found["hp-1", "closure_residual_kwh"]
    assert residual.value is None
    assert residual.reason.en.endswith("not all measured")


async def test_without_a_loop_meter_the_reason_stands_in_its_place(plant_store, tmp_path) -> None:
    site = content()
    del site["plant"]["source"]
    found = await told(plant_store, tmp_path, site=site)
    for name in (
        "ground_extracted_kwh.loop_meter", "ground_difference_kwh.extracted",
        "ground_cumulative_net_kwh.loop_meter", "closure_residual_kwh",
    ):  # fmt: skip
        figure = found["plant", name]
        assert figure.value is None, name
        assert figure.reason is not None
        assert figure.reason.zh
    assert found["plant", "ground_extracted_kwh.heat_pumps"].value > 0.0
    assert found["plant", "ground_entering_c.mean"].value is not None


async def test_short_spans_are_told_no_future(plant_store, tmp_path) -> None:
    found = await told(plant_store, tmp_path)
    future = [figure for (_, name), figure in found.items() if name.startswith("ground_forecast")]
    assert [(figure.name, figure.value) for figure in future] == [("ground_forecast_c", None)]
    assert "300" in future[0].reason.zh


async def test_the_first_law_of_the_plant_holds(plant_store, tmp_path) -> None:
    """Drives lose nothing here, so the residual is what was taken to be lost."""
    found, its = await told(plant_store, tmp_path), truth()
    on = its.heat["h-load"] + its.cold["h-load"] > 0.0
    for mode, heats in (("heating", its.heating), ("cooling", ~its.heating)):
        figure = found["plant", f"closure_residual_kwh.{mode}"]
        used = its.electricity["e-hp"][on & heats].sum()
        assert figure.value == pytest.approx(0.03 * used, rel=1e-3)
        assert abs(figure.value) < figure.uncertainty
        share = found["plant", f"closure_share_beyond.{mode}"]
        assert share.value == 0.0
        assert share.findings == ()
        assert found["plant", f"closure_p.{mode}"].findings == ()
    assert "plant" in {subject for subject, name in found if name == "closure_p.both"}


async def test_a_loop_meter_that_counts_for_water_is_corrected_for_the_brine_and_says_so(
    plant_store, tmp_path
) -> None:
    """25 % ethylene glycol holds some 7 % less heat than water; with water nothing is done."""
    raw = await told(plant_store, tmp_path)
    site = content()
    site["plant"]["source"] |= {"fluid": "ethylene_glycol", "mass_fraction": 0.25}
    found = await told(plant_store, tmp_path / "brine", site=site)
    for side in ("extracted", "rejected"):
        name = ("plant", f"ground_{side}_kwh.loop_meter")
        assert raw[name].findings == ()
        assert 0.91 < found[name].value / raw[name].value < 0.96
        assert [one.code for one in found[name].findings] == ["heat.fluid-corrected"]
        # the machines' balance does not know the loop's fluid
        other = ("plant", f"ground_{side}_kwh.heat_pumps")
        assert found[other].value == pytest.approx(raw[other].value)
        assert found[other].findings == ()
    site["devices"] = [
        one | {"accuracy": {"fluid": "ethylene_glycol"}} if one["id"] == "h-source" else one
        for one in site["devices"]
    ]
    right = await told(plant_store, tmp_path / "set", site=site)
    name = ("plant", "ground_extracted_kwh.loop_meter")
    assert right[name].value == pytest.approx(raw[name].value)
    assert right[name].findings == ()
