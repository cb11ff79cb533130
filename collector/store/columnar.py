"""Stored rows into columns of numbers, with masks and flags as in `readback`. Pure.

The embedded store reads numbers and flags apart and has whole columns at once; InfluxDB sends
pages of mixed rows. Both end in `columns_of`. The way back, for columns that are written, is
`flag_texts` and `samples_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from collector.model import ALL_FIELDS, Device, Sample
from collector.store import Columns, FloatArray, IntArray
from collector.store.readback import flags_of

UNKNOWN = "bad:unknown"
"""Flag of a value that is not known, in a store that would show an older one otherwise."""

_BAD = "bad:"
_NUMBERS = frozenset({float, int, bool, type(None)})


def columns_of(
    at: IntArray, values: Mapping[str, FloatArray], flagged: Iterable[tuple[int, str]]
) -> Columns:
    """Columns from slots, raw values and the flag texts of some rows (index, text).

    The arrays of `values` become part of the result; what is called bad is taken out of them.
    """
    flags = _by_field(flagged, {*values, ALL_FIELDS})
    silent = _bad(flags.get(ALL_FIELDS, {}))
    for field, column in values.items():
        own = flags.get(field)
        if own is None:
            column[silent] = np.nan
        else:
            column[np.setdiff1d(silent, np.fromiter(own, np.int64))] = np.nan
            column[_bad(own)] = np.nan
    return Columns(at, values, flags)


def _by_field(flagged: Iterable[tuple[int, str]], wanted: set[str]) -> dict[str, Mapping[int, str]]:
    """Flags by field and index; each text is read once, since few differ."""
    places: dict[str, list[int]] = {}
    for index, text in flagged:
        places.setdefault(text, []).append(index)
    found: dict[str, dict[int, str]] = {}
    for text, indexes in places.items():
        for field, flag in flags_of(text).items():
            if flag and field in wanted:
                found.setdefault(field, {}).update(dict.fromkeys(indexes, flag))
    return {field: dict(sorted(flags.items())) for field, flags in found.items()}


def _bad(flags: Mapping[int, str]) -> IntArray:
    return np.array([index for index, flag in flags.items() if flag.startswith(_BAD)], np.int64)


def samples_of(device: Device, run: str, columns: Columns) -> list[Sample]:
    """A sample for each slot of columns; what has no value is flagged bad."""
    fields, flagged = tuple(columns.values), _by_slot(columns)
    rows = zip(*(column.tolist() for column in columns.values.values()), strict=True)
    samples = []
    for index, (at, row) in enumerate(zip(columns.at.tolist(), rows, strict=True)):
        values = {name: value for name, value in zip(fields, row, strict=True) if value == value}
        flags = dict.fromkeys((name for name in fields if name not in values), UNKNOWN)
        samples.append(Sample(device.id, at, run, 0, 0, values, flagged.get(index, {}) | flags))
    return samples


def flag_texts(columns: Columns) -> list[str]:
    """Flags of each slot of columns as they are stored; empty where there are none."""
    texts = [""] * len(columns)
    for index, flags in _by_slot(columns).items():
        texts[index] = orjson.dumps(flags).decode()
    return texts


def _by_slot(columns: Columns) -> dict[int, dict[str, str]]:
    """Flags of values that there are, by slot."""
    found: dict[int, dict[str, str]] = {}
    for field, flags in columns.flags.items():
        column = columns.values.get(field)
        for index, text in flags.items():
            if column is not None and not text.startswith(_BAD) and column[index] == column[index]:
                found.setdefault(index, {})[field] = text
    return found


def without_values(at: IntArray) -> FloatArray:
    """Return the column of a field that has no value in any slot."""
    return np.full(at.size, np.nan)


class Pages:
    """Gathers pages of rows (at, flags, *values in the order of the fields)."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._at: list[IntArray] = []
        self._values: dict[str, list[FloatArray]] = {field: [] for field in fields}
        self._flagged: list[tuple[int, str]] = []
        self._length = 0

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add the rows of one page, which follow those of the page before."""
        if not rows:
            return
        at, texts, *columns = zip(*rows, strict=True)
        self._at.append(np.array(at, np.int64))
        for parts, column in zip(self._values.values(), columns, strict=True):
            parts.append(_numbers(column))
        self._flagged += [(index, text) for index, text in enumerate(texts, self._length) if text]
        self._length += len(rows)

    def columns(self, fields: Iterable[str]) -> Columns:
        """All that was added, as one; fields that were not asked for have no values."""
        at = np.concatenate(self._at) if self._at else np.empty(0, np.int64)
        values = {
            field: np.concatenate(parts)
            if (parts := self._values.get(field))
            else without_values(at)
            for field in fields
        }
        return columns_of(at, values, self._flagged)


def _numbers(column: Sequence[object]) -> FloatArray:
    """Floats of a column, NaN for what is no number."""
    if not _NUMBERS.issuperset(map(type, column)):
        column = [value if isinstance(value, float | int) else None for value in column]
    return np.array(column, np.float64)
