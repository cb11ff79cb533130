"""The doorway to Modbus devices: one `Line` per physical bus, reading only.

Function codes 1 to 4 are the only ones that exist here. pymodbus never retries for us: on RTU
framings an answer carries no transaction number, so an answer that comes late would be taken for
the next one. After a time-out a TCP connection is closed (late answers die with their socket); an
RTU line is first listened to in silence for another time-out, so that a late answer is drained,
and then closed as well.
"""

from __future__ import annotations

import asyncio
import logging
import termios
from collections.abc import Awaitable, Callable

from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from collector.config import Bus
from collector.errors import BadFrame, DeviceError, NoAnswer, Refused

# What pymodbus has to say comes to us as exceptions; its log would say it a second time.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

BIT_FUNCTIONS = (1, 2)
BROADCAST = 0

_Read = Callable[..., Awaitable[ModbusPDU]]


class _Answer(ModbusPDU):
    """An answer whose data stay bytes: the decoder wants them as they came from the wire."""

    rtu_byte_count_pos = 2
    payload = b""

    def decode(self, data: bytes) -> None:
        """Keep the data; a wrong length shows when it is compared with the request."""
        self.payload = data[1 : 1 + data[0]] if data else b""

    def __str__(self) -> str:
        """Say little: pymodbus formats every answer for its debug log, wanted or not."""
        return type(self).__name__


class _Coils(_Answer):
    function_code = 1


class _DiscreteInputs(_Answer):
    function_code = 2


class _HoldingRegisters(_Answer):
    function_code = 3


class _InputRegisters(_Answer):
    function_code = 4


class Line:
    """One physical bus: a TCP endpoint, a serial gateway or a serial port.

    Only one request is under way at a time; the caller (one task per bus) sees to that.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._timeout_s = bus.timeout / 1000
        self._client: AsyncModbusTcpClient | AsyncModbusSerialClient | None = None
        self._reads: dict[int, _Read] = {}
        self._drain_until: float | None = None
        self.connects = 0

    @property
    def connected(self) -> bool:
        """Whether requests can be sent without connecting first."""
        return self._drain_until is None and self._client is not None and self._client.connected

    async def connect(self) -> None:
        """Open the line; drain it first when an answer is still out.

        Raises
        ------
        NoAnswer
            The endpoint does not accept the connection in time.
        """
        if self._drain_until is not None:
            await asyncio.sleep(self._drain_until - asyncio.get_running_loop().time())
        self.close()
        client = self._new_client()
        place = (
            str(self._bus.port)
            if self._bus.kind == "rtu"
            else (f"{self._bus.host}:{self._bus.port}")
        )
        try:
            opened = await client.connect()
        except (ModbusException, OSError, ValueError, termios.error) as error:
            # A host name that is none, a serial port that vanishes or takes no such setting.
            client.close()
            raise NoAnswer(self._bus.id, f"cannot open {place}: {error}") from error
        if not opened:
            client.close()
            raise NoAnswer(self._bus.id, f"cannot open {place}")
        self.connects += 1
        self._client = client
        self._reads = {
            1: client.read_coils,
            2: client.read_discrete_inputs,
            3: client.read_holding_registers,
            4: client.read_input_registers,
        }

    def _new_client(self) -> AsyncModbusTcpClient | AsyncModbusSerialClient:
        bus = self._bus
        client: AsyncModbusTcpClient | AsyncModbusSerialClient
        if bus.kind == "rtu":
            client = AsyncModbusSerialClient(
                str(bus.port), baudrate=bus.baudrate, parity=bus.parity, stopbits=bus.stopbits,
                timeout=self._timeout_s, retries=0, reconnect_delay=0,
            )  # fmt: skip
        else:
            framer = FramerType.SOCKET if bus.kind == "tcp" else FramerType.RTU
            client = AsyncModbusTcpClient(
                str(bus.host), port=int(bus.port or 502), framer=framer,
                timeout=self._timeout_s, retries=0, reconnect_delay=0,
            )  # fmt: skip
        for answer in (_Coils, _DiscreteInputs, _HoldingRegisters, _InputRegisters):
            client.register(answer)
        return client

    async def read(self, unit: int, function: int, address: int, count: int) -> bytes:
        """Read one block; two bytes a register in wire order, or eight inputs a byte.

        Raises
        ------
        NoAnswer
            Time-out or closed line; the line is closed.
        Refused
            The device answered with a Modbus exception code.
        BadFrame
            The answer is not the one to this request; the line is closed.
        """
        if not self.connected:
            await self.connect()
        try:
            answer = await self._reads[function](address, count=count, device_id=unit)
        except (ModbusException, OSError) as error:
            self._abandon()
            raise NoAnswer(self._name(unit), _words(error)) from error
        if answer.isError():
            raise Refused(
                self._name(unit), f"exception {answer.exception_code}", answer.exception_code
            )
        expected = (count + 7) // 8 if function in BIT_FUNCTIONS else 2 * count
        if not isinstance(answer, _Answer) or answer.function_code != function:
            raise self._bad(unit, f"an answer to another function than {function}")
        if len(answer.payload) != expected:
            raise self._bad(unit, f"{len(answer.payload)} bytes instead of {expected}")
        return answer.payload

    def _bad(self, unit: int, detail: str) -> DeviceError:
        self._abandon()
        return BadFrame(self._name(unit), detail)

    def _name(self, unit: int) -> str:
        return f"{self._bus.id} unit {unit}"

    def _abandon(self) -> None:
        """Make sure that the answer still out cannot meet the next request."""
        if self._bus.kind == "tcp":
            self.close()
        elif self._client is not None and self._client.connected:
            self._drain_until = asyncio.get_running_loop().time() + self._timeout_s
        else:
            self.close()

    def close(self) -> None:
        """Close the line; the next read opens it again."""
        self._drain_until = None
        if self._client is not None:
            self._client.close()
            self._client = None


def _words(error: Exception) -> str:
    text = str(error).removeprefix("Modbus Error: ")
    return "no answer in time" if "No response received" in text else text
