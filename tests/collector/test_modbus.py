"""The Modbus doorway on real sockets: answers, refusals, silence, late answers, garbage."""

from __future__ import annotations

import inspect
import struct

import pymodbus.exceptions
import pytest
from pymodbus import ModbusException

from collector import modbus
from collector.config import Bus
from collector.errors import BadFrame, NoAnswer, Refused
from collector.modbus import Line
from tests.collector.gateway import crc, gateway, registers

KINDS = ["tcp", "rtu-over-tcp"]


def words(payload: bytes) -> list[int]:
    return list(struct.unpack(f">{len(payload) // 2}H", payload))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", [3, 4])
async def test_registers_come_as_bytes_in_wire_order(kind, function):
    async with gateway(lambda *_: (0, registers(0x0102, 0xFFFE, function=function)), kind) as (
        device,
        bus,
    ):
        line = Line(bus)
        assert await line.read(5, function, 0x0034, 2) == bytes.fromhex("0102fffe")
        assert device.requests == [(5, struct.pack(">BHH", function, 0x34, 2))]
        line.close()


@pytest.mark.parametrize("function", [1, 2])
async def test_inputs_come_eight_to_a_byte(function):
    async with gateway(lambda *_: (0, bytes([function, 2, 0b101, 1])), "tcp") as (_, bus):
        line = Line(bus)
        assert await line.read(1, function, 0, 9) == bytes([0b101, 1])
        line.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_exception_is_a_refusal_and_the_line_stays_open(kind):
    def answer(number, unit, pdu):
        return (0, bytes([0x83, 2])) if number == 0 else (0, registers(7))

    async with gateway(answer, kind) as (device, bus):
        line = Line(bus)
        with pytest.raises(Refused) as refusal:
            await line.read(1, 3, 0, 1)
        assert refusal.value.code == 2
        assert words(await line.read(1, 3, 0, 1)) == [7]
        assert device.connections == 1
        line.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lateness", [1.2, 1.6])
async def test_a_late_answer_never_ends_up_in_the_next_reading(kind, lateness):
    """Unit, function and length of both answers are the same: only the time tells them apart."""

    def answer(number, unit, pdu):
        return (lateness * 0.2, registers(111)) if number == 0 else (0, registers(222))

    async with gateway(answer, kind, timeout_ms=200) as (device, bus):
        line = Line(bus)
        with pytest.raises(NoAnswer):
            await line.read(1, 3, 0, 1)
        assert words(await line.read(1, 3, 50, 1)) == [222]
        assert words(await line.read(1, 3, 51, 1)) == [222]
        assert device.connections == 2
        line.close()


async def test_an_answer_of_another_unit_is_not_taken():
    def answer(number, unit, pdu):
        frame = bytes([9]) + registers(5)
        return 0, frame + crc(frame)

    async with gateway(answer) as (device, bus):
        device.raw = True
        line = Line(bus)
        with pytest.raises(NoAnswer):
            await line.read(1, 3, 0, 1)
        line.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_of_the_wrong_length_is_a_bad_frame(kind):
    async with gateway(lambda *_: (0, registers(1, 2, 3)), kind) as (_, bus):
        line = Line(bus)
        with pytest.raises(BadFrame):
            await line.read(1, 3, 0, 2)
        line.close()


async def test_an_answer_to_another_function_is_a_bad_frame():
    async with gateway(lambda *_: (0, registers(1, function=4)), "tcp") as (_, bus):
        line = Line(bus)
        with pytest.raises(BadFrame):
            await line.read(1, 3, 0, 1)
        line.close()


async def test_garbage_is_no_answer_and_the_next_poll_recovers():
    def answer(number, unit, pdu):
        good = bytes([1]) + registers(42)
        return (0, b"\x00\xff\x55garbage\x01\x03") if number == 0 else (0, good + crc(good))

    async with gateway(answer) as (device, bus):
        device.raw = True
        line = Line(bus)
        with pytest.raises((NoAnswer, BadFrame)):
            await line.read(1, 3, 0, 1)
        assert words(await line.read(1, 3, 0, 1)) == [42]
        line.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_dropped_line_is_opened_again_without_restart(kind):
    async with gateway(lambda *_: (0, registers(42)), kind) as (device, bus):
        line = Line(bus)
        await line.read(1, 3, 0, 1)
        assert device.writer is not None
        device.writer.close()
        await device.writer.wait_closed()
        try:
            payload = await line.read(1, 3, 0, 1)
        except NoAnswer:
            payload = await line.read(1, 3, 0, 1)
        assert words(payload) == [42]
        assert line.connects == 2
        line.close()


async def test_a_closed_port_is_no_answer(unused_tcp_port_factory):
    bus = Bus(id="b", kind="tcp", host="127.0.0.1", port=unused_tcp_port_factory(), timeout="1s")
    with pytest.raises(NoAnswer):
        await Line(bus).read(1, 3, 0, 1)


async def test_a_serial_port_that_does_not_exist_is_no_answer():
    bus = Bus(id="b", kind="rtu", port="/dev/tty-does-not-exist", timeout="1s")
    with pytest.raises(NoAnswer):
        await Line(bus).read(1, 3, 0, 1)


@pytest.mark.parametrize(
    "place",
    [
        {"kind": "tcp", "host": "meter..local", "port": 502},
        {"kind": "rtu", "port": "/dev/ptmx", "parity": "E"},
        {"kind": "rtu", "port": "/dev/null"},
    ],
)
async def test_a_place_that_cannot_be_opened_is_no_answer(place):
    bus = Bus(id="b", timeout="1s", **place)
    with pytest.raises(NoAnswer):
        await Line(bus).read(1, 3, 0, 1)


def test_every_exception_of_the_library_is_translated():
    """A new kind of error that is no ModbusException would get past the doorway."""
    found = {
        thing
        for thing in vars(pymodbus.exceptions).values()
        if inspect.isclass(thing) and issubclass(thing, Exception)
    }
    assert found
    assert all(issubclass(thing, ModbusException) for thing in found)


def test_nothing_in_the_doorway_can_write():
    source = inspect.getsource(modbus)
    assert "write" not in source
    assert {answer.function_code for answer in modbus._Answer.__subclasses__()} == {1, 2, 3, 4}
