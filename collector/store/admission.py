"""What every kind of store refuses by itself, so that all of them keep the same samples.

Pure: samples in, what to store and what to reject out. The check of a sample that has nothing
wrong with it is a handful of set and sum operations over all its values, not one per value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite
from typing import NamedTuple

import numpy as np
import orjson

from collector.errors import Rejection
from collector.model import ALL_FIELDS, Device, Sample
from collector.store import Columns
from collector.wire import ID_PATTERN

FIELD_PATTERN = r"^[a-z][a-z0-9_]{0,79}$"
"""Longer than the fields of a register map may be, for the statistics of them in roll-ups."""

RESERVED_FIELDS = frozenset(
    {"time", "device", "at", "run", "seq", "lag", "flags", "site", "building", "system"}
)
"""Names of columns and tags that stand beside the fields in a table or measurement."""

LAST_AT_MS = 9_223_372_036_000
"""Latest slot that fits into 64 bit nanoseconds, the time of InfluxDB. [ms since epoch, UTC]"""

_LARGEST_INTEGER = 2**53
_REMEMBERED = 1024
_BAD = "bad:"
_FLOAT = frozenset({float})
_field = re.compile(FIELD_PATTERN)
_id = re.compile(ID_PATTERN)


class Admitted(NamedTuple):
    """One sample as it will be stored.

    `place` is its index in the batch; `values` are finite floats without those flagged bad;
    `flags` is a JSON object, or empty when nothing is flagged.
    """

    place: int
    device: Device
    sample: Sample
    values: Mapping[str, float]
    flags: str


class _Refused(Exception):
    """Why one sample is not admitted."""


class Admission:
    """Checks batches of samples against the devices of a site."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.id: device for device in devices}
        self._fields: set[tuple[str, ...]] = set()
        self._runs: set[str] = set()

    def admit(self, samples: Sequence[Sample]) -> tuple[list[Admitted], list[Rejection]]:
        """Divide a batch into what to store and what to reject.

        Of samples for the same device and slot only the last is stored, as if it had
        overwritten the others.
        """
        admitted: dict[tuple[str, int], Admitted] = {}
        rejections: list[Rejection] = []
        for index, sample in enumerate(samples):
            try:
                admitted[sample.device, sample.at] = self._admit_one(index, sample)
            except _Refused as refused:
                rejections.append(Rejection(index, str(refused)))
        return list(admitted.values()), rejections

    def _admit_one(self, index: int, sample: Sample) -> Admitted:
        device = self._devices.get(sample.device)
        if device is None:
            raise _Refused(f"device {sample.device!r} is not of this site")
        _check_numbers(sample)
        if sample.run not in self._runs:
            self._check_run(sample.run)
        values: Mapping[str, float] = sample.values
        fields = tuple(values)
        if fields not in self._fields:
            self._check_fields(fields)
        # a sum is finite when every value is, apart from giants, which the slow way then passes
        if not (_FLOAT.issuperset(map(type, values.values())) and isfinite(sum(values.values()))):
            values = {name: _finite(name, value) for name, value in values.items()}
        if not sample.flags:
            return Admitted(index, device, sample, values, "")
        return Admitted(index, device, sample, unmasked(values, sample.flags), _json(sample.flags))

    def admit_columns(self, device: Device, run: str, columns: Columns) -> None:
        """Refuse columns that cannot be stored.

        Raises
        ------
        ValueError
            Device, run, a field or a slot is none of a store, or a value is infinite.
        """
        if device.id not in self._devices:
            raise ValueError(f"device: {device.id!r} is not of this site")
        try:
            self._check_run(run)
            self._check_fields(tuple(columns.values))
        except _Refused as refused:
            raise ValueError(f"columns: {refused}") from None
        if len(columns) and not (columns.at.min() >= 0 and columns.at.max() <= LAST_AT_MS):
            raise ValueError("columns: a slot lies outside the years 1970 to 2262")
        for name, values in columns.values.items():
            if np.isinf(values).any():
                raise ValueError(f"columns: {name} is not finite")

    def _check_run(self, run: str) -> None:
        if not isinstance(run, str) or not _id.match(run):
            raise _Refused(f"run {run!r} is not an id")
        if len(self._runs) >= _REMEMBERED:
            self._runs.clear()
        self._runs.add(run)

    def _check_fields(self, fields: tuple[str, ...]) -> None:
        for name in fields:
            if not isinstance(name, str) or not _field.match(name):
                raise _Refused(f"{name!r} is not a field name")
            if name in RESERVED_FIELDS:
                raise _Refused(f"{name} cannot be a field: the store uses the name itself")
        if len(self._fields) >= _REMEMBERED:
            self._fields.clear()
        self._fields.add(fields)


def is_field(name: str) -> bool:
    """Whether a store can have a field of this name at all."""
    return _field.match(name) is not None and name not in RESERVED_FIELDS


def unmasked(values: Mapping[str, float], flags: Mapping[str, str]) -> Mapping[str, float]:
    """Values without those that a flag of their own, or one for all, calls bad."""
    others = flags.get(ALL_FIELDS, "")
    return {
        name: value
        for name, value in values.items()
        if not flags.get(name, others).startswith(_BAD)
    }


def _check_numbers(sample: Sample) -> None:
    at, seq, lag = sample.at, sample.seq, sample.lag
    if type(at) is not int or type(seq) is not int or type(lag) is not int:
        raise _Refused("at, seq and lag must be integers")
    if not 0 <= at <= LAST_AT_MS:
        raise _Refused(f"at {at} ms lies outside the years 1970 to 2262")
    if not (0 <= seq <= _LARGEST_INTEGER and -_LARGEST_INTEGER <= lag <= _LARGEST_INTEGER):
        raise _Refused("seq or lag is out of range")


def _finite(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused(f"{name} is {type(value).__name__}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise _Refused(f"{name} is not finite")
    return number


def _json(flags: Mapping[str, str]) -> str:
    try:
        return orjson.dumps(flags).decode()
    except orjson.JSONEncodeError as error:
        raise _Refused(f"flags cannot be written: {error}") from error
