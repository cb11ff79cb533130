"""What to read from one device, and how to decode it: its map laid out as block reads. No I/O.

A `Layout` knows what the device has told of itself so far (`nameplate`) and which registers it
refuses (`refusals`). The poller asks it for the plan of a slot and tells it what came of the setup
reads and of refusals; in between everything is a look-up.

    layout = Layout(register_map, entry)
    for block in layout.setup_blocks(): ...         when `setup_due`
    layout.apply_setup(values, now_ms)              sentences for the log
    for block in layout.plan(layout.due(at)): ...   block.decode(payload) → values, flags
    layout.refused(block, code, now_ms)             blocks to read in its place, at once
    layout.excluded(due)                            flags of due fields that no block delivers
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from collector.config import DeviceEntry, registers_of
from collector.doubt import WRONG_IDENTITY, Doubted, OrderWatch, Watched, order_doubts
from collector.nameplate import Nameplate
from collector.planner import BIT_FUNCTIONS, Block, Limits, plan_blocks
from collector.refusals import LEARNT_CODES as LEARNT_CODES
from collector.refusals import Refusals
from collector.registers import Quirks, Register, RegisterMap
from collector.words import Decoded, Decoder, Word, compile_bit_decoder, compile_decoder

SETUP_EVERY_MS = 3_600_000
SETUP_AGAIN_MS = 60_000
"""When a ratio or unit is missing, or every field is refused: perhaps the device still starts."""

REFUSED = "bad:refused"

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """One read request and what to make of the payload of its answer."""

    function: int
    address: int
    count: int
    fields: tuple[str, ...]
    decode: Decoder
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is read in a slot in which every field is due."""

    requests: int
    registers: int
    points: int

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.registers} registers, {self.points} points"


