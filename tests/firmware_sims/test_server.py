"""The simulated devices on real lines, read by pymodbus's client and by mbpoll."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.client.base import ModbusBaseClient

from collector.words import compile_decoder
from firmware_sims.server import BusServer, ServedDevice
from tests.firmware_sims.sample_map import RATIOS, UNITS, VALUES, bus, entry, everything

ANYWHERE = ("127.0.0.1", 0)


def device(
    source: Callable[[], dict[str, float]] = lambda: VALUES, *, unit: int = 7, name: str = "dut"
) -> ServedDevice:
    return ServedDevice(entry(name, unit), everything(), source, ratios=RATIOS, units=UNITS)


@asynccontextmanager
async def serving(kind: str, *devices: ServedDevice) -> AsyncIterator[ModbusBaseClient]:
    """A bus with devices and a client on it."""
    server = BusServer(bus(kind), devices, ANYWHERE)
    await server.start()
    host, port = server.address
    framer = FramerType.SOCKET if kind == "tcp" else FramerType.RTU
    client = AsyncModbusTcpClient(
        host, port=port, framer=framer, timeout=0.3, retries=0, reconnect_delay=0
    )
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()
        await server.stop()


@pytest.mark.parametrize("kind", ["tcp", "rtu-over-tcp"])
async def test_a_device_answers_with_the_registers_of_its_map(kind):
    async with serving(kind, device()) as client:
        holding = await client.read_holding_registers(0, count=23, device_id=7)
        inputs = await client.read_input_registers(6, count=1, device_id=7)
        bits = await client.read_discrete_inputs(17, count=1, device_id=7)
    assert holding.registers[10:15] == [0xFFDE, 1395, 73, 0x49, 0]
    assert inputs.registers == [215]
    assert bits.bits[0] is True


async def test_the_collectors_decoder_gets_the_values_back():
    dut = device()
    words = [c.word for c in dut.image.cells if c.function == 3 and c.word.address < 23]
    async with serving("tcp", dut) as client:
        answer = await client.read_holding_registers(0, count=23, device_id=7)
    payload = b"".join(register.to_bytes(2, "big") for register in answer.registers)
    values, flags = compile_decoder(words, 0)(payload)
    assert flags is None
    assert values == pytest.approx({word.name: VALUES[word.name] for word in words})


async def test_values_are_asked_when_a_request_arrives():
    now = {"temperature": 20.0}
    dut = device(lambda: {**VALUES, "supply_temp_c": now["temperature"]})
    async with serving("tcp", dut) as client:
        first = await client.read_holding_registers(10, count=1, device_id=7)
        now["temperature"] = 25.5
        second = await client.read_holding_registers(10, count=1, device_id=7)
    assert (first.registers, second.registers) == ([200], [255])


async def test_only_a_new_mapping_is_encoded_again():
    values = dict(VALUES)
    async with serving("tcp", device(lambda: values)) as client:
        await client.read_holding_registers(10, device_id=7)
        values["supply_temp_c"] = 25.5
        same = await client.read_holding_registers(10, device_id=7)
        values = dict(values)
        new = await client.read_holding_registers(10, device_id=7)
    assert (same.registers, new.registers) == ([0xFFDE], [255])


@pytest.mark.parametrize("kind", ["tcp", "rtu-over-tcp"])
@pytest.mark.parametrize(
    ("function", "address", "count"), [(3, 200, 1), (3, 22, 2), (3, 57, 5), (4, 0, 1), (2, 40, 1)]
)
async def test_unknown_addresses_are_refused_with_exception_2(kind, function, address, count):
    async with serving(kind, device()) as client:
        read = {
            2: client.read_discrete_inputs,
            3: client.read_holding_registers,
            4: client.read_input_registers,
        }[function]
        answer = await read(address, count=count, device_id=7)
    assert answer.isError()
    assert answer.exception_code == 2


async def test_holes_between_registers_of_a_block_read_as_zero():
    async with serving("tcp", device()) as client:
        answer = await client.read_holding_registers(13, count=3, device_id=7)
    assert answer.registers == [0x49, 0, 0]


async def test_unknown_units_stay_silent_on_a_gateway():
    async with serving("rtu-over-tcp", device()) as client:
        with pytest.raises(ModbusException, match="No response"):
            await client.read_holding_registers(0, count=1, device_id=8)
        answer = await client.read_holding_registers(12, count=1, device_id=7)
    assert answer.registers == [73]


async def test_unknown_units_are_refused_over_modbus_tcp():
    async with serving("tcp", device()) as client:
        answer = await client.read_holding_registers(0, count=1, device_id=8)
    assert answer.exception_code == 11


async def test_several_units_share_one_gateway():
    warm, cold = ({**VALUES, "supply_temp_c": t} for t in (45.0, 7.0))
    devices = [device(lambda: warm, unit=1, name="a"), device(lambda: cold, unit=2, name="b")]
    async with serving("rtu-over-tcp", *devices) as client:
        answers = [await client.read_holding_registers(10, device_id=unit) for unit in (1, 2)]
    assert [answer.registers for answer in answers] == [[450], [70]]


async def test_registers_cannot_be_written():
    async with serving("tcp", device()) as client:
        answer = await client.write_register(10, 1, device_id=7)
        after = await client.read_holding_registers(10, device_id=7)
    assert answer.exception_code == 1
    assert after.registers == [0xFFDE]


async def test_swapped_words_reach_the_wire_and_can_be_set_right_again():
    dut = device()
    async with serving("tcp", dut) as client:
        dut.swap_words(swapped=True)
        wrong = await client.read_holding_registers(0, count=2, device_id=7)
        dut.swap_words(swapped=False)
        right = await client.read_holding_registers(0, count=2, device_id=7)
    assert wrong.registers == [0xFFFF, 0xFBFA]
    assert right.registers == [0xFBFA, 0xFFFF]


async def test_a_taken_port_is_an_error():
    first = BusServer(bus(), [device()], ANYWHERE)
    await first.start()
    second = BusServer(bus(), [device()], first.address)
    with pytest.raises(OSError, match="bus bus: cannot listen"):
        await second.start()
    await first.stop()


async def test_a_device_answers_on_a_serial_line():
    controller, line = os.openpty()
    tty.setraw(controller)
    path = os.ttyname(line)
    server = BusServer(bus("rtu", port=path), [device()])
    await server.start()
    bridge = AsyncModbusSerialClient(
        await _mirror(controller), framer=FramerType.RTU, timeout=1, retries=0, reconnect_delay=0
    )
    assert await bridge.connect()
    try:
        answer = await bridge.read_holding_registers(12, device_id=7)
        assert answer.registers == [73]
    finally:
        bridge.close()
        await server.stop()
        _unmirror(controller)
        os.close(line)


_MIRRORS: dict[int, tuple[int, int]] = {}


async def _mirror(controller: int) -> str:
    """A second pty whose traffic is passed to and from the first one's controlling end."""
    other, line = os.openpty()
    tty.setraw(other)
    loop = asyncio.get_running_loop()
    loop.add_reader(controller, lambda: os.write(other, os.read(controller, 512)))
    loop.add_reader(other, lambda: os.write(controller, os.read(other, 512)))
    _MIRRORS[controller] = (other, line)
    return os.ttyname(line)


def _unmirror(controller: int) -> None:
    other, line = _MIRRORS.pop(controller)
    loop = asyncio.get_running_loop()
    for end in (controller, other):
        loop.remove_reader(end)
        os.close(end)
    os.close(line)


async def test_mbpoll_reads_a_value_from_the_running_server():
    server = BusServer(bus(), [device()], ANYWHERE)
    await server.start()
    host, port = server.address
    command = f"mbpoll -m tcp -a 7 -t 4 -0 -r 61 -c 1 -1 -q -p {port} {host}".split()
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    await server.stop()
    assert process.returncode == 0
    assert "[61]: \t5002" in output.decode()
