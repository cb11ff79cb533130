"""A roll-up whose process is really killed, at several moments, ends like one that never was."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from analytics.jobs.window_store import WindowStore
from analytics.jobs.windows import Windows
from collector.sitefile import Configuration, load_site
from tests.analytics.jobs.conftest import opened
from tests.analytics.jobs.polled_site import MIDNIGHT, MINUTE, steady, told, without

LAST = 50 * 60


def _roll_up(file: str, folder: str, told_to: Connection) -> None:
    """Catch up in a process of its own, telling before and after every write."""
    plain = WindowStore.write

    async def telling(self: WindowStore, device: str, width: str, windows: Windows) -> None:
        told_to.send("before")
        await plain(self, device, width, windows)
        told_to.send("after")

    async def run() -> None:
        async with opened(load_site(Path(file)), Path(folder)) as plant:
            await plant.catch_up(LAST)

    WindowStore.write = telling
    asyncio.run(run())
    told_to.close()


def _killed_after(configuration: Configuration, folder: Path, writes: int) -> None:
    """Start the roll-up and kill it as soon as it has told so much."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_roll_up, args=(str(configuration.file), str(folder), there))
    process.start()
    there.close()
    for _ in range(writes):
        here.recv()
    process.kill()
    process.join()
    process.close()
    here.close()


@pytest.mark.parametrize("writes", [1, 2, 3, 6])
async def test_killed_for_certain(
    configuration: Configuration, tmp_path: Path, writes: int
) -> None:
    async with opened(configuration, tmp_path) as plant:
        await plant.poll("m1", without(605), range(25 * 60))
        await plant.catch_up(25 * 60)
        await plant.late("m1", steady, [605])
        await plant.poll("m1", steady, range(25 * 60, LAST))
        await plant.poll("m2", steady, range(LAST))
    _killed_after(configuration, tmp_path, writes)
    async with opened(configuration, tmp_path) as plant:
        await plant.catch_up(LAST)
        rows, revised = await plant.rows(), await told(plant)
    async with opened(configuration, tmp_path / "never killed") as plant:
        for device in ("m1", "m2"):
            await plant.poll(device, steady, range(LAST))
        await plant.catch_up(LAST)
        wanted = await plant.rows()
    assert rows.keys() == wanted.keys()
    assert all(rows[key] == pytest.approx(wanted[key]) for key in wanted)
    moved = {(r.width, r.start) for r in revised}
    late = MIDNIGHT + 600 * MINUTE
    assert moved == {("15min", late), ("1h", late), ("1d", MIDNIGHT)}
    assert len({r.key for r in revised}) == len(revised)
