"""Key figures of the known plant, against sums of its formulas."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.buckets import day_start
from analytics.figures import Figure
from analytics.jobs.formulas import formula_of
from analytics.jobs.kpi import LEVELS, Kpi
from analytics.records import repairs
from analytics.records.acts import Act
from collector.errors import ConfigError
from tests.analytics.jobs.known_plant import (
    BEHIND,
    FIRST,
    METERS,
    QUARTER_MS,
    ZONE,
    content,
    opened,
    truth,
)

pytestmark = pytest.mark.asyncio

LAST = BEHIND - timedelta(days=1)
JANUARY = FIRST, date(2026, 1, 31)
FEBRUARY = date(2026, 2, 1), LAST
SEASON = date(2026, 1, 5), date(2026, 1, 20)


async def figures(its, first: date, last: date, levels=("plant",)) -> list[Figure]:
    kpi = Kpi(its.configuration, its.readings, its.tabulator)
    end = day_start(last + timedelta(days=1), ZONE)
    return await kpi.figures(day_start(first, ZONE), end, levels)


def named(found: list[Figure], name: str, boundary: str = "", subject: str = "plant") -> Figure:
    [figure] = [
        one
        for one in found
        if one.name == name and one.subject == subject
        and (not boundary or (one.boundary is not None and one.boundary.sepemo == boundary))
    ]  # fmt: skip
    return figure


def electricity(mode: str, meters: tuple[str, ...], first: date, last: date) -> float:
    """By hand: load by the mode of the quarter, rest by the season that the site file names."""
    its, within = truth(), truth().within(first, last)
    on = its.heat["h-load"] + its.cold["h-load"] > 0
    seasons = {
        "heating": its.within(date(2026, 1, 5), date(2026, 1, 20)),
        "cooling": its.within(date(2026, 2, 2), date(2026, 2, 20)),
    }
    used = np.add.reduce([its.electricity[name] for name in meters])
    if mode == "overall":
        return float(used[within].sum())
    of_mode = its.heating if mode == "heating" else ~its.heating
    return float(used[within & ((on & of_mode) | (~on & seasons[mode]))].sum())


INSIDE = {1: ("e-hp",), 2: ("e-hp", "e-source"), 3: ("e-hp", "e-source"),
          4: ("e-hp", "e-source", "e-load", "e-control")}  # fmt: skip


async def test_heat_and_electricity_at_every_boundary_are_sums_of_the_truth(
    plant_store, tmp_path
) -> None:
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, *JANUARY)
    within = truth().within(*JANUARY)
    heat = {
        "heating": truth().heat["h-load"][within].sum(),
        "cooling": truth().cold["h-load"][within].sum(),
    }
    heat["overall"] = heat["heating"] + heat["cooling"]
    assert named(found, "heat_kwh").value == pytest.approx(heat["heating"])
    assert named(found, "cooling_kwh").value == pytest.approx(heat["cooling"])
    assert named(found, "useful_kwh").value == pytest.approx(heat["overall"])
    for mode, letters, prefix in (
        ("heating", "H", "spf"), ("cooling", "C", "cop"), ("overall", "HC", "cop"),
    ):  # fmt: skip
        for level, meters in INSIDE.items():
            used = electricity(mode, meters, *JANUARY)
            name = f"{letters}{level}"
            told = named(found, f"electricity_{mode}_kwh", name)
            assert told.value == pytest.approx(used), name
            ratio = named(found, f"{prefix}_{mode}", name)
            assert ratio.value == pytest.approx(heat[mode] / used), name
            assert 0 < ratio.uncertainty < 0.15 * ratio.value
            assert ratio.coverage == pytest.approx(1.0)


async def test_months_add_up_and_towers_share_everything(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        whole = await figures(its, FIRST, LAST, ("plant", "tower"))
        parts = [await figures(its, *month) for month in (JANUARY, FEBRUARY)]
    for name, boundary in (
        ("heat_kwh", ""), ("cooling_kwh", ""), ("electricity_overall_kwh", "HC4"),
        ("electricity_heating_kwh", "H4"),
    ):  # fmt: skip
        months = sum(named(part, name, boundary).value for part in parts)
        assert named(whole, name, boundary).value == pytest.approx(months), name
    for name, boundary in (
        ("useful_kwh", ""), ("electricity_overall_kwh", "HC4"), ("heat_kwh", ""),
    ):  # fmt: skip
        shared = sum(named(whole, name, boundary, tower).value for tower in ("tower-a", "tower-b"))
        assert shared == pytest.approx(named(whole, name, boundary).value), name


async def test_a_towers_electricity_follows_its_heat_in_every_quarter(
    plant_store, tmp_path
) -> None:
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, FIRST, LAST, ("tower",))
    its = truth()
    taken = {name: its.heat[name] + its.cold[name] for name in ("h-a", "h-b")}
    together = taken["h-a"] + taken["h-b"]
    share = np.where(together > 0, taken["h-a"] / np.where(together > 0, together, 1),
                     taken["h-a"].sum() / together.sum())  # fmt: skip
    expected = (share * its.electricity["e-plant"]).sum()
    told = named(found, "electricity_overall_kwh", "HC4", "tower-a")
    assert told.value == pytest.approx(expected)


async def test_spf_is_said_of_whole_seasons_only(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        season = await figures(its, *SEASON)
        cut = await figures(its, SEASON[0], SEASON[1] - timedelta(days=1))
    assert named(season, "spf_heating", "H4").value is not None
    assert {one.name for one in season if one.name.startswith("spf")} == {"spf_heating"}
    assert not [one for one in cut if one.name.startswith("spf")]
    assert named(cut, "cop_heating", "H4").value is not None


async def test_both_names_of_a_boundary(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, *JANUARY)
    names = {
        (one.boundary.sepemo, one.boundary.annex52)
        for one in found if one.boundary and one.name.endswith("_heating")
    }  # fmt: skip
    assert names == {("H1", "1H"), ("H2", "2H"), ("H3", "2+H"), ("H4", "4+H")}


async def test_a_missing_meter_takes_its_boundaries_and_says_so(plant_store, tmp_path) -> None:
    site = content()
    del site["plant"]["whole"], site["plant"]["source_pumps"]
    async with opened(plant_store, tmp_path, site) as its:
        found = await figures(its, *JANUARY)
    assert named(found, "spf_heating", "H1").value is not None
    for boundary in ("H2", "H3", "H4"):
        missing = named(found, "spf_heating", boundary)
        assert missing.value is None
        assert "source pump unmetered" in missing.reason.en
        assert "源侧泵" in missing.reason.zh


async def test_a_summer_day_without_heating_has_no_heat_rather_than_no_electricity(
    plant_store, tmp_path
) -> None:
    """Both are nothing on a day of cooling; the heat is what a reader asks for."""
    cooling_day = date(2026, 1, 3)
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, cooling_day, cooling_day)
    reason = named(found, "cop_heating", "H1").reason
    assert (reason.en, reason.zh) == ("H1: no heat in the window", "H1：时段内无供热量")


async def test_a_month_with_too_many_gaps_is_partial(plant_store, tmp_path) -> None:
    """Four days of the heat meter are left out: 27 of 31 days are less than 90 %."""
    start = day_start(date(2026, 1, 10), ZONE)
    left_out = repairs.Correction("h-load", "*", start, start + 4 * 96 * QUARTER_MS, "exclude")
    async with opened(plant_store, tmp_path) as its:
        with its.records.transaction() as connection:
            repairs.add(connection, left_out, Act("Li", "meter was out", 1))
        found = await figures(its, *JANUARY)
        whole = await figures(its, *FEBRUARY)
    keep = truth().within(*JANUARY) & ~truth().within(date(2026, 1, 10), date(2026, 1, 13))
    its = truth()
    ratio = named(found, "cop_overall", "HC4")
    heat = (its.heat["h-load"] + its.cold["h-load"])[keep].sum()
    assert ratio.coverage == pytest.approx(27 / 31, abs=0.001)
    assert ratio.value == pytest.approx(heat / its.electricity["e-plant"][keep].sum(), rel=1e-3)
    for name, boundary in (("cop_overall", "HC4"), ("useful_kwh", ""), ("heat_kwh", "")):
        codes = {finding.code for finding in named(found, name, boundary).findings}
        assert "figure.partial" in codes, name
    assert "figure.partial" not in {f.code for one in whole for f in one.findings}


async def test_levels_are_told_when_they_are_asked_for(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        for level in LEVELS:
            found = await figures(its, *JANUARY, (level,))
            assert {one.level for one in found} == {level}
        [used] = [
            one for one in await figures(its, *JANUARY, ("site",))
            if one.name == "electricity_kwh"
        ]  # fmt: skip
    within = truth().within(*JANUARY)
    assert used.value == pytest.approx(truth().electricity["e-plant"][within].sum())


async def test_a_heat_pump_without_a_heat_meter_says_what_is_missing(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, *JANUARY, ("unit",))
    within = truth().within(*JANUARY)
    on = (truth().heat["h-load"] + truth().cold["h-load"])[within] > 0
    assert named(found, "starts", subject="hp-1").value == 31
    assert named(found, "run_hours_h", subject="hp-1").value == pytest.approx(on.sum() / 4)
    unknown = [one for one in found if one.name.startswith(("cop_", "spf_", "heat", "useful"))]
    assert len(unknown) > 4
    for one in unknown:
        assert (one.value, one.uncertainty) == (None, None), one.name
        assert "no interval" in one.reason.en, one.name


@pytest.mark.parametrize("described", [{}, {"load": {"heat_meter": "h-load"}}])
async def test_a_plant_of_controllers_alone_says_what_is_missing(
    plant_store, tmp_path, described
) -> None:
    bare = content() | {"plant": {"units": [{"heat_pump": "hp-1"}], **described}}
    async with opened(plant_store, tmp_path, bare) as its:
        found = await figures(its, *JANUARY, ("plant", "unit"))
    ratios = [each for each in found if each.name.startswith(("cop_", "spf_"))]
    assert ratios
    assert all(each.value is None and each.reason for each in ratios if each.subject == "plant")
    assert all(each.reason for each in found if each.value is None)


async def test_a_site_without_a_plant_has_the_level_site_only(plant_store, tmp_path) -> None:
    site = content()
    del site["plant"]
    async with opened(plant_store, tmp_path, site) as its:
        assert await figures(its, *JANUARY, ("site",))
        with pytest.raises(ConfigError, match="only the level site"):
            await figures(its, *JANUARY, ("plant",))


async def test_every_figure_without_a_value_says_why_and_every_value_where_from(
    plant_store, tmp_path
) -> None:
    async with opened(plant_store, tmp_path) as its:
        found = await figures(its, *JANUARY, LEVELS)
    keys = [(one.level, one.subject, one.name, one.boundary) for one in found]
    assert len(keys) == len(set(keys))
    for one in found:
        assert formula_of(one.name).text, one.name
        if one.value is None:
            assert one.reason is not None, one.name
            assert one.reason.zh, one.name
            assert one.reason.en, one.name
        else:
            assert np.isfinite(one.value), one.name
            assert one.inputs.version, one.name
            assert one.inputs.points, one.name


async def test_inputs_name_points_and_registers(plant_store, tmp_path) -> None:
    async with opened(plant_store, tmp_path) as its:
        inputs = named(await figures(its, *JANUARY), "cop_overall", "HC4").inputs
    assert set(inputs.points) >= {"e-plant/energy_kwh", "h-load/heat_energy_kwh"}
    assert not {point for point in inputs.points if point.split("/")[0] in METERS[1:]}
    assert any(entry.startswith("e-plant/energy_kwh @ ") for entry in inputs.registers)
    assert "k" in inputs.constants
