"""The one way by which jobs read raw data: columns of the store with the records' layer over them.

The raw data never changes. Repairs leave spans out or correct them, exchanges and corrected
registers become joints, and what was applied is told with the values.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics import energy
from analytics.energy import BucketEnergy, CounterEnergy, Joint
from analytics.jobs import repairing
from analytics.jobs.registers import RegisterFacts, registers
from analytics.records import Records, exchanges, repairs
from analytics.records.exchanges import Exchange
from analytics.records.repairs import Repair
from analytics.series import IntArray, Series
from collector.model import Device, Kind
from collector.sitefile import Configuration
from collector.store import Columns, Store

LONGEST_GAP_MS = 300_000
"""Power is integrated between values no further apart than this, or three of its intervals. A
longer step would have to be replaced by the usual one (OTherm's record length cap). [ms]"""

_MARGIN_READINGS = 4
_GAP_READINGS = 3


@dataclass(frozen=True, slots=True)
class Readout:
    """One field of one device as the figures see it.

    Parameters
    ----------
    device, field : str
        Which point.
    kind : Kind
        Gauge, counter or state.
    series : Series
        Repaired values, also those in the margins around the span that was asked for.
    register : RegisterFacts or None
        Of a counter.
    joints : tuple of Joint
        Where the register begins anew: exchanges, and edges of corrected spans.
    repairs : tuple of Repair
        Those that changed a value here.
    uncertain : int
        Values that the collector itself has flagged as uncertain; they count.
    around : Series or None
        What a register showed before and behind `series`, now and then (`surroundings`).
    """

    device: str
    field: str
    kind: Kind
    series: Series
    register: RegisterFacts | None = None
    joints: tuple[Joint, ...] = ()
    repairs: tuple[Repair, ...] = ()
    uncertain: int = 0
    around: Series | None = None

    @property
    def estimated(self) -> bool:
        """Whether a correction applied here rests on an estimate."""
        return any(repair.correction.estimated for repair in self.repairs)

    @property
    def countable(self) -> bool:
        """Whether energy or another amount by bucket follows from it."""
        return self.kind is Kind.COUNTER or self.series.unit == "kW"

    def amounts(self, edges: IntArray) -> BucketEnergy:
        """What a counter counted, or a power came to, in buckets.

        Parameters
        ----------
        edges : array of int64, shape (n + 1,)
            [ms since epoch, UTC]

        Returns
        -------
        BucketEnergy
            [unit of the counter, or kWh]

        Raises
        ------
        ValueError
            The field is neither a counter nor a power.
        """
        if not self.countable:
            raise ValueError(f"{self.device}/{self.field}: {self.series.unit!r} does not add up")
        if self.kind is not Kind.COUNTER:
            gap_ms = longest_gap_ms(self.series.interval_ms)
            return energy.integrated(self.series, edges, longest_gap_ms=gap_ms)
        return energy.in_buckets(self.counted(), edges, bracket_ms=self.bracket_ms)

    def counted(self) -> CounterEnergy:
        """What a counter counted between its readings, for buckets of several widths.

        Raises
        ------
        ValueError
            The field is no counter.
        """
        if self.kind is not Kind.COUNTER:
            raise ValueError(f"{self.device}/{self.field}: is no counter")
        facts, shown = self.register, self.shown()
        return energy.from_counter(
            shown.at,
            shown.value,
            modulus=facts.modulus if facts else None,
            most_per_hour=facts.most_per_hour if facts else None,
            joints=self.joints,
        )

    def shown(self) -> Series:
        """The values with those around them."""
        its, around = self.series, self.around
        if around is None or not len(its):
            return its
        first, last = np.searchsorted(around.at, (its.at[0], its.at[-1]))
        at = np.concatenate([around.at[:first], its.at, around.at[last:]])
        value = np.concatenate([around.value[:first], its.value, around.value[last:]])
        return Series(at, value, its.unit, its.interval_ms)

    @property
    def bracket_ms(self) -> int:
        """Greatest distance of two readings between which an edge is interpolated. [ms]"""
        return bracket_ms(self.series.interval_ms)


def bracket_ms(interval_ms: int) -> int:
    """Greatest distance of two readings between which an edge is interpolated. [ms]"""
    return max(energy.BRACKET_MS, interval_ms)


def longest_gap_ms(interval_ms: int) -> int:
    """Up to which distance of two values power is integrated. [ms]"""
    return max(LONGEST_GAP_MS, _GAP_READINGS * interval_ms)


def margin_ms(device: Device, fields: Iterable[str]) -> int:
    """How far around a span its edges may depend on. [ms]"""
    slowest = max((device.points[field].interval_ms for field in fields), default=0)
    return max(bracket_ms(slowest), _MARGIN_READINGS * slowest)


class Readings:
    """Raw data of a site as every job reads it."""

    def __init__(self, configuration: Configuration, store: Store, records: Records) -> None:
        self._configuration = configuration
        self._store = store
        self._records = records
        self._registers: dict[str, dict[str, RegisterFacts]] = {}

    async def of(
        self, device: str, fields: Sequence[str], start: int, end: int, *, margin: int | None = None
    ) -> dict[str, Readout]:
        """Fields of a device in [start, end), with what stands before and behind.

        Parameters
        ----------
        device : str
            Device id.
        fields : sequence of str
            Fields that the device has.
        start, end : int
            Half-open span. [ms since epoch, UTC]
        margin : int, optional
            How far to read before and behind; by default as far as the edges depend on. [ms]

        Raises
        ------
        KeyError
            The site has no such device, or the device no such field.
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        its = self._configuration.site.devices[device]
        around = margin_ms(its, fields) if margin is None else margin
        span = start - around, end + around
        layer = await asyncio.to_thread(self._layer, device, span)
        columns = await self._store.columns(its, fields, *span)
        return {field: self._readout(its, field, columns, layer) for field in fields}

    async def seams(
        self, device: str, fields: Sequence[str], start: int, end: int
    ) -> dict[str, IntArray]:
        """When a device's registers begin anew in [start, end): exchanges, ends of scaled spans.

        [ms since epoch, UTC]

        Raises
        ------
        RecordsError
            The records are out of reach.
        """
        layer = await asyncio.to_thread(self._layer, device, (start, end))
        return {
            field: np.array([s for s in repairing.seams(field, *layer) if start <= s < end], int)
            for field in fields
        }

    async def since(self, device: str) -> int | None:
        """Time of the first stored values of a device; None: there are none. [ms since epoch, UTC]

        Raises
        ------
        Unavailable
            The store is out of reach.
        """
        span = await self._store.span(self._configuration.site.devices[device])
        return span[0] if span else None

    def facts(self, device: str) -> dict[str, RegisterFacts]:
        """Facts of a device's cumulative registers, by field."""
        if device not in self._registers:
            self._registers[device] = registers(self._configuration, device)
        return self._registers[device]

    def _layer(self, device: str, span: tuple[int, int]) -> tuple[list[Repair], list[Exchange]]:
        with self._records.reading() as connection:
            return (
                repairs.listed(connection, device, span=span),
                exchanges.listed(connection, device),
            )

    def _readout(
        self,
        device: Device,
        field: str,
        columns: Columns,
        layer: tuple[list[Repair], list[Exchange]],
    ) -> Readout:
        point = device.points[field]
        kind = point.quantity.kind
        raw = _series(columns, field, point.quantity.unit, point.interval_ms)
        own = [
            repair for repair in layer[0] if repair.correction.field in {field, repairs.ALL_FIELDS}
        ]
        facts = self.facts(device.id).get(field)
        joints: tuple[Joint, ...] = ()
        if kind is Kind.COUNTER:
            modulus = facts.modulus if facts else None
            joints = repairing.joints(raw, field, own, layer[1], modulus)
        series, applied = repairing.repaired(raw, own)
        uncertain = int(np.count_nonzero(columns.uncertain(field)))
        return Readout(device.id, field, kind, series, facts, joints, applied, uncertain)


def _series(columns: Columns, field: str, unit: str, interval_ms: int) -> Series:
    """The slots in which a field is due, and others in which it has a value all the same."""
    value = columns.values[field]
    own = (columns.at % interval_ms == 0) | ~np.isnan(value)
    if own.all():
        return Series(columns.at, value, unit, interval_ms)
    return Series(columns.at[own], value[own], unit, interval_ms)
