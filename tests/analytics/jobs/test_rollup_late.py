"""What changes later is followed in exactly its windows, with a revision of each figure."""

from __future__ import annotations

import time

import pytest

from analytics.jobs import rollup
from analytics.records import exchanges, recomputations, repairs
from analytics.records.acts import Revocation
from analytics.records.exchanges import Change, Handover
from analytics.records.repairs import Correction
from tests.analytics.jobs.polled_site import (
    COUNT,
    DAY,
    ENERGY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    POWER,
    QUARTER,
    Plant,
    changed,
    steady,
    told,
    without,
)


async def test_a_late_sample_changes_exactly_its_windows(plant: Plant) -> None:
    await plant.poll("m1", without(605), range(25 * 60))
    await plant.poll("m2", steady, range(25 * 60))
    await plant.catch_up()
    before = await plant.rows()
    await plant.late("m1", lambda m: {"power_kw": 21.0, "energy_kwh": 100 + m / 10}, [605])
    done = await plant.catch_up()
    differing = changed(before, await plant.rows())
    quarter, hour = MIDNIGHT + 600 * MINUTE, MIDNIGHT + 600 * MINUTE
    assert set(differing) == {("m1", "15min", quarter), ("m1", "1h", hour), ("m1", "1d", MIDNIGHT)}
    assert ENERGY not in differing["m1", "15min", quarter]  # the register has bridged it before
    found = await told(plant)
    assert {(r.device, r.width, r.start) for r in found} == set(differing)
    assert len(found) == done.revisions == sum(len(names) for names in differing.values())
    assert {r.cause for r in found} == {"late sample"}
    [mean] = [r for r in found if (r.width, r.field, r.figure) == ("15min", *POWER)]
    assert (mean.before, mean.after) == (pytest.approx(6.0), pytest.approx(7.0))
    assert await plant.catch_up() == rollup.Summary(0, 0)


