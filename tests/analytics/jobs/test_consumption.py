from datetime import date

import pytest

from analytics.buckets import day_start
from analytics.jobs.consumption import statement
from analytics.jobs.statement import Line, Statement
from collector.errors import ConfigError
from tests.analytics.jobs.metered_site import HOURS, OCTOBER, RATES, ZONE, Silence, content, run

DAY_PRICE = 2 * 1.28 + 6 * 1.07 + 8 * 0.72 + 8 * 0.35
"""Of one kWh in every hour of a day. [CNY]"""


def stated(folder, *silences, site=None, span=OCTOBER) -> Statement:
    async def job(opened):
        return await statement(opened.configuration, opened.readings, span)

    return run(folder, site or content(), job, *silences)


def line(stated: Statement, medium: str, item: str = "") -> Line:
    return next(each for each in stated.lines if (each.medium, each.item) == (medium, item))


@pytest.fixture(scope="module")
def october(tmp_path_factory) -> Statement:
    return stated(tmp_path_factory.mktemp("october"))


@pytest.mark.parametrize(
    ("medium", "item", "rate", "unit"),
    [
        ("electricity", "", 100.0, "kWh"),
        ("electricity", "A", 40.0, "kWh"),
        ("electricity", "B", 70.0 - 20.0, "kWh"),
        ("electricity", "rest", 100.0 - 40.0 - 50.0, "kWh"),
        ("heat", "", 200.0, "kWh"),
        ("gas", "", 2.0, "m³"),
        ("water", "", 1.0, "m³"),
    ],
)
def test_each_line_counts_what_its_meters_counted(october, medium, item, rate, unit):
    amount = line(october, medium, item).amount
    assert amount.value == pytest.approx(rate * HOURS, rel=1e-6)
    assert (amount.unit, amount.coverage, amount.reason) == (unit, 1.0, None)


def test_items_and_rest_make_up_the_account(october):
    parts = [line(october, "electricity", item) for item in ("A", "B", "rest")]
    whole = line(october, "electricity")
    for place, figure in enumerate(whole.figures):
        values = [part.figures[place].value for part in parts]
        assert sum(values) == pytest.approx(figure.value, rel=1e-9)


def test_a_month_is_priced_by_the_hours_of_its_use(october):
    its = line(october, "electricity")
    assert its.cost.value == pytest.approx(100 * 31 * DAY_PRICE, rel=1e-6)
    assert {part.period: round(part.energy) for part in its.priced.parts} == {
        "sharp": 6200, "peak": 18600, "flat": 24800, "valley": 24800,
    }  # fmt: skip
    assert line(october, "water").cost.value == pytest.approx(744 * 4.2, rel=1e-6)
    assert [tariff.id for tariff in october.tariffs] == ["tou", "gas", "water"]


def test_coal_and_carbon_are_those_of_the_sets_of_the_site(october):
    electricity, gas = line(october, "electricity"), line(october, "gas")
    assert electricity.coal.value == pytest.approx(74_400 * 0.1229 / 1000, rel=1e-6)
    assert electricity.carbon.value == pytest.approx(74_400 * 0.5306 / 1000, rel=1e-6)
    assert gas.coal.value == pytest.approx(1488 * 1.2143 / 1000, rel=1e-6)
    assert gas.carbon.value == pytest.approx(1488 * 2.16 / 1000, rel=1e-6)
    assert (
        "0.5306 kgCO2/kWh (cn-grid-2023-national" in electricity.carbon.inputs.constants["carbon"]
    )


def test_what_has_no_factor_has_no_number(october):
    water = line(october, "water")
    assert water.carbon.value is None
    assert "no factor for fresh_water" in water.carbon.reason.en
    assert water.coal.value == pytest.approx(744 * 0.2571 / 1000, rel=1e-6)


def test_heat_of_the_own_plant_is_shown_and_not_counted_again(october):
    heat = line(october, "heat")
    assert heat.amount.name == "heat_delivered_kwh"
    assert (heat.cost.value, heat.coal.value, heat.carbon.value) == (None, None, None)
    assert heat.coal.reason.en.startswith("made on the site")


def test_totals_are_those_of_what_is_purchased_without_water_in_the_energy(october):
    totals = {each.name: each for each in october.totals}
    lines = [line(october, medium) for medium in ("electricity", "gas", "water")]
    assert totals["total_cny"].value == pytest.approx(sum(each.cost.value for each in lines))
    assert totals["total_tce"].value == pytest.approx(sum(each.coal.value for each in lines[:2]))
    assert totals["total_tco2"].value == pytest.approx(sum(each.carbon.value for each in lines[:2]))


