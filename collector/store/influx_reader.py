"""What is read from InfluxDB, given a way to ask InfluxQL.

No driver here: `influx` asks and turns the answers into tables. Long ranges come in parts, so that
neither side holds more than one at once. Numbers come as JSON, in which a float without a fraction
looks like an integer.
"""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from collector.model import Device, Reading, Sample
from collector.store import Bucket, Columns, Row, Run, Touched, influxql
from collector.store.admission import is_field
from collector.store.columnar import Pages
from collector.store.influx_writer import Precision
from collector.store.influxql import Table
from collector.store.readback import flags_of, grids, readings_of, sample_of, storable


class InfluxReader(ABC):
    """Reads the series of one site."""

    def __init__(self, site: str, marks_after_s: float) -> None:
        self._site = site
        self._marks_after_ms = math.ceil(marks_after_s * 1000)
        self._newest: dict[str, int] = {}

    @abstractmethod
    async def ask(self, statements: Sequence[str], epoch: Precision = "ms") -> list[Table]:
        """Ask several statements at once; one table for each, with times in this unit."""

    @abstractmethod
    def stream(self, statement: str) -> AsyncGenerator[Table, None]:
        """Ask for a long table, which comes in parts."""

    async def readings(
        self, device: Device, fields: Sequence[str], start: int, end: int, limit: int | None = None
    ) -> dict[str, list[Reading]]:
        """Readings of a device's fields in [start, end), oldest first."""
        series: dict[str, list[Reading]] = {field: [] for field in fields}
        askable = [field for field in series if is_field(field)]
        async with aclosing(self._pages(device, ("flags", *askable), start, end, limit)) as pages:
            async for page in pages:
                rows = [(at, flags, *map(_number, values)) for at, flags, *values in page]
                for field, readings in readings_of(device, askable, rows).items():
                    series[field] += readings
        return series

    async def columns(self, device: Device, fields: Sequence[str], start: int, end: int) -> Columns:
        """Readings of a device's fields in [start, end) as arrays."""
        fields = list(dict.fromkeys(fields))
        askable = [field for field in fields if is_field(field)]
        gathered = Pages(askable)
        async with aclosing(self._pages(device, ("flags", *askable), start, end, None)) as pages:
            async for page in pages:
                await asyncio.to_thread(gathered.add, page)
        return gathered.columns(fields)

    async def rows(self, device: Device, start: int, end: int) -> AsyncGenerator[Row, None]:
        """Rows of a device in [start, end), oldest first, without their values."""
        columns = "run", "seq", "lag", "flags"
        async with aclosing(self._pages(device, columns, start, end, None)) as pages:
            async for page in pages:
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
            tables = await self.ask(asked) if asked else []
            found = {
                field: [_bucket(row) for row in table.rows if row[1]]
                for field, table in zip(askable, tables, strict=True)
            }
            for field in members:
                series[field] = grid.filled(found.get(field, ()))
        return series

    async def span(self, device: Device) -> tuple[int, int] | None:
        """First and last slot that is stored of a device."""
        first, last = await self.ask(
            [influxql.first(self._site, device), influxql.last(self._site, device)]
        )
        return (first.rows[0][0], last.rows[0][0]) if first.rows and last.rows else None

    async def latest(self, device: Device) -> Sample | None:
        """Return the newest sample of a device."""
        # a lower bound spares the server most of its files; what was newest once still bounds
        table = await self._newest_row(device, self._newest.get(device.id, 0))
        if not table.rows:
            table = await self._newest_row(device, 0)
        if not table.rows:
            return None
        row = dict(zip(table.columns, table.rows[0], strict=True))
        at, run, flags = row.pop("time"), row.pop("run", None), row.pop("flags", None)
        seq, lag = row.pop("seq", None), row.pop("lag", None)
        self._newest[device.id] = at
        values = {name: _number(value) for name, value in row.items()}  # tags are no numbers
        return sample_of(device, (at, run or "", int(seq or 0), int(lag or 0), flags), values)

    async def _newest_row(self, device: Device, since: int) -> Table:
        [table] = await self.ask([influxql.newest(self._site, device, since)])
        return table

    async def runs(self, device: Device) -> list[Run]:
        """Runs of a device, oldest first."""
        [table] = await self.ask([influxql.runs(self._site, device)])
        found = {}
        for started, run, previous_run, previous_seq in table.rows:
            seq = None if previous_seq is None or not previous_run else int(previous_seq)
            found[run] = Run(device.id, run, started, previous_run or None, seq)
        return list(found.values())

    async def touched(self, after: int) -> list[Touched]:
        """Marks with a number above `after`, oldest first; the number is the time in nanoseconds.

        The server itself stamps marks as they arrive and judges here how old they are, so no
        other clock matters. A mark is written within the writer's time-out of its stamp, or the
        writer writes it again with a new one; so once that time has passed, nothing can appear
        any more before a mark that has been told.
        """
        query = influxql.touched(self._site, after, self._marks_after_ms)
        [table] = await self.ask([query], "ns")
        return [
            Touched(device, int(first), int(last), int(noted), number)
            for number, device, first, last, noted in table.rows
            if device and None not in (first, last, noted)
        ]

    async def _pages(
        self, device: Device, columns: Sequence[str], start: int, end: int, limit: int | None
    ) -> AsyncGenerator[list[list[Any]], None]:
        """Rows of (at, *columns) in pages; of rows for the same slot only one."""
        start, end = storable(start), storable(end)
        if start >= end or limit == 0:
            return
        before = start - 1
        query = influxql.selection(self._site, device, columns, start, end, limit)
        async with aclosing(self.stream(query)) as tables:
            async for table in tables:
                # a device whose tags have changed has two series, which can both have the slot
                rows = list({row[0]: row for row in table.rows if row[0] > before}.values())
                if rows:
                    before = rows[-1][0]
                    yield rows


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) else None


def _bucket(row: Sequence[Any]) -> Bucket:
    at, count, low, mean, high = row
    return Bucket(at, int(count), float(low), float(mean), float(high))
