"""Query parameters to checked values; what is wrong is said by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.errors import GroundwattError
from collector.model import Device, Site

MOST_FIELDS = 8
MOST_POINTS = 5_000
FEWEST_POINTS = 10
DEFAULT_POINTS = 1_000
LONGEST_RANGE_MS = 11 * 366 * 86_400_000
EARLIEST_MS = 946_684_800_000
LATEST_MS = 4_102_444_800_000
"""2000-01-01 and 2100-01-01. [ms since epoch, UTC]"""


class BadParameter(GroundwattError):
    """A request that cannot be answered as it stands."""

    def __init__(self, parameter: str, problem: str, *, unknown: bool = False) -> None:
        self.parameter = parameter
        self.problem = problem
        self.unknown = unknown
        super().__init__(f"{parameter}: {problem}")


@dataclass(frozen=True, slots=True)
class Window:
    """Which readings are asked for: fields of one device in [start, end), in about so many dots."""

    device: Device
    fields: tuple[str, ...]
    start: int
    end: int
    points: int


def window_of(site: Site, pairs: Sequence[tuple[str, str]]) -> Window:
    """Read the parameters of /readings.

    Raises
    ------
    BadParameter
        The first parameter that is missing, unknown, doubled or out of its limits.
    """
    given = _single(pairs, ("device", "field", "from", "to", "points"))
    device = site.devices.get(_required(given, "device"))
    if device is None:
        raise BadParameter("device", "there is no such device", unknown=True)
    fields = tuple(dict.fromkeys(_required(given, "field").split(",")))
    if len(fields) > MOST_FIELDS:
        raise BadParameter("field", f"at most {MOST_FIELDS} fields at once")
    if any(name not in device.points for name in fields):
        raise BadParameter("field", "the device has no such field", unknown=True)
    start = _integer(given, "from", EARLIEST_MS, LATEST_MS)
    end = _integer(given, "to", EARLIEST_MS, LATEST_MS)
    if end <= start:
        raise BadParameter("to", "must be later than from")
    if end - start > LONGEST_RANGE_MS:
        raise BadParameter("to", "the range is longer than eleven years")
    given.setdefault("points", str(DEFAULT_POINTS))
    return Window(device, fields, start, end, _integer(given, "points", FEWEST_POINTS, MOST_POINTS))


def no_parameters(pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse any parameter."""
    _single(pairs, ())


def _single(pairs: Sequence[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            allowed = f"known are {', '.join(known)}" if known else "none is known here"
            raise BadParameter(name[:40], f"unknown parameter; {allowed}")
        if name in given:
            raise BadParameter(name, "given twice")
        given[name] = value
    return given


def _required(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise BadParameter(name, "is required")
    return given[name]


def _integer(given: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = _required(given, name)
    digits = text.isascii() and text.isdigit() and len(text) <= 18
    if not digits or not low <= int(text) <= high:
        raise BadParameter(name, f"must be a whole number from {low} to {high}")
    return int(text)
