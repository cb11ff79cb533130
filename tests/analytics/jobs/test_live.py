"""The virtual plant device, sampled from a real store on a clock that is stepped by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from analytics.jobs.live import LiveFigures
from collector.errors import Unavailable
from collector.model import Reading, Sample
from collector.sitefile import Configuration, load_site
from collector.store import Store
from collector.store.choice import store_for
from collector.virtual import PLANT_FIELDS

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}, timezone: Asia/Shanghai}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
devices:
  - {id: e-plant, name: {zh: 表, en: electricity}, bus: b1, unit: 1, map: acrel_adw300,
     interval: 5s, only: [power_kw]}
  - {id: e-1, name: {zh: 表, en: heat pump's electricity}, bus: b1, unit: 2, map: acrel_adw300,
     interval: 10s, only: [power_kw]}
  - {id: h-load, name: {zh: 表, en: heat}, bus: b1, unit: 3, map: generic_heat_meter,
     interval: 60s, only: [heat_kw, flow_m3h, supply_temp_c, return_temp_c]}
  - {id: hp-1, name: {zh: 机, en: heat pump}, bus: b1, unit: 4, map: generic_gshp,
     interval: 10s, only: [state, power_kw]}
plant:
  units: [{heat_pump: hp-1, electricity: e-1, rated_power_kw: 100}]
  load: {heat_meter: h-load}
  whole: e-plant
"""
NOON = 1_795_536_000_000
SLOT = 10_000
VALUES = {
    "e-plant": {"power_kw": 60.0},
    "e-1": {"power_kw": 50.0},
    "h-load": {"heat_kw": 200.0, "flow_m3h": 34.0, "supply_temp_c": 45.0, "return_temp_c": 40.0},
    "hp-1": {"state": 2.0, "power_kw": 49.0},
}


@dataclass
class SteppedClock:
    """Moves by being slept on; what is due at a moment happens before anybody wakes."""

    now: int = NOON - 1
    due: dict[int, Callable[[], None]] = field(default_factory=dict)

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(1, round(seconds * 1000))
        for at in [at for at in self.due if at <= self.now]:
            self.due.pop(at)()
        await asyncio.sleep(0)


@dataclass
class Bench:
    """A site, its store and the samples that have been made."""

    configuration: Configuration
    store: Store
    clock: SteppedClock = field(default_factory=SteppedClock)

    async def poll(self, device: str, at: int, flag: str = "", **changed: float) -> None:
        """Store what a meter shows in a slot."""
        flags = {"*": flag} if flag else {}
        values = {} if flag.startswith("bad") else VALUES[device] | changed
        await self.store.write([Sample(device, at, "run", 1, 5, values, flags)])

    async def sampled(self, count: int, store: Store | None = None) -> list[Sample]:
        """The next samples of the virtual device."""
        plant = self.configuration.settings.plant
        assert plant is not None
        samples: list[Sample] = []
        enough = asyncio.Event()

        def take(sample: Sample) -> None:
            samples.append(sample)
            if len(samples) == count:
                enough.set()

        live = LiveFigures(self.configuration, plant, store or self.store, "r1", take)
        task = asyncio.create_task(live.run(self.clock))
        async with asyncio.timeout(20):
            await enough.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return samples[:count]


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    configuration = load_site(file)
    store = store_for(configuration, tmp_path)
    await store.open()
    yield Bench(configuration, store)
    await store.close()


async def test_a_slot_is_made_of_the_newest_values_that_are_fresh(bench: Bench) -> None:
    await bench.poll("e-plant", NOON - 5_000, power_kw=99.0)
    await bench.poll("e-plant", NOON)
    await bench.poll("e-plant", NOON + 5_000, power_kw=98.0)
    await bench.poll("e-1", NOON - 30_000)
    await bench.poll("h-load", NOON - 180_000)
    await bench.poll("hp-1", NOON)
    [sample] = await bench.sampled(1)
    assert (sample.device, sample.at, sample.seq) == ("plant", NOON, 1)
    assert 4_000 <= sample.lag < SLOT
    assert sample.values["power_kw"] == 60.0
    assert sample.values["cop_level1"] == 4.0
    assert sample.flags["cop_level2"] == "bad:not-measured"


async def test_a_value_is_old_after_three_of_its_own_intervals(bench: Bench) -> None:
    await bench.poll("e-plant", NOON - 20_000)
    await bench.poll("e-1", NOON - 40_000)
    await bench.poll("h-load", NOON - 240_000)
    await bench.poll("hp-1", NOON)
    [sample] = await bench.sampled(1)
    assert sample.values == {"state": 2.0}
    for name in ("power_kw", "heat_kw", "cop_level1"):
        assert sample.flags[name] == "bad:no-value"


async def test_a_poll_without_answer_leaves_the_value_before_it(bench: Bench) -> None:
    for device in VALUES:
        await bench.poll(device, NOON - 60_000 if device == "h-load" else NOON - SLOT)
        await bench.poll(device, NOON, "bad:timeout")
    [sample] = await bench.sampled(1)
    assert sample.values["cop_level1"] == 4.0


async def test_a_doubtful_reading_makes_doubtful_figures(bench: Bench) -> None:
    for device in VALUES:
        await bench.poll(device, NOON, "uncertain:identity" if device == "e-1" else "")
    [sample] = await bench.sampled(1)
    assert sample.flags["cop_level1"] == "uncertain:input"
    assert "power_kw" not in sample.flags


async def test_every_slot_yields_a_sample_also_when_nothing_is_known(bench: Bench) -> None:
    samples = await bench.sampled(4)
    assert [s.at for s in samples] == [NOON + n * SLOT for n in range(4)]
    assert [s.seq for s in samples] == [1, 2, 3, 4]
    assert all(s.flags == {"*": "bad:no-answer"} and not s.values for s in samples)


async def test_slots_in_which_nobody_computed_are_told(bench: Bench) -> None:
    def sleep_long() -> None:
        bench.clock.now += 3 * SLOT

    bench.clock.due[NOON + SLOT] = sleep_long
    samples = await bench.sampled(5)
    assert [s.at for s in samples] == [NOON + n * SLOT for n in range(5)]
    assert [s.flags["*"] for s in samples[1:4]] == ["bad:missed"] * 3


async def test_a_store_that_is_away_gives_samples_without_values(bench: Bench) -> None:
    class Away:
        """Unavailable twice."""

        left = 2

        async def readings(self, *arguments: object) -> dict[str, list[Reading]]:
            if self.left:
                self.left -= 1
                raise Unavailable("nobody there")
            return await bench.store.readings(*arguments)

    for device in VALUES:
        await bench.poll(device, NOON + 2 * SLOT if device != "h-load" else NOON)
    samples = await bench.sampled(3, Away())
    assert [dict(s.flags) for s in samples[:2]] == [{"*": "bad:no-answer"}] * 2
    assert samples[2].values["heat_kw"] == 200.0
    assert set(samples[2].values) | set(samples[2].flags) == set(PLANT_FIELDS)
