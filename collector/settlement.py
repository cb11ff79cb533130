"""Gathers the ledger's evidence: rows of the store, outboxes and refused files of a data folder."""

from __future__ import annotations

from collections import defaultdict
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.clock import SystemClock
from collector.errors import WireError
from collector.ledger import DayAccount, Evidence, account
from collector.model import Device
from collector.outbox import Contents, read_outbox
from collector.sequences import Issued, Stored
from collector.setaside import read_asides
from collector.sitefile import Configuration
from collector.store import Row, Store
from collector.wire import decode_sample


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What lies in the files of a data folder: samples that wait, were dropped or refused."""

    outboxes: tuple[Contents, ...]
    refused: dict[str, list[Issued]]


def read_held_back(data: Path) -> HeldBack:
    """Read the files; do so before the store, so that what is delivered meanwhile is found there.

    Raises
    ------
    Unavailable
        An outbox cannot be read.
    """
    outboxes = tuple(read_outbox(path) for path in sorted(data.glob("outbox-*.sqlite")))
    return HeldBack(outboxes, _refused(data / "refused"))


def _refused(folder: Path) -> dict[str, list[Issued]]:
    found: dict[str, list[Issued]] = defaultdict(list)
    for aside in read_asides(folder):
        if aside.stored or not aside.device or not aside.run or aside.seq is None:
            continue
        try:
            at = decode_sample(aside.device, aside.payload).at
        except WireError:
            at = None
        found[aside.device].append(Issued(aside.run, aside.seq, at))
    return found


async def settle(
    configuration: Configuration,
    store: Store,
    held_back: HeldBack,
    span: tuple[int, int],
    only: str | None = None,
) -> list[DayAccount]:
    """Account for every device (or only one) in the half-open span [ms since epoch, UTC]."""
    zone = ZoneInfo(configuration.site.timezone)
    accounts: list[DayAccount] = []
    await store.open()
    try:
        for device in configuration.site.devices.values():
            if only in (None, device.id):
                accounts += account(await _evidence(store, device, held_back, *span), zone)
    finally:
        await store.close()
    return accounts


async def _evidence(
    store: Store, device: Device, held_back: HeldBack, start: int, end: int
) -> Evidence:
    stored, last_at = await _stored(store, device, start, end)
    pending = [
        Issued(m.run, m.seq, m.at)
        for box in held_back.outboxes
        for m in box.waiting
        if m.device == device.id
    ]
    dropped = [
        gone for box in held_back.outboxes for gone in box.dropped if gone.device == device.id
    ]
    # A collector's clock may be a little ahead: what has come is not in the future.
    come = max((m.at for m in pending if m.at is not None and start <= m.at < end), default=start)
    until = min(end, max(SystemClock().now_ms(), last_at + 1, come + 1))
    runs = await store.runs(device)
    refused = held_back.refused.get(device.id, [])
    return Evidence(
        device.id, start, until, device.interval_ms, stored, runs, pending, refused, dropped
    )


async def _stored(store: Store, device: Device, start: int, end: int) -> tuple[Stored, int]:
    """Rows in the span, the nearest one on either side of it, and the last slot in the span."""
    stored, last_at = Stored(), start
    bounds = await store.span(device)
    if bounds is None:
        return stored, last_at
    before = await _last_before(store, device, start, bounds[0])
    if before:
        stored.add(before)
    async for row in store.rows(device, start, end):
        stored.add(row)
        last_at = row.at
    async with aclosing(store.rows(device, end, bounds[1] + 1)) as later:
        async for row in later:
            stored.add(row)
            break
    return stored, last_at


async def _last_before(store: Store, device: Device, start: int, first: int) -> Row | None:
    """Newest row before the span: looked for in ever wider windows, as most are near."""
    end, width = start, 10 * device.interval_ms
    while end > first:
        newest = None
        async for row in store.rows(device, end - width, end):
            newest = row
        if newest:
            return newest
        end, width = end - width, width * 4
    return None
