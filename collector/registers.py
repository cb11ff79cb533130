"""Register maps: how the values of one meter model stand in its registers. Data, not code.

A map is a YAML file (`collector/maps/*.yaml` or beside site.yaml); docs/register-maps.md explains
every key. `RegisterMap` is its strict model; `words` turns it into decodable words for one device
with its ratios and unit registers resolved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from collector.documents import Duration, Strict, parse
from collector.model import DEVICE_KINDS, QUANTITIES, Kind, OperatingState, Quantity
from collector.units import canonical_unit
from collector.words import WORDS, ByteOrder, Word, WordOrder

Type = Literal[
    "bit", "u8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd16", "bcd32", "bcd64"
]
Trust = Literal["vendor-doc", "open-source", "field-verified", "template"]
Function = Annotated[int, Field(ge=1, le=4)]
Ratio = Literal["ct", "pt", "ct*pt"]


def _known_unit(unit: str) -> str:
    canonical_unit(unit)
    return unit


def _device_kind(kind: str) -> str:
    if kind not in DEVICE_KINDS:
        raise ValueError(f"unknown kind; known: {', '.join(DEVICE_KINDS)}")
    return kind


Unit = Annotated[str, AfterValidator(_known_unit)]


class Cell(Strict):
    """Where a raw number stands: shared by registers, ratios and unit codes."""

    address: Annotated[int, Field(ge=0, le=65536)]
    type: Type
    function: Function | None = None
    word_order: WordOrder | None = None
    byte_order: ByteOrder | None = None


class RatioCell(Cell):
    """A transformer ratio that the meter itself knows; read at connecting and every hour."""

    scale: float = 1.0
    low: float = 1e-3
    high: float = 1e5


class UnitCell(Cell):
    """A register that tells the unit of others, by code."""

    codes: Annotated[Mapping[int, Unit], Field(min_length=1)]


class Register(Cell):
    """One value of the meter.

    The number becomes canonical by raw × scale (÷ divisor) in `unit`, × ratio, + offset.
    """

    field: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    quantity: str | None = None
    unit: Unit = "1"
    unit_from: str | None = None
    scale: float = 1.0
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
    source: str | None = None
    trust: Trust | None = None
    note: str | None = None

    @property
    def measured(self) -> Quantity:
        """The quantity that this register measures."""
        return QUANTITIES[self.quantity or self.field]

    @model_validator(mode="after")
    def _consistent(self) -> Register:
        name = self.quantity or self.field
        if name not in QUANTITIES:
            raise ValueError(
                f"{name!r} is no known quantity; name one with `quantity:` or see "
                "`groundwatt check --quantities`"
            )
        if self.unit_from is None and canonical_unit(self.unit)[0] != self.measured.unit:
            raise ValueError(f"unit {self.unit!r} does not measure {name} [{self.measured.unit}]")
        if self.measured.kind is not Kind.STATE and (self.low is None or self.high is None):
            raise ValueError("low and high (the plausible range in canonical units) are missing")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        if self.bits and (self.bits[0] > self.bits[1] or self.type[0] in "sfb"):
            raise ValueError("bits need an unsigned type and [first, last] with first ≤ last")
        for state in (self.states or {}).values():
            state_code(state)
        return self


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


class Identity(Cell):
    """A register whose value tells that this really is such a meter."""

    field: str = "identity"
    equals: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    low: float | None = None
    high: float | None = None
    scale: float = 1.0


class RegisterMap(Strict):
    """One meter model."""

    map: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
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
    ratios: Mapping[Literal["ct", "pt"], RatioCell | float] = Field(default_factory=dict)
    units: Mapping[str, UnitCell] = Field(default_factory=dict)
    registers: Annotated[tuple[Register, ...], Field(min_length=1)]
    note: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RegisterMap:
        seen: set[str] = set()
        for register in self.registers:
            if register.field in seen:
                raise ValueError(f"field {register.field} stands twice")
            seen.add(register.field)
            if register.unit_from and register.unit_from not in self.units:
                raise ValueError(f"{register.field}: unit_from names no entry of `units`")
            for code, unit in self._units_of(register).items():
                if canonical_unit(unit)[0] != register.measured.unit:
                    raise ValueError(f"{register.field}: code {code} ({unit}) is no such unit")
        self._check_places()
        return self

    def _units_of(self, register: Register) -> Mapping[int, str]:
        return self.units[register.unit_from].codes if register.unit_from else {}

    def _check_places(self) -> None:
        """Registers may share words only when they cut different bits out of the same ones."""
        taken: dict[tuple[int, int], Register] = {}
        for register in self.registers:
            wire = register.address - self.address_base
            if not 0 <= wire <= 65536 - WORDS[register.type]:
                raise ValueError(f"{register.field}: address {register.address} is off the wire")
            for address in range(wire, wire + WORDS[register.type]):
                place = (register.function or self.function, address)
                other = taken.setdefault(place, register)
                if other is not register and not (register.bits and other.bits):
                    raise ValueError(f"{register.field} overlaps {other.field} at {address}")
            for first, last in self.forbidden:
                if register.address <= last and register.address + WORDS[register.type] > first:
                    raise ValueError(f"{register.field} lies in the forbidden {first}..{last}")

    def function_of(self, cell: Cell) -> int:
        """Function code that reads a cell."""
        return cell.function or self.function

    def word(self, register: Register, ratios: Mapping[str, float], unit: str | None) -> Word:
        """Describe one register for the decoder, with the device's ratios and unit resolved."""
        _, factor, divisor, offset = canonical_unit(unit or register.unit)
        multiplier = register.scale * factor
        for name in (register.ratio or "").split("*"):
            multiplier *= ratios[name] if name else 1.0
        multiplier, divisor = _exact(multiplier, divisor * register.divisor)
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
