"""Looks into the store and says what every watch sees there: samples to observations.

Each device is read once in a look, from what its watches have seen last; at the first look and
after a standstill not farther back than `LONGEST_LOOK_MS`. Samples that are stored later than one
of a later slot are not looked at again: alarms are about now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics import excess
from analytics.excess import silence
from analytics.faults import Key, Observation, State
from analytics.jobs.parts import HELD_INTERVALS
from analytics.jobs.watching import Watched
from analytics.rule_models import BusSilent, Freezing, Missing, Rise, Silent, Threshold
from analytics.series import HOUR_MS, FloatArray
from collector.model import Device
from collector.store import Columns, Store

FIRST_LOOK_MS = HOUR_MS
LONGEST_LOOK_MS = 24 * HOUR_MS
DELIVERY_MS = 15_000
"""Time that a sample may need from its slot to the store before it is missed."""

_EVIDENCE_SAMPLES, _EVIDENCE_FIELDS = 200, 8


@dataclass(slots=True)
class _Heard:
    """Newest slot of a device that is stored, and newest that it answered. [ms UTC]"""

    stored: int | None = None
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class _Age:
    """How long nothing was heard, and how long that may be. [s]"""

    excess: float
    value: float
    limit: float


class Observer:
    """Reads what the watches of a site look at.

    Parameters
    ----------
    watched : tuple of Watched
        Every rule on every part.
    store : Store
        Where samples are; open.
    """

    def __init__(self, watched: tuple[Watched, ...], store: Store) -> None:
        self._store = store
        self._watched = watched
        self._on_fields: dict[str, list[Watched]] = {}
        self._devices: dict[str, Device] = {}
        for one in watched:
            self._devices.update({device.id: device for device in one.devices})
            if one.fields:
                self._on_fields.setdefault(one.devices[0].id, []).append(one)
        self._first_look_ms = _first_looks(watched)
        self._heard: dict[str, _Heard] = {}
        self._began, self._looked = 0, 0

    async def look(
        self, now: int, states: Mapping[Key, State]
    ) -> dict[Key, tuple[Observation, ...]]:
        """What the watches on samples and on silence see at `now`. [ms since epoch, UTC]

        Raises
        ------
        Unavailable
            The store is out of reach.
        """
        if now < self._looked:  # the clock has been set back: what was heard lies ahead
            self._heard.clear()
        self._began, self._looked = min(self._began or now, now), now
        seen: dict[Key, tuple[Observation, ...]] = {}
        for device in self._devices.values():
            watches = self._on_fields.get(device.id, [])
            columns = await self._read(device, watches, now, states)
            for one in watches:
                state = states.get(one.key, State())
                seen[one.key] = tuple(_on_fields(one, columns, state))
        for one in self._watched:
            age = self._age(one, now)
            if age is not None:
                seen[one.key] = (Observation(now, age.excess, age.value, age.limit),)
        return seen

    async def evidence(self, one: Watched, since: int, until: int, first: str) -> dict[str, object]:
        """The samples around the beginning of an alarm, for its record.

        Fields of one device as they were; of a silence, when each device was heard last.

        Parameters
        ----------
        since, until : int
            When the condition began, and when it was an alarm. [ms since epoch, UTC]
        first : str
            The field at fault.
        """
        if not one.fields:
            heard = {device.id: self._heard.get(device.id) for device in one.devices}
            return {"last_answered": {name: each.answered for name, each in heard.items() if each}}
        fields = sorted(one.fields, key=lambda name: name != first)[:_EVIDENCE_FIELDS]
        start = since - one.rule.evidence
        columns = await self._store.columns(one.devices[0], fields, start, until + 1)
        wanted = np.linspace(0, len(columns) - 1, min(len(columns), _EVIDENCE_SAMPLES))
        chosen = np.unique(wanted.astype(np.int64))
        arrays: dict[str, object] = {"at": columns.at[chosen].tolist()}
        for name in fields:
            values = columns.values[name][chosen]
            arrays[name] = [None if np.isnan(value) else float(value) for value in values]
        return arrays

    async def _read(
        self, device: Device, watches: list[Watched], now: int, states: Mapping[Key, State]
    ) -> Columns:
        fields = tuple(dict.fromkeys(name for one in watches for name in _needed(one)))
        newest = [states.get(one.key, State()).at for one in watches]
        known = [at for at in newest if at is not None]
        start = min(known) + 1 if known and len(known) == len(newest) else now - FIRST_LOOK_MS
        heard = self._heard.get(device.id)
        first_look = self._first_look_ms.get(device.id, FIRST_LOOK_MS)
        if heard is None:
            start = min(start, now - first_look)
        elif not watches:
            start = (heard.stored or now - FIRST_LOOK_MS) + 1
        start = max(start, now - max(LONGEST_LOOK_MS, first_look))
        start -= max(map(_overlap_ms, watches), default=0)
        columns = await self._store.columns(device, fields or _any(device), start, now + 1)
        await self._listen(device, columns, start)
        return columns

    async def _listen(self, device: Device, columns: Columns, start: int) -> None:
        """Note when a device was stored and has answered last."""
        heard = self._heard.get(device.id)
        if heard is None:
            heard = self._heard[device.id] = _Heard()
            if not len(columns):
                latest = await self._store.latest(device)
                heard.stored = None if latest is None else min(latest.at, start)
                heard.answered = heard.stored
            else:
                heard.answered = start  # not since then, when none of these is answered
        if len(columns):
            heard.stored = max(heard.stored or 0, int(columns.at[-1]))
            answered = columns.at[columns.answered]
            if answered.size:
                heard.answered = max(heard.answered or 0, int(answered[-1]))

    def _age(self, one: Watched, now: int) -> _Age | None:
        """Of a rule on silence: how long the part that was heard last has been silent."""
        condition = one.rule.condition
        if not isinstance(condition, Silent | BusSilent | Missing):
            return None
        intervals = condition.intervals
        if isinstance(condition, Missing):  # everything of a collector travels together
            limit_ms = round(intervals * one.devices[0].interval_ms) + DELIVERY_MS
            stored = [self._heard[device.id].stored for device in one.devices]
            return self._since(max((at for at in stored if at is not None), default=None),
                               now, limit_ms)  # fmt: skip
        ages = [
            self._since(
                self._heard[device.id].answered, now,
                round(intervals * device.interval_ms) + DELIVERY_MS,
            )
            for device in one.devices
        ]  # fmt: skip
        known = [age for age in ages if age is not None]
        least = min(known, key=lambda age: age.excess, default=None)
        if least is None or (len(known) < len(ages) and least.excess > 0):
            return None
        return least

    def _since(self, heard: int | None, now: int, limit_ms: int) -> _Age | None:
        """Age of what was heard; of what was never heard, since we began, once that is too long."""
        if heard is None and self._began and now - self._began > limit_ms:
            heard = self._began
        over = silence(now, heard, limit_ms)
        if over is None or heard is None:
            return None
        return _Age(over, (now - heard) / 1000, limit_ms / 1000)


def _first_looks(watched: Iterable[Watched]) -> dict[str, int]:
    """How far back each device is looked for at first: farther than it may be silent. [ms]"""
    reach: dict[str, int] = {}
    for one in watched:
        if isinstance(condition := one.rule.condition, Silent | BusSilent | Missing):
            for each in one.devices:
                needed = round((condition.intervals + 1) * each.interval_ms) + DELIVERY_MS
                reach[each.id] = max(needed, reach.get(each.id, FIRST_LOOK_MS))
    return reach


def _on_fields(one: Watched, columns: Columns, state: State) -> list[Observation]:
    """Observations of a rule on fields, newer than its state."""
    step = min(point.interval_ms for point in one.points)
    due = columns.at % step == 0
    at = columns.at[due]
    if not at.size or (state.at is not None and at[-1] <= state.at):
        return []
    values = [_plausible(one, name, columns)[due] for name in one.fields]
    measures = [_measured(one, name, at, value, columns, due)
                for name, value in zip(one.fields, values, strict=True)]  # fmt: skip
    holds = [HELD_INTERVALS * point.interval_ms for point in one.points]
    must = one.fields.index(state.field) if state.field in one.fields else -1
    table = np.array([measure.excess for measure in measures])
    worst = excess.worst(at, table, holds, one.rule.deadband, must)
    first = 0 if state.at is None else int(np.searchsorted(at, state.at, "right"))
    return [
        Observation(
            int(at[n]), None if np.isnan(worst.excess[n]) else float(worst.excess[n]),
            _told(measures[which].shown, n), float(measures[which].limit[n]), one.fields[which],
        )
        for n in range(first, at.size)
        for which in (int(worst.which[n]),)
    ]  # fmt: skip


def _told(value: FloatArray, place: int) -> float:
    """The value at a place, or the last before it where the field was not due."""
    known = np.flatnonzero(~np.isnan(value[: place + 1]))
    return float(value[known[-1]]) if known.size else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """Of one field in every slot: excess, the value as it is told, the limit beside it."""

    excess: FloatArray
    shown: FloatArray
    limit: FloatArray = field(default_factory=lambda: np.empty(0))


def _measured(
    one: Watched, name: str, at: np.ndarray, value: FloatArray, columns: Columns, due: np.ndarray
) -> _Measure:
    condition, point = one.rule.condition, one.devices[0].points[name]
    if isinstance(condition, Freezing):
        limits = np.full(value.shape, one.freeze_limit_c)
        return _Measure(excess.beyond(value, below=one.freeze_limit_c), value, limits)
    if isinstance(condition, Rise):
        risen = excess.rise(at, value, condition.within)
        limits = np.full(value.shape, condition.above)
        return _Measure(risen - condition.above, risen, limits)
    if isinstance(condition, Threshold):
        if condition.relative_to is not None:
            whole = columns.values[condition.relative_to][due]
            value = np.divide(value, whole, out=np.full(value.shape, np.nan), where=whole > 0)
        found = excess.beyond(value, above=condition.above, below=condition.below)
        low = -np.inf if condition.below is None else condition.below
        high = np.inf if condition.above is None else condition.above
        return _Measure(found, value, _nearer(value, low, high))
    found = excess.outside(value, point.low, point.high)
    return _Measure(found, value, _nearer(value, point.low, point.high))


def _nearer(value: FloatArray, low: float, high: float) -> FloatArray:
    """The end of a range that a value is beyond of or nearer to."""
    limit: FloatArray = np.where(value - high >= low - value, high, low)
    return limit


def _plausible(one: Watched, name: str, columns: Columns) -> FloatArray:
    """Values of a field; a value that the sensor cannot have says nothing about the equipment."""
    value = columns.values[name]
    if one.rule.layer not in {"equipment", "performance"}:
        return value
    point = one.devices[0].points[name]
    return np.where((value >= point.low) & (value <= point.high), value, np.nan)


def _needed(one: Watched) -> Iterable[str]:
    condition = one.rule.condition
    beside = condition.relative_to if isinstance(condition, Threshold) else None
    return (*one.fields, beside) if beside is not None else one.fields


def _overlap_ms(one: Watched) -> int:
    """How far before what is new a rule has to look. [ms]"""
    held = HELD_INTERVALS * max(point.interval_ms for point in one.points)
    condition = one.rule.condition
    return max(held, condition.within) if isinstance(condition, Rise) else held


def _any(device: Device) -> tuple[str, ...]:
    """Some field, where only the slots count."""
    return tuple(device.points)[:1]
