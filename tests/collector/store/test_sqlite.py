"""The embedded store: durability, full disks, other writers, and a file that people can read."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from collector.errors import Rejected, StoreError, Unavailable
from collector.model import Device, Sample
from collector.store.sqlite import FOR_GOOD, FOR_NOW, ROW_AT_FAULT, SqliteStore, translated
from tests.collector.store.sites import at, device, sample

METER = device()
REPOSITORY = Path(__file__).parents[3]


def _store(path: Path, *devices: Device, **settings: object) -> SqliteStore:
    return SqliteStore(path, devices or (METER,), "office", **settings)


def _ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def _shell(path: Path, query: str) -> list[str]:
    """Lines that Debian's sqlite3 prints in Shanghai."""
    command = ["sqlite3", "-header", str(path), query]
    shell = subprocess.run(
        command, env={"TZ": "Asia/Shanghai"}, capture_output=True, text=True, check=True
    )
    return shell.stdout.splitlines()


async def test_a_full_disk_makes_the_store_unavailable_until_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path, max_bytes=128 * 1024)
    await store.open()
    stored = 0
    batch: list[Sample] = []

    async def fill() -> None:
        nonlocal stored, batch
        while True:
            batch = [sample(METER, stored + n, {"power_kw": 1.0}) for n in range(100)]
            await store.write(batch)
            stored += 100

    with pytest.raises(Unavailable, match="full"):
        await fill()
    assert stored > 100
    assert _ask(path, "SELECT count(*) FROM electricity_meter") == [(stored,)]
    with pytest.raises(Unavailable, match="full"):
        await store.write(batch)

    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM electricity_meter WHERE at < ?", (at(stored // 2),))
    await store.write(batch)
    assert await store.span(METER) == (at(stored // 2), batch[-1].at)
    await store.close()


async def test_a_full_disk_while_a_field_is_new_leaves_the_table_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path, max_bytes=64 * 1024)
    await store.open()
    batch = [sample(METER, n, {"power_kw": 1.0, "energy_kwh": 2.0}) for n in range(5000)]
    with pytest.raises(Unavailable, match="full"):
        await store.write(batch)
    await store.write(batch[:1])
    newest = await store.latest(METER)
    assert newest == batch[0]
    await store.close()


async def test_another_writer_makes_the_store_unavailable_for_now(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path, busy_timeout_s=0.05)
    await store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await store.write([sample(METER, 0, {"power_kw": 1.0})])
        assert await store.span(METER) is None  # readers do not wait
        other.execute("COMMIT")
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    assert await store.span(METER) == (at(0), at(0))
    await store.close()


async def test_several_stores_write_to_one_file_and_learn_new_fields(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    meters = [device(f"meter-{n}") for n in range(4)]
    stores = [_store(path, *meters) for _ in meters]
    await asyncio.gather(*(store.open() for store in stores))
    fields = ["power_kw", "energy_kwh", "frequency_hz", "voltage_l1_v"]

    async def work(number: int) -> None:
        for slot in range(50):
            values = {fields[(number + slot) % 4]: float(slot)}
            await stores[number].write([sample(meters[number], slot, values)])

    await asyncio.gather(*(work(number) for number in range(4)))
    counts = _ask(path, "SELECT device, count(*) FROM electricity_meter GROUP BY device")
    assert counts == [(meter.id, 50) for meter in meters]
    newest = await stores[0].latest(meters[3])
    assert newest is not None
    assert newest.values == {fields[52 % 4]: 49.0}
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_row_that_the_file_itself_refuses_is_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path)
    await store.open()
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            "CREATE TRIGGER no_six BEFORE INSERT ON electricity_meter WHEN NEW.power_kw = 6 "
            "BEGIN SELECT RAISE(ABORT, 'six is refused'); END"
        )
    with pytest.raises(Rejected) as caught:
        await store.write([sample(METER, n, {"power_kw": float(n)}) for n in range(10)])
    assert [(r.index, r.reason) for r in caught.value.rejections] == [(6, "six is refused")]
    readings = await store.readings(METER, ["power_kw"], at(0), at(99))
    assert [r.value for r in readings["power_kw"]] == [0, 1, 2, 3, 4, 5, 7, 8, 9]
    await store.close()


async def test_more_fields_than_a_table_can_have_are_rejected(tmp_path: Path) -> None:
    store = _store(tmp_path / "store.sqlite")
    await store.open()
    many = {f"field_{n}": float(n) for n in range(2100)}
    with pytest.raises(Rejected, match="too many fields"):
        await store.write([sample(METER, 0, {"power_kw": 1.0}), sample(METER, 1, many)])
    assert await store.span(METER) == (at(0), at(0))
    await store.close()


async def test_a_file_of_another_site_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path)
    await store.open()
    await store.close()
    with pytest.raises(StoreError, match="site office, not of hospital"):
        await SqliteStore(path, [METER], "hospital").open()


