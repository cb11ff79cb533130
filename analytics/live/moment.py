"""One moment of a plant: what its devices show, and the figures that are told of it.

A figure that cannot be told has no value, and a flag says why; one that is weak keeps its value.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from analytics.heat import Circuit
from analytics.live.heat_meter import believable
from analytics.live.meters import POWER
from analytics.metertree import MeterSum

NOT_MEASURED = "bad:not-measured"
"""No meter of the site tells it."""
NO_VALUE = "bad:no-value"
"""A meter that should tell it did not."""
NOT_RUNNING = "bad:not-running"
"""Nothing runs: there is no COP then, which is not a COP of zero."""
NOT_CLAIMABLE = "bad:not-claimable"
"""Flow below qi, a temperature difference within its sensors' error, heat against the plant's own
state, or no heat pump that works."""
BELOW_RANGE = "uncertain:below-range"
"""A difference below the meter's ΔΘmin: its uncertainty has grown by 1/ΔΘ, and it is shown to be
looked at, not to be claimed."""
DOUBTED = "uncertain:input"
"""A value that it is made of is flagged itself."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the devices of a plant show.

    Parameters
    ----------
    values : mapping of str to mapping of str to float
        By device and field; what is unknown is absent. [unit of the field]
    doubtful : collection of str
        Devices of which a value is flagged uncertain.
    """

    values: Mapping[str, Mapping[str, float]]
    doubtful: Collection[str] = frozenset()

    def value(self, device: str | None, name: str) -> float | None:
        """Value of a field, if it is known."""
        return self.values.get(device or "", {}).get(name)

    def power(self, meters: MeterSum) -> float | None:
        """Power of a sum of meters; None when one of them is unknown. [kW]"""
        found = [(self.value(meter, POWER), 1.0) for meter in meters.plus]
        found += [(self.value(meter, POWER), -1.0) for meter in meters.minus]
        known = [sign * power for power, sign in found if power is not None]
        return sum(known) if len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A moment and the heat of its circuits.

    Parameters
    ----------
    moment : Moment
    circuits : mapping of str to Circuit
        Of one interval, by heat meter.
    rates : mapping of str to float or None
        Heat rate, negative when cooling. [kW]
    """

    moment: Moment
    circuits: Mapping[str, Circuit]
    rates: Mapping[str, float | None]

    def heat(self, meters: MeterSum) -> float | None:
        """Heat rate of some heat meters together; None when one is unknown. [kW]"""
        known = [rate for name in meters.plus if (rate := self.rates[name]) is not None]
        return sum(known) if len(known) == len(meters.plus) else None

    def believable(self, meters: MeterSum) -> bool:
        """Whether all of them that show heat can be believed."""
        return all(believable(self.circuits[name]) for name in meters.plus if self.rates[name])


@dataclass(slots=True)
class Figures:
    """Figures of a moment, by the fields of the virtual plant device."""

    doubtful: Collection[str] = frozenset()
    values: dict[str, float] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: float | None, flag: str, of: Iterable[str] = ()) -> None:
        """Add a figure; without a value its flag says why, with one what weakens it.

        A number without end, made of one that no meter can show, is no value: JSON has no word for
        it, and the whole sample would be refused.
        """
        if value is not None and not math.isfinite(value):
            value, flag = None, NO_VALUE
        if value is not None:
            self.values[name] = float(value)
            flag = flag or ("" if set(self.doubtful).isdisjoint(of) else DOUBTED)
        if flag:
            self.flags[name] = flag