class Layout:
    """The reads of one device, with what has been learnt from it."""

    def __init__(self, register_map: RegisterMap, entry: DeviceEntry) -> None:
        order = {"word_order": entry.word_order} if entry.word_order else {}
        self._map = register_map.model_copy(update=order)
        self._interval_ms = entry.interval
        self._ranges = entry.ranges
        self._registers = {r.field: r for r in registers_of(entry, register_map)}
        self._every = {n: entry.every.get(n, r.every) for n, r in self._registers.items()}
        self._steps = sorted(set(self._every.values()))
        self._nameplate = Nameplate(self._map, tuple(self._registers.values()), entry.ratios)
        self._refusals = Refusals()
        self._order = OrderWatch()
        self._watched = False
        self._suspicion_told = False
        self._setup_ms: int | None = None
        self._due: dict[tuple[bool, ...], frozenset[str]] = {}
        self._plans: dict[frozenset[str], tuple[PlannedBlock, ...]] = {}
        self._flags: dict[frozenset[str], Mapping[str, str]] = {}

    @property
    def quirks(self) -> Quirks:
        """What the model needs beyond the standard."""
        return self._map.quirks

    def due(self, at: int) -> frozenset[str]:
        """Fields that are polled in the slot `at` [ms since epoch, UTC]."""
        slot = at // self._interval_ms
        key = tuple([slot % step == 0 for step in self._steps])
        due = self._due.get(key)
        if due is None:
            now = {step for step in self._steps if slot % step == 0}
            due = frozenset(name for name, step in self._every.items() if step in now)
            self._due[key] = due
        return due

    def plan(self, due: frozenset[str]) -> tuple[PlannedBlock, ...]:
        """Blocks that fetch the due fields, as far as the device delivers them."""
        if self._watched and not self._order.watching:
            self._end_watch()
        plan = self._plans.get(due)
        if plan is None:
            wanted = [r for n, r in self._registers.items() if n in due and not self._flag(r)]
            plan = tuple(self._compiled(block) for block in self._blocks(wanted))
            self._plans[due] = plan
        return plan

    def excluded(self, due: frozenset[str] | None = None) -> Mapping[str, str]:
        """Flags of the fields (the due ones, or all) that no block of the plan delivers."""
        wanted = frozenset(self._registers) if due is None else due
        flags = self._flags.get(wanted)
        if flags is None:
            found = {n: self._flag(r) for n, r in self._registers.items() if n in wanted}
            flags = {name: flag for name, flag in found.items() if flag} or _NOTHING
            self._flags[wanted] = flags
        return flags

    def setup_due(self, now_ms: int) -> bool:
        """Whether ratios, units, identity and refused registers should be asked for (again)."""
        if self._setup_ms is None:
            return True
        deaf = len(self._refusals.codes) == len(self._registers)
        soon = deaf or not self._nameplate.complete
        waited_ms = now_ms - self._setup_ms
        return waited_ms < 0 or waited_ms >= (SETUP_AGAIN_MS if soon else SETUP_EVERY_MS)

    def setup_blocks(self) -> tuple[PlannedBlock, ...]:
        """One read for each ratio, unit and identity cell, and for each refused place."""
        blocks = []
        for function, word in self._nameplate.cells():
            decode = _decoder(function, (word,), word.address)
            blocks.append(
                PlannedBlock(function, word.address, word.count, (word.name,), decode, (word,))
            )
        for block in plan_blocks(self._refused_words(), Limits(one_word_per_request=True)):
            names = tuple(f"retry:{word.name}" for word in block.words)
            blocks.append(
                PlannedBlock(
                    block.function, block.address, block.count, names, _Answered(names), block.words
                )
            )
        return tuple(blocks)

    def apply_setup(self, values: Mapping[str, float], now_ms: int) -> tuple[str, ...]:
        """Take over what the setup blocks delivered; what is missing stays as it was known.

        Returns
        -------
        tuple of str
            Sentences for the log: what is new, changed or wrong.
        """
        self._setup_ms = now_ms
        news = list(self._nameplate.learn(values))
        if self._order.suspected and not self._suspicion_told:
            news.append("its numbers look like words in another order: see `groundwatt probe`")
        for name in self._refusals.codes:
            if f"retry:{name}" in values:
                self._refusals.answered(name)
                news.append(f"{name} is answered again")
        self._suspicion_told = self._order.suspected
        self._order.begin()
        self._watched = True
        self._forget_plans()
        return tuple(news)

    def refused(self, block: PlannedBlock, code: int, now_ms: int) -> tuple[PlannedBlock, ...]:
        """Learn from a refused block, and give the blocks to read in its place.

        With exception 2 or 3 the block is cut in two until the word at fault stands alone; that
        word is left out and marked `bad:refused:<code>` until a setup read, one hour later at the
        latest, is answered. Other codes teach nothing, nor does the refusal of a setup block.
        """
        if code not in LEARNT_CODES or block.fields[0] not in self._registers:
            return ()
        self._setup_ms = now_ms if self._setup_ms is None else self._setup_ms
        self._forget_plans()
        request = Block(block.function, block.address, block.count, block.words)
        return tuple(self._compiled(part) for part in self._refusals.learn(request, code))

    @property
    def extent(self) -> Extent:
        """How much a slot reads in which every field is due, all ratios and units being known."""
        blocks = self.requests()
        registers = sum(block.count for block in blocks)
        return Extent(len(blocks), registers, sum(len(block.words) for block in blocks))

    def requests(self) -> tuple[Block, ...]:
        """Requests of a slot in which every field is due, all ratios and units being known."""
        return self._blocks(list(self._registers.values()))

    @property
    def identified(self) -> bool | None:
        """Whether the identity cells agree with the map; None before any was read."""
        return self._nameplate.identified

    def _end_watch(self) -> None:
        """Plain decoders from now on; a suspicion is told by a setup in the next slot."""
        self._watched = False
        self._forget_plans()
        if self._order.suspected and not self._suspicion_told:
            self._setup_ms = None

    def _forget_plans(self) -> None:
        self._plans.clear()
        self._flags.clear()

    def _flag(self, register: Register) -> str:
        code = self._refusals.codes.get(register.field)
        return self._nameplate.missing(register) if code is None else f"{REFUSED}:{code}"

    def _blocks(self, registers: list[Register]) -> tuple[Block, ...]:
        words = [(self._map.function_of(r), self._word(r)) for r in registers]
        return plan_blocks(words, replace(self._map.limits, cuts=self._refusals.cuts))

    def _refused_words(self) -> list[tuple[int, Word]]:
        registers = [self._registers[name] for name in self._refusals.codes]
        return [(self._map.function_of(r), self._word(r)) for r in registers]

    def _word(self, register: Register) -> Word:
        word = self._nameplate.word(register)
        if register.field not in self._ranges:
            return word
        low, high = self._ranges[register.field]
        return replace(word, low=low, high=high)

    def _compiled(self, block: Block) -> PlannedBlock:
        decode = _decoder(block.function, block.words, block.address)
        names = tuple(word.name for word in block.words)
        if self._watched:
            decode = Watched(decode, block.words, self._order)
        elif self._order.suspected:
            decode = Doubted(decode, order_doubts(block.words))
        if self.identified is False:
            decode = Doubted(decode, dict.fromkeys(names, WRONG_IDENTITY))
        return PlannedBlock(block.function, block.address, block.count, names, decode, block.words)


def _decoder(function: int, words: tuple[Word, ...], start: int) -> Decoder:
    compiled = compile_bit_decoder if function in BIT_FUNCTIONS else compile_decoder
    return compiled(words, start)


@dataclass(frozen=True, slots=True)
class _Answered:
    """The decoder of a retry: it is enough that an answer came."""

    names: tuple[str, ...]

    def __call__(self, payload: bytes) -> Decoded:
        return dict.fromkeys(self.names, float(bool(payload))), None
