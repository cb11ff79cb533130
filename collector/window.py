"""What is on its way to ingest: sent or about to be, and without a receipt so far. Pure.

At most `limit` messages are under way; that bounds the broker's memory and gives back-pressure:
the rest waits on disk. Messages leave only through a receipt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from collector.outbox import Message
from collector.wire import Receipt

LONGEST_WAIT_FACTOR = 8


@dataclass(slots=True)
class Flight:
    """One message under way."""

    message: Message
    sent_ms: int = 0
    times_sent: int = 0
    queued: bool = True


class Window:
    """The messages under way, in order."""

    def __init__(self, limit: int, resend_after_ms: int) -> None:
        self._limit = limit
        self._resend_after_ms = resend_after_ms
        self._flights: dict[tuple[str, str], dict[int, Flight]] = {}
        self._queue: deque[Flight] = deque()
        self._size = 0
        self.last_id = 0

    @property
    def room(self) -> int:
        """How many more messages may be taken in."""
        return max(0, self._limit - self._size)

    @property
    def size(self) -> int:
        """Messages under way."""
        return self._size

    def add(self, messages: Iterable[Message]) -> None:
        """Take messages in, to be sent in this order."""
        for message in messages:
            flight = Flight(message)
            self._flights.setdefault((message.device, message.run), {})[message.seq] = flight
            self._queue.append(flight)
            self._size += 1
            self.last_id = message.id

    def next_to_send(self, now_ms: int) -> Message | None:
        """Return the next message to send, None when nothing waits."""
        while self._queue:
            flight = self._queue.popleft()
            if not self._under_way(flight):
                continue
            flight.queued = False
            flight.sent_ms = now_ms
            flight.times_sent += 1
            return flight.message
        return None

    def _under_way(self, flight: Flight) -> bool:
        message = flight.message
        return message.seq in self._flights.get((message.device, message.run), ())

    def receipt(self, receipt: Receipt) -> list[Message]:
        """Release what a receipt names; ranges longer than the window cost nothing extra."""
        flights = self._flights.get((receipt.device, receipt.run))
        if not flights:
            return []
        released: list[Message] = []
        for first, last in (*receipt.stored, *receipt.refused):
            if last - first >= len(flights):
                named = [seq for seq in flights if first <= seq <= last]
            else:
                named = [seq for seq in range(first, last + 1) if seq in flights]
            released += [flights.pop(seq).message for seq in named]
        if not flights:
            del self._flights[(receipt.device, receipt.run)]
        self._size -= len(released)
        return released

    def forget(self, messages: Iterable[Message]) -> None:
        """Give up messages that were dropped from the disk."""
        for message in messages:
            flights = self._flights.get((message.device, message.run), {})
            if flights.pop(message.seq, None) is not None:
                self._size -= 1

    def send_all_again(self) -> None:
        """After a new connection: whatever has no receipt may never have arrived."""
        flights = [f for its_flights in self._flights.values() for f in its_flights.values()]
        flights.sort(key=lambda flight: flight.message.id)
        for flight in flights:
            flight.queued = True
            flight.times_sent = 0
        self._queue = deque(flights)

    def send_overdue_again(self, now_ms: int) -> int:
        """Queue messages whose receipt is overdue; each time a message waits twice as long."""
        count = 0
        for flights in self._flights.values():
            for flight in flights.values():
                factor = min(2 ** max(0, flight.times_sent - 1), LONGEST_WAIT_FACTOR)
                waited_ms = now_ms - flight.sent_ms
                # a clock that was set back must not hold a message for ever
                overdue = waited_ms < 0 or waited_ms > self._resend_after_ms * factor
                if not flight.queued and overdue:
                    flight.queued = True
                    self._queue.append(flight)
                    count += 1
        return count
