"""Roll-ups on real stores: complete, exact, revised where the data are, and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from analytics import buckets
from analytics.jobs import rollup
from analytics.records import exchanges, progress, recomputations, repairs, revisions
from analytics.records.acts import Revocation
from analytics.records.exchanges import Change, Handover
from analytics.records.repairs import Correction
from collector.errors import Unavailable
from tests.analytics.jobs.conftest import DAY, HOUR, MIDNIGHT, MINUTE, QUARTER, Plant, steady

ENERGY, POWER, COUNT = ("energy_kwh", "energy"), ("power_kw", "mean"), ("power_kw", "count")


def without(*missing: int):
    """Steady readings, nothing at all in these minutes."""
    return lambda minute: {} if minute in missing else steady(minute)


def changed(before: Mapping, after: Mapping) -> dict[tuple[str, str, int], set[tuple[str, str]]]:
    """Figures that differ by window; every window of both."""
    assert before.keys() == after.keys()
    return {
        key: {name for name in after[key] if after[key][name] != pytest.approx(before[key][name])}
        for key in after
        if after[key] != before[key]
    }


async def told(plant: Plant) -> list[revisions.Revision]:
    with plant.records.reading() as connection:
        return revisions.listed(connection)


async def test_a_steady_day_is_rolled_up_in_every_width(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    done = await plant.catch_up()
    rows = await plant.rows()
    assert done.revisions == 0
    assert done.windows == len(rows) == 99 + 24 + 1  # the 100th quarter is not complete
    quarter, hour = rows["m1", "15min", MIDNIGHT], rows["m1", "1h", MIDNIGHT + HOUR]
    assert quarter["power_kw", "mean"] == quarter["power_kw", "low"] == 6.0
    assert (quarter["power_kw", "count"], quarter["power_kw", "coverage"]) == (15.0, 1.0)
    assert hour[ENERGY] == pytest.approx(6.0)
    assert hour["power_kw", "energy"] == pytest.approx(6.0)
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)
    assert rows["m1", "1d", MIDNIGHT]["energy_kwh", "coverage"] == 1.0
    assert rows["m1", "1d", MIDNIGHT]["energy_kwh", "last"] == pytest.approx(243.9)


async def test_what_is_done_is_not_done_again(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    assert await plant.catch_up() == rollup.Summary(0, 0)
    await plant.poll("m1", steady, range(25 * 60, 25 * 60 + 16))
    assert await plant.catch_up() == rollup.Summary(2 + 1, 0)  # two quarters, and an hour


async def test_quarters_add_up_to_hours_and_days(plant: Plant) -> None:
    counted = [0.0]
    for minute in range(1, 26 * 60):
        counted.append(counted[-1] + minute % 13 / 10)
    await plant.poll("m2", lambda m: {"energy_kwh": counted[m], "power_kw": m % 7}, range(26 * 60))
    await plant.catch_up()
    rows = await plant.rows()
    for hour in range(24):
        start = MIDNIGHT + hour * HOUR
        parts = [rows["m2", "15min", start + n * QUARTER] for n in range(4)]
        whole = rows["m2", "1h", start]
        assert sum(part[ENERGY] for part in parts) == pytest.approx(whole[ENERGY])
        assert sum(part[COUNT] for part in parts) == whole[COUNT]
    hours = [rows["m2", "1h", MIDNIGHT + hour * HOUR][ENERGY] for hour in range(24)]
    assert sum(hours) == pytest.approx(rows["m2", "1d", MIDNIGHT][ENERGY])
    assert sum(hours) == pytest.approx(counted[24 * 60])


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


async def test_a_window_waits_until_its_edge_is_known(plant: Plant) -> None:
    await plant.poll("m1", without(60), range(62))
    await plant.catch_up(62)
    assert max(start for _, width, start in await plant.rows() if width == "15min") == (
        MIDNIGHT + 45 * MINUTE
    )
    assert (await plant.rows())["m1", "15min", MIDNIGHT + 45 * MINUTE][ENERGY] == pytest.approx(1.5)


async def test_a_register_that_falls_silent_holds_nothing_up_for_long(plant: Plant) -> None:
    await plant.poll("m1", lambda m: steady(m) if m < 40 else {"power_kw": 6.0}, range(120))
    await plant.catch_up(120)
    rows = await plant.rows()
    assert rows["m1", "15min", MIDNIGHT + 75 * MINUTE][POWER] == 6.0
    assert rows["m1", "15min", MIDNIGHT + 75 * MINUTE][ENERGY] is None


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


async def test_a_rollover_is_energy(plant: Plant) -> None:
    """The site file says that the register of m1 starts again at 1000."""
    await plant.poll(
        "m1", lambda m: {"power_kw": 6.0, "energy_kwh": (950 + m / 10) % 1000}, range(25 * 60)
    )
    await plant.catch_up()
    assert (await plant.rows())["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
async def test_days_of_a_moved_clock_have_23_and_25_hours(
    plant: Plant, day: date, hours: int
) -> None:
    start = buckets.day_start(day, ZoneInfo("Europe/Stockholm"))
    first = (start - MIDNIGHT) // MINUTE
    await plant.poll(
        "m1", lambda m: {"power_kw": 6.0, "energy_kwh": (m - first) / 10},
        range(first, first + (hours + 1) * 60),
    )  # fmt: skip
    await plant.catch_up(first + 30 * 60)
    rows = await plant.rows()
    assert rows["m1", "1d", start][ENERGY] == pytest.approx(6.0 * hours)
    assert rows["m1", "1d", start][COUNT] == 60 * hours
    assert len([start for _, width, start in rows if width == "1h"]) == hours
    assert ("m1", "15min", start + hours * HOUR) in rows


async def test_a_history_that_comes_later_is_rolled_up_without_revisions(plant: Plant) -> None:
    await plant.poll("m1", steady, range(1440, 1440 + 120))
    await plant.catch_up()
    await plant.late("m1", steady, range(1440))
    await plant.catch_up()
    rows = await plant.rows()
    assert rows["m1", "1d", MIDNIGHT][ENERGY] == pytest.approx(144.0)
    before_midnight = MIDNIGHT + DAY
    assert all(r.start >= before_midnight for r in await told(plant))  # the edge is known now


class Killed(Exception):
    """The program ended here."""


@pytest.mark.parametrize("moment", ["_record", "write", "_advance", "_finish"])
async def test_killed_at_any_point_it_ends_the_same_with_every_revision_once(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    await plant.poll("m1", without(605), range(25 * 60))
    await plant.catch_up()
    await plant.late("m1", steady, [605])
    await plant.poll("m1", steady, range(25 * 60, 27 * 60))
    job = plant.job()
    owner = job._rollups if moment == "write" else job
    plain = getattr(owner, moment)

    def killing(*arguments: object) -> object:
        raise Killed

    def killing_after(*arguments: object) -> object:
        plain(*arguments)
        raise Killed

    async def killing_in_the_middle(device: str, width: str, rows: object) -> None:
        if width == "1h":
            raise Killed
        await plain(device, width, rows)

    breaking = {"write": killing_in_the_middle, "_record": killing_after}.get(moment, killing)
    monkeypatch.setattr(owner, moment, breaking)
    with pytest.raises(Killed):
        await job.catch_up(MIDNIGHT + 27 * HOUR)
    monkeypatch.undo()
    await plant.catch_up()
    found = await told(plant)
    assert len({(r.width, r.start, r.field, r.figure) for r in found}) == len(found) > 0
    assert {r.cause for r in found} == {"late sample"}
    rows = await plant.rows()
    assert rows["m1", "15min", MIDNIGHT + 600 * MINUTE][COUNT] == 15
    assert rows["m1", "1h", MIDNIGHT + 25 * HOUR][ENERGY] == pytest.approx(6.0)
    with plant.records.reading() as connection:
        assert progress.watermark(connection, "rollup", "m1") == MIDNIGHT + 27 * HOUR - QUARTER
    assert await plant.catch_up() == rollup.Summary(0, 0)


async def test_a_revision_begins_where_the_one_before_ended_also_after_a_kill(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the repaired figures are written; revoked before the next pass."""
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    before = await plant.rows()
    span = MIDNIGHT + 600 * MINUTE, MIDNIGHT + 615 * MINUTE
    with plant.records.transaction() as connection:
        made = repairs.add(connection, Correction("m1", "power_kw", *span, "scale", 2.0), plant.act)
    job = plant.job()

    async def killing(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(job._rollups, "write", killing)
    with pytest.raises(Killed):
        await job.catch_up(MIDNIGHT + 25 * HOUR)
    with plant.records.transaction() as connection:
        repairs.revoke(connection, made.id, Revocation("Li", "was right", MIDNIGHT))
    await plant.catch_up()
    assert await plant.rows() == before
    trail: dict[tuple[str, int, str, str], list[float | None]] = {}
    for one in await told(plant):
        ends = trail.setdefault(one.key, [one.before])
        assert ends[-1] == one.before
        ends.append(one.after)
    assert trail
    for ends in trail.values():
        assert ends[0] == pytest.approx(ends[-1])


async def test_roll_ups_that_were_lost_are_made_again(plant: Plant) -> None:
    await plant.poll("m1", steady, range(25 * 60))
    await plant.catch_up()
    before = await plant.rows()
    for kept in plant.rollups.values():
        await kept.close()
    for file in plant.folder.glob("*_rollup.sqlite*"):
        file.unlink()
    for kept in plant.rollups.values():
        await kept.open()
    assert await plant.rows() == {}
    await plant.catch_up()
    assert await plant.rows() == before
    assert await told(plant) == []


async def test_a_store_out_of_reach_leaves_the_watermark_where_it_was(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plant.poll("m1", steady, range(60))

    async def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(plant.rollups["15min"], "write", away)
        with pytest.raises(Unavailable):
            await plant.catch_up()
    with plant.records.reading() as connection:
        assert progress.watermarks(connection, "rollup") == {}
    assert (await plant.catch_up()).windows == 3


async def test_a_day_is_recomputed_on_late_data_within_a_second(plant: Plant) -> None:
    await plant.poll("m1", without(*range(600, 660)), range(25 * 60))
    await plant.catch_up()
    await plant.late("m1", steady, range(600, 660))
    started = time.perf_counter()
    await plant.catch_up()
    assert time.perf_counter() - started < 1.0
