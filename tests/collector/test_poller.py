"""Slot by slot polling of a bus, on a clock stepped by hand and a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.config import Bus, DeviceEntry, device_of
from collector.layout import Layout
from collector.modbus import Line
from collector.model import Sample
from collector.poller import BusPoller, PolledDevice
from collector.reader import DeviceReader
from collector.registers import parse_map
from collector.schedule import Slots
from collector.topology import Names
from tests.collector.gateway import gateway, registers
from tests.collector.test_reader import MAP


class SteppedClock:
    """Stands still but for sleeping and for being set."""

    def __init__(self, now_ms: int) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(1, round(seconds * 1000))
        await asyncio.sleep(0)


def poller(bus: Bus, clock: SteppedClock, units: list[int], samples: list[Sample]) -> BusPoller:
    its_map = parse_map(MAP.format(quirks=""), Path("small.yaml"))
    line = Line(bus)
    polled = []
    for index, unit in enumerate(units):
        entry = DeviceEntry(
            id=f"m{unit}", name=Names(zh="表", en="M"), bus="bus", unit=unit, map="small",
            interval="1s", only=("power_l1_kw", "power_l2_kw", "power_l3_kw"),
        )  # fmt: skip
        reader = DeviceReader(entry.id, unit, Layout(its_map, entry), line, clock)
        slots = Slots.beginning(1000, 10 * index, clock.now_ms())
        polled.append(PolledDevice(device_of(entry, its_map), reader, slots, "r1"))
    return BusPoller(line, polled, samples.append, clock)


async def run_until(poller: BusPoller, samples: list[Sample], count: int) -> None:
    """Run the poller until so many samples came, then cancel it."""
    enough = asyncio.Event()

    def take(sample: Sample) -> None:
        samples.append(sample)
        if len(samples) >= count:
            enough.set()

    poller._sink = take
    task = asyncio.create_task(poller.run())
    async with asyncio.timeout(20):
        await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def three(number: int, unit: int, pdu: bytes) -> tuple[float, bytes]:
    return 0, registers(unit, unit, unit)


async def test_every_slot_yields_one_sample_with_contiguous_numbers():
    samples: list[Sample] = []
    async with gateway(three, "tcp") as (_, bus):
        await run_until(poller(bus, SteppedClock(5_000), [1, 2], samples), samples, 20)
    for device in ("m1", "m2"):
        its = [sample for sample in samples if sample.device == device]
        assert [sample.seq for sample in its] == list(range(1, len(its) + 1))
        assert [sample.at for sample in its] == [
            its[0].at + 1000 * index for index in range(len(its))
        ]
        assert its[0].at % 1000 == 0
        assert its[0].values["power_l1_kw"] == float(device[1:])


async def test_a_dead_device_is_backed_off_while_its_neighbour_keeps_its_rhythm():
    samples: list[Sample] = []

    def answer(number, unit, pdu):
        return (0, b"") if unit == 2 else three(number, unit, pdu)

    async with gateway(answer, "tcp", timeout_ms=50) as (device, bus):
        await run_until(poller(bus, SteppedClock(5_000), [1, 2], samples), samples, 40)
        asked = sum(unit == 2 for unit, _ in device.requests)
    dead = [sample for sample in samples if sample.device == "m2"]
    alive = [sample for sample in samples if sample.device == "m1"]
    reasons = {sample.flags["*"] for sample in dead}
    assert reasons == {"bad:no-answer", "bad:backed-off"}
    assert asked < len(dead) / 2
    assert all(sample.answered for sample in alive)
    assert abs(len(alive) - len(dead)) <= 1


async def test_slots_that_passed_while_the_machine_slept_are_told_as_missed():
    samples: list[Sample] = []
    clock = SteppedClock(5_000)
    async with gateway(three, "tcp") as (_, bus):
        its = poller(bus, clock, [1], samples)
        (polled,) = its._devices
        clock.now = polled.slots.turn_ms
        await its.take_turn(polled)
        clock.now += 4_500
        await its.take_turn(polled)
        its._line.close()
    assert [sample.flags.get("*") for sample in samples] == [None, *["bad:missed"] * 3, None]
    assert [sample.seq for sample in samples] == [1, 2, 3, 4, 5]
    assert polled.tally.missed == 3


async def test_a_cancelled_poller_ends_even_when_answers_keep_coming():
    """wait_for of Python 3.11 can swallow a cancelling; the poller must notice all the same."""
    samples: list[Sample] = []
    async with gateway(three, "tcp") as (_, bus):
        for _ in range(5):
            await run_until(poller(bus, SteppedClock(5_000), [1], samples), samples, 5)
            samples.clear()