async def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="not a groundwatt store"):
        await _store(path).open()
    text = tmp_path / "text.txt"
    text.write_text("this is no database at all, and long enough to be seen as none\n" * 100)
    with pytest.raises(StoreError, match="not a database") as caught:
        await _store(text).open()
    assert not isinstance(caught.value, Unavailable)


async def test_a_kind_that_clashes_with_our_own_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="collector_run"):
        await _store(tmp_path / "store.sqlite", device(kind="collector_run")).open()


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable):
        await _store(tmp_path / "file" / "store.sqlite").open()


async def test_people_read_the_file_with_the_sqlite3_shell(tmp_path: Path) -> None:
    path = tmp_path / "data" / "store.sqlite"
    store = _store(path)
    await store.open()
    await store.write([sample(METER, 1, {"power_kw": 41.2}, {"energy_kwh": "bad:timeout"})])
    await store.write([sample(METER, 2, {"power_kw": 40.9, "frequency_hz": 50.0})])
    assert _shell(path, "SELECT * FROM electricity_meter_readable") == [
        "local_time|device|run|seq|lag|flags|power_kw|frequency_hz",
        '2026-01-01 12:01:00.000|meter-1|k3f9|1|37|{"energy_kwh":"bad:timeout"}|41.2|',
        "2026-01-01 12:02:00.000|meter-1|k3f9|2|37||40.9|50.0",
    ]
    await store.close()


async def test_a_commit_is_on_disk_before_write_returns(tmp_path: Path) -> None:
    store = _store(tmp_path / "store.sqlite")
    await store.open()
    assert store._threads is not None
    synchronous = await store._threads.to_write(lambda connection: connection.pragma("synchronous"))
    assert synchronous == 2  # FULL
    await store.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT power_kw FROM electricity_meter WHERE device = 'm' AND at >= 1 ORDER BY at",
        "SELECT at FROM electricity_meter WHERE device = 'm' ORDER BY at DESC LIMIT 1",
        "SELECT min(at) FROM electricity_meter WHERE device = 'm'",
    ],
)
async def test_reads_of_a_device_follow_the_key_and_sort_nothing(
    tmp_path: Path, query: str
) -> None:
    path = tmp_path / "store.sqlite"
    store = _store(path)
    await store.open()
    await store.write([sample(METER, 0, {"power_kw": 1.0})])
    await store.close()
    plan = [str(row[3]) for row in _ask(path, f"EXPLAIN QUERY PLAN {query}")]
    assert any("USING PRIMARY KEY (device=?" in step for step in plan)
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plan)


_WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from collector.store.sqlite import SqliteStore
from tests.collector.store.sites import device, sample

async def main():
    meters = [device(f"meter-{n}") for n in range(50)]
    store = SqliteStore(Path(sys.argv[1]), meters, "office")
    await store.open()
    for batch in itertools.count():
        values = {"power_kw": float(batch), "energy_kwh": 1.0}
        await store.write([sample(meter, batch, values) for meter in meters])
        print(batch, flush=True)

asyncio.run(main())
"""


def _kill_while_writing(path: Path) -> int:
    """Kill a process that writes after some batches; the last one that it confirmed."""
    command = [sys.executable, "-c", _WRITER, str(path)]
    confirmed = -1
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            confirmed = int(line)
            if confirmed == 40:
                writer.kill()
    return confirmed


async def test_a_killed_writer_leaves_whole_batches_and_all_that_it_confirmed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.sqlite"
    confirmed = _kill_while_writing(path)
    rows = _ask(path, "SELECT seq FROM electricity_meter")
    batches = Counter(seq for (seq,) in rows)
    assert set(batches.values()) == {50}
    assert sorted(batches) == list(range(len(batches)))
    assert len(batches) > confirmed >= 40
    assert _ask(path, "PRAGMA integrity_check") == [("ok",)]
    store = _store(path, *(device(f"meter-{n}") for n in range(50)))
    await store.open()
    assert await store.span(device("meter-49")) == (at(0), at(len(batches) - 1))
    await store.close()


def _subclasses(of: type[Exception]) -> set[type[Exception]]:
    return {of}.union(*(_subclasses(each) for each in of.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(_subclasses(sqlite3.Error), key=lambda each: each.__name__))
def test_every_error_class_of_the_driver_is_translated(kind: type[sqlite3.Error]) -> None:
    error = translated(kind("something"), Path("store.sqlite"))
    assert isinstance(error, StoreError)
    assert "something" in str(error)


@pytest.mark.parametrize("code", range(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_WARNING + 1))
def test_every_result_code_means_one_thing(code: int) -> None:
    assert sum(code in meaning for meaning in (ROW_AT_FAULT, FOR_NOW, FOR_GOOD)) == 1
