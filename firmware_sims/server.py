"""Devices that answer real Modbus: the doorway to pymodbus's server.

`BusServer` is one line of the site with all its devices: Modbus TCP, a serial gateway (RTU over
TCP) or a serial port. Values are asked from the device's source when a request arrives and encoded
only when the source has something new. Reads only: a written register would be overwritten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from pymodbus import FramerType
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collector.config import Bus, DeviceEntry
from collector.registers import RegisterMap
from collector.words import Word
from firmware_sims.image import Image, image_of

Values = Mapping[str, float]
Source = Callable[[], Values]
Address = tuple[str, int]

_DATATYPE = ModbusClientMixin.DATATYPE
_DATATYPES: Mapping[str, Any] = {
    "u8": _DATATYPE.UINT16, "u16": _DATATYPE.UINT16, "s16": _DATATYPE.INT16,
    "u32": _DATATYPE.UINT32, "s32": _DATATYPE.INT32, "u64": _DATATYPE.UINT64,
    "s64": _DATATYPE.INT64, "f32": _DATATYPE.FLOAT32, "f64": _DATATYPE.FLOAT64,
    "bcd16": _DATATYPE.UINT16, "bcd32": _DATATYPE.UINT32, "bcd64": _DATATYPE.UINT64,
}  # fmt: skip
_PERMUTED: Mapping[str, tuple[int, ...]] = {"pairs": (1, 0, 3, 2), "halves": (2, 3, 0, 1)}
_TOP = 65_535
_FUNCTIONS = (1, 2, 3, 4)
_BIT_FUNCTIONS = (1, 2)


def registers_of(word: Word, raw: float) -> list[int]:
    """Cut a raw number into registers with pymodbus's converter.

    pymodbus knows neither swapped bytes nor the mixed orders of 64 bits; these are laid on top.
    A `bit` is one input, not a register.
    """
    if word.type == "bit":
        return [int(raw)]
    number = float(raw) if word.type[0] == "f" else int(raw)
    order: Literal["big", "little"] = "little" if word.word_order == "little" else "big"
    registers = ModbusClientMixin.convert_to_registers(number, _DATATYPES[word.type], order)
    if word.word_order in _PERMUTED:
        registers = [registers[i] for i in _PERMUTED[word.word_order]]
    if word.byte_order == "little":
        registers = [(r & 0xFF) << 8 | r >> 8 for r in registers]
    return registers


class ServedDevice:
    """One simulated device behind its registers.

    Parameters
    ----------
    entry, register_map : DeviceEntry, RegisterMap
        The device in the site file and its model.
    source : callable
        Current values by field in canonical units; must return a new mapping when they change.
    ratios, units : mapping
        What the meter is set to, see `image.image_of`.
    polled : callable, optional
        Called before every answer that has the device's first value, which is once a poll.
    """

    def __init__(
        self,
        entry: DeviceEntry,
        register_map: RegisterMap,
        source: Source,
        *,
        ratios: Mapping[str, float] | None = None,
        units: Mapping[str, str] | None = None,
        polled: Callable[[], None] | None = None,
    ) -> None:
        self.id = entry.id
        self.unit = entry.unit
        self.bus = entry.bus
        self._source = source
        self._polled = polled
        self._word_swapped = False
        self._image: Image = image_of(entry, register_map, ratios or {}, units or {})
        self._encoded: Values | None = None
        self._registers: dict[int, list[tuple[int, list[int]]]] = {f: [] for f in _FUNCTIONS}
        self._written: dict[int, Values | None] = {}

    @property
    def image(self) -> Image:
        """Where the device's values stand."""
        return self._image

    def swap_words(self, *, swapped: bool) -> None:
        """Send long values with their words in the contrary order, or as the map says."""
        self._word_swapped = swapped
        self._encoded = None
        self._written.clear()

    def sim_device(self) -> SimDevice:
        """Describe the device for pymodbus: four separate memories, refreshed at reading."""
        coils, inputs, holding, input_registers = (self._memory(f) for f in _FUNCTIONS)
        return SimDevice(
            self.unit, simdata=(coils, inputs, holding, input_registers), action=self._read
        )

    def _memory(self, function: int) -> list[SimData]:
        """Readable ranges; pymodbus wants every memory to have something in it."""
        ranges = self._image.readable.get(function, ())
        spans = [(first, last - first + 1) for first, last in ranges]
        if function in _BIT_FUNCTIONS:
            return [
                SimData(at, values=[False] * count, datatype=DataType.BITS)
                for at, count in spans or [(_TOP - 15, 16)]
            ]
        if not spans:
            return [SimData(_TOP, datatype=DataType.INVALID)]
        return [SimData(at, count=count, datatype=DataType.REGISTERS) for at, count in spans]

    async def _read(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        memory: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Answer a request: refuse what does not exist, refresh what has changed."""
        if written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        is_bits = function in _BIT_FUNCTIONS
        if is_bits and not self._has_inputs(function, address, count):
            return ExcCodes.ILLEGAL_ADDRESS
        if self._polled is not None and self._image.begins_in(function, address, count):
            self._polled()
        values = self._source()
        if self._written.get(function) is not values:
            self._encode(values)
            self._written[function] = values
            for at, registers in self._registers[function]:
                if is_bits:
                    _set_input(memory, at - 16 * start, registers[0])
                else:
                    memory[at - start : at - start + len(registers)] = registers
        return None

    def _encode(self, values: Values) -> None:
        if self._encoded is values:
            return
        self._registers = {f: [] for f in _FUNCTIONS}
        for function, address, registers in self._image.registers(
            values, registers_of, word_swapped=self._word_swapped
        ):
            self._registers[function].append((address, registers))
        self._encoded = values

    def _has_inputs(self, function: int, address: int, registers: int) -> bool:
        """Whether these inputs exist; pymodbus counts the 16-bit registers it will look at."""
        last = max(address, 16 * (address // 16 + registers - 1))
        ranges = self._image.readable.get(function, ())
        return any(first <= address and last <= end for first, end in ranges)


def _set_input(memory: list[int], index: int, value: int) -> None:
    register, bit = divmod(index, 16)
    memory[register] = memory[register] & ~(1 << bit) | value << bit


class BusServer:
    """One line of the site with all its devices.

    Parameters
    ----------
    bus : Bus
        The line in the site file.
    devices : sequence of ServedDevice
        Those of this bus.
    address : (str, int), optional
        Where to listen instead of the bus's own host and port; port 0 takes a free one.
    """

    def __init__(
        self, bus: Bus, devices: Sequence[ServedDevice], address: Address | None = None
    ) -> None:
        self.bus = bus
        self.devices = tuple(devices)
        self._asked = address
        self._server: ModbusTcpServer | ModbusSerialServer | None = None

    async def start(self) -> None:
        """Listen.

        Raises
        ------
        OSError
            The port is taken or does not exist.
        """
        self._server = self._build()
        try:
            await self._server.serve_forever(background=True)
        except RuntimeError as error:
            self._server = None
            raise OSError(f"bus {self.bus.id}: cannot listen on {self._place()}") from error

    async def stop(self) -> None:
        """Close the line and every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def address(self) -> Address:
        """Where the bus listens; the real port also when a free one was asked for."""
        if self._server is None or self.bus.kind == "rtu":
            return self._place()
        listener = cast(asyncio.Server, self._server.transport)
        host, port = listener.sockets[0].getsockname()[:2]
        return host, port

    def _place(self) -> Address:
        if self._asked is not None:
            return self._asked
        if self.bus.kind == "rtu":
            return str(self.bus.port), 0
        return self.bus.host or "127.0.0.1", int(self.bus.port or 0)

    def _build(self) -> ModbusTcpServer | ModbusSerialServer:
        is_direct = self.bus.kind == "tcp"
        devices = [device.sim_device() for device in self.devices]
        if all(device.id != 0 for device in devices):
            devices.append(_nobody(_last_address(self.devices) if is_direct else _TOP))
        if self.bus.kind == "rtu":
            return ModbusSerialServer(
                devices,
                port=self._place()[0],
                baudrate=self.bus.baudrate,
                parity=self.bus.parity,
                stopbits=self.bus.stopbits,
                ignore_missing_devices=True,
            )
        return ModbusTcpServer(
            devices,
            framer=FramerType.SOCKET if is_direct else FramerType.RTU,
            address=self._place(),
            ignore_missing_devices=not is_direct,
        )


def _last_address(devices: Sequence[ServedDevice]) -> int:
    ranges = [
        span for device in devices for spans in device.image.readable.values() for span in spans
    ]
    return max((last for _, last in ranges), default=0)


def _nobody(last: int) -> SimDevice:
    """Answer for units that do not exist: silent on a serial line, exception 11 over Modbus TCP.

    pymodbus sends requests for unknown units to the device 0, if there is one, and keeps memory
    for every address up to `last`; only a line that must stay silent needs them all.
    """

    async def refuse(*_: object) -> ExcCodes | None:
        raise NoSuchIdException

    everything = SimData(0, count=last + 1, datatype=DataType.REGISTERS)
    return SimDevice(0, simdata=everything, action=refuse)
