"""`groundwatt repair`: what of the raw data does not count, or counts corrected, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analytics.commands import revisions
from analytics.commands.typed import act, clock, device_of, instant, revocation, stored, wrong
from analytics.records import changing, reading, repairs
from analytics.records.repairs import ALL_FIELDS, Action, Correction, Repair
from collector.clock import SystemClock
from collector.commands.listing import Listing, as_objects, show, show_json
from collector.commands.options import (
    AuthorOption,
    DataOption,
    JsonOption,
    ReasonOption,
    RevokedOption,
    SiteOption,
)
from collector.model import Device, Kind
from collector.sitefile import Configuration, load_site

_COLUMNS = (
    "id", "device", "field", "from", "to", "action", "amount", "estimated", "author", "reason",
    "recorded", "revoked", "revoked_by", "revoked_reason",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `repair` with its sub-commands to the command line."""
    repair = typer.Typer(
        no_args_is_help=True,
        help="Leave out or correct spans of raw data, as a layer that can be taken back.",
    )
    repair.command("add")(add)
    repair.command("revoke")(revoke)
    repair.command("list")(listed)
    repair.command("revisions")(revisions.listed)
    app.add_typer(repair, name="repair")


def add(
    device: Annotated[str, typer.Argument(help="Device id.")],
    field: Annotated[str, typer.Argument(help="Field; * for all of the device.")],
    start: Annotated[str, typer.Option("--from", help="First slot: site time, or with offset.")],
    end: Annotated[str, typer.Option("--to", help="First slot that counts plainly again.")],
    author: AuthorOption,
    reason: ReasonOption,
    exclude: Annotated[bool, typer.Option("--exclude", help="Leave the values out.")] = False,
    offset: Annotated[float | None, typer.Option(help="Add to the values. [unit]")] = None,
    scale: Annotated[float | None, typer.Option(help="Multiply the values by.")] = None,
    estimated: Annotated[
        bool, typer.Option("--estimated", help="The amount is estimated, not found or documented.")
    ] = False,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Record a repair: exactly one of --exclude, --offset and --scale."""
    configuration = load_site(site)
    stored(configuration, data)
    action, amount = _what(exclude, offset, scale)
    its = device_of(configuration, device)
    _check(its, field, action, amount)
    span = instant(start, configuration, "--from"), instant(end, configuration, "--to")
    try:
        correction = Correction(its.id, field, *span, action, amount, estimated)
    except ValueError as error:
        raise wrong("repair add", str(error)) from error
    answerable = act(author, reason, SystemClock().now_ms())
    with changing(configuration.settings.records, data) as connection:
        repair = repairs.add(connection, correction, answerable)
    _tell(configuration, repair, as_json, "recorded")


def revoke(
    number: Annotated[int, typer.Argument(help="Number of the repair.")],
    author: AuthorOption,
    reason: ReasonOption,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Take back a repair; its row stays, and figures follow the raw data again."""
    configuration = load_site(site)
    stored(configuration, data)
    taken_back = revocation(author, reason, SystemClock().now_ms())
    with changing(configuration.settings.records, data) as connection:
        repair = repairs.revoke(connection, number, taken_back)
    if repair is None:
        raise wrong("NUMBER", f"there is no repair #{number} that still holds")
    _tell(configuration, repair, as_json, "revoked")


def listed(
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    revoked: RevokedOption = False,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """List repairs in the order in which they were recorded."""
    configuration = load_site(site)
    stored(configuration, data)
    if device is not None:
        device_of(configuration, device)
    with reading(configuration.settings.records, data) as connection:
        found = repairs.listed(connection, device, revoked=revoked)
    listing = _listing(configuration, found)
    if as_json:
        show_json({"repairs": as_objects(listing)})
    else:
        show(listing)


def _what(exclude: bool, offset: float | None, scale: float | None) -> tuple[Action, float | None]:
    chosen: list[tuple[Action, float | None]] = []
    if exclude:
        chosen.append(("exclude", None))
    if offset is not None:
        chosen.append(("offset", offset))
    if scale is not None:
        chosen.append(("scale", scale))
    if len(chosen) != 1:
        raise wrong("repair add", "needs exactly one of --exclude, --offset and --scale")
    return chosen[0]


def _check(device: Device, field: str, action: Action, amount: float | None) -> None:
    """Refuse what makes no sense for the kind of the field."""
    if field == ALL_FIELDS:
        return
    if field not in device.points:
        known = ", ".join(device.points)
        raise wrong("FIELD", f"{device.id} has no field {field!r}; it has: {known}")
    kind = device.points[field].quantity.kind
    if kind is Kind.STATE and action != "exclude":
        raise wrong("FIELD", f"{field} is a code: it can be excluded, not calculated with")
    if kind is Kind.COUNTER and action == "offset":
        wording = "is a register: what it counts does not depend on where it began; "
        raise wrong("--offset", f"{field} {wording}see `groundwatt meter exchange`")
    if kind is Kind.COUNTER and amount is not None and amount < 0:
        raise wrong("--scale", f"{field} is a register: it cannot be made to count backwards")


def _listing(configuration: Configuration, found: list[Repair]) -> Listing:
    rows: list[tuple[object, ...]] = []
    for repair in found:
        what, who = repair.correction, repair.act
        taken_back = who.revoked
        rows.append((
            repair.id, what.device, what.field, clock(what.start, configuration),
            clock(what.end, configuration), what.action, what.amount, what.estimated,
            who.author, who.reason, clock(who.created, configuration),
            clock(taken_back.at, configuration) if taken_back else None,
            taken_back.author if taken_back else None,
            taken_back.reason if taken_back else None,
        ))  # fmt: skip
    return Listing("\t".join(_COLUMNS), _COLUMNS, tuple(rows))


def _tell(configuration: Configuration, repair: Repair, as_json: bool, what: str) -> None:
    listing = _listing(configuration, [repair])
    if as_json:
        show_json(as_objects(listing)[0])
        return
    correction = repair.correction
    amount = "" if correction.amount is None else f" {correction.amount:g}"
    typer.echo(
        f"repair #{repair.id} {what}: {correction.device}/{correction.field} "
        f"{correction.action}{amount} from {clock(correction.start, configuration)} "
        f"to {clock(correction.end, configuration)}"
    )
