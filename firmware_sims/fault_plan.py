"""The fault plan of scenario.yaml: what goes wrong with which device, from when, for how long.

Faults of values (`faults`) spoil what is measured, in history and live. Faults of the line are done
live by relays (`line`); of these, history knows those that keep a device silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import Field, model_validator

from collector.documents import Duration
from collector.topology import Id
from firmware_sims.faults import (
    BoolArray,
    Drift,
    Fault,
    FaultMemory,
    Fields,
    Frozen,
    Instants,
    Reset,
    Rollover,
    Stretch,
    Swapped,
    ValueFault,
)


class LineFault(Fault):
    """A fault that a relay brings about, on a device's answers or on a whole bus."""

    device: Id | None = None
    bus: Id | None = None

    def bus_among(self, devices: Mapping[str, str]) -> str:
        """Bus that needs a relay; `devices` says on which bus a device stands."""
        return self.bus if self.bus is not None else devices[self.device or ""]


Placed = TypeVar("Placed", bound=LineFault)


class WordOrder(Fault):
    """Long values with their words in the contrary order, as after a wrong setting; live only."""

    kind: Literal["word_order"]
    device: Id


class Reboot(LineFault):
    """A device that is away while it restarts."""

    kind: Literal["reboot"]
    device: Id
    bus: None = None
    lasts: Duration = 40_000


class Refused(LineFault):
    """Registers that the device refuses with an exception code; live only."""

    kind: Literal["refused"]
    device: Id
    bus: None = None
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    code: Annotated[int, Field(ge=1, le=11)] = 2


class Slow(LineFault):
    """Answers that come late: of one device or of a whole bus; live only.

    Without `delay` they come after the client's time-out, half as late again.
    """

    kind: Literal["slow"]
    delay: Duration | None = None

    @model_validator(mode="after")
    def _placed(self) -> Slow:
        return _one_place(self)


class Dropped(LineFault):
    """A line that is down: connections break and none is taken."""

    kind: Literal["dropped"]
    bus: Id
    device: None = None
    lasts: Duration = 30_000


class Garbage(LineFault):
    """Frames that are spoilt on the line, of one device or of a whole bus; live only."""

    kind: Literal["garbage"]
    share: Annotated[float, Field(gt=0, le=1)] = 0.1

    @model_validator(mode="after")
    def _placed(self) -> Garbage:
        return _one_place(self)


class Duplicate(LineFault):
    """A second device of the same bus that answers to the unit id of the first; live only."""

    kind: Literal["duplicate"]
    device: Id
    bus: None = None
    twin: Id


AnyFault = Annotated[
    Frozen | Drift | Swapped | Reset | Rollover | WordOrder | Reboot | Refused | Slow | Dropped
    | Garbage | Duplicate,
    Field(discriminator="kind"),
]  # fmt: skip


def spoil(
    faults: Iterable[Fault],
    device: str,
    fields: Fields,
    at_ms: Instants,
    live_ms: int,
    memory: FaultMemory,
) -> Fields:
    """Apply every fault of values that a device has, in the order of the plan."""
    for number, fault in enumerate(faults):
        if isinstance(fault, ValueFault) and fault.device == device:
            stretch = Stretch(at_ms, live_ms, memory, f"{number}.{device}")
            fields = fault.spoil(fields, stretch)
    return fields


def silenced(
    faults: Iterable[Fault], device: str, bus: str, at_ms: Instants, live_ms: int
) -> BoolArray:
    """Tell at which instants a device gives no answer at all."""
    silent = np.zeros(at_ms.shape, dtype=np.bool_)
    for fault in faults:
        is_away = isinstance(fault, Reboot) and fault.device == device
        if is_away or (isinstance(fault, Dropped) and fault.bus == bus):
            silent |= fault.active(at_ms, live_ms)
    return silent


def _one_place(fault: Placed) -> Placed:
    if (fault.device is None) == (fault.bus is None):
        raise ValueError("name either a device or a bus")
    return fault
