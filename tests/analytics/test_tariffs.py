from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.buckets import day_start, edges
from analytics.series import HOUR_MS
from analytics.tariffs import cost, in_force, total, uncovered, weakest
from collector.accounts import Tariff

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 10, 5)
PRICES = {"sharp": 1.28, "peak": 1.07, "flat": 0.72, "valley": 0.35}
HOURS = {
    "sharp": ("20:00-22:00",),
    "peak": ("09:00-15:00",),
    "valley": ("23:00-07:00",),
}


def tariff(name="demo", **changes):
    fields = {
        "id": name, "medium": "electricity", "valid_from": date(2020, 1, 1), "source": "contract",
        "prices": PRICES, "hours": HOURS,
    }  # fmt: skip
    return Tariff(**(fields | changes))


def flat(name, price, **changes):
    return tariff(name, prices={"flat": price}, hours={}, **changes)


def hours_of(day=DAY, zone=SHANGHAI, days=1):
    last = day_start(day + timedelta(days=days), zone)
    return edges(day_start(day, zone), last, "1h", zone)


def priced(buckets, energy, *tariffs, zone=SHANGHAI):
    return cost(buckets, np.asarray(energy, dtype=float), tariffs, "electricity", zone)


def by_period(result):
    return {part.period: part.energy for part in result.parts}


def test_each_hour_costs_what_its_period_costs():
    """A kWh in every hour: 2 sharp, 6 peak, 8 valley, the rest flat."""
    result = priced(hours_of(), np.ones(24), tariff())
    assert by_period(result) == {"sharp": 2, "peak": 6, "flat": 8, "valley": 8}
    assert result.cost == pytest.approx(2 * 1.28 + 6 * 1.07 + 8 * 0.72 + 8 * 0.35)
    assert (result.unpriced, result.unknown_ms, result.tariffs) == (0, 0, ("demo",))


def test_a_period_belongs_to_its_local_hour():
    """09:00 in Shanghai is 01:00 UTC."""
    at = int(datetime(2026, 10, 5, 1, tzinfo=UTC).timestamp()) * 1000
    result = priced(np.array([at - HOUR_MS, at, at + HOUR_MS]), [1.0, 10.0], tariff())
    assert by_period(result) == {"peak": 10.0, "flat": 1.0}


def test_energy_over_a_change_of_period_has_no_price():
    """A meter was silent from 05:00 to 10:00: 50 kWh in the valley, flat and peak, who knows."""
    start = day_start(DAY, SHANGHAI)
    buckets = start + HOUR_MS * np.array([0, 5, 10, 15])
    result = priced(buckets, [5.0, 50.0, 7.0], tariff())
    assert by_period(result) == {"peak": 7.0, "valley": 5.0}
    assert (result.straddling, result.unpriced) == (50.0, 50.0)


def test_a_period_that_comes_back_does_not_hide_what_lies_between():
    """Flat at 08:30 and at 15:30, but peak between."""
    start = day_start(DAY, SHANGHAI)
    buckets = start + HOUR_MS // 2 * np.array([17, 32])
    assert priced(buckets, [9.0], tariff()).straddling == 9.0


def test_one_price_all_day_prices_any_bucket():
    buckets = np.array([day_start(DAY, SHANGHAI), day_start(date(2026, 11, 1), SHANGHAI)])
    result = priced(buckets, [1000.0], flat("water", 4.2))
    assert result.cost == pytest.approx(4200.0)


def test_an_hour_with_a_change_inside_is_not_priced_and_its_quarters_are():
    half_past = tariff(hours={"peak": ("08:30-09:00",)})
    start = day_start(DAY, SHANGHAI) + 8 * HOUR_MS
    assert priced(np.array([start, start + HOUR_MS]), [4.0], half_past).straddling == 4.0
    quarters = start + HOUR_MS // 4 * np.arange(5)
    assert by_period(priced(quarters, [1, 1, 1, 1], half_past)) == {"peak": 2.0, "flat": 2.0}


def test_unknown_energy_stays_unknown():
    energy = np.ones(24)
    energy[3:5] = np.nan
    result = priced(hours_of(), energy, tariff())
    assert (result.energy, result.unknown_ms) == (22.0, 2 * HOUR_MS)


