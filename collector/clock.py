"""The clock that schedules see: real in the product, stepped by hand in tests."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time in milliseconds and a way to wait."""

    def now_ms(self) -> int:
        """Time of day. [ms since epoch, UTC]"""

    async def sleep(self, seconds: float) -> None:
        """Wait for a duration. [s]"""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Time of day. [ms since epoch, UTC]"""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait for a duration. [s]"""
        await asyncio.sleep(max(0.0, seconds))
