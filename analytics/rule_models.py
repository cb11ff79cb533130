"""What an alarm rule is made of: strict models of the documents in `rules/*.yaml`.

A rule says what it looks at, when that is a fault, how long it must last, what to do about it in
both languages, and on what practice it rests.
"""

from __future__ import annotations

import string
from typing import Annotated, Literal

from pydantic import Field, model_validator

from analytics.faults import Layer
from collector.alarming import Severity
from collector.documents import Duration, KeyPath, Mistakes, Strict
from collector.model import DEVICE_KINDS, QUANTITIES
from collector.topology import Id, Names, NotNegative, Positive

PLACEHOLDERS = frozenset({"value", "limit", "unit", "quantity", "members"})
"""What a sentence may have in braces."""


class Silent(Strict):
    """A device has not answered for so many of its intervals."""

    kind: Literal["silent"]
    intervals: Annotated[float, Field(ge=1)]


class BusSilent(Strict):
    """No device of a bus with several has answered for so many of its intervals."""

    kind: Literal["bus_silent"]
    intervals: Annotated[float, Field(ge=1)]


class Missing(Strict):
    """Nothing of a collector was stored for so many of its intervals, not even silence."""

    kind: Literal["missing"]
    intervals: Annotated[float, Field(ge=1)]


class StoreAway(Strict):
    """The store does not answer."""

    kind: Literal["store"]


class Outside(Strict):
    """A gauge lies outside the range of its point."""

    kind: Literal["outside"]


class Threshold(Strict):
    """A field lies beyond a limit, as it is or as a share of another field."""

    kind: Literal["threshold"]
    above: float | None = None
    below: float | None = None
    relative_to: str | None = None

    @model_validator(mode="after")
    def _limited(self) -> Threshold:
        if self.above is None and self.below is None:
            raise Mistakes([(("above",), "needs a limit: `above`, `below` or both")])
        return self


class Rise(Strict):
    """A field has risen by more than `above` over its least value within a while."""

    kind: Literal["rise"]
    above: NotNegative
    within: Duration


class Freezing(Strict):
    """A temperature of the source circuit comes close to the freezing point of its fluid."""

    kind: Literal["freezing"]
    margin_k: Positive
    water_below_c: float


class CopLow(Strict):
    """The plant's COP lies below its own regression."""

    kind: Literal["cop"]
    percent: Annotated[float, Field(gt=0, lt=100)]


Condition = Annotated[
    Silent | BusSilent | Missing | StoreAway | Outside | Threshold | Rise | Freezing | CopLow,
    Field(discriminator="kind"),
]


class LooksAt(Strict):
    """Which devices and fields; without kinds every kind, without fields those that fit."""

    kinds: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> LooksAt:
        mistakes: list[tuple[KeyPath, str]] = [
            (("kinds", place), f"there is no device kind {name!r}")
            for place, name in enumerate(self.kinds)
            if name not in DEVICE_KINDS
        ]
        mistakes += [
            (("fields", place), f"there is no quantity {name!r}")
            for place, name in enumerate(self.fields)
            if name not in QUANTITIES
        ]
        if mistakes:
            raise Mistakes(mistakes)
        return self


class Rule(Strict):
    """One rule.

    Attributes
    ----------
    layer, suppresses : str, tuple of str
        Where the fault stands between cause and consequence, and for which layers it speaks.
    condition : Condition
        When it is a fault.
    deadband : float
        [unit of the condition's excess: of the field; of the range's width with `outside`]
    sentence : Names
        What is the matter, with placeholders for the numbers.
    response, who : Names
        What to check first, and who does it: an alarm without an answer is none.
    evidence : int
        How much of the time before the condition began is kept with the alarm. [ms]
    source : str
        Standard, paper or practice that the thresholds are from.
    """

    id: Id
    title: Names
    severity: Severity
    layer: Layer
    suppresses: tuple[Layer, ...] = ()
    looks_at: LooksAt = LooksAt()
    condition: Condition
    on_delay: Duration
    off_delay: Duration
    deadband: NotNegative
    sentence: Names
    response: Names
    who: Names
    evidence: Duration
    source: str
    enabled: bool = True

    @model_validator(mode="after")
    def _told(self) -> Rule:
        mistakes: list[tuple[KeyPath, str]] = []
        for language in ("zh", "en"):
            names = {
                name for _, name, _, _ in string.Formatter().parse(getattr(self.sentence, language))
            }
            mistakes += [
                (("sentence", language), f"there is no placeholder {name!r}")
                for name in sorted(str(name) for name in names - PLACEHOLDERS - {None})
            ]
        single = isinstance(self.condition, Threshold | Rise)
        if single and len(self.looks_at.fields) != 1:
            mistakes.append((("looks_at", "fields"), "this condition looks at one field"))
        if mistakes:
            raise Mistakes(mistakes)
        return self


class RuleFile(Strict):
    """The rules of one subject."""

    subject: Id
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
