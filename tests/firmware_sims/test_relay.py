"""The relay makes a real line between a real client and real devices misbehave."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_sims.frames import Frame, Framing, Splitter, pack
from firmware_sims.relay import Relay
from firmware_sims.server import BusServer, ServedDevice
from tests.firmware_sims.sample_map import VALUES, bus, entry, everything

ANYWHERE = ("127.0.0.1", 0)


class Client:
    """A bare Modbus client, which sees what really comes over the line."""

    def __init__(
        self, framing: Framing, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.framing = framing
        self.reader = reader
        self.writer = writer
        self.splitter = Splitter(framing, "answer")
        self.frames: list[Frame] = []

    def ask(self, unit: int = 1, address: int = 12, transaction: int = 0) -> None:
        pdu = bytes([3]) + address.to_bytes(2, "big") + b"\0\1"
        self.writer.write(pack(Frame(unit, pdu, transaction), self.framing))

    async def frame(self) -> Frame:
        while not self.frames:
            data = await asyncio.wait_for(self.reader.read(512), 5)
            if not data:
                raise ConnectionResetError
            self.frames += self.splitter.feed(data)
        return self.frames.pop(0)

    async def nothing_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return not await self.reader.read(512)
        except TimeoutError:
            return True


@asynccontextmanager
async def line(kind: str = "rtu-over-tcp") -> AsyncIterator[tuple[Relay, Client]]:
    """Two devices with 73 % and 21 % on one bus, a relay before it, a client before that."""
    served = [
        ServedDevice(
            entry(f"dut-{unit}", unit), everything(), lambda p=percent: p, ratios={"ct": 1.0}
        )
        for unit, percent in ((1, VALUES), (2, {**VALUES, "speed_percent": 21.0}))
    ]
    server = BusServer(bus(kind), served, ANYWHERE)
    await server.start()
    framing: Framing = "tcp" if kind == "tcp" else "rtu"
    relay = Relay(server.address, framing, random.Random(7))
    await relay.start()
    reader, writer = await asyncio.open_connection(*relay.address)
    try:
        yield relay, Client(framing, reader, writer)
    finally:
        writer.close()
        await relay.stop()
        await server.stop()


@pytest.mark.parametrize("kind", ["tcp", "rtu-over-tcp"])
async def test_without_a_fault_answers_pass_unchanged(kind):
    async with line(kind) as (relay, client):
        client.ask()
        assert (await client.frame()).pdu == bytes.fromhex("03020049")
    assert (relay.seen["requests"], relay.seen["answers"]) == (1, 1)


async def test_a_delayed_answer_comes_late_and_after_the_next_question():
    async with line() as (relay, client):
        relay.delay(0.2, unit=1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        client.ask(address=12)
        assert await client.nothing_within(0.1)
        client.ask(address=13)
        first, second = await client.frame(), await client.frame()
        assert loop.time() - started >= 0.2
    assert first.pdu == bytes.fromhex("03020049")
    assert second.pdu[2:] == (0x40 | 9).to_bytes(2, "big")


async def test_a_silent_unit_leaves_its_neighbour_alone():
    async with line() as (relay, client):
        relay.silence(unit=1)
        client.ask(unit=1)
        client.ask(unit=2)
        assert (await client.frame()).unit == 2
        relay.heal(1)
        client.ask(unit=1)
        assert (await client.frame()).unit == 1


@pytest.mark.parametrize("damage", ["bits", "cut", "noise"])
async def test_garbled_answers_are_no_frames_of_the_device(damage):
    async with line() as (relay, client):
        relay.garble(1.0, unit=1, damages=(damage,))
        client.ask()
        raw = await asyncio.wait_for(client.reader.read(512), 5)
        assert raw != pack(Frame(1, bytes.fromhex("03020049")), "rtu")
        relay.heal(1)
        client.ask()
        assert (await client.frame()).pdu == bytes.fromhex("03020049")
    assert relay.seen["garbled"] == 1


async def test_garbage_comes_in_the_share_asked_for_and_the_same_for_a_seed():
    async with line() as (relay, client):
        relay.garble(0.3, damages=("bits",))
        bad = []
        for _ in range(60):
            client.ask()
            raw = await asyncio.wait_for(client.reader.readexactly(7), 5)
            bad.append(raw != pack(Frame(1, bytes.fromhex("03020049")), "rtu"))
    expected = random.Random(7)
    assert bad[0] == (expected.random() < 0.3)
    assert 8 <= sum(bad) <= 28


async def test_a_refused_address_is_refused_alone():
    async with line() as (relay, client):
        relay.refuse(1, 12, 12)
        for address in (12, 13, 12):
            client.ask(address=address)
        answers = [await client.frame() for _ in range(3)]
    assert [a.pdu.hex() for a in answers] == ["8302", "03020049", "8302"]


async def test_two_devices_of_one_unit_both_answer():
    async with line() as (relay, client):
        relay.duplicate(1, twin=2)
        client.ask(unit=1)
        both = [await client.frame(), await client.frame()]
    assert [(f.unit, f.pdu.hex()) for f in both] == [(1, "03020049"), (1, "03020015")]


async def test_a_dropped_line_can_be_connected_again():
    async with line() as (relay, client):
        client.ask()
        await client.frame()
        relay.drop()
        with pytest.raises(ConnectionError):
            await client.frame()
        reader, writer = await asyncio.open_connection(*relay.address)
        again = Client("rtu", reader, writer)
        again.ask()
        assert (await again.frame()).unit == 1
        writer.close()


async def test_a_cut_line_refuses_until_it_is_mended_on_the_same_port():
    async with line() as (relay, client):
        client.ask()
        await client.frame()
        address = relay.address
        await relay.cut()
        with pytest.raises(ConnectionError):
            await client.frame()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        await relay.mend()
        assert relay.address == address
        reader, writer = await asyncio.open_connection(*address)
        again = Client("rtu", reader, writer)
        again.ask()
        assert (await again.frame()).unit == 1
        writer.close()
