"""Reading one device over a real socket: splitting, half-way silence, setup, close after poll."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.config import DeviceEntry
from collector.errors import NoAnswer
from collector.layout import Layout
from collector.modbus import Line
from collector.reader import DeviceReader
from collector.registers import parse_map
from collector.topology import Names
from tests.collector.gateway import gateway, registers

MAP = """\
map: small
kind: electricity_meter
maker: tests
models: [small]
source: tests/collector/test_reader.py
trust: field-verified
address_base: 0
function: 3
hole_limit: 0
{quirks}
registers:
  - {{field: power_l1_kw, address: 0, type: u16, unit: kW, low: 0, high: 1000}}
  - {{field: power_l2_kw, address: 1, type: u16, unit: kW, low: 0, high: 1000}}
  - {{field: power_l3_kw, address: 2, type: u16, unit: kW, low: 0, high: 1000}}
  - {{field: frequency_hz, address: 10, type: u16, unit: Hz, low: 45, high: 65}}
"""


def reader(line: Line, quirks: str = "") -> DeviceReader:
    entry = DeviceEntry(
        id="m", name=Names(zh="表", en="M"), bus="bus", unit=1, map="small", interval="1s"
    )
    layout = Layout(parse_map(MAP.format(quirks=quirks), Path("small.yaml")), entry)
    return DeviceReader("m", 1, layout, line, SystemClock())


def echo(number: int, unit: int, pdu: bytes) -> tuple[float, bytes]:
    """Answer every register with its own address plus 40: any slip shows."""
    first, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
    return 0, registers(*range(first + 40, first + 40 + count))


async def test_all_blocks_of_a_device_make_one_reading():
    async with gateway(echo, "tcp") as (device, bus):
        line = Line(bus)
        values, flags = await reader(line).read(0)
        assert values == {
            "power_l1_kw": 40, "power_l2_kw": 41, "power_l3_kw": 42, "frequency_hz": 50,
        }  # fmt: skip
        assert flags is None
        assert len(device.requests) == 2
        line.close()


async def test_a_refused_block_is_split_until_the_register_at_fault_stands_alone():
    def answer(number, unit, pdu):
        first, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if first <= 1 < first + count:
            return 0, bytes([0x83, 2])
        return echo(number, unit, pdu)

    async with gateway(answer, "tcp") as (device, bus):
        line = Line(bus)
        its_reader = reader(line)
        for _ in range(2):
            values, flags = await its_reader.read(0)
            assert values == {"power_l1_kw": 40, "power_l3_kw": 42, "frequency_hz": 50}
            assert flags == {"power_l2_kw": "bad:refused:2"}
        learnt = len(device.requests)
        await its_reader.read(0)
        assert len(device.requests) - learnt == 3
        line.close()


async def test_a_busy_device_marks_the_block_and_is_not_split():
    def answer(number, unit, pdu):
        return (0, bytes([0x83, 6])) if number == 0 else echo(number, unit, pdu)

    async with gateway(answer, "tcp") as (_, bus):
        line = Line(bus)
        its_reader = reader(line)
        values, flags = await its_reader.read(0)
        assert values == {"frequency_hz": 50}
        assert set(flags or {}) == {"power_l1_kw", "power_l2_kw", "power_l3_kw"}
        assert (await its_reader.read(0))[1] is None
        line.close()


async def test_a_device_that_falls_silent_half_way_keeps_what_it_said():
    def answer(number, unit, pdu):
        return echo(number, unit, pdu) if pdu[2] == 0 else (0, b"")

    async with gateway(answer, "tcp") as (_, bus):
        line = Line(bus)
        values, flags = await reader(line).read(0)
        assert values == {"power_l1_kw": 40, "power_l2_kw": 41, "power_l3_kw": 42}
        assert flags == {"frequency_hz": "bad:no-answer"}
        line.close()


async def test_a_device_that_says_nothing_raises():
    async with gateway(lambda *_: (0, b""), "tcp") as (_, bus):
        line = Line(bus)
        with pytest.raises(NoAnswer):
            await reader(line).read(0)
        line.close()


async def test_the_line_is_closed_after_each_poll_where_the_map_says_so():
    async with gateway(echo, "tcp") as (device, bus):
        line = Line(bus)
        its_reader = reader(line, "quirks: {close_after_poll: true}")
        await its_reader.read(0)
        assert not line.connected
        await its_reader.read(0)
        assert device.connections == 2
        line.close()


IDENTITY = "identity: [{field: model, address: 200, type: u16, equals: [7]}]"


async def test_a_device_that_ignores_its_identity_cell_delivers_all_the_same():
    def answer(number, unit, pdu):
        return (0, b"") if pdu[2] == 200 else echo(number, unit, pdu)

    async with gateway(answer, "tcp") as (_, bus):
        line = Line(bus)
        its_reader = reader(line, IDENTITY)
        for _ in range(2):
            with pytest.raises(NoAnswer):
                await its_reader.read(0)
        values, _ = await its_reader.read(0)
        assert values["frequency_hz"] == 50
        line.close()
