"""`groundwatt ledger`: per device and day what was expected, answered, stored, lost, and why."""

from __future__ import annotations

import asyncio
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
from collector.errors import ConfigError, Problem
from collector.ledger import DayAccount, totals
from collector.settlement import read_held_back, settle
from collector.sitefile import Configuration, load_site
from collector.store.choice import store_for

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
    held_back = read_held_back(data)
    store = store_for(configuration, data)
    accounts = asyncio.run(settle(configuration, store, held_back, (start, end), device))
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
