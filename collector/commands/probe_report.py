"""What `groundwatt probe` tells: a table and sentences for people, one object for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import typer

from collector.commands.listing import Listing, show
from collector.config import DeviceEntry
from collector.probe import (
    DOUBTFUL,
    IMPLAUSIBLE,
    NO_VALUE,
    PLAUSIBLE,
    UNREAD,
    DeviceReading,
    Memory,
    identity_verdicts,
)
from collector.registers import RegisterMap

_STYLES = {PLAUSIBLE: "green", DOUBTFUL: "yellow", IMPLAUSIBLE: "red", UNREAD: "red", NO_VALUE: ""}
_COLUMNS = ("field", "function", "address", "words", "value", "unit", "range", "verdict", "remark")


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """The judgement on one device."""

    register_map: RegisterMap
    entry: DeviceEntry
    own: DeviceReading
    better: DeviceReading | None
    memory: Memory

    @property
    def fine(self) -> bool:
        """Whether every value is plausible and the device is what its map describes."""
        sound = all(f.verdict in (PLAUSIBLE, NO_VALUE) for f in self.own.fields)
        return sound and self.better is None and not self._strangers()

    def tell(self) -> None:
        """Print the table and the sentences."""
        show(self._table())
        for sentence in self._sentences():
            typer.echo(sentence)

    def as_object(self) -> dict[str, object]:
        """Everything as one object."""
        return {
            "device": self.entry.id,
            "map": self.register_map.map,
            "fine": self.fine,
            "plausible": self.own.plausible,
            "fields": [
                {
                    "field": f.field, "function": f.function,
                    "address": f.address + self.register_map.address_base, "words": f.hex,
                    "value": f.value, "unit": f.unit, "low": f.low, "high": f.high,
                    "verdict": f.verdict, "remark": f.remark,
                }
                for f in self.own.fields
            ],
            "checks": [
                {"check": c.name, "holds": c.holds, "sentence": c.sentence} for c in self.own.checks
            ],
            "identity": [
                {"field": identity.field, "value": value, "expected": identity.expectation,
                 "agrees": agrees}
                for identity, value, agrees in identity_verdicts(self.register_map, self.memory)
            ],
            "score": round(self.own.score, 1),
            "proposal": self._proposal(),
        }  # fmt: skip

    def _table(self) -> Listing:
        rows, styles = [], []
        for index, f in enumerate(self.own.fields):
            address = f.address + self.register_map.address_base
            value = "" if f.value is None else _shown(f.value)
            limits = f"{f.low:g}..{f.high:g}"
            row = (f.field, f.function, address, f.hex, value, f.unit, limits, f.verdict, f.remark)
            rows.append(row)
            styles.append((index, _COLUMNS.index("verdict"), _STYLES[f.verdict]))
        title = f"{self.entry.id} read with {self.register_map.map}"
        return Listing(title, _COLUMNS, tuple(rows), tuple(styles))

    def _strangers(self) -> list[str]:
        """Identity cells that prove another meter."""
        return [
            f"{identity.field} is {identity.text(value)}, this map expects {identity.expectation}"
            for identity, value, agrees in identity_verdicts(self.register_map, self.memory)
            if agrees is False and identity.equals is not None and value is not None
        ]

    def _sentences(self) -> list[str]:
        fields = self.own.fields
        sentences = [f"{self.own.plausible} of {len(fields)} fields are plausible"]
        sentences += [f"not the meter of this map? {text}" for text in self._strangers()]
        sentences += [f"check {c.name}: {c.sentence}" for c in self.own.checks if not c.holds]
        if self.better is not None:
            changes = self.better.variant.changes(self.register_map)
            wording = ", ".join(f"{key}: {value}" for key, value in changes.items())
            sentences.append(
                f"another reading fits clearly better ({self.better.plausible} plausible fields): "
                f"try {wording}"
            )
        elif not self.fine and self.own.plausible * 2 < len(fields):
            sentences.append(
                "no other word order, byte order or address base fits better: is it this model, "
                "this unit, wired and powered?"
            )
        return sentences

    def _proposal(self) -> Mapping[str, object] | None:
        if self.better is None:
            return None
        return {
            "changes": self.better.variant.changes(self.register_map),
            "plausible": self.better.plausible,
            "score": round(self.better.score, 1),
        }


def _shown(value: float) -> str:
    """Show a value with the digits that matter, and no power of ten for a long counter."""
    return f"{value:.6g}" if abs(value) < 100_000 else f"{value:.1f}"
