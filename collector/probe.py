"""Judges what a live device shows: raw words, values, verdicts, and other ways to read them. Pure.

The words of a device are decoded as the map says and in every other word order, byte order and
address base. Each reading is scored: how much better do the values fit their ranges, and one
another, than random bits would? When another reading is clearly better, it is proposed.

    score = sum over fields of log2 P(verdict | right reading) / P(verdict | random bits)

and some bits for every physical relation that holds, less some for every change to the map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from collector.config import DeviceEntry, registers_of
from collector.consistency import Check, check_values
from collector.doubt import is_absurd
from collector.evidence import evidence
from collector.nameplate import Nameplate
from collector.registers import Identity, Register, RegisterMap
from collector.words import (
    NOT_A_VALUE,
    NOT_FINITE,
    ByteOrder,
    Word,
    WordOrder,
    judge,
    raw_number,
)

Memory = Mapping[tuple[int, int], int]
"""Words (or single inputs) of a device by function code and address on the wire."""

PLAUSIBLE, DOUBTFUL, IMPLAUSIBLE = "plausible", "doubtful", "implausible"
NO_VALUE, UNREAD = "no value", "not read"
CLEARLY_BITS = 10.0
CHECK_BITS = 3.0
CHANGE_BITS = 3.0
UNREAD_BITS = 1.0
SHIFTS = (0, -1, 1)
_OTHER_WORDS: Mapping[WordOrder, WordOrder] = {
    "big": "little", "little": "big", "pairs": "halves", "halves": "pairs"
}  # fmt: skip
_OTHER_BYTES: Mapping[ByteOrder, ByteOrder] = {"big": "little", "little": "big"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to read: the map's own, or with words or bytes swapped or addresses shifted."""

    words_swapped: bool = False
    bytes_swapped: bool = False
    shift: int = 0

    @property
    def distance(self) -> int:
        """How many things differ from the map; a simple explanation goes before a complex one."""
        return self.words_swapped + self.bytes_swapped + abs(self.shift)

    def applied(self, word: Word) -> Word:
        """A word as this variant reads it."""
        order = _OTHER_WORDS[word.word_order] if self.words_swapped else word.word_order
        bytes_ = _OTHER_BYTES[word.byte_order] if self.bytes_swapped else word.byte_order
        return replace(
            word,
            address=word.address + self.shift,
            word_order=order,
            byte_order=bytes_,
        )

    def changes(self, register_map: RegisterMap) -> dict[str, str]:
        """What to change in the map (or, for the word order, in the site file)."""
        changes: dict[str, str] = {}
        if self.words_swapped:
            changes["word_order"] = _OTHER_WORDS[register_map.word_order]
        if self.bytes_swapped:
            changes["byte_order"] = _OTHER_BYTES[register_map.byte_order]
        base = register_map.address_base - self.shift
        if self.shift and base in (0, 1):
            changes["address_base"] = str(base)
        elif self.shift:
            changes["address"] = f"every address {abs(self.shift)} " + (
                "higher" if self.shift > 0 else "lower"
            )
        return changes


VARIANTS = tuple(Variant(w, b, s) for s, w, b in product(SHIFTS, (False, True), (False, True)))
"""All ways to read; the map's own comes first."""


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One register: where it stands, its words, its value and what to think of it."""

    field: str
    function: int
    address: int
    words: tuple[int, ...]
    value: float | None
    unit: str
    low: float
    high: float
    verdict: str
    remark: str = ""

    @property
    def hex(self) -> str:
        """Words as they came, in hexadecimal digits."""
        return " ".join(f"{word:04X}" for word in self.words)


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """All of a device, read in one way."""

    variant: Variant
    fields: tuple[FieldReading, ...]
    checks: tuple[Check, ...]
    score: float

    @property
    def plausible(self) -> int:
        """How many fields are plausible."""
        return sum(field.verdict == PLAUSIBLE for field in self.fields)


def read_device(
    register_map: RegisterMap, entry: DeviceEntry, memory: Memory, variant: Variant
) -> DeviceReading:
    """Decode and judge a device's words in one way."""
    registers = registers_of(entry, register_map)
    nameplate = Nameplate(register_map, registers, entry.ratios)
    nameplate.learn(dict(_cells(nameplate, memory, variant)))
    fields, score = [], -CHANGE_BITS * variant.distance
    for register in registers:
        word = nameplate.word(register)
        if register.field in entry.ranges:
            low, high = entry.ranges[register.field]
            word = replace(word, low=low, high=high)
        function = register_map.function_of(register)
        reading = _read_field(register, function, word, memory, variant, nameplate)
        fields.append(reading)
        score += _bits(reading.verdict, word)
    checks = check_values({f.field: f.value for f in fields if f.value is not None})
    score += sum(CHECK_BITS if check.holds else -CHECK_BITS for check in checks)
    return DeviceReading(variant, _marked(fields, checks), checks, score)


