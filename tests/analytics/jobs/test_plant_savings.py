"""Option B on the known plant: against a regression that is done here by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.jobs import savings
from analytics.jobs.rollup import RollUp
from analytics.jobs.savings import SavingsRefused
from analytics.records import exchanges, repairs
from analytics.records.acts import Act
from tests.analytics.jobs.known_plant import (
    BETTER_FROM,
    FIRST,
    LESS,
    QUARTER_MS,
    RATED_KW,
    ZONE,
    content,
    opened,
    truth,
)

pytestmark = pytest.mark.asyncio

LAST = date(2026, 2, 28)
BEFORE = BETTER_FROM - timedelta(days=1)
NOW_MS = day_start(date(2026, 3, 10), ZONE)
ACT = Act("Wang", "before the works", NOW_MS)
RETROFIT = {
    "id": "vsd", "name": {"zh": "变频", "en": "Drives"}, "option": "B", "model": "plant",
    "baseline": {"first": FIRST.isoformat(), "last": BEFORE.isoformat()},
    "reporting": {"first": BETTER_FROM.isoformat(), "last": LAST.isoformat()},
}  # fmt: skip


def site(**changes: object) -> dict:
    return content() | {"retrofits": [RETROFIT | changes]}


def only(its):
    [retrofit] = its.configuration.settings.retrofits
    return retrofit


async def told(store, folder, changed: dict | None = None):
    async with opened(store, folder, changed or site()) as its:
        await savings.declare(its, only(its), ACT)
        return await savings.savings_of(its, only(its), NOW_MS)


def hourly(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, 4).sum(axis=1)


def by_hand() -> float:
    """Adjusted baseline of the reporting period, from the truth by plain least squares. [kWh]"""
    its = truth()
    before = its.within(FIRST, BEFORE).reshape(-1, 4).all(axis=1)
    used = hourly(its.electricity["e-plant"])
    output = hourly(its.heat["h-load"] + its.cold["h-load"])
    idle = output < 0.02 * RATED_KW
    expected = used[idle & before].mean() * (idle & ~before).sum()
    lifts = np.abs(its.supply - its.entering).reshape(-1, 4).mean(axis=1)
    for mode in (its.heat, its.cold):
        runs = hourly(mode["h-load"]) >= 0.02 * RATED_KW
        columns = np.column_stack((np.ones(output.size), lifts, output / RATED_KW))
        fit, then = runs & before, runs & ~before
        root = np.sqrt(used[fit])
        logarithm = np.log(output[fit] / used[fit])
        solution = np.linalg.lstsq(columns[fit] * root[:, None], logarithm * root)[0]
        own = output / np.exp(columns @ solution)
        expected += own[then].sum() * used[fit].sum() / own[fit].sum()
    return float(expected)


async def test_savings_are_those_of_a_regression_by_hand(plant_store, tmp_path) -> None:
    outcome = await told(plant_store, tmp_path)
    its, after = truth(), truth().within(BETTER_FROM, LAST)
    observed = its.electricity["e-plant"][after].sum()
    assert outcome.savings.observed == pytest.approx(observed)
    assert outcome.savings.adjusted_baseline == pytest.approx(by_hand(), rel=1e-9)
    hp = its.electricity["e-hp"][after]
    true = (hp[hp > 0.1] * (1 / LESS - 1)).sum()
    assert abs(outcome.savings.savings - true) < outcome.savings.uncertainty
    assert outcome.savings.savings == pytest.approx(true, rel=0.1)
    assert (outcome.savings.form, outcome.savings.coverage) == ("plant", 1.0)


async def test_it_is_told_at_the_widest_boundary_of_the_plant_room(plant_store, tmp_path) -> None:
    model = (await told(plant_store, tmp_path)).model
    assert (model.boundary, model.electricity_of, model.heat_of) == ("HC4", "e-plant", "h-load")
    assert (model.model, model.rated_kw) == ("heating+cooling", RATED_KW)
    assert "baseline.short" in {finding.code for finding in model.findings}


async def test_without_load_pumps_the_boundary_is_narrower(plant_store, tmp_path) -> None:
    changed = site()
    del changed["plant"]["whole"], changed["plant"]["load_pumps"]
    model = (await told(plant_store, tmp_path, changed)).model
    assert (model.boundary, model.electricity_of) == ("HC3", "e-hp + e-source")


async def test_another_boundary_after_the_declaration_is_refused(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path, site()) as its:
        await savings.declare(its, only(its), ACT)
    changed = site()
    del changed["plant"]["whole"], changed["plant"]["load_pumps"]
    async with opened(plant_store, tmp_path, changed) as its:
        with pytest.raises(SavingsRefused, match="Boundary HC4 cannot be claimed") as caught:
            await savings.savings_of(its, only(its), NOW_MS)
    assert [each.code for each in caught.value.findings] == ["savings.boundary"]


async def test_another_heat_meter_after_the_declaration_is_refused(plant_store, tmp_path) -> None:
    """Its errors are others, and so may be what flows through it."""
    async with opened(plant_store, tmp_path, site()) as its:
        await savings.declare(its, only(its), ACT)
    changed = site()
    changed["plant"] |= {"load": {"heat_meter": "h-a"}, "serves": []}
    async with opened(plant_store, tmp_path, changed) as its:
        with pytest.raises(SavingsRefused, match="its meters are others now") as caught:
            await savings.savings_of(its, only(its), NOW_MS)
    assert [each.code for each in caught.value.findings] == ["savings.boundary"]


async def test_changed_data_are_told_and_the_model_stays(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path, site()) as its:
        await savings.declare(its, only(its), ACT)
        before = await savings.savings_of(its, only(its), NOW_MS)
        noon = day_start(date(2026, 1, 10), ZONE) + 48 * QUARTER_MS
        left_out = repairs.Correction("h-load", "*", noon, noon + 8 * QUARTER_MS, "exclude")
        with its.records.transaction() as connection:
            repairs.add(connection, left_out, ACT)
        after = await savings.savings_of(its, only(its), NOW_MS)
    assert "baseline.data-changed" not in {each.code for each in before.savings.findings}
    assert "baseline.data-changed" in {each.code for each in after.savings.findings}
    assert after.model == before.model
    assert after.savings.savings == before.savings.savings


async def test_roll_ups_made_meanwhile_are_no_other_data(plant_store, tmp_path) -> None:
    """Declared on raw data, told from roll-ups: sums that were cut otherwise are the same sums."""
    async with opened(plant_store, tmp_path, site()) as its:
        await savings.declare(its, only(its), ACT)
        await RollUp(its.configuration, its.store, its.rollups, its.records).catch_up(NOW_MS)
        outcome = await savings.savings_of(its, only(its), NOW_MS)
    assert "baseline.data-changed" not in {each.code for each in outcome.savings.findings}


async def test_new_meters_err_on_their_own(plant_store, tmp_path) -> None:
    """An exchanged heat meter no longer cancels: the band grows by both meters' errors."""
    async with opened(plant_store, tmp_path, site()) as its:
        await savings.declare(its, only(its), ACT)
        same = await savings.savings_of(its, only(its), NOW_MS)
        change = exchanges.Change("h-load", day_start(BETTER_FROM, ZONE))
        with its.records.transaction() as connection:
            exchanges.add(connection, change, ACT)
        other = await savings.savings_of(its, only(its), NOW_MS)
    assert other.savings.savings == pytest.approx(same.savings.savings, rel=0.02)
    assert other.savings.uncertainty > 1.5 * same.savings.uncertainty


