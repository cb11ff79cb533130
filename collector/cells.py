"""Where raw numbers stand in a meter's registers: the cells that a register map is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from collector.documents import Strict
from collector.planner import BIT_FUNCTIONS
from collector.units import canonical_unit
from collector.words import WORDS, ByteOrder, WordOrder

Type = Literal[
    "bit", "u8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd16", "bcd32", "bcd64"
]
Trust = Literal["vendor-doc", "open-source", "field-verified", "template"]
"""How sure a fact is: read in the maker's document, in public code or pages, proven on a real
meter, or made up as a layout to be adapted."""
Function = Annotated[int, Field(ge=1, le=4)]


def _known_unit(unit: str) -> str:
    canonical_unit(unit)
    return unit


Unit = Annotated[str, AfterValidator(_known_unit)]


def _usable_scale(scale: float) -> float:
    if not 1e-15 <= abs(scale) <= 1e15:
        raise ValueError(f"a number is never multiplied by {scale:g}; leave it out for 1")
    return scale


Scale = Annotated[float, AfterValidator(_usable_scale)]
"""What raw numbers are multiplied by: never 0, which would make every value 0."""


class Cell(Strict):
    """Where a raw number stands, and how we know: shared by registers, ratios and unit codes.

    Function, orders, source and trust are those of the map unless the cell says otherwise.
    """

    address: Annotated[int, Field(ge=0, le=65536)]
    type: Type
    function: Function | None = None
    word_order: WordOrder | None = None
    byte_order: ByteOrder | None = None
    source: str | None = None
    trust: Trust | None = None
    note: str | None = None

    def misplacement(self, function: int, word_order: WordOrder, base: int) -> str:
        """Why such a cell cannot stand there; '' when it can."""
        if (self.type == "bit") != (function in BIT_FUNCTIONS):
            return f"function code {function} does not read the type {self.type}"
        order = self.word_order or word_order
        if order in ("pairs", "halves") and WORDS[self.type] != 4:
            return f"the word order {order} is for types of four words"
        if not 0 <= self.address - base <= 65536 - WORDS[self.type]:
            return f"address {self.address} is off the wire"
        return ""


class RatioCell(Cell):
    """A transformer ratio that the meter itself knows; read at connecting and every hour."""

    scale: Scale = 1.0
    low: Annotated[float, Field(gt=0)] = 1e-3
    high: Annotated[float, Field(gt=0)] = 1e5


class UnitCell(Cell):
    """A register that tells the unit of others, by code."""

    codes: Annotated[Mapping[int, Unit], Field(min_length=1)]


class Identity(Cell):
    """A register whose value tells that this really is such a meter.

    `equals` is proof: while the device shows something else, its values are doubted. `low` and
    `high` are a hint for the log (a frequency of 50 Hz shows the right map, but not in a blackout).
    """

    field: str = "identity"
    equals: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    low: float | None = None
    high: float | None = None
    scale: Scale = 1.0

    @model_validator(mode="after")
    def _expects_something(self) -> Identity:
        if (self.equals is None) == (self.low is None or self.high is None):
            raise ValueError("give either `equals` or both `low` and `high`")
        return self

    def accepts(self, value: float) -> bool:
        """Whether the scaled value is that of such a meter."""
        if self.equals is not None:
            return any(math.isclose(value, number * self.scale) for number in self.equals)
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def expectation(self) -> str:
        """What the map expects, for people."""
        if self.equals is not None:
            return " or ".join(self.text(number * self.scale) for number in self.equals)
        return f"{self.low:g}..{self.high:g}"

    def text(self, value: float) -> str:
        """Write a value of the cell with all its digits where they are compared."""
        return str(int(value)) if self.equals is not None and value.is_integer() else f"{value:g}"