def best_reading(
    register_map: RegisterMap, entry: DeviceEntry, memory: Memory
) -> tuple[DeviceReading, DeviceReading | None]:
    """The reading by the map, and another one when it is clearly better.

    Clearly better: at least ten bits more evidence, and more plausible fields.
    """
    readings = [read_device(register_map, entry, memory, variant) for variant in VARIANTS]
    own, best = readings[0], max(readings, key=lambda reading: reading.score)
    better = best.score >= own.score + CLEARLY_BITS and best.plausible > own.plausible
    return own, best if better else None


def identity_verdicts(
    register_map: RegisterMap, memory: Memory
) -> Iterator[tuple[Identity, float | None, bool | None]]:
    """Each identity cell with its value and whether it is that of such a meter."""
    for index, identity in enumerate(register_map.identity):
        word = register_map.cell_word(f"identity:{index}", identity, identity.scale)
        words = _words_at(memory, register_map.function_of(identity), word)
        value = None if words is None else judge(word, _raw(word, words))[0]
        yield identity, value, None if value is None else identity.accepts(value)


def _cells(nameplate: Nameplate, memory: Memory, variant: Variant) -> Iterator[tuple[str, float]]:
    for function, word in nameplate.cells():
        moved = variant.applied(word)
        words = _words_at(memory, function, moved)
        value = None if words is None else judge(moved, _raw(moved, words))[0]
        if value is not None:
            yield word.name, value


def _words_at(memory: Memory, function: int, word: Word) -> tuple[int, ...] | None:
    places = [(function, word.address + i) for i in range(word.count)]
    if any(place not in memory for place in places):
        return None
    return tuple(memory[place] for place in places)


def _raw(word: Word, words: Sequence[int]) -> float:
    if word.type == "bit":
        return words[0]
    return raw_number(word, b"".join(w.to_bytes(2, "big") for w in words), 0)


def _read_field(
    register: Register,
    function: int,
    word: Word,
    memory: Memory,
    variant: Variant,
    nameplate: Nameplate,
) -> FieldReading:
    moved = variant.applied(word)
    words = _words_at(memory, function, moved)
    value: float | None = None
    if words is None:
        verdict, remark = UNREAD, "refused by the device"
    elif remark := nameplate.missing(register):
        verdict = UNREAD
    else:
        value, flag = judge(moved, _raw(moved, words))
        verdict, remark = _verdict(value, flag)
    return FieldReading(
        register.field, function, moved.address, words or (), value, register.measured.unit,
        word.low, word.high, verdict, remark,
    )  # fmt: skip


def _verdict(value: float | None, flag: str) -> tuple[str, str]:
    if flag in (NOT_A_VALUE, NOT_FINITE):
        return NO_VALUE, flag
    if flag or value is None:
        return IMPLAUSIBLE, flag
    if is_absurd(value):
        return IMPLAUSIBLE, "too small to have been measured"
    return PLAUSIBLE, ""


def _marked(fields: Sequence[FieldReading], checks: Sequence[Check]) -> tuple[FieldReading, ...]:
    """Fields that take part in a check that fails are doubtful, though each is in its range."""
    failed: dict[str, str] = {}
    for check in checks:
        if not check.holds:
            failed |= {name: check.sentence for name in check.fields if name not in failed}
    return tuple(
        replace(f, verdict=DOUBTFUL, remark=failed[f.field])
        if f.field in failed and f.verdict == PLAUSIBLE
        else f
        for f in fields
    )


def _bits(verdict: str, word: Word) -> float:
    """Evidence of one verdict for the reading being right. [bit]"""
    if verdict in (PLAUSIBLE, IMPLAUSIBLE):
        return evidence(word, plausible=verdict == PLAUSIBLE)
    return -UNREAD_BITS if verdict == UNREAD else 0.0