async def test_stated_changes_count_by_the_days_that_are_known(plant_store, tmp_path) -> None:
    plain = await told(plant_store, tmp_path / "plain")
    stated = {
        "span": {"first": "2026-02-20", "last": "2026-02-23"}, "per_day": 12.0,
        "reason": "a kitchen more", "author": "Li",
    }  # fmt: skip
    changed = await told(plant_store, tmp_path / "changed", site(adjustments=[stated]))
    [effect] = changed.savings.adjustments
    assert (effect.days, effect.effect) == (4.0, 48.0)
    assert changed.savings.savings == pytest.approx(plain.savings.savings + 48.0)


async def test_points_are_those_that_hours_are_made_of(plant_store, tmp_path) -> None:
    outcome = await told(plant_store, tmp_path)
    assert {point.split("/")[0] for point in outcome.points} == {"e-plant", "h-load", "h-source"}


async def test_without_a_loop_meter_the_heat_pumps_tell_the_ground(plant_store, tmp_path) -> None:
    changed = site()
    del changed["plant"]["source"]
    one = await told(plant_store, tmp_path / "one")
    other = await told(plant_store, tmp_path / "other", changed)
    assert other.savings.savings == pytest.approx(one.savings.savings)
    for side in ("heating", "cooling"):
        expected = one.model.line(side).coefficients
        assert other.model.line(side).coefficients == pytest.approx(expected)
