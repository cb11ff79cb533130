"""What is read from the embedded store, given a way to execute SQL.

Synchronous and without a driver: `sqlite` calls these on its reading threads and translates the
errors. A kind without a table, or a field without a column, simply has no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from collector.model import Device, Reading, Sample
from collector.store import Bucket, Columns, FloatArray, Run, Touched, tables
from collector.store.admission import is_field
from collector.store.columnar import columns_of, without_values
from collector.store.readback import Grid, grids, readings_of, sample_of, storable

Parameters = Sequence[object] | Mapping[str, object]
Execute = Callable[[str, Parameters], Iterable[Sequence[Any]]]
"""Runs one statement with its parameters and yields the rows."""

Numbers = Callable[[str, Parameters, int], FloatArray]
"""Runs one statement whose columns, so many, are all numbers; shape (columns, rows)."""


def columns(execute: Execute, kind: str) -> list[str]:
    """Columns of a kind's table; none when there is no such table."""
    return [name for (name,) in execute(tables.COLUMNS_OF, (kind,))]


def select(
    execute: Execute,
    device: Device,
    wanted: Sequence[str],
    start: int,
    end: int,
    limit: int | None = None,
) -> list[Sequence[Any]]:
    """Wanted columns of a device's rows in [start, end), oldest first."""
    known = columns(execute, device.kind)
    if not known:
        return []
    query = tables.selection(device.kind, wanted, known)
    bounds = {"device": device.id, "start": storable(start), "end": storable(end)}
    return list(execute(query, bounds | {"limit": -1 if limit is None else limit}))


def readings(
    execute: Execute,
    device: Device,
    fields: Sequence[str],
    start: int,
    end: int,
    limit: int | None,
) -> dict[str, list[Reading]]:
    """Readings of a device's fields in [start, end), oldest first."""
    series: dict[str, list[Reading]] = {field: [] for field in fields}
    askable = [field for field in series if is_field(field)]
    rows = select(execute, device, ("at", "flags", *askable), start, end, limit)
    return series | readings_of(device, askable, rows)


def as_arrays(
    execute: Execute,
    numbers: Numbers,
    device: Device,
    fields: Sequence[str],
    start: int,
    end: int,
) -> Columns:
    """Readings of a device's fields in [start, end) as arrays."""
    known = set(columns(execute, device.kind)).difference(tables.COLUMNS)
    fields = list(dict.fromkeys(fields))
    present = [field for field in fields if field in known]
    if not known:
        at = np.empty(0, np.int64)
        return Columns(at, {field: without_values(at) for field in fields}, {})
    bounds = {"device": device.id, "start": storable(start), "end": storable(end)}
    read = numbers(tables.numbers(device.kind, present), bounds, 1 + len(present))
    at = read[0].astype(np.int64)
    read[np.isinf(read)] = np.nan
    found = dict(zip(present, read[1:], strict=True))
    values = {field: found[field] if field in found else without_values(at) for field in fields}
    rows = list(execute(tables.flagged(device.kind), bounds))
    places = np.searchsorted(at, np.array([slot for slot, _ in rows], np.int64))
    return columns_of(at, values, zip(places.tolist(), (text for _, text in rows), strict=True))


def thinned(
    execute: Execute, device: Device, fields: Sequence[str], start: int, end: int, buckets: int
) -> dict[str, list[Bucket]]:
    """Least, mean and greatest value of a device's fields by bucket."""
    known = set(columns(execute, device.kind)).difference(tables.COLUMNS)
    series: dict[str, list[Bucket]] = {field: [] for field in fields}
    for grid, members in grids(device, fields, start, end, buckets).items():
        present = [field for field in members if field in known]
        found = _summarised(execute, device, present, grid) if present else {}
        for field in members:
            series[field] = grid.filled(found.get(field, ()))
    return series


def _summarised(
    execute: Execute, device: Device, fields: Sequence[str], grid: Grid
) -> dict[str, list[Bucket]]:
    query = tables.summary(device.kind, fields)
    found: dict[str, list[Bucket]] = {field: [] for field in fields}
    for at in grid.edges():
        inside = (device.id, max(at, grid.start), min(at + grid.width_ms, grid.end))
        for row in execute(query, inside):
            for place, field in enumerate(fields):
                count, low, mean, high = row[4 * place : 4 * place + 4]
                if count:
                    found[field].append(Bucket(at, count, low, mean, high))
    return found


def span(execute: Execute, device: Device) -> tuple[int, int] | None:
    """First and last slot that is stored of a device."""
    if not columns(execute, device.kind):
        return None
    for first, last in execute(tables.first_and_last(device.kind), {"device": device.id}):
        if first is not None:
            return first, last
    return None


def latest(execute: Execute, device: Device) -> Sample | None:
    """Return the newest sample of a device."""
    known = columns(execute, device.kind)
    if not known:
        return None
    fields = [name for name in known if name not in tables.COLUMNS]
    for row in execute(tables.newest(device.kind, fields), (device.id,)):
        at, run, seq, lag, flags, *values = row
        return sample_of(device, (at, run, seq, lag, flags), dict(zip(fields, values, strict=True)))
    return None


def runs(execute: Execute, device: Device) -> list[Run]:
    """Runs of a device, oldest first."""
    return [Run(*row) for row in execute(tables.READ_RUNS, (device.id,))]


def touched(execute: Execute, after: int) -> list[Touched]:
    """Marks of late samples with a number above `after`, oldest first.

    Numbers are given while no other process can write, so they grow as the commits follow each
    other, and none is given twice.
    """
    return [Touched(*row) for row in execute(tables.READ_MARKS, (after,))]
