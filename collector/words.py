"""Register words to numbers: types, word and byte orders, and the compiled decoder of a block.

A block's payload is the data of one Modbus answer: two bytes a register in wire order (function
codes 3 and 4) or eight inputs a byte (1 and 2). `compile_decoder` turns the fields of a block
into one Python function with everything constant folded in, the way `dataclasses` writes an
`__init__`: decoding is the hottest loop of the collector (docs/decisions/0003).

The four orders of a 32-bit value A B C D (A most significant):
    word big, byte big        A B C D
    word little, byte big     C D A B
    word big, byte little     B A D C
    word little, byte little  D C B A
A 64-bit value has two more word orders: `pairs` (C D A B G H E F) and `halves` (E F G H A B C D).
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

WordOrder = Literal["big", "little", "pairs", "halves"]
ByteOrder = Literal["big", "little"]
Decoded = tuple[dict[str, float], dict[str, str] | None]
Decoder = Callable[[bytes], Decoded]

STRUCT_CODE: Mapping[str, str] = {
    "u8": "B", "u16": "H", "s16": "h", "u32": "I", "s32": "i", "u64": "Q", "s64": "q",
    "f32": "f", "f64": "d", "bcd16": "H", "bcd32": "I", "bcd64": "Q",
}  # fmt: skip
WORDS: Mapping[str, int] = {
    "bit": 1, "u8": 1, "u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4, "s64": 4,
    "f32": 2, "f64": 4, "bcd16": 1, "bcd32": 2, "bcd64": 4,
}  # fmt: skip
_PERMUTED: Mapping[str, tuple[int, ...]] = {"pairs": (1, 0, 3, 2), "halves": (2, 3, 0, 1)}

NOT_A_VALUE = "bad:not-a-value"
NOT_FINITE = "bad:not-finite"
UNKNOWN_STATE = "bad:unknown-state"
NOT_DECIMAL = "bad:not-decimal"
OUT_OF_RANGE = "uncertain:out-of-range"


@dataclass(frozen=True, slots=True)
class Word:
    """How one field stands in the registers and what its number means.

    `factor`, `divisor` and `offset` lead from the raw number to the canonical unit:
    raw × factor / divisor + offset. A divisor keeps decimal fractions exact (412 / 10 = 41.2).
    """

    name: str
    address: int
    type: str
    word_order: WordOrder = "big"
    byte_order: ByteOrder = "big"
    bits: tuple[int, int] | None = None
    factor: float = 1.0
    divisor: float = 1.0
    offset: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    sentinels: frozenset[float] = frozenset()
    states: Mapping[int, float] | None = None

    @property
    def count(self) -> int:
        """Registers that the field takes."""
        return WORDS[self.type]


def raw_number(word: Word, payload: bytes, at: int) -> float | int:
    """Read the raw number of one field whose first byte stands at `at` in the payload."""
    data = payload[at : at + 2 * word.count]
    if word.byte_order == "little":
        data = _swap(data)
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if word.word_order == "little":
        words.reverse()
    elif word.word_order in _PERMUTED:
        words = [words[i] for i in _PERMUTED[word.word_order]]
    if word.type == "u8":
        return words[0][1]
    number: float | int = struct.unpack(">" + STRUCT_CODE[word.type], b"".join(words))[0]
    return number


def decimal(raw: int) -> float:
    """Read a binary coded decimal; NaN when a digit is above nine.

    >>> decimal(0x1234)
    1234.0
    """
    digits = f"{raw:x}"
    return float(digits) if digits.isdecimal() else math.nan


def judge(word: Word, raw: float) -> tuple[float | None, str]:
    """Turn one raw number into a value in the canonical unit and a flag ('' when good)."""
    if raw in word.sentinels:
        return None, NOT_A_VALUE
    if word.bits is not None:
        first, last = word.bits
        raw = (int(raw) >> first) & ((1 << (last - first + 1)) - 1)
    if word.type.startswith("bcd"):
        raw = decimal(int(raw))
        if math.isnan(raw):
            return None, NOT_DECIMAL
    if word.states is not None:
        if int(raw) not in word.states:
            return None, UNKNOWN_STATE
        raw = word.states[int(raw)]
    value = raw * word.factor / word.divisor + word.offset
    if not math.isfinite(value):
        return None, NOT_FINITE
    return value, "" if word.low <= value <= word.high else OUT_OF_RANGE


def _swap(data: bytes) -> bytes:
    words = array("H", data)
    words.byteswap()
    return words.tobytes()


def compile_decoder(words: Sequence[Word], start: int) -> Decoder:
    """Build the decoder of a block of registers that begins at address `start`.

    Returns
    -------
    Decoder
        Takes the payload, gives the values by name and the flags (None when all are good).
    """
    source = _Source(words, start)
    slow = [(word, 2 * (word.address - start)) for word in words]

    def with_flags(payload: bytes) -> Decoded:
        values: dict[str, float] = {}
        flags: dict[str, str] = {}
        for word, at in slow:
            value, flag = judge(word, raw_number(word, payload, at))
            if value is not None:
                values[word.name] = value
            if flag:
                flags[word.name] = flag
        return values, flags or None

    return source.compiled(with_flags)


def compile_bit_decoder(words: Sequence[Word], start: int) -> Decoder:
    """Build the decoder of a block of coils or discrete inputs that begins at `start`."""
    plan = [(word, *divmod(word.address - start, 8)) for word in words]

    def decode(payload: bytes) -> Decoded:
        values: dict[str, float] = {}
        flags: dict[str, str] = {}
        for word, byte, bit in plan:
            value, flag = judge(word, (payload[byte] >> bit) & 1)
            if value is not None:
                values[word.name] = value
            if flag:
                flags[word.name] = flag
        return values, flags or None

    return decode


@dataclass(slots=True)
class _Source:
    """Writes the fast path of a block: unpack, scale, compare with the range, one dict.

    Whatever is not plainly good leaves the fast path and is judged field by field.
    """

    words: Sequence[Word]
    start: int
    names: dict[str, object] = field(default_factory=dict)

    def compiled(self, with_flags: Decoder) -> Decoder:
        """Compile the function; `with_flags` decodes what the fast path does not accept."""
        self.names["with_flags"] = with_flags
        self.names["swap"] = _swap
        # Filling a copy of a whole dict spares the growing that a new one goes through.
        self.names["blank"] = dict.fromkeys((word.name for word in self.words), 0.0)
        lines = ["def decode(payload):"]
        lines += ["    swapped = swap(payload)"] if self._needs_swap() else []
        lines += self._unpack_lines()
        conditions = []
        for index, word in enumerate(self.words):
            lines.append(f"    v{index} = {self._expression(index, word)}")
            conditions += self._conditions(index, word)
        lines += [f"    if {' and '.join(conditions)}:", "        values = blank.copy()"]
        lines += [f"        values[{w.name!r}] = v{i}" for i, w in enumerate(self.words)]
        lines += ["        return values, None", "    return with_flags(payload)"]
        exec("\n".join(lines), self.names)  # noqa: S102 — our own text, no outside input
        decoder: Decoder = self.names["decode"]  # type: ignore[assignment]
        return decoder

    def _needs_swap(self) -> bool:
        return any(_view(word)[0] == "swapped" for word in self.words)

    def _unpack_lines(self) -> list[str]:
        """Fields of one view and endianness share a Struct as long as they do not overlap."""
        groups: list[tuple[str, str, int, str, list[int]]] = []
        for index in sorted(range(len(self.words)), key=lambda i: self.words[i].address):
            word = self.words[index]
            view, endian = _view(word)
            if view == "gathered":
                continue
            at = 2 * (word.address - self.start) + (1 if word.type == "u8" else 0)
            code, size = STRUCT_CODE[word.type], struct.calcsize("=" + STRUCT_CODE[word.type])
            for number, (its_view, its_endian, end, form, indexes) in enumerate(groups):
                if (its_view, its_endian) == (view, endian) and end <= at:
                    form += f"{at - end}x{code}" if at > end else code
                    groups[number] = (view, endian, at + size, form, [*indexes, index])
                    break
            else:
                groups.append((view, endian, at + size, f"{at}x{code}" if at else code, [index]))
        lines = []
        for number, (view, endian, _, form, indexes) in enumerate(groups):
            self.names[f"unpack{number}"] = struct.Struct(endian + form).unpack_from
            targets = "".join(f"r{index}, " for index in indexes)
            lines.append(f"    {targets}= unpack{number}({view})")
        return lines + self._gather_lines()

    def _gather_lines(self) -> list[str]:
        self.names["raw_number"] = raw_number
        lines = []
        for index, word in enumerate(self.words):
            if _view(word)[0] == "gathered":
                self.names[f"word{index}"] = word
                at = 2 * (word.address - self.start)
                lines.append(f"    r{index} = raw_number(word{index}, payload, {at})")
        return lines

    def _expression(self, index: int, word: Word) -> str:
        raw = f"r{index}"
        if word.bits is not None:
            first, last = word.bits
            raw = f"(({raw} >> {first}) & {(1 << (last - first + 1)) - 1})"
        if word.type.startswith("bcd"):
            self.names["decimal"] = decimal
            raw = f"decimal({raw})"
        if word.states is not None:
            self.names[f"states{index}"] = {k: float(v) for k, v in word.states.items()}
            self.names["nan"] = math.nan
            raw = f"states{index}.get({raw}, nan)"
        text = raw
        is_float = word.type[0] == "f" or word.divisor != 1.0 or bool(word.states)
        text += f" * {word.factor!r}" if word.factor != 1.0 or not is_float else ""
        text += f" / {word.divisor!r}" if word.divisor != 1.0 else ""
        text += f" + {word.offset!r}" if word.offset else ""
        return text

    def _conditions(self, index: int, word: Word) -> list[str]:
        low = word.low if word.low > -math.inf else -1.7976931348623157e308
        high = word.high if word.high < math.inf else 1.7976931348623157e308
        conditions = [f"{low!r} <= v{index} <= {high!r}"]
        for sentinel in sorted(word.sentinels):
            value, _ = judge(_without_sentinels(word), sentinel)
            if value is not None and low <= value <= high:
                conditions.append(f"r{index} != {sentinel!r}")
        return conditions


def _without_sentinels(word: Word) -> Word:
    return Word(
        word.name, word.address, word.type, word.word_order, word.byte_order, word.bits,
        word.factor, word.divisor, word.offset, states=word.states,
    )  # fmt: skip


def _view(word: Word) -> tuple[str, str]:
    """Where a field can be unpacked from, and with which byte order.

    With the bytes of every register swapped, C D A B becomes D C B A (little-endian) and
    B A D C becomes A B C D (big-endian), so two views and two endiannesses cover all orders.
    """
    if word.word_order in _PERMUTED:
        return "gathered", ">"
    single = word.count == 1
    if word.byte_order == "big":
        return ("payload", ">") if single or word.word_order == "big" else ("swapped", "<")
    return ("swapped", ">") if single or word.word_order == "big" else ("payload", "<")
