"""`groundwatt meter`: exchanges and calibrations of the instruments, with who says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from analytics.commands import instruments
from analytics.commands.typed import (
    act,
    clock,
    counters,
    device_of,
    instant,
    numbers,
    revocation,
    stored,
    wrong,
)
from analytics.records import calibrations, changing, exchanges, reading
from analytics.records.calibrations import Certificate, FoundError
from analytics.records.exchanges import Change, Handover
from collector.clock import SystemClock
from collector.commands.listing import show, show_json
from collector.commands.options import (
    AuthorOption,
    DataOption,
    JsonOption,
    ReasonOption,
    RevokedOption,
    SiteOption,
)
from collector.sitefile import Configuration, load_site

DeviceArgument = Annotated[str, typer.Argument(help="Device id.")]
AtOption = Annotated[str, typer.Option("--at", help="When: site time, or with offset.")]


def register(app: typer.Typer) -> None:
    """Add `meter` with its sub-commands to the command line."""
    meter = typer.Typer(no_args_is_help=True, help="Exchanges and calibrations of the meters.")
    meter.command("exchange")(exchange)
    meter.command("calibrate")(calibrate)
    meter.command("revoke")(revoke)
    meter.command("list")(listed)
    app.add_typer(meter, name="meter")


def exchange(
    device: DeviceArgument,
    at: AtOption,
    author: AuthorOption,
    reason: ReasonOption,
    old_reading: Annotated[
        list[str] | None, typer.Option(help="Last reading of the old meter: energy_kwh=81234.5")
    ] = None,
    new_reading: Annotated[
        list[str] | None, typer.Option(help="First reading of the new meter: energy_kwh=0")
    ] = None,
    old_serial: Annotated[str | None, typer.Option(help="Serial number of the old meter.")] = None,
    new_serial: Annotated[str | None, typer.Option(help="Serial number of the new meter.")] = None,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Record that another meter took over; readings in canonical units (kWh, m³, h)."""
    configuration = load_site(site)
    stored(configuration, data)
    its = device_of(configuration, device)
    old = numbers(old_reading or (), "--old-reading")
    new = numbers(new_reading or (), "--new-reading")
    counters(its, tuple(old), "--old-reading")
    counters(its, tuple(new), "--new-reading")
    registers = _handovers(old, new)
    change = Change(its.id, _past(at, configuration), registers, old_serial, new_serial)
    answerable = act(author, reason, SystemClock().now_ms())
    try:
        with changing(configuration.settings.records, data) as connection:
            recorded = exchanges.add(connection, change, answerable)
    except ValueError as error:
        raise wrong("--at", str(error)) from error
    if as_json:
        show_json(instruments.exchange_body(recorded, configuration))
        return
    when = clock(change.at, configuration)
    typer.echo(f"exchange #{recorded.id} recorded: {its.id} at {when}")
    missing = [
        name for name, register in registers.items() if None in (register.last, register.first)
    ]
    for name in missing:
        typer.echo(f"  {name}: only one of both readings is known: the gap cannot be counted")


def calibrate(
    device: DeviceArgument,
    at: AtOption,
    certificate: Annotated[str, typer.Option(help="Number of the certificate.")],
    author: AuthorOption,
    reason: ReasonOption,
    error_percent: Annotated[
        list[str] | None, typer.Option(help="Found error of a part, shown less true: flow=-1.2")
    ] = None,
    error_k: Annotated[
        list[str] | None, typer.Option(help="Found error of a part in kelvin: pair=0.03")
    ] = None,
    due: Annotated[str | None, typer.Option(help="Day of the next calibration.")] = None,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Record what a laboratory found; it is evidence and changes no value by itself."""
    configuration = load_site(site)
    stored(configuration, data)
    its = device_of(configuration, device)
    percent, kelvin = (
        numbers(error_percent or (), "--error-percent"),
        numbers(error_k or (), "--error-k"),
    )
    if twice := sorted(percent.keys() & kelvin.keys()):
        raise wrong("--error-k", f"{twice[0]} has an error in percent already")
    when, next_due = _past(at, configuration), _day(due)
    try:
        errors = {part: FoundError(value, "%") for part, value in percent.items()}
        errors |= {part: FoundError(value, "K") for part, value in kelvin.items()}
        found = Certificate(its.id, when, certificate, errors, next_due)
    except ValueError as error:
        raise wrong("meter calibrate", str(error)) from error
    answerable = act(author, reason, SystemClock().now_ms())
    with changing(configuration.settings.records, data) as connection:
        recorded = calibrations.add(connection, found, answerable)
    if as_json:
        show_json(instruments.calibration_body(recorded, configuration))
    else:
        typer.echo(f"calibration #{recorded.id} recorded: {its.id}, certificate {found.number}")


def revoke(
    what: Annotated[str, typer.Argument(help="exchange or calibration")],
    number: Annotated[int, typer.Argument(help="Its number.")],
    author: AuthorOption,
    reason: ReasonOption,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
) -> None:
    """Take back an exchange or a calibration that was recorded wrongly; its row stays."""
    if what not in {"exchange", "calibration"}:
        raise wrong("WHAT", f"{what!r} is neither exchange nor calibration")
    configuration = load_site(site)
    stored(configuration, data)
    taken_back = revocation(author, reason, SystemClock().now_ms())
    revoking = exchanges.revoke if what == "exchange" else calibrations.revoke
    with changing(configuration.settings.records, data) as connection:
        done = bool(revoking(connection, number, taken_back))
    if not done:
        raise wrong("NUMBER", f"there is no {what} #{number} that still holds")
    typer.echo(f"{what} #{number} revoked")


def listed(
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    revoked: RevokedOption = False,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """List exchanges and calibrations by time."""
    configuration = load_site(site)
    stored(configuration, data)
    if device is not None:
        device_of(configuration, device)
    with reading(configuration.settings.records, data) as connection:
        changed = exchanges.listed(connection, device, revoked=revoked)
        calibrated = calibrations.listed(connection, device, revoked=revoked)
    if as_json:
        exchanged = [instruments.exchange_body(one, configuration) for one in changed]
        found = [instruments.calibration_body(one, configuration) for one in calibrated]
        show_json({"exchanges": exchanged, "calibrations": found})
    else:
        show(instruments.listing(changed, calibrated, configuration))


def _handovers(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, Handover]:
    found = {}
    for name in (*old, *(name for name in new if name not in old)):
        try:
            found[name] = Handover(old.get(name), new.get(name))
        except ValueError as error:
            raise wrong("--old-reading/--new-reading", f"{name}: {error}") from error
    return found


def _past(at: str, configuration: Configuration) -> int:
    """An instant that has been. [ms since epoch, UTC]"""
    when = instant(at, configuration, "--at")
    if when > SystemClock().now_ms():
        raise wrong("--at", f"{clock(when, configuration)} has not come yet")
    return when


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise wrong("--due", f"{text!r} is no day; write 2031-05-01") from error
