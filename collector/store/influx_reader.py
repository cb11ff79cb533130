"""What is read from InfluxDB, given a way to ask InfluxQL.

No driver here: `influx` gives the function that asks and turns the answer into tables. Long
ranges come in pages by time, so that neither side holds more than a page at once. Numbers come
as JSON, in which a float without a fraction looks like an integer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from collector.model import Device, Reading, Sample
from collector.store import Bucket, Row, Run, influxql
from collector.store.admission import is_field
from collector.store.influxql import Table
from collector.store.readback import flags_of, grids, readings_of, sample_of

Ask = Callable[[Sequence[str]], Awaitable[list[Table]]]
"""Asks several statements at once and returns the table of each."""

_PAGE_ROWS = 10_000


class InfluxReader:
    """Reads the series of one site."""

    def __init__(self, ask: Ask, site: str) -> None:
        self._ask = ask
        self._site = site

    async def readings(
        self, device: Device, fields: Sequence[str], start: int, end: int, limit: int | None = None
    ) -> dict[str, list[Reading]]:
        """Readings of a device's fields in [start, end), oldest first."""
        series: dict[str, list[Reading]] = {field: [] for field in fields}
        askable = [field for field in series if is_field(field)]
        async for page in self._pages(device, ("flags", *askable), start, end, limit):
            rows = [(at, flags, *map(_number, values)) for at, flags, *values in page]
            for field, readings in readings_of(device, askable, rows).items():
                series[field] += readings
        return series

    async def rows(self, device: Device, start: int, end: int) -> AsyncIterator[Row]:
        """Rows of a device in [start, end), oldest first, without their values."""
        async for page in self._pages(device, ("run", "seq", "lag", "flags"), start, end, None):
            for at, run, seq, lag, flags in page:
                yield Row(at, run or "", int(seq or 0), int(lag or 0), flags_of(flags))

    async def thinned(
        self, device: Device, fields: Sequence[str], start: int, end: int, buckets: int
    ) -> dict[str, list[Bucket]]:
        """Least, mean and greatest value of a device's fields by bucket."""
        series: dict[str, list[Bucket]] = {field: [] for field in fields}
        for grid, members in grids(device, fields, start, end, buckets).items():
            askable = [field for field in members if is_field(field) and grid.edges()]
            asked = [influxql.summary(self._site, device, field, grid) for field in askable]
            tables = await self._ask(asked) if asked else []
            found = {
                field: [_bucket(row) for row in table.rows if row[1]]
                for field, table in zip(askable, tables, strict=True)
            }
            for field in members:
                series[field] = grid.filled(found.get(field, ()))
        return series

    async def span(self, device: Device) -> tuple[int, int] | None:
        """First and last slot that is stored of a device."""
        first, last = await self._ask(
            [influxql.first(self._site, device), influxql.last(self._site, device)]
        )
        return (first.rows[0][0], last.rows[0][0]) if first.rows and last.rows else None

    async def latest(self, device: Device) -> Sample | None:
        """Return the newest sample of a device."""
        [table] = await self._ask([influxql.newest(self._site, device)])
        if not table.rows:
            return None
        row = dict(zip(table.columns, table.rows[0], strict=True))
        at, run, flags = row.pop("time"), row.pop("run", None), row.pop("flags", None)
        seq, lag = row.pop("seq", None), row.pop("lag", None)
        values = {name: _number(value) for name, value in row.items()}  # tags are no numbers
        return sample_of(device, (at, run or "", int(seq or 0), int(lag or 0), flags), values)

    async def runs(self, device: Device) -> list[Run]:
        """Runs of a device, oldest first."""
        [table] = await self._ask([influxql.runs(self._site, device)])
        found = {}
        for started, run, previous_run, previous_seq in table.rows:
            seq = None if previous_seq is None or not previous_run else int(previous_seq)
            found[run] = Run(device.id, run, started, previous_run or None, seq)
        return list(found.values())

    async def _pages(
        self, device: Device, columns: Sequence[str], start: int, end: int, limit: int | None
    ) -> AsyncIterator[list[list[Any]]]:
        """Rows of (at, *columns) in pages; of rows for the same slot only the last."""
        while start < end and limit != 0:
            size = _PAGE_ROWS if limit is None else min(_PAGE_ROWS, limit)
            query = influxql.selection(self._site, device, columns, start, end, size)
            [table] = await self._ask([query])
            if not table.rows:
                return
            # a device whose tags have changed has two series, which can both have the slot
            rows = list({row[0]: row for row in table.rows}.values())
            yield rows
            if len(table.rows) < size and not table.partial:
                return
            start = rows[-1][0] + 1
            limit = limit and limit - len(rows)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) else None


def _bucket(row: Sequence[Any]) -> Bucket:
    at, count, low, mean, high = row
    return Bucket(at, int(count), float(low), float(mean), float(high))
