"""The fewest block reads that fetch a device's words: pure, knows no bus.

Words of one function code are merged while the block stays within the longest one allowed and the
hole to the next word within the hole limit, never across a forbidden range or a cut. A block that
a device refuses is split until the word at fault stands alone (`refusals` keeps what is learnt).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.words import Word

BIT_FUNCTIONS = (1, 2)
MAX_BITS = 2000


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: `count` registers (or inputs) from `address` with a function code."""

    function: int
    address: int
    count: int
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the device allows. Addresses are those on the wire; ranges include both ends.

    `cuts` are pairs of function code and address: no block reaches from below the address to it
    or beyond.
    """

    max_block: int = 100
    hole_limit: int = 16
    forbidden: tuple[tuple[int, int], ...] = ()
    one_word_per_request: bool = False
    cuts: frozenset[tuple[int, int]] = frozenset()


def plan_blocks(words: Iterable[tuple[int, Word]], limits: Limits) -> tuple[Block, ...]:
    """Merge words, given with their function codes, into blocks ordered by function and address."""
    blocks: list[Block] = []
    for function, word in sorted(words, key=lambda pair: (pair[0], pair[1].address)):
        last = blocks[-1] if blocks else None
        if last is not None and last.function == function and _may_join(last, word, limits):
            end = max(last.address + last.count, word.address + word.count)
            count = end - last.address
            blocks[-1] = Block(function, last.address, count, (*last.words, word))
        else:
            blocks.append(Block(function, word.address, word.count, (word,)))
    return tuple(blocks)


def _may_join(block: Block, word: Word, limits: Limits) -> bool:
    end = block.address + block.count
    if word.address + word.count <= end:  # bits of a word that is read anyway
        return True
    longest = MAX_BITS if block.function in BIT_FUNCTIONS else limits.max_block
    if limits.one_word_per_request or word.address + word.count - block.address > longest:
        return False
    if word.address - end > limits.hole_limit:
        return False
    if any(code == block.function and end <= at <= word.address for code, at in limits.cuts):
        return False
    return not any(first < word.address and last >= end for first, last in limits.forbidden)


def split(block: Block) -> tuple[Block, ...]:
    """Halve a refused block between words; a block of a single address cannot be split."""
    places = sorted({word.address for word in block.words})
    if len(places) < 2:
        return (block,)
    middle = places[len(places) // 2]
    halves = (
        tuple(word for word in block.words if word.address < middle),
        tuple(word for word in block.words if word.address >= middle),
    )
    return tuple(_around(block.function, words) for words in halves)


def _around(function: int, words: Sequence[Word]) -> Block:
    start = min(word.address for word in words)
    end = max(word.address + word.count for word in words)
    return Block(function, start, end - start, tuple(words))


def describe(blocks: Sequence[Block]) -> str:
    """Tell how much is read: `2 requests, 44 registers, 18 points`."""
    registers = sum(block.count for block in blocks)
    points = sum(len(block.words) for block in blocks)
    return f"{len(blocks)} requests, {registers} registers, {points} points"
