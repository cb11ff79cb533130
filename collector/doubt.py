"""Reasons to doubt a whole device, and decoders that say so on every value. Pure.

A range catches most values that are read with a wrong word order, but a float whose low word is
small turns into almost nothing (230.0 V becomes 2.4e-41), which lies in any range that holds zero.
Such numbers do not come from a meter; a few of them tell the word order of the whole map.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.words import Decoded, Decoder, Word

WRONG_IDENTITY = "uncertain:identity"
WRONG_ORDER = "uncertain:word-order"
ABSURDLY_SMALL = 1e-12
ABSURDLY_LARGE = 1e13
WATCHED_READS = 4


def is_absurd(value: float) -> bool:
    """Whether a number is too small or too large to have been measured.

    >>> is_absurd(2.4e-41), is_absurd(0.0), is_absurd(-1e-6), is_absurd(-7.3e33)
    (True, False, False, True)
    """
    return value != 0.0 and not ABSURDLY_SMALL < abs(value) < ABSURDLY_LARGE


class OrderWatch:
    """Watches the first reads after a setup for floats that no meter measures."""

    def __init__(self) -> None:
        self.suspected = False
        self._left = 0
        self._absurd = 0
        self._ordinary = 0

    @property
    def watching(self) -> bool:
        """Whether reads are still to be watched."""
        return self._left > 0

    def begin(self) -> None:
        """Watch the next reads; what is suspected stays so until they have cleared it."""
        self._left, self._absurd, self._ordinary = WATCHED_READS, 0, 0

    def see(self, values: Iterable[float]) -> None:
        """Take in the floats of one read."""
        seen = [is_absurd(value) for value in values if value != 0.0]
        self._absurd += sum(seen)
        self._ordinary += len(seen) - sum(seen)
        self._left -= 1
        if self._absurd >= 2 and self._absurd >= self._ordinary:
            self.suspected = True
        elif self._left == 0 and self._ordinary > self._absurd:
            self.suspected = False


@dataclass(frozen=True, slots=True)
class Doubted:
    """A decoder whose values are not plainly good: fields by name with the reason."""

    decode: Decoder
    reasons: Mapping[str, str]

    def __call__(self, payload: bytes) -> Decoded:
        """Decode, and flag what the decoder itself found nothing wrong with."""
        values, flags = self.decode(payload)
        marks = {name: flag for name, flag in self.reasons.items() if name in values}
        return values, {**marks, **(flags or {})} or None


@dataclass(frozen=True, slots=True)
class Watched:
    """A decoder whose floats are watched for a wrong word order."""

    decode: Decoder
    words: tuple[Word, ...]
    watch: OrderWatch

    def __call__(self, payload: bytes) -> Decoded:
        """Decode, and doubt the values of several words once the order is suspected."""
        values, flags = self.decode(payload)
        floats = (values[w.name] for w in self.words if w.type[0] == "f" and w.name in values)
        self.watch.see(floats)
        if not self.watch.suspected:
            return values, flags
        return Doubted(lambda _: (values, flags), order_doubts(self.words))(payload)


def order_doubts(words: Iterable[Word]) -> dict[str, str]:
    """Doubts of a suspected word order: it concerns values of more than one word."""
    return {word.name: WRONG_ORDER for word in words if word.count > 1}
