"""When a device is polled: slots aligned to the clock, devices staggered, missed slots named.

Pure: time comes in as a number. A slot is a multiple of the device's interval since the epoch, so
it does not drift; within the slot every device has its own offset. A slot that passed before its
turn came is missed: it is told once and never made up for by polling in a burst.
"""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_SPREAD_MS = 2_000
MOST_MISSED_TOLD = 1_000
CLOCK_WAIT_MS = 300_000
LONGEST_BACK_OFF_MS = 300_000


def offsets(intervals_ms: list[int]) -> list[int]:
    """Offset of every device inside its slot, spread over half of it, two seconds at most. [ms]

    >>> offsets([1000, 1000, 10000])
    [0, 166, 1333]
    """
    spread = [min(interval // 2, LARGEST_SPREAD_MS) for interval in intervals_ms]
    count = max(1, len(intervals_ms))
    return [index * length // count for index, length in enumerate(spread)]


@dataclass(slots=True)
class Slots:
    """The slots of one device.

    Parameters
    ----------
    interval_ms, offset_ms : int
        Length of a slot and the poll's place in it. [ms]
    at : int
        The slot whose turn comes next. [ms since epoch, UTC]
    """

    interval_ms: int
    offset_ms: int
    at: int

    @classmethod
    def beginning(cls, interval_ms: int, offset_ms: int, now_ms: int) -> Slots:
        """Start with the first slot whose turn has not passed."""
        at = (now_ms - offset_ms) // interval_ms * interval_ms + interval_ms
        return cls(interval_ms, offset_ms, at)

    @property
    def turn_ms(self) -> int:
        """When the next poll is due. [ms since epoch, UTC]"""
        return self.at + self.offset_ms

    def missed(self, now_ms: int) -> range:
        """Slots that have passed without a poll; the next one becomes the current slot.

        A clock set back by a little waits until the slots that were polled already have passed
        again, so that no row is overwritten; one set back by much is followed.
        """
        current = now_ms // self.interval_ms * self.interval_ms
        if self.clock_went_back(now_ms):
            self.at = current + self.interval_ms
        if self.at >= current:
            return range(0)
        passed = range(self.at, current, self.interval_ms)
        self.at = current
        return passed[-MOST_MISSED_TOLD:]

    def clock_went_back(self, now_ms: int) -> bool:
        """Whether the clock was set back so far that waiting for it makes no sense."""
        return self.at - now_ms > 2 * self.interval_ms + CLOCK_WAIT_MS

    def advance(self) -> None:
        """Go on to the next slot."""
        self.at += self.interval_ms


@dataclass(slots=True)
class BackOff:
    """How long a silent device is left alone: 2 s × failures, five minutes at most."""

    failures: int = 0
    until_ms: int = 0

    def failed(self, now_ms: int) -> None:
        """Count a failure."""
        self.failures += 1
        self.until_ms = now_ms + min(2_000 * self.failures, LONGEST_BACK_OFF_MS)

    def succeeded(self) -> None:
        """Forget all failures."""
        self.failures = 0
        self.until_ms = 0

    def holds(self, now_ms: int) -> bool:
        """Whether the device is to be left alone now; not for ever when the clock was set back."""
        return 0 < self.until_ms - now_ms <= LONGEST_BACK_OFF_MS