def test_indicators_are_per_square_metre(october):
    found = {each.name: each for each in october.indicators}
    assert found["electricity_kwh_per_m2"].value == pytest.approx(74.4, rel=1e-6)
    assert found["total_kgce_per_m2"].unit == "kgce/m²"
    total = next(each for each in october.totals if each.name == "total_tce")
    assert found["total_kgce_per_m2"].value == pytest.approx(total.value)


def test_two_accounts_of_one_medium_are_told_apart_and_added(tmp_path):
    site = content()
    site["accounts"].append({"medium": "electricity", "meters": ["e-server"]})
    result = stated(tmp_path, site=site)
    names = [each.amount.name for each in result.lines if each.medium == "electricity"]
    assert names[0] == "electricity_kwh"
    assert names[-1] == "electricity_2_kwh"
    per_area = next(e for e in result.indicators if e.name == "electricity_kwh_per_m2")
    assert per_area.value == pytest.approx((100 + 20) * HOURS / 1000, rel=1e-6)


def test_without_a_floor_area_there_is_no_indicator(tmp_path):
    site = content()
    del site["buildings"][0]["area_m2"]
    result = stated(tmp_path, site=site)
    assert {each.value for each in result.indicators} == {None}
    assert result.indicators[0].reason.en == "no floor area is given for tower"


def test_every_figure_has_a_name_of_its_own_and_says_where_it_is_from(october):
    figures = list(october.figures)
    assert len({figure.name for figure in figures}) == len(figures)
    assert all((figure.value is None) == (figure.reason is not None) for figure in figures)
    amount = line(october, "electricity", "B").amount
    assert amount.inputs.points == ("e-hvac/energy_kwh", "e-server/energy_kwh")
    assert "@" in amount.inputs.registers[0]
    assert amount.inputs.version


def test_a_meter_errs_the_same_way_all_month(october):
    """Class 1, the assumed one of an electricity meter: 1 %/√3, k = 2, and the register's step."""
    amount = line(october, "electricity").amount
    assert amount.uncertainty == pytest.approx(2 * 744.0 / 3**0.5, rel=1e-4)
    assert amount.dominant == "e-main:class"
    assert amount.inputs.constants["e-main:assumed"] == "class 1"


def test_independent_meters_add_in_quadrature_and_a_cost_errs_as_its_energy(october):
    rest = line(october, "electricity", "rest")
    each = [rate * HOURS for rate in (100, 40, 70, 20)]
    assert rest.amount.uncertainty == pytest.approx(
        2 * 0.01 / 3**0.5 * sum(e**2 for e in each) ** 0.5, rel=1e-4
    )
    whole = line(october, "electricity")
    share = whole.amount.uncertainty / whole.amount.value
    assert whole.cost.uncertainty / whole.cost.value == pytest.approx(share)
    assert whole.coal.uncertainty / whole.coal.value == pytest.approx(share)


def test_heat_carries_the_limits_of_its_class_at_its_flow_and_difference(october):
    """Class 2 without qp: flow 5 %; 3 K pair 0.5 + 9/5 %; calculator 0.5 + 3/5 %."""
    heat = line(october, "heat").amount
    share = 2 / 3**0.5 * (5.0**2 + 2.3**2 + 1.1**2) ** 0.5 / 100
    assert heat.uncertainty / heat.value == pytest.approx(share, rel=1e-3)
    assert heat.dominant == "h-a:flow"


def test_the_share_that_nobody_meters_is_told(october):
    (check,) = october.checks
    assert check.name == "electricity_unmetered_share"
    assert check.value == pytest.approx(0.1, rel=1e-6)
    assert [each.code for each in october.findings] == ["account.closure"]


def test_a_silent_day_has_energy_and_no_hourly_price(tmp_path):
    """The register counts on over 30 h; nobody knows in which period how much was used."""
    its = line(stated(tmp_path, Silence("e-main", 100, 130)), "electricity")
    assert its.amount.value == pytest.approx(74_400, rel=1e-6)
    assert its.amount.coverage == 1.0
    assert its.priced.straddling == pytest.approx(3000, rel=0.02)
    assert its.priced.energy + its.priced.straddling == pytest.approx(74_400, rel=1e-6)
    assert its.cost.coverage == pytest.approx(1 - 30 / 744, rel=1e-3)
    assert [finding.code for finding in its.cost.findings] == ["cost.unpriced"]


