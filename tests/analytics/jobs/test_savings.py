"""Savings of a known building: what comes out is compared with its formula."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.buckets import day_start, local_date
from analytics.jobs import savings
from analytics.jobs.savings import SavingsRefused
from analytics.records import baselines
from analytics.records.acts import Revocation
from tests.analytics.jobs.known_building import (
    ACT,
    BASELINE,
    DAYS,
    LESS,
    NOW_MS,
    REPORTING,
    SILENT,
    STILL,
    ZONE,
    days_between,
    load,
    mean_temperature,
    only,
    opened,
    project,
    samples,
    total,
    used,
)

pytestmark = pytest.mark.asyncio


async def told(building: Path, folder: Path, **changes: object) -> savings.Outcome:
    """Declare and tell a project at once."""
    async with opened(building, folder, project(**changes)) as its:
        await savings.declare(its, only(its), ACT)
        return await savings.savings_of(its, only(its), NOW_MS)


async def refused(its, job) -> set[str]:
    """Codes with which a job is refused."""
    with pytest.raises(SavingsRefused) as caught:
        await job
    assert caught.value.project == "works"
    return {finding.code for finding in caught.value.findings}


async def test_the_building_is_recovered_and_saves_what_the_formula_says(
    building, tmp_path
) -> None:
    outcome = await told(building, tmp_path)
    model, its = outcome.model, outcome.savings
    assert model.coefficients == pytest.approx(
        {"intercept": 480.0, "beta_hdd": 24.0, "beta_cdd": 36.0}
    )
    assert model.balance_points == pytest.approx({"heating": 12.0, "cooling": 18.0})
    assert its.adjusted_baseline == pytest.approx(total(load, "e-main", REPORTING))
    assert its.observed == pytest.approx(total(used, "e-main", REPORTING))
    assert its.savings == pytest.approx((1 - LESS) * total(load, "e-main", REPORTING))
    assert its.form == "guideline14"
    assert (its.coverage, its.periods, outcome.estimated) == (1.0, 120, 0)
    assert set(outcome.points) == {"e-main/energy_kwh", "weather/outdoor_temp_c"}


async def test_only_what_has_passed_is_told(building, tmp_path) -> None:
    noon = day_start(date(2026, 1, 11), ZONE) + 12 * 3_600_000
    async with opened(building, tmp_path, project()) as its:
        await savings.declare(its, only(its), ACT)
        outcome = await savings.savings_of(its, only(its), noon)
    assert outcome.reporting.last == date(2026, 1, 10)
    passed = {"first": "2026-01-01", "last": "2026-01-10"}
    assert outcome.savings.observed == pytest.approx(total(used, "e-main", passed))


async def test_a_second_declaration_is_refused_and_changes_nothing(building, tmp_path) -> None:
    async with opened(building, tmp_path, project()) as its:
        first = await savings.declare(its, only(its), ACT)
    async with opened(building, tmp_path, project(model="5P")) as its:
        again = savings.declare(its, only(its), ACT)
        assert await refused(its, again) == {"baseline.declared-already"}
        with its.records.reading() as connection:
            assert baselines.listed(connection) == [first]


async def test_a_revoked_baseline_stays_and_another_may_follow(building, tmp_path) -> None:
    async with opened(building, tmp_path, project()) as its:
        first = await savings.declare(its, only(its), ACT)
        with its.records.transaction() as connection:
            baselines.revoke(connection, first.id, Revocation("Li", "wrong meter", NOW_MS))
        retrofit = only(its)
        assert await refused(its, savings.savings_of(its, retrofit, NOW_MS)) == {
            "baseline.undeclared"
        }
        second = await savings.declare(its, retrofit, ACT)
        with its.records.reading() as connection:
            old, new = baselines.listed(connection, "works")
    assert (old.id, new) == (first.id, second)
    assert old.act.revoked == Revocation("Li", "wrong meter", NOW_MS)
    assert old.frozen == first.frozen


async def test_data_that_came_later_are_told_and_the_model_stays(building, tmp_path) -> None:
    """Three days of the heat meter are only read after the declaration."""
    heat = project(meters=["h-a"], medium="heat")
    async with opened(building, tmp_path, heat) as its:
        declared = await savings.declare(its, only(its), ACT)
        before = await savings.savings_of(its, only(its), NOW_MS)
        late = [
            s for s in samples("h-a", DAYS) if SILENT.first <= local_date(s.at, ZONE) <= SILENT.last
        ]
        assert len(late) == 72
        await its.store.write(late)
        after = await savings.savings_of(its, only(its), NOW_MS)
    assert "baseline.data-changed" not in {f.code for f in before.savings.findings}
    assert "baseline.data-changed" in {f.code for f in after.savings.findings}
    assert (after.baseline, after.model) == (declared, before.model)
    assert after.savings.savings == before.savings.savings


@pytest.mark.parametrize(
    "change",
    [
        {"model": "3PC"},
        {"meters": ["e-office"]},
        {"baseline": {"first": "2025-02-01", "last": "2025-12-31"}},
    ],
)
async def test_another_site_file_cannot_move_a_declared_baseline(
    building, tmp_path, change
) -> None:
    async with opened(building, tmp_path, project()) as its:
        await savings.declare(its, only(its), ACT)
        before = await savings.savings_of(its, only(its), NOW_MS)
    async with opened(building, tmp_path, project(**change)) as its:
        after = await savings.savings_of(its, only(its), NOW_MS)
    [finding] = [f for f in after.savings.findings if f.code == "baseline.site-file-differs"]
    assert next(iter(change)) in finding.sentence.en
    assert after.savings.savings == before.savings.savings


async def test_a_reporting_period_that_reaches_into_the_baseline_is_refused(
    building, tmp_path
) -> None:
    """The site file moves both periods; the declared baseline does not move with them."""
    async with opened(building, tmp_path, project()) as its:
        await savings.declare(its, only(its), ACT)
    moved = project(
        baseline={"first": "2024-07-01", "last": "2025-06-30"},
        reporting={"first": "2025-10-01", "last": "2026-04-30"},
    )
    async with opened(building, tmp_path, moved) as its:
        job = savings.savings_of(its, only(its), NOW_MS)
        assert await refused(its, job) == {"periods.overlap"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"baseline": {"first": "2025-02-01", "last": "2025-12-31"}}, "baseline.too-short"),
        (
            {
                "model": "caltrack_billing",
                "baseline": {"first": "2025-03-01", "last": "2025-12-31"},
            },
            "baseline.too-short",
        ),
        (
            {
                "model": "caltrack_billing",
                "baseline": {"first": "2025-01-10", "last": "2025-12-31"},
            },
            "billing.period-length",
        ),
        ({"baseline": {"first": "2024-06-01", "last": "2025-05-31"}}, "baseline.missing-days"),
    ],
)
async def test_a_baseline_that_the_data_cannot_carry_is_refused_by_name(
    building, tmp_path, changes, code
) -> None:
    async with opened(building, tmp_path, project(**changes)) as its:
        assert code in await refused(its, savings.declare(its, only(its), ACT))
        with its.records.reading() as connection:
            assert baselines.listed(connection) == []


async def test_before_the_declaration_and_before_the_reporting_period(building, tmp_path) -> None:
    async with opened(building, tmp_path, project()) as its:
        job = savings.savings_of(its, only(its), NOW_MS)
        assert await refused(its, job) == {"baseline.undeclared"}
        await savings.declare(its, only(its), ACT)
        first = day_start(date(2026, 1, 1), ZONE)
        job = savings.savings_of(its, only(its), first + 3_600_000)
        assert await refused(its, job) == {"savings.too-early"}


async def test_a_summer_without_heat_is_a_summer_and_gap_days_are_gaps(building, tmp_path) -> None:
    """The heat meter's zeros stay; only the days that nobody has read are missing."""
    outcome = await told(building, tmp_path, meters=["h-a"], medium="heat")
    year = days_between(BASELINE["first"], BASELINE["last"])
    zeros = sum(load("h-a", day) == 0.0 for day in year)
    assert zeros > 100
    assert outcome.model.n == 365 - 3
    assert outcome.model.coefficients == pytest.approx(
        {"intercept": 0.0, "beta_hdd": 60.0}, abs=1e-6
    )
    assert outcome.savings.savings == pytest.approx(0.1 * total(load, "h-a", REPORTING))


