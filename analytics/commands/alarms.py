"""`groundwatt alarms`: what is wrong now, who has taken notice, and what the rules say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.typed import stored, wrong
from analytics.jobs.watching import watched_parts
from analytics.records import alarms, changing, reading
from analytics.records.alarms import Alarm, Event
from analytics.rule_models import Rule
from analytics.rule_sets import shipped
from collector.clock import SystemClock
from collector.commands.listing import Listing, as_objects, show, show_json
from collector.commands.options import DataOption, JsonOption, SiteOption
from collector.sitefile import load_site

COLUMNS = ("id", "severity", "alarm", "what", "since", "returned", "acknowledged")
RULE_COLUMNS = ("rule", "severity", "looks at", "on delay s", "off delay s", "deadband", "watches")


def register(app: typer.Typer) -> None:
    """Add `alarms` with its sub-commands to the command line."""
    its = typer.Typer(no_args_is_help=True, help="Alarms of the site, and their rules.")
    its.command("list")(listed)
    its.command("ack")(ack)
    its.command("rules")(rules)
    app.add_typer(its, name="alarms")


def listed(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are over and acknowledged.")
    ] = False,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Show what is open or not acknowledged, newest first; exit 1 when an alarm is open."""
    configuration = load_site(site)
    stored(configuration, data)
    zone = ZoneInfo(configuration.site.timezone)
    with reading(configuration.settings.records, data) as connection:
        found = alarms.listed(connection, everything=everything)
        told = [_body(alarm, alarms.events(connection, alarm.id)) for alarm in found]
    if as_json:
        show_json(told)
    else:
        rows = tuple(_row(alarm, zone) for alarm in found)
        show(Listing("\t".join(COLUMNS), COLUMNS, rows))
    if any(alarm.open for alarm in found):
        raise typer.Exit(1)


def ack(
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the alarm.")],
    by: Annotated[str, typer.Option("--by", "--author", help="Who takes notice.")],
    note: Annotated[str, typer.Option(help="What was found or done.")] = "",
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Take notice of an alarm, by name; exit 1 when there is none of this number."""
    if not by.strip():
        raise wrong("--by", "must not be empty")
    configuration = load_site(site)
    stored(configuration, data)
    with changing(configuration.settings.records, data) as connection:
        found = alarms.acknowledge(connection, number, by, note, SystemClock().now_ms())
        told = alarms.events(connection, number)
    if found is None:
        typer.echo(f"there is no alarm {number}", err=True)
        raise typer.Exit(1)
    if as_json:
        show_json(_body(found, told))
    else:
        state = "open" if found.open else "returned"
        typer.echo(f"#{number} {found.raised.title.en}: acknowledged by {by}; {state}")


def rules(
    site: SiteOption = Path("site.yaml"),
    as_json: JsonOption = False,
) -> None:
    """Show the rules as this site has set them, and how many parts each one watches."""
    configuration = load_site(site)
    as_set: dict[tuple[object, ...], int] = {}
    for one in watched_parts(configuration, shipped()):
        told = _told(one.rule)
        as_set[told] = as_set.get(told, 0) + 1
    watching = {told[0] for told in as_set}
    for rule in shipped().values():  # a rule that watches nothing here is shown all the same
        if rule.id not in watching:
            as_set[_told(rule)] = 0
    order = list(shipped())
    rows = tuple(
        (*told, count)
        for told, count in sorted(as_set.items(), key=lambda row: order.index(str(row[0][0])))
    )
    listing = Listing("\t".join(RULE_COLUMNS), RULE_COLUMNS, rows)
    if as_json:
        show_json(as_objects(listing))
    else:
        show(listing)


def _told(rule: Rule) -> tuple[object, ...]:
    """A rule as it is set: parts that the site has set differently are rows of their own."""
    return (
        rule.id, rule.severity, rule.condition.kind, rule.on_delay / 1000, rule.off_delay / 1000,
        rule.deadband,
    )  # fmt: skip


def _row(alarm: Alarm, zone: ZoneInfo) -> tuple[object, ...]:
    raised = alarm.raised
    return (
        alarm.id, raised.severity, f"{raised.title.zh} / {raised.title.en}",
        f"{raised.sentence.zh} / {raised.sentence.en}", _clock(raised.since, zone),
        _clock(alarm.returned, zone), alarm.acknowledged_by or "",
    )  # fmt: skip


def _clock(at: int | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    return f"{datetime.fromtimestamp(at // 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _body(alarm: Alarm, told: list[Event]) -> dict[str, object]:
    raised = alarm.raised
    return {
        "id": alarm.id,
        "rule": raised.rule,
        "subject": raised.subject,
        "severity": raised.severity,
        "title": {"zh": raised.title.zh, "en": raised.title.en},
        "sentence": {"zh": raised.sentence.zh, "en": raised.sentence.en},
        "since": raised.since,
        "raised": raised.raised,
        "returned": alarm.returned,
        "acknowledged": alarm.acknowledged,
        "acknowledged_by": alarm.acknowledged_by,
        "evidence": dict(raised.evidence),
        "events": [
            {"at": event.at, "kind": event.kind, "who": event.who, "note": event.note}
            for event in told
        ],
    }
