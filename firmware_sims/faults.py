"""Faults of what a device measures: frozen, drifting, swapped, reset or rolled-over values.

They work on stretches of time as arrays, in history as well as live. `fault_plan` has the faults of
the line, and applies both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, TypeAdapter

from collector.documents import Duration, Strict
from collector.topology import Id
from firmware_sims.physics.noise import FloatArray

Fields = dict[str, FloatArray]
BoolArray = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.int64]
FaultMemory = dict[str, float]
"""What faults remember between stretches of time: held values and offsets by fault and field."""

_MS_PER_DAY = 86_400_000.0
_DURATION: TypeAdapter[int] = TypeAdapter(Duration)


def _signed(value: object) -> object:
    if isinstance(value, str) and value.startswith("-"):
        return -_DURATION.validate_python(value.removeprefix("-"))
    return _DURATION.validate_python(value)


Moment = Annotated[int, BeforeValidator(_signed, json_schema_input_type=str)]
"""Relative to the end of history, where the live run begins: `10min`, `-3d`. Kept in ms."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time over which a fault works, following the one before.

    Attributes
    ----------
    at_ms : array of int64
        Instants of the values. [ms since epoch, UTC]
    live_ms : int
        Where the live run begins. [ms since epoch, UTC]
    memory, key : dict, str
        What the fault remembers stands in `memory` under keys that begin with `key`.
    """

    at_ms: Instants
    live_ms: int
    memory: FaultMemory
    key: str


class Fault(Strict):
    """When a fault is there; without `lasts` it stays."""

    starts: Moment = 0
    lasts: Duration | None = None

    def active(self, at_ms: Instants, live_ms: int) -> BoolArray:
        """Tell at which instants the fault is there; `live_ms` is where the live run begins."""
        age = at_ms - live_ms - self.starts
        started = age >= 0
        return started if self.lasts is None else started & (age < self.lasts)

    def is_active(self, at_ms: int, live_ms: int) -> bool:
        """Tell whether the fault is there at one instant."""
        return bool(self.active(np.array([at_ms], dtype=np.int64), live_ms)[0])


class ValueFault(Fault):
    """A fault of what a device measures."""

    device: Id

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Return the fields as the faulty device has them, from those of the sound one."""
        raise NotImplementedError


class Frozen(ValueFault):
    """Values that stay as they were."""

    kind: Literal["frozen"]
    fields: Annotated[tuple[str, ...], Field(min_length=1)]

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Hold the last value before the fault."""
        active = self.active(stretch.at_ms, stretch.live_ms)
        spoilt = dict(fields)
        for name in self.fields:
            held = _at_start(fields[name], active, stretch, name)
            spoilt[name] = np.where(active, held, fields[name])
        return spoilt


class Drift(ValueFault):
    """Values that run away steadily until the instrument is repaired."""

    kind: Literal["drift"]
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    per_day: float

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Add what has drifted since the fault began."""
        days = (stretch.at_ms - stretch.live_ms - self.starts) / _MS_PER_DAY
        error = np.where(self.active(stretch.at_ms, stretch.live_ms), days * self.per_day, 0.0)
        return fields | {name: fields[name] + error for name in self.fields}


class Swapped(ValueFault):
    """Two values exchanged, as when two sensors were mounted in each other's pocket."""

    kind: Literal["swapped"]
    fields: tuple[str, str] = ("supply_temp_c", "return_temp_c")

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Exchange the two."""
        first, second = self.fields
        active = self.active(stretch.at_ms, stretch.live_ms)
        return fields | {
            first: np.where(active, fields[second], fields[first]),
            second: np.where(active, fields[first], fields[second]),
        }


class Reset(ValueFault):
    """Counters that begin anew, as after an exchange of the meter; this cannot end."""

    kind: Literal["reset"]
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    to: float = 0.0
    lasts: None = None

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Count from `to` on."""
        active = self.active(stretch.at_ms, stretch.live_ms)
        spoilt = dict(fields)
        for name in self.fields:
            before = _at_start(fields[name], active, stretch, name)
            spoilt[name] = np.where(active, fields[name] - before + self.to, fields[name])
        return spoilt


class Rollover(ValueFault):
    """Counters with few digits, close to their end when the simulation begins.

    Attributes
    ----------
    modulus : float
        Value at which the counter returns to zero.
    headroom : float
        How much it can count before that for the first time.
    """

    kind: Literal["rollover"]
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    modulus: Annotated[float, Field(gt=0)]
    headroom: Annotated[float, Field(gt=0)]
    starts: Literal[0] = 0
    lasts: None = None

    def spoil(self, fields: Fields, stretch: Stretch) -> Fields:
        """Count within the modulus."""
        spoilt = dict(fields)
        for name in self.fields:
            first = stretch.memory.setdefault(f"{stretch.key}.{name}", float(fields[name][0]))
            counted = fields[name] - first + self.modulus - self.headroom
            spoilt[name] = counted % self.modulus
        return spoilt


def _at_start(values: FloatArray, active: BoolArray, stretch: Stretch, name: str) -> float:
    """Value right before the fault began, also when that was in an earlier stretch of time."""
    held, last = f"{stretch.key}.{name}.held", f"{stretch.key}.{name}.last"
    if held not in stretch.memory and active.any():
        first = int(np.argmax(active))
        before = values[first - 1] if first else stretch.memory.get(last, values[0])
        stretch.memory[held] = float(before)
    stretch.memory[last] = float(values[-1])
    return stretch.memory.get(held, 0.0)
