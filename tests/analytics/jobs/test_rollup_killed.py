"""Killed or cut off anywhere: nothing is lost, nothing told twice, the next pass goes on."""

from __future__ import annotations

import pytest

from analytics.jobs import rollup
from analytics.records import progress, repairs
from analytics.records.acts import Revocation
from analytics.records.repairs import Correction
from collector.errors import Unavailable
from tests.analytics.jobs.polled_site import (
    COUNT,
    ENERGY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    QUARTER,
    Plant,
    steady,
    told,
    without,
)


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
        patched.setattr(plant.rollups["15min"], "write_columns", away)
        with pytest.raises(Unavailable):
            await plant.catch_up()
    with plant.records.reading() as connection:
        assert progress.watermarks(connection, "rollup") == {}
    assert (await plant.catch_up()).windows == 3
