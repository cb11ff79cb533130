"""What people type for the records, read strictly: instants, fields, `name=number`.

Everything that cannot be meant is told as a `ConfigError` that names the option.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.records.acts import Act, Revocation
from collector.config import SqliteSettings
from collector.errors import ConfigError, Problem
from collector.model import Device, Kind
from collector.sitefile import Configuration


def wrong(option: str, problem: str) -> ConfigError:
    """Wrong use of an option, as the command line tells it."""
    return ConfigError([Problem(Path(option), None, "", problem)])


def device_of(configuration: Configuration, name: str) -> Device:
    """Return the device of this id.

    Raises
    ------
    ConfigError
        The site has no such device.
    """
    if name not in configuration.site.devices:
        known = ", ".join(entry.id for entry in configuration.settings.devices)
        raise wrong(
            "DEVICE", f"there is no device {name!r} in {configuration.file}; known: {known}"
        )
    return configuration.site.devices[name]


def instant(text: str, configuration: Configuration, option: str) -> int:
    """Read a time: on the site's clock, or with an offset from UTC. [ms since epoch, UTC]

    Raises
    ------
    ConfigError
        It is no time, or the site's clock shows it twice or never on that day.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        wording = f"{text!r} is no time; write 2026-05-01T14:30, 2026-05-01T06:30Z or 2026-05-01"
        raise wrong(option, wording) from None
    if moment.tzinfo is None:
        moment = _on_the_clock(moment, configuration.site.timezone, option)
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // timedelta(milliseconds=1)


def day(text: str, option: str) -> date:
    """Read a local day.

    Raises
    ------
    ConfigError
        It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong(option, f"{text!r} is no day; write 2026-01-31") from None


def stored(configuration: Configuration, data: Path) -> None:
    """Make sure that there is a store; a mistyped folder is not made into an empty one.

    No alarm would be open there, and an exchange would be recorded where nobody reads it.

    Raises
    ------
    ConfigError
        The site has an embedded store, and this folder holds none.
    """
    settings = configuration.settings.store
    if isinstance(settings, SqliteSettings) and not (data / settings.path).exists():
        raise wrong("--data", f"nothing is stored here: {data / settings.path} does not exist")


def _on_the_clock(moment: datetime, timezone: str, option: str) -> datetime:
    zone = ZoneInfo(timezone)
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        shown = first.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)
        how = "twice" if shown == moment else "never"
        raise wrong(
            option, f"the clock of {timezone} shows {moment} {how}: write it with an offset"
        )
    return first.astimezone(ZoneInfo("UTC"))


def clock(at: int, configuration: Configuration) -> str:
    """An instant on the site's clock, with its offset. [ms since epoch, UTC]"""
    zone = ZoneInfo(configuration.site.timezone)
    moment = datetime.fromtimestamp(at / 1000, zone)
    return moment.isoformat(" ", "milliseconds" if at % 1000 else "seconds")


def numbers(texts: Sequence[str], option: str) -> dict[str, float]:
    """Read `name=number` of an option that may be given several times.

    Raises
    ------
    ConfigError
        One is not of that form, or a name stands twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, sign, number = text.partition("=")
        if not sign or not name:
            raise wrong(option, f"{text!r}: write name=number")
        if name in found:
            raise wrong(option, f"{name} stands twice")
        try:
            found[name] = float(number)
        except ValueError:
            raise wrong(option, f"{text!r}: {number!r} is no number") from None
    return found


def counters(device: Device, fields: Sequence[str], option: str) -> None:
    """Make sure that fields are cumulative registers of a device.

    Raises
    ------
    ConfigError
        One is not.
    """
    known = [name for name, point in device.points.items() if point.quantity.kind is Kind.COUNTER]
    for field in fields:
        if field not in known:
            has = ", ".join(known) or "none"
            raise wrong(option, f"{device.id} has no register {field!r}; it has: {has}")


def act(author: str, reason: str, now_ms: int) -> Act:
    """Who does it and why.

    Raises
    ------
    ConfigError
        One of them is empty.
    """
    try:
        return Act(author.strip(), reason.strip(), now_ms)
    except ValueError as error:
        raise wrong("--author/--reason", str(error)) from error


def revocation(author: str, reason: str, now_ms: int) -> Revocation:
    """Who takes something back and why; refused like an act."""
    taken_back = act(author, reason, now_ms)
    return Revocation(taken_back.author, taken_back.reason, taken_back.created)
