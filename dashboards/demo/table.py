"""The demo's terminal: a live table where there is a terminal, plain lines where there is none."""

from __future__ import annotations

import os

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from collector.model import Device, Site
from dashboards.demo.history import Progress
from dashboards.demo.tally import Picture, Polls
from dashboards.display import NO_VALUE, first_points, shown, title_in
from dashboards.web.condition import Condition, Newest

STYLES = {
    Condition.GOOD: "green",
    Condition.DOUBTFUL: "yellow",
    Condition.SILENT: "bold red",
    Condition.STALE: "magenta",
}
MARKS = {
    Condition.GOOD: "●",
    Condition.DOUBTFUL: "▲",
    Condition.SILENT: "■",
    Condition.STALE: "○",
}
VALUES = 3
LINES_AROUND = 9
TURN_PAGE_S = 6
PARTS = {
    "compute": "computing",
    "recent": "last 7 days",
    "year": "the year before",
    "complete": "complete",
}


def language_of_terminal() -> str:
    """Chinese where the terminal speaks it, otherwise English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "zh" if (spoken or "").startswith("zh") else "en"


def board(
    site: Site, picture: Picture, history: Progress | None, url: str, elapsed_s: float,
    console: Console, language: str,
) -> RenderableType:  # fmt: skip
    """Everything at one moment; devices turn pages when the terminal is low."""
    devices = list(site.devices.values())
    room = max(4, console.size.height - LINES_AROUND)
    pages = -(-len(devices) // room)
    page = int(elapsed_s // TURN_PAGE_S) % pages
    now_ms = max((n.at or 0 for n, _ in picture.newest.values()), default=0)
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    for name in ("", "device", *[""] * VALUES, "answered", "after slot", "behind"):
        right = name not in ("", "device")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for column in table.columns[2 : 2 + VALUES]:
        column.justify = "right"
    for device in devices[page * room : (page + 1) * room]:
        newest, condition = picture.newest[device.id]
        polls = picture.polls.get(device.id, Polls())
        table.add_row(*_row(device, newest, condition, polls, now_ms, language))
    shown_page = f"  devices {page + 1}/{pages}" if pages > 1 else ""
    head = Text.assemble(
        ("groundwatt demo  ", "bold"), (title_in(site.title, language), ""), (shown_page, "dim")
    )
    return Group(head, Text(), table, Text(), *_foot(picture, history, url, elapsed_s))


def line(site: Site, picture: Picture, history: Progress | None, elapsed_s: float) -> str:
    """Say the same in one line."""
    depth = "–" if picture.outbox_depth is None else f"{picture.outbox_depth:.0f}"
    words = [
        f"{elapsed_s:5.0f} s",
        f"{picture.delivering()}/{len(site.devices)} devices",
        f"{picture.points_per_s:.0f} points/s",
        f"outbox {depth}",
    ]
    if history is not None:
        words.append(f"history {history.share:.0%} ({PARTS.get(history.part, history.part)})")
    if picture.outage:
        words.append(f"store: {picture.outage}")
    return "  ".join(words)


def _row(
    device: Device, newest: Newest, condition: Condition, polls: Polls, now_ms: int, language: str
) -> list[Text]:
    style = STYLES[condition]
    calm = "" if condition is Condition.GOOD else style
    values = []
    for point in first_points(device, VALUES):
        reading = newest.readings.get(point.field)
        value = shown(point, reading.value if reading else None, language)
        unit = f" {point.quantity.unit}" if point.quantity.unit and value != NO_VALUE else ""
        values.append(Text.assemble((value, calm), (unit, "dim")))
    values += [Text()] * (VALUES - len(values))
    success = "–" if polls.success is None else f"{polls.success:.0%}"
    latency = f"{polls.lag_ms:.0f} ms" if polls.answered else "–"
    behind = "–" if newest.at is None else f"{(now_ms - newest.at) / 1000:.0f} s"
    return [
        Text(MARKS[condition], style),
        Text(title_in(device.title, language), calm),
        *values,
        *(Text(word, calm or "dim") for word in (success, latency, behind)),
    ]


def _foot(
    picture: Picture, history: Progress | None, url: str, elapsed_s: float
) -> list[RenderableType]:
    depth = "–" if picture.outbox_depth is None else f"{picture.outbox_depth:.0f}"
    counts = (
        f"{picture.delivering()}/{len(picture.newest)} devices   "
        f"{picture.points_per_s:.0f} points/s   outbox {depth}   {elapsed_s:.0f} s"
    )
    lines: list[RenderableType] = [Text(counts)]
    if history is not None:
        bar = Table.grid(padding=(0, 1))
        part = PARTS.get(history.part, history.part)
        bar.add_row(
            "history",
            ProgressBar(1.0, history.share, 40, complete_style="green"),
            f"{history.share:4.0%} {part}",
        )
        lines.append(bar)
    if picture.outage:
        lines.append(Text(f"store: {picture.outage}", "bold red"))
    lines.append(Text.assemble(("page     ", ""), (url, "bold cyan"), ("   Ctrl-C ends", "dim")))
    return lines
