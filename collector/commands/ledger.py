"""`groundwatt ledger`: per device and day what was expected, answered, stored, lost, and why."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer

from collector.clock import SystemClock
from collector.commands.listing import Listing, show
from collector.commands.options import DataOption, JsonOption, SiteOption
from collector.errors import ConfigError, Problem, WireError
from collector.ledger import DayAccount, Evidence, Issued, account, totals
from collector.model import Device
from collector.outbox import Contents, Dropped, read_outbox
from collector.setaside import read_asides
from collector.sitefile import Configuration, load_site
from collector.store import Store
from collector.store.choice import store_for
from collector.wire import decode_sample

COLUMNS = (
    "expected", "answered", "stored", "refused", "pending", "lost", "dropped", "not_running",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `ledger` to the command line."""
    app.command("ledger")(ledger)


def ledger(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    first: Annotated[str | None, typer.Option("--from", help="First local day; default today.")] = (
        None
    ),
    last: Annotated[str | None, typer.Option("--to", help="Last local day; default today.")] = None,
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove what has become of every sample; exit 1 when something is lost."""
    configuration = load_site(site)
    start, end = _span(configuration, first, last)
    # Outboxes are read before the store: what is delivered in between is then found stored.
    outboxes = [read_outbox(path) for path in sorted(data.glob("outbox-*.sqlite"))]
    refused = _refused(data / "refused")
    store = store_for(configuration, data)
    accounts = asyncio.run(
        accounts_of(configuration, store, outboxes, refused, (start, end), device)
    )
    total = totals(accounts)
    if as_json:
        body = {"total": _body(total), "days": [_body(entry) for entry in accounts]}
        typer.echo(orjson.dumps(body).decode())
    else:
        show(_listing(accounts, total))
    if total.lost:
        raise typer.Exit(1)


def _span(configuration: Configuration, first: str | None, last: str | None) -> tuple[int, int]:
    """Half-open span in ms from local days, both days included."""
    zone = ZoneInfo(configuration.site.timezone)
    today = datetime.fromtimestamp(SystemClock().now_ms() / 1000, zone).date()
    try:
        begin = date.fromisoformat(first) if first else today
        finish = date.fromisoformat(last) if last else max(today, begin)
    except ValueError as error:
        raise ConfigError([Problem(Path("--from/--to"), None, "", str(error))]) from error
    if finish < begin:
        raise ConfigError([Problem(Path("--to"), None, "", f"{finish} lies before {begin}")])
    days = (begin, finish + timedelta(days=1))
    start, end = (int(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp()) for d in days)
    return start * 1000, end * 1000


async def accounts_of(
    configuration: Configuration,
    store: Store,
    outboxes: list[Contents],
    refused: dict[str, list[Issued]],
    span: tuple[int, int],
    only: str | None,
) -> list[DayAccount]:
    """Account for every device (or only one) in the half-open span."""
    zone = ZoneInfo(configuration.site.timezone)
    accounts: list[DayAccount] = []
    await store.open()
    try:
        for device in configuration.site.devices.values():
            if only in (None, device.id):
                accounts += account(await _evidence(store, device, outboxes, refused, *span), zone)
    finally:
        await store.close()
    return accounts


async def _evidence(
    store: Store, device: Device, outboxes: list[Contents], refused: dict[str, list[Issued]],
    start: int, end: int,
) -> Evidence:  # fmt: skip
    rows = [row async for row in store.rows(device, start, end)]
    pending = [
        Issued(m.run, m.seq, m.at)
        for box in outboxes
        for m in box.waiting
        if m.device == device.id and start <= m.at < end
    ]
    dropped: list[Dropped] = [
        gone
        for box in outboxes
        for gone in box.dropped
        if gone.device == device.id and gone.last_at >= start and gone.first_at < end
    ]
    runs = await store.runs(device)
    issued = [entry for entry in refused[device.id] if start <= (entry.at or start) < end]
    until = min(end, SystemClock().now_ms())
    return Evidence(
        device.id, start, until, device.interval_ms, rows, runs, pending, issued, dropped
    )


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


def _body(entry: DayAccount) -> dict[str, object]:
    return asdict(entry) | {"why": dict(entry.why)}


def _listing(accounts: list[DayAccount], total: DayAccount) -> Listing:
    rows: list[tuple[object, ...]] = []
    for entry in (*accounts, total):
        why = ", ".join(f"{reason} {count}" for reason, count in entry.why.most_common())
        numbers = [getattr(entry, name) for name in COLUMNS]
        rows.append((entry.device or "total", entry.day, *numbers, why))
    names = [name.replace("_", " ") for name in COLUMNS]
    columns = ("device", "day", *names, "why")
    return Listing("\t".join(columns), columns, tuple(rows), last_is_total=True)
