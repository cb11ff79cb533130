"""When a condition becomes an alarm, and when the alarm is over. Pure.

    normal ─beyond─▶ pending ─on-delay─▶ raised ─within─▶ clearing ─off-delay─▶ normal
              ◀─within─                    ◀─beyond─

One state machine for each rule and subject (a device, a bus, the site). What it sees is how far a
value lies beyond its limit, the excess: the condition begins above zero and ends at minus the
deadband, in every phase, so that a value that wavers on its limit is one alarm. Delays count time
between known values that follow each other; a gap, and the time while a parent speaks for the
child, count for neither. Time is that of the samples, or of the ticks at which somebody looked.

Parents: a rule may speak for whole layers of other rules on its own subject and on all that depend
on it, from the first moment of its condition on: a bus that is silent for the devices on it, a
collector that brings nothing for its buses. So one fault is one alarm, not forty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Layer = Literal["pipeline", "communication", "sensor", "equipment", "performance"]
Change = Literal["raised", "returned"]
Key = tuple[str, str]
"""Rule and subject."""

LAYERS: tuple[Layer, ...] = ("pipeline", "communication", "sensor", "equipment", "performance")
"""From cause to consequence: whoever speaks for others stands before them."""


class Phase(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    PENDING = "pending"
    RAISED = "raised"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a condition must last, how far it must recede, and what counts as a gap.

    Parameters
    ----------
    on_delay_ms, off_delay_ms : int
        How long the condition must hold until the alarm is raised, and be over until it returns.
        [ms]
    deadband : float
        How far back within the limit the value must come. [unit of the excess]
    longest_step_ms : int
        Known values that lie farther apart than this have a gap between them. [ms]

    Raises
    ------
    ValueError
        One is negative, or no step is allowed at all.
    """

    on_delay_ms: int
    off_delay_ms: int
    deadband: float
    longest_step_ms: int

    def __post_init__(self) -> None:
        """Refuse what is no timing."""
        for name in ("on_delay_ms", "off_delay_ms", "deadband"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be negative")
        if self.longest_step_ms <= 0:
            raise ValueError("longest_step_ms: must be positive")


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen at one instant.

    Parameters
    ----------
    at : int
        Slot of the sample, or the tick. [ms since epoch, UTC]
    excess : float or None
        How far the value lies beyond the limit, negative within it; None when it is not known.
    value, limit : float
        For people and for the evidence. [unit of the field]
    field : str
        Which field it was, where a rule looks at several.
    """

    at: int
    excess: float | None
    value: float = math.nan
    limit: float = math.nan
    field: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where one alarm stands; all that has to outlive a restart.

    Parameters
    ----------
    phase : Phase
        Where it stands.
    at : int or None
        Newest observation that was taken in; older ones are not looked at again.
    counting : bool
        Whether the time from `at` on counts for the delay.
    held_ms : int
        How much of the delay is over. [ms]
    since : int or None
        When the condition began; None in the normal phase. [ms since epoch, UTC]
    field : str
        The field that the condition was last seen on.
    """

    phase: Phase = Phase.NORMAL
    at: int | None = None
    counting: bool = False
    held_ms: int = 0
    since: int | None = None
    field: str = ""

    @property
    def active(self) -> bool:
        """Whether the alarm stands: it was raised and has not returned."""
        return self.phase in {Phase.RAISED, Phase.CLEARING}


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm was raised or has returned.

    Parameters
    ----------
    key : tuple of str
        Rule and subject.
    change : {"raised", "returned"}
        Which of the two.
    since : int
        When the condition began. [ms since epoch, UTC]
    seen : Observation
        The observation that completed the delay.
    """

    key: Key
    change: Change
    since: int
    seen: Observation


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule on one subject.

    Parameters
    ----------
    key : tuple of str
        Rule and subject.
    layer : str
        Where the fault stands between cause and consequence.
    timing : Timing
        Delays and deadband.
    parents : tuple of tuple of str
        Keys of the watches that speak for this one.
    """

    key: Key
    layer: Layer
    timing: Timing
    parents: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """States after some observations, and what has changed on the way, in the order of time."""

    states: Mapping[Key, State]
    transitions: tuple[Transition, ...] = ()
    suppressed: frozenset[Key] = field(default_factory=frozenset)


def evaluate(
    watches: Sequence[Watch],
    states: Mapping[Key, State],
    observations: Mapping[Key, Iterable[Observation]],
) -> Evaluation:
    """Take in what was seen of many watches, in the order of time, parents first.

    Parameters
    ----------
    watches : sequence of Watch
        Every watch that is observed or is a parent.
    states : mapping of key to State
        As they stand; one that is missing is normal.
    observations : mapping of key to iterable of Observation
        Each in the order of time.

    Returns
    -------
    Evaluation
        States of all watches, transitions, and which watches their parents speak for now.
    """
    now = {watch.key: states.get(watch.key, State()) for watch in watches}
    transitions: list[Transition] = []
    ordered = sorted(
        (
            (seen.at, LAYERS.index(watch.layer), place, watch, seen)
            for place, watch in enumerate(_parents_first(watches))
            for seen in observations.get(watch.key, ())
        ),
        key=lambda entry: entry[:3],
    )
    for _, _, _, watch, seen in ordered:
        heard = replace(seen, excess=None) if _spoken_for(watch, now) else seen
        now[watch.key], change = step(now[watch.key], heard, watch.timing)
        if change is not None:
            transitions.append(Transition(watch.key, *change, seen))
    hidden = frozenset(watch.key for watch in watches if _spoken_for(watch, now))
    return Evaluation(MappingProxyType(now), tuple(transitions), hidden)


def step(
    state: State, seen: Observation, timing: Timing
) -> tuple[State, tuple[Change, int] | None]:
    """Take in one observation of one watch.

    Returns
    -------
    State
        Where the alarm stands now.
    tuple of str and int, or None
        What has changed, and since when the condition was there. [ms since epoch, UTC]
    """
    if state.at is not None and seen.at <= state.at:
        return state, None
    if seen.excess is None or math.isnan(seen.excess):
        return replace(state, at=seen.at, counting=False), None
    passed = 0
    if state.at is not None and state.counting and seen.at - state.at <= timing.longest_step_ms:
        passed = seen.at - state.at
    was = state.phase in {Phase.PENDING, Phase.RAISED}
    beyond = seen.excess > 0 or (was and seen.excess > -timing.deadband)
    here = replace(state, at=seen.at, counting=True)
    if beyond:
        here = replace(here, field=seen.field)
    return _moved(here, beyond, passed, timing)


def _moved(
    state: State, beyond: bool, passed: int, timing: Timing
) -> tuple[State, tuple[Change, int] | None]:
    """Move on from a phase, `passed` milliseconds after the last known value."""
    at = state.at or 0
    since = at if state.since is None else state.since
    raised = replace(state, phase=Phase.RAISED, held_ms=0, since=since)
    normal = State(Phase.NORMAL, at, counting=True)
    if state.phase in {Phase.NORMAL, Phase.PENDING}:
        if not beyond:
            return normal, None
        held = state.held_ms + passed if state.phase is Phase.PENDING else 0
        if held >= timing.on_delay_ms:
            return raised, ("raised", since)
        return replace(state, phase=Phase.PENDING, held_ms=held, since=since), None
    if beyond:
        return raised, None
    held = state.held_ms + passed if state.phase is Phase.CLEARING else 0
    if held >= timing.off_delay_ms:
        return normal, ("returned", since)
    return replace(state, phase=Phase.CLEARING, held_ms=held), None


def _spoken_for(watch: Watch, states: Mapping[Key, State]) -> bool:
    return any(states[key].phase is not Phase.NORMAL for key in watch.parents if key in states)


def _parents_first(watches: Sequence[Watch]) -> list[Watch]:
    """Watches with every parent before its children, so that both may change at one instant."""
    by_key = {watch.key: watch for watch in watches}
    ordered: dict[Key, Watch] = {}

    def place(watch: Watch, path: frozenset[Key]) -> None:
        if watch.key in ordered or watch.key in path:
            return
        for parent in watch.parents:
            if parent in by_key:
                place(by_key[parent], path | {watch.key})
        ordered[watch.key] = watch

    for watch in watches:
        place(watch, frozenset())
    return list(ordered.values())
