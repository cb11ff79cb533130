"""Reads every word of a live device that its map concerns, and one to either side of each block.

The neighbours are needed to see whether another address base fits better. What the device refuses
is left out, down to single registers.
"""

from __future__ import annotations

from collections.abc import Iterable

from collector.clock import Clock
from collector.errors import DeviceError, Refused
from collector.modbus import Line
from collector.planner import BIT_FUNCTIONS, Block, split

MOST_REGISTERS = 125


class Readout:
    """The words of one device, by function code and address on the wire."""

    def __init__(self, line: Line, unit: int, clock: Clock, pause_ms: int) -> None:
        self.memory: dict[tuple[int, int], int] = {}
        self.refusals = 0
        self._line = line
        self._unit = unit
        self._clock = clock
        self._pause_ms = pause_ms

    async def read(self, blocks: Iterable[Block]) -> None:
        """Read blocks, each with a word more on either side where the device lets us.

        Raises
        ------
        NoAnswer, BadFrame
            The device does not answer a plain read of a block.
        """
        for block in blocks:
            function, last = block.function, block.address + block.count - 1
            before, after = max(0, block.address - 1), min(65_535, last + 1)
            if after - before < MOST_REGISTERS and await self._try(function, before, after):
                continue
            await self._read_words(block)
            await self._try(function, before, last - 1)
            await self._try(function, block.address + 1, after)

    async def _try(self, function: int, first: int, last: int) -> bool:
        """Read something that the device may have every reason not to answer."""
        try:
            await self._request(function, first, last)
        except DeviceError:
            return False
        return True

    async def _read_words(self, block: Block) -> None:
        """Read a block; a refused one in halves between its words, down to single ones."""
        try:
            await self._request(block.function, block.address, block.address + block.count - 1)
        except Refused:
            halves = split(block)
            if len(halves) == 1:
                self.refusals += 1
                return
            for half in halves:
                await self._read_words(half)

    async def _request(self, function: int, first: int, last: int) -> None:
        count = last - first + 1
        payload = await self._line.read(self._unit, function, first, count)
        for offset in range(count):
            if function in BIT_FUNCTIONS:
                word = (payload[offset // 8] >> offset % 8) & 1
            else:
                word = int.from_bytes(payload[2 * offset : 2 * offset + 2], "big")
            self.memory[function, first + offset] = word
        if self._pause_ms:
            await self._clock.sleep(self._pause_ms / 1000)
