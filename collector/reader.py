"""Reads what one device owes in one slot: setup cells, blocks, and what to do when it refuses.

A refused block is split until the register at fault stands alone; the rest of the device goes on.
A device that falls silent half way keeps what it has said; one that says nothing raises.
"""

from __future__ import annotations

import logging
from collections import deque

from collector.clock import Clock
from collector.errors import DeviceError, Refused
from collector.layout import LEARNT_CODES, REFUSED, Layout, PlannedBlock
from collector.modbus import Line

LOG = logging.getLogger(__name__)

Values = dict[str, float]
Flags = dict[str, str]


class DeviceReader:
    """Reads one device on a line that it may share with others."""

    def __init__(
        self, device: str, unit: int, layout: Layout, line: Line, clock: Clock, pause_ms: int = 0
    ) -> None:
        self._device = device
        self._unit = unit
        self._layout = layout
        self._line = line
        self._clock = clock
        self._pause_ms = max(pause_ms, layout.quirks.pause_between_requests)
        self._silent_setups = 0

    @property
    def extent(self) -> str:
        """How much is read: requests, registers, points."""
        return str(self._layout.extent)

    async def read(self, at: int) -> tuple[Values, Flags | None]:
        """Values and flags of the fields that are due in the slot `at`.

        Raises
        ------
        NoAnswer, BadFrame
            The device delivered nothing.
        """
        if not self._line.connected:
            await self._line.connect()
            await self._pause(self._layout.quirks.pause_after_connect)
        try:
            if self._layout.setup_due(self._clock.now_ms()):
                await self._read_setup()
            return await self._read_blocks(self._layout.due(at))
        finally:
            if self._layout.quirks.close_after_poll:
                self._line.close()

    async def _read_setup(self) -> None:
        """Read what decoding depends on: ratios and units that the meter knows, its identity."""
        known: Values = {}
        for block in self._layout.setup_blocks():
            try:
                known |= block.decode(await self._request(block))[0]
            except Refused as error:
                LOG.debug("%s refuses %s: %s", self._device, block.fields, error.detail)
            except DeviceError:
                # Some devices ignore addresses that they do not know: the second time, what
                # can be read goes before what would be good to know.
                self._silent_setups += 1
                if self._silent_setups > 1:
                    self._layout.apply_setup(known, self._clock.now_ms())
                raise
        self._silent_setups = 0
        for sentence in self._layout.apply_setup(known, self._clock.now_ms()):
            LOG.info("%s: %s", self._device, sentence)

    async def _read_blocks(self, due: frozenset[str]) -> tuple[Values, Flags | None]:
        blocks = self._layout.plan(due)
        missing = self._layout.excluded(due)
        if len(blocks) == 1 and not missing:
            try:  # the usual case, without copying
                return blocks[0].decode(await self._request(blocks[0]))
            except Refused as error:
                flags: Flags = {}
                instead = self._refused(blocks[0], error, flags)
                return await self._read_around(deque(instead), due, flags)
        return await self._read_around(deque(blocks), due, {})

    async def _read_around(
        self, waiting: deque[PlannedBlock], due: frozenset[str], flags: Flags
    ) -> tuple[Values, Flags | None]:
        values: Values = {}
        answered = False
        while waiting:
            block = waiting.popleft()
            try:
                more, marks = block.decode(await self._request(block))
            except Refused as error:
                waiting.extendleft(reversed(self._refused(block, error, flags)))
            except DeviceError as error:
                if not answered:
                    raise
                LOG.info("%s fell silent half way: %s", self._device, error.detail)
                late = [name for left in (block, *waiting) for name in left.fields]
                flags |= dict.fromkeys(late, f"bad:{error.reason}")
                break
            else:
                values |= more
                flags |= marks or {}
            answered = True
        return values, {**self._layout.excluded(due), **flags} or None

    def _refused(
        self, block: PlannedBlock, error: Refused, flags: Flags
    ) -> tuple[PlannedBlock, ...]:
        """What to read instead of a refused block; marks fields that cannot be read now."""
        if error.code not in LEARNT_CODES:
            flags |= dict.fromkeys(block.fields, f"{REFUSED}:{error.code}")
            return ()
        return self._layout.refused(block, error.code, self._clock.now_ms())

    async def _request(self, block: PlannedBlock) -> bytes:
        payload = await self._line.read(self._unit, block.function, block.address, block.count)
        if self._pause_ms:
            await self._pause(self._pause_ms)
        return payload

    async def _pause(self, pause_ms: int) -> None:
        if pause_ms:
            await self._clock.sleep(pause_ms / 1000)
