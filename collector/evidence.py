"""How much one verdict tells about a reading: compared with what random bits would show. Pure.

A right reading shows a plausible value in 15 of 16 cases. How often random bits do is counted from
type and range: a voltage of 80..300 V as a 32-bit float takes 0.7 % of all bit patterns, a count of
0..1e8 in an unsigned 32-bit integer 2.3 %.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from collector.doubt import ABSURDLY_SMALL
from collector.words import Word

RIGHT = 15 / 16
_FLOATS: Mapping[str, tuple[str, str, int]] = {"f32": (">f", ">i", 32), "f64": (">d", ">q", 64)}


def evidence(word: Word, *, plausible: bool) -> float:
    """Evidence of one verdict for a reading being right.

    Parameters
    ----------
    word : Word
        Type, scaling and range of the field.
    plausible : bool
        Whether its value was plausible.

    Returns
    -------
    float
        log2 of P(verdict | right reading) / P(verdict | random bits). [bit]
    """
    random = chance(word)
    if plausible:
        return math.log2(RIGHT / random)
    return math.log2((1 - RIGHT) / (1 - random))


def chance(word: Word) -> float:
    """How likely random bits show a value in the word's range.

    Parameters
    ----------
    word : Word
        Type, scaling and range.

    Returns
    -------
    float
        Share of all bit patterns, kept between 1e-6 and 1 - 1e-6. [-]
    """
    if word.states is not None:
        width = 1 if word.type == "bit" else int(word.type[1:])
        share = len(word.states) / 2.0 ** min(width, 16)
    elif word.factor == 0.0:  # ratios so small that their product vanishes
        share = 1.0
    else:
        ends = [(end - word.offset) * word.divisor / word.factor for end in (word.low, word.high)]
        share = _share(word, min(ends), max(ends))
    return min(max(share, 1e-6), 1 - 1e-6)


def _share(word: Word, low: float, high: float) -> float:
    if word.type[0] == "f":
        code = _FLOATS[word.type]
        inside = _rank(high, code) - _rank(low, code)
        if low <= -ABSURDLY_SMALL and high >= ABSURDLY_SMALL:
            inside -= 2 * _rank(ABSURDLY_SMALL, code)
        elif low <= ABSURDLY_SMALL <= high:
            inside -= _rank(ABSURDLY_SMALL, code) - _rank(low, code)
        return inside / 2.0 ** code[2]
    if word.type == "bit":
        return 1.0
    if word.bits is not None:
        first, last = 0.0, 2.0 ** (word.bits[1] - word.bits[0] + 1) - 1
    else:
        digits = int(word.type.removeprefix("bcd").lstrip("us"))
        first = -(2.0 ** (digits - 1)) if word.type[0] == "s" else 0.0
        last = first + 2.0**digits - 1
    count = max(0.0, math.floor(min(high, last)) - math.ceil(max(low, first)) + 1)
    return count / (last - first + 1)


def _rank(number: float, code: tuple[str, str, int]) -> int:
    """Place of a float among all floats of its size, in ascending order."""
    largest = 3.4028235e38 if code[2] == 32 else 1.797e308
    bounded = min(max(number, -largest), largest)
    bits: int = struct.unpack(code[1], struct.pack(code[0], bounded))[0]
    return bits if bits >= 0 else -(bits & (2 ** (code[2] - 1) - 1))