async def test_a_late_register_reading_also_moves_the_window_whose_edge_it_brackets(
    plant: Plant,
) -> None:
    """Twenty minutes without readings around 10:00 leave the edge open; one reading closes it."""
    hole = range(591, 611)
    await plant.poll("m1", without(*hole), range(25 * 60))
    await plant.catch_up()
    before = await plant.rows()
    earlier, later = MIDNIGHT + 585 * MINUTE, MIDNIGHT + 600 * MINUTE
    assert before["m1", "15min", earlier][ENERGY] is None
    assert before["m1", "15min", later][ENERGY] is None
    assert before["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)
    await plant.late("m1", steady, [602])
    await plant.catch_up()
    after = await plant.rows()
    assert after["m1", "15min", earlier][ENERGY] == pytest.approx(1.5)
    assert after["m1", "15min", later][ENERGY] == pytest.approx(1.5)
    touched = {(width, start) for _, width, start in changed(before, after)}
    hours = {("1h", MIDNIGHT + 9 * HOUR), ("1h", MIDNIGHT + 10 * HOUR)}
    assert touched == {("15min", earlier), ("15min", later), ("1d", MIDNIGHT)} | hours


async def test_what_comes_out_of_order_within_ten_minutes_needs_no_mark(plant: Plant) -> None:
    await plant.poll("m1", without(55), range(61))
    await plant.catch_up(61)
    assert (await plant.rows())["m1", "15min", MIDNIGHT + 45 * MINUTE][COUNT] == 14
    await plant.poll("m1", steady, [55, *range(61, 76)])
    await plant.catch_up(76)
    assert (await plant.rows())["m1", "15min", MIDNIGHT + 45 * MINUTE][COUNT] == 15
    assert {r.cause for r in await told(plant)} == {"later reading"}


async def test_a_repair_and_its_revocation_go_there_and_back(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    before = await plant.rows()
    span = MIDNIGHT + 600 * MINUTE, MIDNIGHT + 630 * MINUTE
    with plant.records.transaction() as connection:
        repair = repairs.add(
            connection, Correction("m1", "power_kw", *span, "scale", 2.0), plant.act
        )
    await plant.catch_up()
    after = await plant.rows()
    assert after["m1", "15min", span[0]][POWER] == 12.0
    assert after["m1", "1h", span[0]][POWER] == pytest.approx(9.0)
    starts = {start for _, width, start in changed(before, after) if width == "15min"}
    # power is integrated from reading to reading: the trapezoid at the seam reaches out by one
    assert starts == {span[0] - QUARTER, span[0], span[0] + QUARTER}
    with plant.records.transaction() as connection:
        repairs.revoke(connection, repair.id, Revocation("Li", "was right", MIDNIGHT))
    await plant.catch_up()
    assert changed(before, await plant.rows()) == {}
    causes = [r.cause for r in await told(plant)]
    assert set(causes) == {"repair #1", "repair #1 revoked"}
    assert causes.count("repair #1") == causes.count("repair #1 revoked")
    with plant.records.reading() as connection:
        assert recomputations.due(connection) == []


async def test_a_scaled_register_counts_more_inside_and_nothing_at_the_seams(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    span = MIDNIGHT + 600 * MINUTE, MIDNIGHT + 660 * MINUTE
    with plant.records.transaction() as connection:
        repairs.add(connection, Correction("m1", "energy_kwh", *span, "scale", 2.0), plant.act)
    await plant.catch_up()
    rows = await plant.rows()
    assert rows["m1", "1h", span[0]][ENERGY] == pytest.approx(12.0)
    assert rows["m1", "1h", span[0] - HOUR][ENERGY] == pytest.approx(6.0)
    assert rows["m1", "1h", span[1]][ENERGY] == pytest.approx(6.0)
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(150.0)


async def test_excluded_spans_are_gaps_and_an_estimate_stays_marked(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    span = MIDNIGHT + 600 * MINUTE, MIDNIGHT + 630 * MINUTE
    later = span[0] + HOUR, span[1] + HOUR
    guess = Correction("m1", "power_kw", *later, "offset", 1.5, estimated=True)
    with plant.records.transaction() as connection:
        repairs.add(connection, Correction("m1", "*", *span, "exclude"), plant.act)
        repairs.add(connection, guess, plant.act)
    await plant.catch_up()
    quarter = (await plant.rows())["m1", "15min", span[0]]
    assert (quarter[POWER], quarter[COUNT], quarter["power_kw", "coverage"]) == (None, 0.0, 0.0)
    marked = await plant.windows.read("m1", "15min", *later)
    assert marked.estimated["power_kw"].tolist() == [True, True]
    assert marked.figures[POWER].tolist() == [7.5, 7.5]


async def test_an_exchange_closes_the_gap_between_two_meters(plant: Plant) -> None:
    def exchanged(minute: int) -> dict[str, float]:
        if 600 <= minute < 608:
            return {}
        return steady(minute) if minute < 600 else {"power_kw": 6.0, "energy_kwh": minute / 10 - 60}

    await plant.poll("m1", exchanged, range(25 * 60))
    await plant.catch_up()
    rows = await plant.rows()
    assert rows["m1", "1d", MIDNIGHT][ENERGY] is None
    registers = {"energy_kwh": Handover(160.3, 0.2)}
    at = MIDNIGHT + 604 * MINUTE
    with plant.records.transaction() as connection:
        exchanges.add(connection, Change("m1", at, registers), plant.act)
    done = await plant.catch_up()
    rows = await plant.rows()
    # 100.0 + 59.9 → 160.3 on the old meter, 0.2 → 84.0 on the new one
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(60.3 + 83.8)
    assert rows["m1", "15min", MIDNIGHT + 600 * MINUTE][ENERGY] is not None
    assert done.revisions == len(await told(plant)) > 0
    assert {r.cause for r in await told(plant)} == {"exchange #1"}


async def test_a_history_that_comes_later_is_rolled_up_without_revisions(plant: Plant) -> None:
    await plant.poll("m1", steady, range(1440, 1440 + 120))
    await plant.catch_up()
    await plant.late("m1", steady, range(1440))
    await plant.catch_up()
    rows = await plant.rows()
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)
    before_midnight = MIDNIGHT + DAY
    assert all(r.start >= before_midnight for r in await told(plant))  # the edge is known now


async def test_a_day_is_recomputed_on_late_data_within_a_second(plant: Plant) -> None:
    await plant.poll("m1", without(*range(600, 660)), range(25 * 60))
    await plant.catch_up()
    await plant.late("m1", steady, range(600, 660))
    started = time.process_time()
    await plant.catch_up()
    assert time.process_time() - started < 1.0
