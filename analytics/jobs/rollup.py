"""Roll-ups of 15 minutes, an hour and a local day, kept in step with the raw data.

In each pass a device is computed from its watermark to its last complete window. What was computed
before and is touched since (late samples, repairs, exchanges) is computed again, compared, and
written only where it differs; every figure that differs leaves a revision.

The order of writing makes it safe to be killed anywhere. Per chunk of days:

1. revisions, in one transaction of the records;
2. changed windows, into the store of roll-ups;
3. the device's watermark;

and at the end of a pass, when all devices are done, the marks of late samples and the requests of
repairs and exchanges are ticked off. Killed between 1 and 2, the next pass finds the same
differences, whose revisions are there already and are not doubled; between 2 and 3 it finds none;
before the end it looks at the touched windows again and finds no difference. A figure is thus
never changed without its revision, and each of its revisions begins where the one before ended:
where a revision was the last thing that happened, it counts as written. Two processes that do this
at once only do the work twice. A store of roll-ups that was lost or restored is filled again from
where it ends.

When a window is complete: a sample of a later slot is stored, since a device's samples arrive in
order and every slot yields one. When a register or power has no reading behind the window's end
yet, the window waits as long as its edge could still be interpolated. Samples that arrive out of
order within `LATE_AFTER_MS` leave no mark: everything since the pass before, less that time, is
looked at again in each pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analytics import buckets
from analytics.jobs import windows
from analytics.jobs.freshness import marking_of
from analytics.jobs.readings import Readings, Readout, margin_ms
from analytics.jobs.surroundings import Surrounded, Surroundings
from analytics.jobs.touches import (
    LATE_SAMPLE,
    LATER_READING,
    Chunk,
    Touch,
    Width,
    by_act,
    cause_of,
    chunks,
    merged,
    since,
)
from analytics.jobs.window_store import WindowStore
from analytics.jobs.windows import Difference, Windows
from analytics.records import Records, progress, recomputations, revisions, rollup_progress
from analytics.records.revisions import Revision
from analytics.records.rollup_progress import MARKS, PASS, WATERMARK, State
from analytics.series import DAY_MS, BoolArray
from collector.lateness import LATE_AFTER_MS
from collector.model import Device
from collector.sitefile import Configuration
from collector.store import Store

_CHUNK_VALUES = 1_000_000
_LONGEST_CHUNK_DAYS = 31


@dataclass(frozen=True, slots=True)
class Summary:
    """What a pass did: windows written, and revisions that it left."""

    windows: int = 0
    revisions: int = 0

    def __add__(self, other: Summary) -> Summary:
        """What two of them did together."""
        return Summary(self.windows + other.windows, self.revisions + other.revisions)


class RollUp:
    """Keeps the roll-ups of a site in step with its raw data.

    Parameters
    ----------
    configuration : Configuration
        The site.
    store : Store
        Raw data and marks of late samples; open.
    rollups : mapping of str to Store
        Stores of roll-ups by width, from `rollup_stores_for`; open.
    records : Records
        Repairs, exchanges, revisions, progress.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        rollups: Mapping[str, Store],
        records: Records,
    ) -> None:
        self._site = configuration.site
        self._zone = ZoneInfo(configuration.site.timezone)
        self._store = store
        self._rollups = WindowStore(configuration.site, rollups)
        self._records = records
        self._readings = Readings(configuration, store, records)
        self._surroundings = Surroundings(self._readings, self._rollups)
        self._marking = marking_of(configuration)
        self._alone = asyncio.Lock()

    async def catch_up(self, now_ms: int) -> Summary:
        """Compute everything that is complete or touched and not computed yet.

        Parameters
        ----------
        now_ms : int
            The clock by which samples are judged late. [ms since epoch, UTC]

        Raises
        ------
        Unavailable, RecordsError
            Store or records are out of reach; what is done is done, the next pass goes on.
        """
        async with self._alone:
            state = await asyncio.to_thread(self._begin)
            marks = await self._store.touched(state.marks)
            touches: dict[str, list[Touch]] = {}
            for mark in marks:
                late = Touch(mark.first, mark.last + 1, LATE_SAMPLE)
                touches.setdefault(mark.device, []).append(late)
            for request in state.due:
                act = Touch(request.start, request.end, request.cause)
                touches.setdefault(request.device, []).append(act)
            done = Summary()
            for device in self._site.devices.values():
                done += await self._follow(device, touches.get(device.id, []), state, now_ms)
            last = max((mark.number for mark in marks), default=state.marks)
            await asyncio.to_thread(self._finish, last, state.due, now_ms)
            return done

    async def _follow(
        self, device: Device, touched: Sequence[Touch], state: State, now_ms: int
    ) -> Summary:
        """Bring one device up to date."""
        stored = await self._store.span(device)
        if stored is None:
            return Summary()
        margin = margin_ms(device, device.points)
        known = _least(state.watermarks.get(device.id), await self._rollups.reached(device.id))
        beginning = self._floor(stored[0], "1d")
        done_to = beginning if known is None else known
        target = max(done_to, await self._complete(device, min(stored[1], now_ms), done_to))
        touches = [touch.widened(margin) for touch in merged(touched)]
        if target > done_to:
            touches.append(Touch(done_to, target, ""))
            if known is not None:
                before = min(known, state.passes.get(device.id, known)) - LATE_AFTER_MS
                touches.append(Touch(before - margin, known, LATER_READING))
        touches = since(touches, beginning)
        done = Summary()
        for chunk in chunks(touches, target, self._zone, _days(device)):
            done += await self._whole(device, chunk, touches, target, now_ms)
            if target > done_to:
                reached = min(chunk.end, target)
                await asyncio.to_thread(self._advance, WATERMARK, device.id, reached)
        if target > done_to:
            await asyncio.to_thread(self._advance, PASS, device.id, now_ms)
        return done

    async def _complete(self, device: Device, latest: int, done_to: int) -> int:
        """End of the last window that no sample in order can change. [ms since epoch, UTC]"""
        target = self._floor(latest, "15min")
        if target <= done_to:
            return target
        fields = tuple(device.points)
        first = latest - margin_ms(device, fields)
        tail = await self._readings.of(device.id, fields, first, latest + 1, margin=0)
        for readout in tail.values():
            known = readout.series.known()
            if readout.countable and len(known):
                target = min(target, self._floor(int(known.at[-1]), "15min"))
        return target

    async def _whole(
        self, device: Device, chunk: Chunk, touches: Sequence[Touch], target: int, now_ms: int
    ) -> Summary:
        """Compute the windows of a chunk, and those of dips that begin or end in it."""
        read = await self._read(device, chunk)
        done = await self._compute(device, chunk, read.readouts, touches, now_ms)
        margin = margin_ms(device, device.points)
        span = chunk.span[0] - margin, chunk.span[1] + margin
        dips = read.dips(*span)
        if by_act(touches, *span):
            dips += read.dips_before_acts(*span)
        dipped = [
            Touch(first, last, LATER_READING).widened(margin)
            for first, last in dips
            if not any(t.start <= first and last <= t.end for t in touches)
        ]
        for part in chunks(merged(dipped), target, self._zone, _days(device)):
            again = (await self._read(device, part)).readouts
            done += await self._compute(device, part, again, (*touches, *dipped), now_ms)
        return done

    async def _read(self, device: Device, chunk: Chunk) -> Surrounded:
        readouts = await self._readings.of(device.id, tuple(device.points), *chunk.span)
        return await self._surroundings.of(device.id, readouts)

    async def _compute(
        self,
        device: Device,
        chunk: Chunk,
        readouts: Mapping[str, Readout],
        touches: Sequence[Touch],
        now_ms: int,
    ) -> Summary:
        """Compute the windows of a chunk; keep what is new or differs, revisions first."""
        borders = list(chunk.edges.values())
        tables = await asyncio.to_thread(windows.computed, list(readouts.values()), borders)
        found: list[Revision] = []
        changed: list[tuple[Width, Windows]] = []
        for (width, mask), table in zip(chunk.chosen.items(), tables, strict=True):
            after = table.where(mask)
            differs, differences = await self._compared(device, width, after)
            changed.append((width, after.where(differs)))
            for one in differences:
                start, end = int(after.start[one.window]), int(after.end[one.window])
                found.append(
                    Revision(
                        device.id, width, start, end, one.field, one.figure, one.before, one.after,
                        cause_of(touches, start, end), now_ms,
                    )
                )  # fmt: skip
        recorded = await asyncio.to_thread(self._record, found) if found else 0
        for width, rows in changed:
            if len(rows):
                await self._rollups.write(device.id, width, rows)
        return Summary(sum(len(rows) for _, rows in changed), recorded)

    async def _compared(
        self, device: Device, width: Width, after: Windows
    ) -> tuple[BoolArray, list[Difference]]:
        """Which windows to write, and which figures to tell of."""
        before = await self._rollups.read(
            device.id, width, int(after.start[0]), int(after.start[-1]) + 1
        )
        differs, differences = windows.differences(before, after)
        if not len(before):
            return differs, differences
        said = await asyncio.to_thread(self._said, device.id, width, before)
        if said:
            differences = windows.differences(windows.overlaid(before, said), after)[1]
        return differs, differences

    def _said(self, device: str, width: Width, before: Windows) -> windows.Said:
        """What the latest revisions say that these windows are."""
        first, last = int(before.start[0]), int(before.start[-1])
        with self._records.reading() as connection:
            return revisions.latest(connection, device, width, first, last)

    def _floor(self, at: int, width: Width) -> int:
        """Last edge that is not after an instant. [ms since epoch, UTC]"""
        return int(buckets.edges(at, at + 1, width, self._zone)[0])

    def _begin(self) -> State:
        with self._records.reading() as connection:
            return rollup_progress.state(connection, self._marking)

    def _record(self, found: Sequence[Revision]) -> int:
        with self._records.transaction() as connection:
            return revisions.record(connection, found)

    def _advance(self, job: str, device: str, at: int) -> None:
        with self._records.transaction() as connection:
            progress.advance(connection, job, device, at)

    def _finish(self, marks: int, due: Sequence[recomputations.Recomputation], now_ms: int) -> None:
        with self._records.transaction() as connection:
            progress.advance(connection, MARKS, self._marking, marks)
            for request in due:
                recomputations.finish(connection, request.id, now_ms)


def _least(watermark: int | None, written: int | None) -> int | None:
    """How far a device is done: noted as such, and there. [ms since epoch, UTC]"""
    return None if watermark is None or written is None else min(watermark, written)


def _days(device: Device) -> int:
    """How many days of a device are read at once."""
    slots = DAY_MS // min(point.interval_ms for point in device.points.values())
    values = slots * max(1, len(device.points))
    return max(1, min(_LONGEST_CHUNK_DAYS, _CHUNK_VALUES // values))
