"""How batches of samples become rows of the embedded store, given a connection.

Synchronous and without a driver: `sqlite` runs a `TableWriter` on its one writing thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import repeat
from typing import Any, Protocol

from collector.errors import Rejection, StoreError
from collector.model import Device, Sample
from collector.store import Columns, Run, Touched, tables
from collector.store.admission import Admission, Admitted
from collector.store.columnar import flag_texts
from collector.store.table_reader import Parameters, columns

_REMEMBERED = 1024


class RowRefused(StoreError):
    """The row itself is at fault: it will never be taken, the others will."""


class Connection(Protocol):
    """What this file needs of a connection; everything may raise `Unavailable`."""

    def execute(self, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement; raises `RowRefused` when a row is at fault."""

    def executemany(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run one statement for many rows; raises `RowRefused` when one of them is at fault."""

    def transaction(self, begin: str = ...) -> AbstractContextManager[None]:
        """Commit at the end or leave no trace."""


class TableWriter:
    """Writes batches in one transaction each and adds columns as new fields appear."""

    def __init__(self, connection: Connection, admission: Admission) -> None:
        self._connection = connection
        self._admission = admission
        self._insertions: dict[tuple[str, tuple[str, ...]], str] = {}

    def prepare(self, kinds: Sequence[str], site: str) -> None:
        """Create what does not exist yet.

        Raises
        ------
        StoreError
            The file keeps another site's data, or a kind has a name that cannot be a table.
        """
        if clashing := tables.RESERVED_KINDS.intersection(kinds):
            raise StoreError(f"a device kind cannot be called {', '.join(sorted(clashing))}")
        with self._connection.transaction():
            for statement in tables.creation(kinds):
                self._connection.execute(statement)
            for kind in kinds:
                self._remake_view(kind)
            self._connection.execute(tables.WRITE_SITE, (site,))
            [(owner,)] = self._connection.execute(tables.READ_SITE)
            if owner != site:
                raise StoreError(f"the file keeps the data of site {owner}, not of {site}")

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:
        """Write a batch in one transaction; what is returned was not stored and never will be."""
        admitted, rejections = self._admission.admit(samples)
        try:
            self._write_together(admitted)
        except RowRefused:
            self._insertions.clear()
            rejections += self._write_singly(admitted)
        except StoreError:
            self._insertions.clear()  # columns that were new are gone with the transaction
            raise
        return rejections

    def write_columns(self, device: Device, run: str, columns: Columns) -> None:
        """Write a row for each slot in one transaction; SQLite stores NaN as NULL."""
        self._admission.admit_columns(device, run, columns)
        numbers = (values.tolist() for values in columns.values.values())
        before = repeat(device.id), columns.at.tolist(), repeat(run), repeat(0), repeat(0)
        rows = list(zip(*before, flag_texts(columns), *numbers, strict=False))
        try:
            with self._connection.transaction():
                insertion = self._insertion((device.kind, tuple(columns.values)))
                self._connection.executemany(insertion, rows)
        except StoreError:
            self._insertions.clear()  # columns that were new are gone with the transaction
            raise

    def _write_together(self, admitted: Sequence[Admitted]) -> None:
        groups: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        for item in admitted:
            group = item.device.kind, tuple(item.values)
            rows = groups.get(group)
            if rows is None:
                rows = groups[group] = []
            rows.append(_row(item))
        with self._connection.transaction():
            for group, rows in groups.items():
                self._connection.executemany(self._insertion(group), rows)

    def _write_singly(self, admitted: Sequence[Admitted]) -> list[Rejection]:
        """Write row by row in one transaction, leaving out those that cannot be stored."""
        rejections = []
        with self._connection.transaction():
            for item in admitted:
                group = item.device.kind, tuple(item.values)
                try:
                    self._connection.execute(self._insertion(group), _row(item))
                except RowRefused as refused:
                    rejections.append(Rejection(item.place, str(refused)))
        return rejections

    def write_runs(self, runs: Sequence[Run]) -> None:
        """Write what collectors say of their runs."""
        rows = [(r.device, r.run, r.started, r.previous_run, r.previous_seq) for r in runs]
        with self._connection.transaction():
            self._connection.executemany(tables.WRITE_RUN, rows)

    def write_touched(self, marks: Sequence[Touched]) -> None:
        """Write marks of late samples."""
        rows = [(m.device, m.first, m.last, m.noted) for m in marks]
        with self._connection.transaction():
            self._connection.executemany(tables.WRITE_MARK, rows)

    def _insertion(self, group: tuple[str, tuple[str, ...]]) -> str:
        """SQL for rows of these fields; columns that are missing come into being first."""
        if statement := self._insertions.get(group):
            return statement
        kind, fields = group
        known = columns(self._connection.execute, kind)
        missing = sorted(set(fields).difference(known))
        if len(known) + len(missing) > tables.MOST_COLUMNS:
            raise RowRefused(f"too many fields for one table: {len(known)} and {len(missing)} new")
        for addition in tables.new_fields(kind, missing):
            self._connection.execute(addition)
        if missing:
            self._remake_view(kind)
        if len(self._insertions) >= _REMEMBERED:
            self._insertions.clear()
        self._insertions[group] = statement = tables.insertion(kind, fields)
        return statement

    def _remake_view(self, kind: str) -> None:
        for statement in tables.readable_view(kind, columns(self._connection.execute, kind)):
            self._connection.execute(statement)


def _row(item: Admitted) -> tuple[Any, ...]:
    _, device, sample, values, flags = item
    return (device.id, sample.at, sample.run, sample.seq, sample.lag, flags, *values.values())