def test_energy_before_the_first_tariff_is_told():
    result = priced(hours_of(days=2), np.ones(48), flat("new", 1.0, valid_from=date(2026, 10, 6)))
    assert (result.energy, result.untariffed, result.straddling) == (24.0, 24.0, 0.0)


def test_nothing_is_priced_by_the_tariff_of_another_medium():
    result = priced(hours_of(), np.ones(24), flat("water", 4.2, medium="water"))
    assert (result.parts, result.status, result.untariffed) == ((), None, 24.0)


def test_the_latest_tariff_holds_from_its_day_on():
    old, new = flat("old", 1.0), flat("new", 2.0, valid_from=date(2026, 10, 6))
    result = priced(hours_of(days=2), np.ones(48), new, old)
    assert result.cost == pytest.approx(24 * 1.0 + 24 * 2.0)
    assert result.tariffs == ("old", "new")


def test_months_are_for_the_tariff_that_names_them():
    summer, rest = flat("summer", 2.0, months=(7, 8)), flat("rest", 1.0)
    for tariffs in ((summer, rest), (rest, summer)):
        assert in_force(tariffs, "electricity", date(2026, 8, 31)) is summer
        assert in_force(tariffs, "electricity", date(2026, 9, 1)) is rest


def test_days_without_a_tariff_are_named():
    summer = flat("summer", 2.0, months=(7, 8))
    autumn = flat("autumn", 1.0, valid_from=date(2026, 9, 3), months=(9, 10))
    missing = uncovered((summer, autumn), "electricity", date(2026, 6, 29), date(2026, 9, 30))
    assert [(span.first, span.last) for span in missing] == [
        (date(2026, 6, 29), date(2026, 6, 30)),
        (date(2026, 9, 1), date(2026, 9, 2)),
    ]
    assert (
        uncovered((flat("all", 1.0),), "electricity", date(2026, 10, 1), date(2026, 10, 31)) == ()
    )


def test_assumed_prices_stay_visible():
    published = flat("a", 1.0, status="published")
    assumed = flat("b", 1.0, status="assumed", valid_from=date(2026, 10, 6))
    assert priced(hours_of(), np.ones(24), published, assumed).status == "published"
    assert priced(hours_of(days=2), np.ones(48), published, assumed).status == "assumed"
    assert weakest(()) is None


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_the_clock_is_moved_is_priced_whole(day, count):
    """In Berlin the hour from 2 to 3 is left out in March and comes twice in October."""
    night = tariff(hours={"valley": ("02:00-03:00",)})
    result = priced(hours_of(day, BERLIN), np.ones(count), night, zone=BERLIN)
    assert result.energy == count
    assert by_period(result).get("valley", 0.0) == count - 23


def test_edges_that_are_none_are_refused():
    buckets = hours_of()
    with pytest.raises(ValueError, match="energy: shape"):
        priced(buckets, np.ones(23), tariff())
    with pytest.raises(ValueError, match="edges: they must strictly increase"):
        priced(buckets[::-1], np.ones(24), tariff())


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=48, max_size=48),
    st.sets(st.integers(1, 47)),
)
def test_no_energy_is_lost_or_made(energies, cuts):
    """What is priced, unpriced and untariffed is what was known, however long the buckets are."""
    values = np.array([np.nan if each is None else each for each in energies])
    places = np.array([0, *sorted(cuts), 48])
    merged = np.array([values[low:high].sum() for low, high in pairwise(places)])
    new = flat("new", 2.0, valid_from=date(2026, 10, 6))
    result = priced(hours_of(days=2)[places], merged, tariff(), new)
    known = np.nansum(merged)
    assert result.energy + result.unpriced == pytest.approx(known)
    assert 0.35 * result.energy - 1e-6 <= result.cost <= 2.0 * result.energy + 1e-6


@given(st.integers(1, 47), st.lists(st.floats(0, 1e6), min_size=48, max_size=48))
def test_two_parts_cost_what_the_whole_costs(cut, energies):
    buckets, values = hours_of(days=2), np.array(energies)
    parts = (
        priced(buckets[: cut + 1], values[:cut], tariff()),
        priced(buckets[cut:], values[cut:], tariff()),
    )
    whole = priced(buckets, values, tariff())
    assert total(parts).cost == pytest.approx(whole.cost)
    assert total(parts).energy == pytest.approx(whole.energy)