async def test_a_main_meter_that_stood_still_is_a_gap_and_a_sub_meter_was_off(
    building, tmp_path
) -> None:
    assert STILL in days_between(BASELINE["first"], BASELINE["last"])
    main = await told(building, tmp_path / "main")
    office = await told(building, tmp_path / "office", meters=["e-office"], model="2P")
    assert (main.model.n, office.model.n) == (364, 365)


async def test_bills_are_calendar_months(building, tmp_path) -> None:
    outcome = await told(
        building, tmp_path, model="caltrack_billing", meters=["h-a"], medium="heat"
    )
    assert (outcome.model.n, outcome.savings.periods) == (12, 4)
    assert outcome.savings.observed == pytest.approx(total(used, "h-a", REPORTING))
    assert outcome.savings.savings == pytest.approx(0.1 * total(load, "h-a", REPORTING), rel=0.02)


async def test_weekdays_are_told_apart_by_towt(building, tmp_path) -> None:
    outcome = await told(building, tmp_path, meters=["e-office"], model="towt_daily")
    flat = await told(building, tmp_path / "flat", meters=["e-office"], model="2P")
    assert outcome.model.cv_rmse < 0.1 < flat.model.cv_rmse
    expected = 0.1 * total(load, "e-office", REPORTING)
    assert outcome.savings.savings == pytest.approx(expected, rel=0.05)


