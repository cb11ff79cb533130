"""How exchanges and calibrations are printed: as rows for people, as objects for programs."""

from __future__ import annotations

from analytics.commands.typed import clock
from analytics.records.acts import Act
from analytics.records.calibrations import Calibration
from analytics.records.exchanges import Exchange
from collector.commands.listing import Listing
from collector.sitefile import Configuration

_COLUMNS = ("what", "id", "device", "at", "details", "author", "reason", "recorded", "revoked")


def exchange_body(exchange: Exchange, configuration: Configuration) -> dict[str, object]:
    """One exchange for programs."""
    change = exchange.change
    registers = {
        name: {"old": register.last, "new": register.first}
        for name, register in change.registers.items()
    }
    return {
        "id": exchange.id,
        "device": change.device,
        "at": clock(change.at, configuration),
        "registers": registers,
        "old_serial": change.old_serial,
        "new_serial": change.new_serial,
    } | _answerable(exchange.act, configuration)


def calibration_body(calibration: Calibration, configuration: Configuration) -> dict[str, object]:
    """One calibration for programs."""
    certificate = calibration.certificate
    errors = {
        part: {"error": found.error, "unit": found.unit}
        for part, found in certificate.errors.items()
    }
    return {
        "id": calibration.id,
        "device": certificate.device,
        "at": clock(certificate.at, configuration),
        "certificate": certificate.number,
        "errors": errors,
        "due": certificate.due.isoformat() if certificate.due else None,
    } | _answerable(calibration.act, configuration)


def listing(
    changed: list[Exchange], calibrated: list[Calibration], configuration: Configuration
) -> Listing:
    """Both by time, for people."""
    rows: list[tuple[int, tuple[object, ...]]] = []
    for exchange in changed:
        change = exchange.change
        head = ("exchange", exchange.id, change.device, clock(change.at, configuration))
        row = (*head, _handed_over(exchange), *_who(exchange.act, configuration))
        rows.append((change.at, row))
    for calibration in calibrated:
        found = calibration.certificate
        head = ("calibration", calibration.id, found.device, clock(found.at, configuration))
        row = (*head, _found(calibration), *_who(calibration.act, configuration))
        rows.append((found.at, row))
    rows.sort(key=lambda row: row[0])
    return Listing("\t".join(_COLUMNS), _COLUMNS, tuple(row for _, row in rows))


def _answerable(act: Act, configuration: Configuration) -> dict[str, object]:
    revoked = act.revoked
    return {
        "author": act.author,
        "reason": act.reason,
        "recorded": clock(act.created, configuration),
        "revoked": clock(revoked.at, configuration) if revoked else None,
        "revoked_by": revoked.author if revoked else None,
        "revoked_reason": revoked.reason if revoked else None,
    }


def _who(act: Act, configuration: Configuration) -> tuple[str, str, str, str]:
    revoked = act.revoked
    taken_back = (
        f"{clock(revoked.at, configuration)} {revoked.author}: {revoked.reason}" if revoked else ""
    )
    return act.author, act.reason, clock(act.created, configuration), taken_back


def _handed_over(exchange: Exchange) -> str:
    change = exchange.change
    parts = [
        f"{name} {_number(register.last)} → {_number(register.first)}"
        for name, register in change.registers.items()
    ]
    if change.old_serial or change.new_serial:
        parts.append(f"serial {change.old_serial or '?'} → {change.new_serial or '?'}")
    return ", ".join(parts)


def _found(calibration: Calibration) -> str:
    certificate = calibration.certificate
    parts = [f"certificate {certificate.number}"]
    parts += [f"{part} {e.error:+g} {e.unit}" for part, e in certificate.errors.items()]
    if certificate.due:
        parts.append(f"due {certificate.due}")
    return ", ".join(parts)


def _number(reading: float | None) -> str:
    return "?" if reading is None else f"{reading:.10g}"
