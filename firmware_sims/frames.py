"""Modbus frames as bytes: cut a stream into frames, put frames together again. Pure.

Two framings: `tcp` has a header with length and transaction number, `rtu` a check sum and lengths
that follow from the function code. The relay uses this; the devices themselves leave it to
pymodbus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Framing = Literal["tcp", "rtu"]
Direction = Literal["request", "answer"]

_HEADER = 6
_LONGEST = 260
_FIXED_REQUEST = frozenset(range(1, 7))


@dataclass(frozen=True, slots=True)
class Frame:
    """One request or answer: unit, function code with data, and the transaction number on TCP."""

    unit: int
    pdu: bytes
    transaction: int = 0

    @property
    def function(self) -> int:
        """Function code, without the bit that marks a refusal."""
        return self.pdu[0] & 0x7F

    @property
    def is_read(self) -> bool:
        """Whether this is a request that reads coils, inputs or registers."""
        return self.pdu[0] in (1, 2, 3, 4) and len(self.pdu) == 5

    @property
    def span(self) -> tuple[int, int]:
        """First and last address of a read request."""
        first = int.from_bytes(self.pdu[1:3], "big")
        return first, first + int.from_bytes(self.pdu[3:5], "big") - 1

    def addressed_to(self, unit: int) -> Frame:
        """Return the same frame with another unit."""
        return replace(self, unit=unit)

    def refused(self, code: int) -> Frame:
        """Exception answer to this request."""
        return replace(self, pdu=bytes([self.pdu[0] | 0x80, code]))


def crc16(data: bytes) -> int:
    """Check sum of an RTU frame.

    >>> hex(crc16(bytes.fromhex("010300000001")))
    '0xa84'
    """
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def pack(frame: Frame, framing: Framing) -> bytes:
    """Bytes of a frame on the line."""
    body = bytes([frame.unit]) + frame.pdu
    if framing == "tcp":
        return frame.transaction.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(2, "big") + body
    return body + crc16(body).to_bytes(2, "little")


class Splitter:
    """Cuts one direction of a connection into frames; what cannot be a frame is thrown away."""

    def __init__(self, framing: Framing, direction: Direction) -> None:
        self._framing = framing
        self._direction = direction
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take bytes from the line; yield the frames that are complete by now."""
        self._buffer += data
        while self._buffer:
            length = self._length()
            if length is None or length > _LONGEST:
                self._buffer = b""
                return
            if len(self._buffer) < length:
                return
            raw, self._buffer = self._buffer[:length], self._buffer[length:]
            if self._framing == "tcp":
                yield Frame(raw[_HEADER], raw[_HEADER + 1 :], int.from_bytes(raw[:2], "big"))
            elif crc16(raw[:-2]) == int.from_bytes(raw[-2:], "little"):
                yield Frame(raw[0], raw[1:-2])
            else:
                self._buffer = b""

    def _length(self) -> int | None:
        """Bytes of the frame that the buffer begins with; None when it cannot be one."""
        have = len(self._buffer)
        if self._framing == "tcp":
            if have < _HEADER:
                return have + 1
            size = int.from_bytes(self._buffer[4:6], "big")
            is_modbus = self._buffer[2:4] == b"\0\0" and size >= 2
            return _HEADER + size if is_modbus else None
        if have < 3:
            return have + 1
        function = self._buffer[1]
        if self._direction == "request":
            return self._request_length(function)
        if function & 0x80:
            return 5
        return 5 + self._buffer[2] if function in (1, 2, 3, 4) else 8

    def _request_length(self, function: int) -> int | None:
        if function in _FIXED_REQUEST:
            return 8
        if function in (15, 16):
            return 9 + self._buffer[6] if len(self._buffer) > 6 else 8
        return None