async def test_change_points_are_found_where_they_are(building, tmp_path) -> None:
    outcome = await told(building, tmp_path, model="5P")
    temperatures = [mean_temperature(day) for day in DAYS[:365]]
    assert min(temperatures) < 12 < 18 < max(temperatures)
    assert sorted(outcome.model.balance_points.values()) == pytest.approx([12.0, 18.0], abs=1e-6)
    assert outcome.savings.savings == pytest.approx(0.1 * total(load, "e-main", REPORTING))


FLOOR = {
    "span": {"first": "2026-02-01", "last": "2026-02-10"}, "per_day": -25.0,
    "reason": "a floor stood empty", "author": "Li",
}  # fmt: skip


async def test_a_stated_change_moves_the_baseline_by_what_it_says(building, tmp_path) -> None:
    plain = await told(building, tmp_path / "plain")
    changed = await told(building, tmp_path / "changed", adjustments=[FLOOR])
    [effect] = changed.savings.adjustments
    assert (effect.effect, effect.days, effect.author) == (-250.0, 10.0, "Li")
    assert changed.savings.savings == pytest.approx(plain.savings.savings - 250.0)


async def test_a_change_stated_after_the_declaration_counts_and_is_no_other_baseline(
    building, tmp_path
) -> None:
    async with opened(building, tmp_path, project()) as its:
        await savings.declare(its, only(its), ACT)
    async with opened(building, tmp_path, project(adjustments=[FLOOR], confidence=0.8)) as its:
        outcome = await savings.savings_of(its, only(its), NOW_MS)
    assert [each.effect for each in outcome.savings.adjustments] == [-250.0]
    assert outcome.savings.confidence == 0.8
    assert not {f.code for f in outcome.savings.findings if f.code.startswith("baseline.")}


async def test_bills_cannot_tell_days_of_a_change(building, tmp_path) -> None:
    bills = project(model="caltrack_billing", meters=["h-a"], medium="heat", adjustments=[FLOOR])
    async with opened(building, tmp_path, bills) as its:
        await savings.declare(its, only(its), ACT)
        job = savings.savings_of(its, only(its), NOW_MS)
        assert await refused(its, job) == {"savings.adjustment-by-bill"}


async def test_the_same_data_declared_anew_give_the_same_model(building, tmp_path) -> None:
    one = await told(building, tmp_path / "one")
    other = await told(building, tmp_path / "other")
    assert one.baseline.frozen == other.baseline.frozen
    assert np.isfinite(one.savings.uncertainty)
