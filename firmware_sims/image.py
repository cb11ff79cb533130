"""The register image of one device: where its values stand on the wire, as which raw numbers.

Pure. The image is built from the same register map that the collector reads; how a raw number is
cut into registers is the encoder's matter (`server.registers_of`), so that two independent hands
write and read the words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from collector.config import DeviceEntry
from collector.model import Kind
from collector.registers import Identity, RatioCell, Register, RegisterMap
from collector.words import Word, WordOrder

Encoder = Callable[[Word, float], list[int]]
Range = tuple[int, int]

LIMITS: Mapping[str, tuple[int, int]] = {
    "bit": (0, 1), "u8": (0, 2**8 - 1), "u16": (0, 2**16 - 1), "u32": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1), "s16": (-(2**15), 2**15 - 1), "s32": (-(2**31), 2**31 - 1),
    "s64": (-(2**63), 2**63 - 1), "bcd16": (0, 10**4 - 1), "bcd32": (0, 10**8 - 1),
    "bcd64": (0, 10**16 - 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One word on the wire; a counter that overflows starts again at zero, a gauge stays full."""

    function: int
    word: Word
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """All cells of a device, the values that never change, and what may be read.

    Attributes
    ----------
    cells : tuple of Cell
        By function and address; cells that share a word differ in their bits.
    fixed : mapping of str to float
        Ratios, unit codes and identity, by the name of their cell.
    readable : mapping of int to tuple of (int, int)
        Address ranges by function code, both ends included; all else is refused.
    """

    cells: tuple[Cell, ...]
    fixed: Mapping[str, float]
    readable: Mapping[int, tuple[Range, ...]]

    def begins_in(self, function: int, address: int, count: int) -> bool:
        """Whether a read takes the first value of the device along."""
        first = next(cell for cell in self.cells if cell.word.name not in self.fixed)
        return first.function == function and address <= first.word.address < address + count

    def registers(
        self, values: Mapping[str, float], encode: Encoder, *, word_swapped: bool = False
    ) -> Iterator[tuple[int, int, list[int]]]:
        """Encode every cell: function code, address and registers (or one input).

        Parameters
        ----------
        values : mapping of str to float
            Canonical units by field; a field without a value shows the device's not-a-value.
        encode : callable
            Cuts a raw number into registers.
        word_swapped : bool
            Send the words of long values in the contrary order, as a misconfigured device does.
        """
        values = {**values, **self.fixed}
        for place in _by_place(self.cells):
            raw = _combined(place, values)
            word = place[0].word
            yield (
                place[0].function,
                word.address,
                encode(_contrary(word) if word_swapped else word, raw),
            )


def image_of(
    entry: DeviceEntry,
    register_map: RegisterMap,
    ratios: Mapping[str, float],
    units: Mapping[str, str],
) -> Image:
    """Lay out the registers of one device.

    Parameters
    ----------
    entry : DeviceEntry
        The device in the site file; its ratios go before the others.
    register_map : RegisterMap
        Its model.
    ratios : mapping of str to float
        Transformer ratios that the meter is set to.
    units : mapping of str to str
        Unit that the meter shows, by unit cell; the first code of the cell unless named.
    """
    ratios = _ratios_of(register_map) | dict(ratios) | {str(k): v for k, v in entry.ratios.items()}
    shown = {
        name: units.get(name, next(iter(cell.codes.values())))
        for name, cell in register_map.units.items()
    }
    cells = [_cell(register_map, register, ratios, shown) for register in register_map.registers]
    fixed: dict[str, float] = {}
    for cell, value in _auxiliary(register_map, ratios, shown):
        if not _overlaps(cell, cells):
            cells.append(cell)
            fixed[cell.word.name] = value
    cells.sort(key=lambda cell: (cell.function, cell.word.address))
    return Image(tuple(cells), fixed, _readable(cells, register_map))


def _ratios_of(register_map: RegisterMap) -> dict[str, float]:
    fixed = register_map.ratios.items()
    return {name: 1.0 if isinstance(ratio, RatioCell) else ratio for name, ratio in fixed}


def _cell(
    register_map: RegisterMap,
    register: Register,
    ratios: Mapping[str, float],
    shown: Mapping[str, str],
) -> Cell:
    unit = shown[register.unit_from] if register.unit_from else None
    word = register_map.word(register, ratios, unit)
    counts = register.measured.kind is Kind.COUNTER
    return Cell(register_map.function_of(register), word, counts)


