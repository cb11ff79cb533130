"""Which registers a device refuses, found by cutting refused blocks in two. Pure.

A refused block is cut until the word at fault stands alone; that word is then left out. The cuts
of a hunt that found its word are forgotten, so that reads join up again on both sides of it; cuts
that cured the refusal by themselves (a hole that cannot be read, a device with a shorter longest
block) stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.planner import Block, split

LEARNT_CODES = (2, 3)
"""Illegal address and illegal value; other codes (busy, gateway) say nothing of a register."""

Cut = tuple[int, int]


@dataclass(slots=True)
class _Hunt:
    """One block that was refused as a whole, and where it has been cut since."""

    function: int
    first: int
    last: int
    cuts: set[Cut] = field(default_factory=set)


class Refusals:
    """What has been learnt of one device."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[Cut, int]] = {}
        self._hunts: list[_Hunt] = []

    @property
    def codes(self) -> Mapping[str, int]:
        """Exception code of every field that is refused."""
        return {name: code for name, (_, code) in self._words.items()}

    @property
    def cuts(self) -> frozenset[Cut]:
        """Function codes and addresses that no read may span."""
        hunted = {cut for hunt in self._hunts for cut in hunt.cuts}
        return frozenset(hunted | {place for place, _ in self._words.values()})

    def learn(self, block: Block, code: int) -> tuple[Block, ...]:
        """Blocks to read in the refused one's place; none when its word is found."""
        hunt = self._hunt_of(block)
        halves = split(block)
        if len(halves) == 1:
            place = (block.function, block.address)
            self._words.update({word.name: (place, code) for word in block.words})
            if hunt is not None:
                self._hunts.remove(hunt)
            return ()
        if hunt is None:
            last = block.address + block.count - 1
            hunt = _Hunt(block.function, block.address, last)
            self._hunts.append(hunt)
        hunt.cuts.add((block.function, halves[1].address))
        return halves

    def answered(self, name: str) -> None:
        """Forget that a field was refused."""
        self._words.pop(name, None)

    def _hunt_of(self, block: Block) -> _Hunt | None:
        for hunt in self._hunts:
            if hunt.function == block.function and hunt.first <= block.address <= hunt.last:
                return hunt
        return None
