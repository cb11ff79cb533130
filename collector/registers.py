"""Register maps: how the values of one meter model stand in its registers. Data, not code.

A map is a YAML file (`collector/maps/*.yaml` or beside site.yaml); docs/register-maps.md explains
every key. `RegisterMap` is its strict model; `words` turns it into decodable words for one device
with its ratios and unit registers resolved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from collector.cells import Cell as Cell
from collector.cells import Function, Scale, Trust, Unit
from collector.cells import Identity as Identity
from collector.cells import RatioCell as RatioCell
from collector.cells import UnitCell as UnitCell
from collector.documents import Duration, KeyPath, Mistakes, Strict, parse
from collector.model import DEVICE_KINDS, QUANTITIES, Kind, OperatingState, Quantity
from collector.planner import Limits
from collector.units import canonical_unit
from collector.words import WORDS, ByteOrder, Word, WordOrder

Ratio = Literal["ct", "pt", "ct*pt"]
MAP_PATTERN = r"^[a-z0-9][a-z0-9_]{0,62}$"


def _device_kind(kind: str) -> str:
    if kind not in DEVICE_KINDS:
        raise ValueError(f"unknown kind; known: {', '.join(DEVICE_KINDS)}")
    return kind


class Register(Cell):
    """One value of the meter.

    The number becomes canonical by raw × scale (÷ divisor) in `unit`, × ratio, + offset.
    """

    field: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    quantity: str | None = None
    unit: Unit = "1"
    unit_from: str | None = None
    scale: Scale = 1.0
    divisor: Annotated[float, Field(gt=0)] = 1.0
    offset: float = 0.0
    bits: tuple[Annotated[int, Field(ge=0, le=63)], Annotated[int, Field(ge=0, le=63)]] | None = (
        None
    )
    states: Annotated[Mapping[int, str | int], Field(min_length=1)] | None = None
    sentinels: frozenset[int] = frozenset()
    low: float | None = None
    high: float | None = None
    ratio: Ratio | None = None
    every: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def measured(self) -> Quantity:
        """The quantity that this register measures."""
        return QUANTITIES[self.quantity or self.field]

    @model_validator(mode="after")
    def _consistent(self) -> Register:
        if mistakes := tuple(self._mistakes()):
            raise Mistakes(mistakes)
        return self

    def _mistakes(self) -> Iterator[tuple[KeyPath, str]]:
        name = self.quantity or self.field
        if name not in QUANTITIES:
            key = "quantity" if self.quantity else "field"
            listing = "`groundwatt check --quantities`"
            yield (key,), f"{name!r} is no known quantity; see {listing}, or name one: `quantity:`"
            return
        if self.unit_from is None and canonical_unit(self.unit)[0] != self.measured.unit:
            yield ("unit",), f"{self.unit!r} does not measure {name} [{self.measured.unit}]"
        if self.measured.kind is not Kind.STATE and (self.low is None or self.high is None):
            yield ("low",), "low and high (the plausible range in canonical units) are missing"
        if self.low is not None and self.high is not None and self.low >= self.high:
            yield ("low",), "low must be below high"
        if self.bits and (self.bits[0] > self.bits[1] or self.type[0] != "u"):
            yield ("bits",), "bits need an unsigned type and [first, last] with first ≤ last"
        elif self.bits and self.bits[1] >= int(self.type[1:]):
            yield ("bits",), f"{self.type} has no bit {self.bits[1]}"
        for raw, state in (self.states or {}).items():
            try:
                state_code(state)
            except ValueError as error:
                yield ("states", str(raw)), str(error)


def ratio_names(register: Register) -> tuple[str, ...]:
    """Transformer ratios that a register's number is multiplied by.

    >>> ratio_names(Register(field="power_kw", address=0, type="f32", unit="kW", ratio="ct*pt",
    ...                      low=0, high=1))
    ('ct', 'pt')
    """
    return tuple(register.ratio.split("*")) if register.ratio else ()


def state_code(state: str | int) -> float:
    """Stored code of a state's name.

    Raises
    ------
    ValueError
        A name that is no operating state.
    """
    if isinstance(state, int):
        return float(state)
    try:
        return float(OperatingState[state.upper()])
    except KeyError:
        known = ", ".join(s.name.lower() for s in OperatingState)
        raise ValueError(f"unknown state {state!r}; known: {known}, or a number") from None


class Quirks(Strict):
    """What a model needs beyond the standard."""

    pause_after_connect: Duration = 0
    pause_between_requests: Duration = 0
    one_register_per_request: bool = False
    close_after_poll: bool = False


class Serial(Strict):
    """Factory settings of the serial port, as a proposal for the bus."""

    baudrate: Annotated[int, Field(ge=300, le=921_600)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1


def _ratio_kind(ratio: object) -> str:
    return "cell" if isinstance(ratio, Mapping | RatioCell) else "number"


RatioSource = Annotated[
    Annotated[RatioCell, Tag("cell")] | Annotated[float, Field(gt=0), Tag("number")],
    Discriminator(_ratio_kind),
]
"""A transformer ratio: a number, or the cell in which the meter keeps it."""


class RegisterMap(Strict):
    """One meter model."""

    map: Annotated[str, Field(pattern=MAP_PATTERN)]
    kind: Annotated[str, AfterValidator(_device_kind)]
    maker: str
    models: Annotated[tuple[str, ...], Field(min_length=1)]
    source: Annotated[str, Field(min_length=8)]
    trust: Trust
    address_base: Literal[0, 1]
    function: Function
    word_order: WordOrder = "big"
    byte_order: ByteOrder = "big"
    max_block: Annotated[int, Field(ge=1, le=125)] = 100
    hole_limit: Annotated[int, Field(ge=0, le=124)] = 16
    forbidden: tuple[tuple[int, int], ...] = ()
    serial: Serial = Serial()
    quirks: Quirks = Quirks()
    identity: tuple[Identity, ...] = ()
    ratios: Mapping[Literal["ct", "pt"], RatioSource] = Field(default_factory=dict)
    units: Mapping[str, UnitCell] = Field(default_factory=dict)
    registers: Annotated[tuple[Register, ...], Field(min_length=1)]
    note: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RegisterMap:
        mistakes = [*self._wrong_fields(), *self._wrong_cells(), *self._overlaps()]
        if mistakes:
            raise Mistakes(mistakes)
        return self

    def _wrong_fields(self) -> Iterator[tuple[KeyPath, str]]:
        seen: set[str] = set()
        for index, register in enumerate(self.registers):
            if register.field in seen:
                yield ("registers", index, "field"), f"the field {register.field} stands twice"
            seen.add(register.field)
            if not register.unit_from:
                continue
            if register.unit_from not in self.units:
                yield ("registers", index, "unit_from"), "names no entry of `units`"
                continue
            for code, unit in self.units[register.unit_from].codes.items():
                if canonical_unit(unit)[0] != register.measured.unit:
                    wording = f"code {code} ({unit}) does not measure {register.field}"
                    yield ("registers", index, "unit_from"), wording

    def _wrong_cells(self) -> Iterator[tuple[KeyPath, str]]:
        cells: dict[KeyPath, Cell] = {("registers", i): r for i, r in enumerate(self.registers)}
        cells |= {("ratios", n): c for n, c in self.ratios.items() if isinstance(c, Cell)}
        cells |= {("units", name): cell for name, cell in self.units.items()}
        cells |= {("identity", index): cell for index, cell in enumerate(self.identity)}
        for path, cell in cells.items():
            function = self.function_of(cell)
            if wrong := cell.misplacement(function, self.word_order, self.address_base):
                yield path, wrong
            for first, last in self.forbidden:
                if cell.address <= last and cell.address + WORDS[cell.type] > first:
                    yield (*path, "address"), f"lies in the forbidden {first}..{last}"

    def _overlaps(self) -> Iterator[tuple[KeyPath, str]]:
        """Registers may share words only when they cut different bits out of the same ones."""
        taken: dict[tuple[int, int], Register] = {}
        for index, register in enumerate(self.registers):
            for address in range(register.address, register.address + WORDS[register.type]):
                place = (self.function_of(register), address)
                other = taken.setdefault(place, register)
                if other is not register and not _side_by_side(register, other):
                    wording = f"{register.field} overlaps {other.field} at {address}"
                    yield ("registers", index, "address"), wording
                    break

    @property
    def limits(self) -> Limits:
        """What the device allows, in addresses as they are on the wire."""
        base = self.address_base
        forbidden = tuple((first - base, last - base) for first, last in self.forbidden)
        one = self.quirks.one_register_per_request
        return Limits(self.max_block, self.hole_limit, forbidden, one)

    def function_of(self, cell: Cell) -> int:
        """Function code that reads a cell."""
        return cell.function or self.function

    def word(self, register: Register, ratios: Mapping[str, float], unit: str | None) -> Word:
        """Describe one register for the decoder, with the device's ratios and unit resolved."""
        _, factor, divisor, offset = canonical_unit(unit or register.unit)
        multiplier, divisor = _exact(register.scale, divisor * register.divisor)
        multiplier *= factor
        for name in ratio_names(register):
            multiplier *= ratios[name]
        states = register.states
        return Word(
            name=register.field,
            address=register.address - self.address_base,
            type=register.type,
            word_order=register.word_order or self.word_order,
            byte_order=register.byte_order or self.byte_order,
            bits=register.bits,
            factor=multiplier,
            divisor=divisor,
            offset=offset + register.offset,
            low=-math.inf if register.low is None else register.low,
            high=math.inf if register.high is None else register.high,
            sentinels=frozenset(float(s) if register.type[0] == "f" else s
                                for s in register.sentinels),
            states={raw: state_code(s) for raw, s in states.items()} if states else None,
        )  # fmt: skip

    def cell_word(self, name: str, cell: Cell, scale: float = 1.0) -> Word:
        """Describe an auxiliary cell (ratio, unit code, identity) for the decoder."""
        factor, divisor = _exact(scale, 1.0)
        return Word(
            name=name,
            address=cell.address - self.address_base,
            type=cell.type,
            word_order=cell.word_order or self.word_order,
            byte_order=cell.byte_order or self.byte_order,
            factor=factor,
            divisor=divisor,
        )


def _side_by_side(one: Register, other: Register) -> bool:
    if not (one.bits and other.bits) or (one.address, one.type) != (other.address, other.type):
        return False
    return one.bits[1] < other.bits[0] or other.bits[1] < one.bits[0]


def _exact(factor: float, divisor: float) -> tuple[float, float]:
    """Prefer dividing by a whole number to multiplying by its inexact reciprocal.

    >>> _exact(0.1, 1.0), _exact(0.01, 1000.0), _exact(2.5, 1.0)
    ((1.0, 10.0), (1.0, 100000.0), (2.5, 1.0))
    """
    inverse = 1.0 / abs(factor) if factor else 0.0
    if 0.0 < abs(factor) < 1.0 and math.isclose(inverse, round(inverse), rel_tol=1e-12):
        return math.copysign(1.0, factor), divisor * round(inverse)
    return factor, divisor


def parse_map(text: str, file: Path) -> RegisterMap:
    """Read a register map from its YAML text.

    Raises
    ------
    ConfigError
        Names file, line and key of every mistake.
    """
    return parse(text, file, RegisterMap)