def _auxiliary(
    register_map: RegisterMap, ratios: Mapping[str, float], shown: Mapping[str, str]
) -> Iterator[tuple[Cell, float]]:
    """Cells that are not polled as values: ratios, unit codes, identity."""
    for name, ratio in register_map.ratios.items():
        if isinstance(ratio, RatioCell):
            word = register_map.cell_word(f"ratio:{name}", ratio, ratio.scale)
            yield Cell(register_map.function_of(ratio), word), ratios[name]
    for unit_name, cell in register_map.units.items():
        code = next(code for code, unit in cell.codes.items() if unit == shown[unit_name])
        word = register_map.cell_word(f"unit:{unit_name}", cell)
        yield Cell(register_map.function_of(cell), word), float(code)
    for index, identity in enumerate(register_map.identity):
        word = register_map.cell_word(f"identity:{index}", identity, identity.scale)
        yield Cell(register_map.function_of(identity), word), _identity_value(identity)


def _identity_value(identity: Identity) -> float:
    if identity.equals is not None:
        return identity.equals[0] * identity.scale
    low = 0.0 if identity.low is None else identity.low
    high = low if identity.high is None else identity.high
    return (low + high) / 2.0


def _overlaps(cell: Cell, others: Iterable[Cell]) -> bool:
    first, last = cell.word.address, cell.word.address + cell.word.count - 1
    return any(
        other.function == cell.function
        and other.word.address <= last
        and other.word.address + other.word.count > first
        for other in others
    )


def _readable(cells: Iterable[Cell], register_map: RegisterMap) -> dict[int, tuple[Range, ...]]:
    """Cells and the holes between them that the map promises to be readable."""
    ranges: dict[int, list[Range]] = {}
    base = register_map.address_base
    forbidden = [(first - base, last - base) for first, last in register_map.forbidden]
    for cell in cells:
        first, last = cell.word.address, cell.word.address + cell.word.count - 1
        known = ranges.setdefault(cell.function, [])
        if known and _may_bridge(known[-1][1], first, register_map.hole_limit, forbidden):
            known[-1] = (known[-1][0], max(known[-1][1], last))
        else:
            known.append((first, last))
    return {function: tuple(known) for function, known in ranges.items()}


def _may_bridge(last: int, first: int, hole_limit: int, forbidden: Iterable[Range]) -> bool:
    if first - last - 1 > hole_limit:
        return False
    return not any(start < first and end > last for start, end in forbidden)


def _by_place(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    place: list[Cell] = []
    for cell in cells:
        here = (cell.function, cell.word.address)
        if place and (place[0].function, place[0].word.address) != here:
            yield place
            place = []
        place.append(cell)
    if place:
        yield place


def _combined(place: list[Cell], values: Mapping[str, float]) -> float:
    """Raw number of a word; fields that cut bits out of the same word are put side by side."""
    if place[0].word.bits is None:
        return raw_number_of(place[0], values.get(place[0].word.name))
    combined = 0
    for cell in place:
        first, last = cell.word.bits or (0, 0)
        mask = (1 << (last - first + 1)) - 1
        combined |= (int(raw_number_of(cell, values.get(cell.word.name))) & mask) << first
    return combined


def raw_number_of(cell: Cell, value: float | None) -> float:
    """Return the raw number that shows `value`, within what the type can hold.

    Raises
    ------
    ValueError
        A state that the map does not know.
    """
    word = cell.word
    if value is None or math.isnan(value):
        return _not_a_value(word)
    if word.states is not None:
        for raw, state in word.states.items():
            if state == value:
                return raw
        raise ValueError(f"{word.name}: the map has no number for the state {value:g}")
    number = (value - word.offset) * word.divisor / word.factor
    if word.type[0] == "f":
        return number
    low, high = LIMITS[word.type]
    whole = round(number)
    if cell.counts and word.bits is None:
        whole = low + (whole - low) % (high - low + 1) if low == 0 else whole
    whole = min(max(whole, low), high)
    return int(str(whole), 16) if word.type.startswith("bcd") else whole


def _not_a_value(word: Word) -> float:
    if word.sentinels:
        sentinel = min(word.sentinels)
        return sentinel if word.type[0] == "f" else int(sentinel)
    if word.states is not None:
        return next(iter(word.states))
    return math.nan if word.type[0] == "f" else 0


_CONTRARY: Mapping[WordOrder, WordOrder] = {
    "big": "little", "little": "big", "pairs": "halves", "halves": "pairs",
}  # fmt: skip


def _contrary(word: Word) -> Word:
    if word.count == 1:
        return word
    return Word(word.name, word.address, word.type, _CONTRARY[word.word_order], word.byte_order)