def test_a_silent_item_is_bridged_on_both_sides_of_a_difference(tmp_path):
    result = stated(tmp_path, Silence("e-light", 100, 130))
    rest = line(result, "electricity", "rest")
    assert rest.amount.value == pytest.approx(7440, rel=1e-4)
    assert next(m for m in result.meters if m.device == "e-light").bridged == pytest.approx(
        30 / 744, rel=0.02
    )


def test_a_meter_that_begins_late_covers_a_part(tmp_path):
    result = stated(tmp_path, Silence("e-main", -1, 372))
    its = line(result, "electricity")
    assert its.amount.coverage == pytest.approx(0.5, abs=0.001)
    assert its.amount.value == pytest.approx(37_200, rel=0.001)
    assert "consumption.partial" in [finding.code for finding in its.amount.findings]
    assert line(result, "electricity", "rest").amount.value == pytest.approx(3720, rel=0.001)
    assert result.checks[0].value == pytest.approx(0.1, rel=0.001)


def test_a_meter_without_readings_is_no_zero(tmp_path):
    result = stated(tmp_path, Silence("g-1", -1, 800))
    gas = line(result, "gas")
    assert [figure.value for figure in gas.figures] == [None] * 4
    assert gas.amount.coverage == 0.0
    assert "g-1" in gas.amount.reason.zh
    total = next(each for each in result.totals if each.name == "total_tce")
    assert total.value is None
    assert "gas_tce" in total.reason.en


def test_a_summer_without_gas_is_a_real_zero(tmp_path, monkeypatch):
    monkeypatch.setitem(RATES, "g-1", {"volume_m3": 0.0})
    gas = line(stated(tmp_path), "gas")
    assert [figure.value for figure in gas.figures] == [0.0] * 4


def test_days_without_a_tariff_are_named_and_not_priced(tmp_path):
    site = content()
    site["tariffs"][0]["valid_from"] = "2026-10-11"
    result = stated(tmp_path, site=site)
    its = line(result, "electricity")
    assert its.priced.untariffed == pytest.approx(24_000, rel=1e-6)
    assert its.cost.value == pytest.approx(100 * 21 * DAY_PRICE, rel=1e-6)
    finding = next(each for each in result.findings if each.code == "tariff.uncovered")
    assert finding.evidence["last"] == "2026-10-10"


def test_without_any_tariff_there_is_no_cost(tmp_path):
    its = line(stated(tmp_path, site=content() | {"tariffs": []}), "water")
    assert (its.cost.value, its.cost.reason.en) == (None, "no tariff for water is in force")


def test_assumed_prices_are_said_to_be_assumed(tmp_path):
    site = content()
    site["tariffs"][0]["status"] = "assumed"
    its = line(stated(tmp_path, site=site), "electricity")
    assert its.priced.status == "assumed"
    assert [finding.code for finding in its.cost.findings] == ["cost.assumed"]


def test_items_that_count_more_than_the_main_meter_are_a_fault(tmp_path):
    site = content()
    site["accounts"][0]["items"][1]["less"] = []
    result = stated(tmp_path, site=site)
    assert line(result, "electricity", "rest").amount.value == pytest.approx(-7440, rel=1e-6)
    assert [each.code for each in result.findings] == ["account.exceeded"]


def test_a_recalled_factor_is_said_to_be_recalled(tmp_path):
    site = content() | {"factors": {"carbon": "cn-grid-2021-national"}}
    its = line(stated(tmp_path, site=site), "electricity")
    assert [finding.code for finding in its.carbon.findings] == ["factor.unconfirmed"]


def test_an_unknown_set_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"factors\.carbon: there is no carbon set 'nowhere'"):
        stated(tmp_path, site=content() | {"factors": {"carbon": "nowhere"}})


def test_parts_of_a_month_add_up_to_it(tmp_path, october):
    """Energy over [a, c) is that over [a, b) and over [b, c)."""
    middle = day_start(date(2026, 10, 17), ZONE)

    async def job(opened):
        spans = (OCTOBER[0], middle), (middle, OCTOBER[1])
        return [await statement(opened.configuration, opened.readings, span) for span in spans]

    first, second = run(tmp_path, content(), job)
    for whole, one, two in zip(october.lines, first.lines, second.lines, strict=True):
        assert one.amount.value + two.amount.value == pytest.approx(whole.amount.value)
        if whole.cost.value is not None:
            assert one.cost.value + two.cost.value == pytest.approx(whole.cost.value)


def test_a_site_without_accounts_has_an_empty_statement(tmp_path):
    result = stated(tmp_path, site=content() | {"accounts": []})
    assert result.lines == ()
    assert [each.reason.en for each in result.totals] == ["no account of purchased energy"] * 3
