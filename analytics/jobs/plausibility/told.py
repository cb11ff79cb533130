"""Findings with the device and the time that they are about, each told once.

The checks look at a device day by day; what they say again and again becomes one finding that
tells how often, from when to when, and the worst of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from collector.model import Finding, Title
from collector.sitefile import Configuration

SEVERITIES = ("alarm", "warning", "info")
"""The gravest first."""

_FROM = ("longest_from_ms", "at_ms", "last_ms", "day_ms", "first_day_ms", "from_ms")
_TO = ("longest_to_ms", "to_ms")
_SIZE = ("total_ms", "run_ms", "longest_ms", "times", "days", "share", "due")
"""What tells the worst of several findings of one code; each code has one of them."""


@dataclass(frozen=True, slots=True)
class DeviceFinding:
    """What is wrong with a device, or with one of its fields.

    Parameters
    ----------
    device : str
        Device id; the main meters of an account joined by `+`, and the plant's id for its ratios.
    field : str
        Empty when it concerns the whole device.
    finding : Finding
        Its sentence names device and local time; its evidence has `occurrences` (days or windows
        in which it was found) and `found_from_ms`, `found_to_ms` [ms since epoch, UTC].
    """

    device: str
    field: str
    finding: Finding

    @property
    def point(self) -> str:
        """`<device>/<field>`."""
        return f"{self.device}/{self.field}" if self.field else self.device


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a sentence is about when it is not one device: its name, and its points."""

    title: Title
    points: str


@dataclass(frozen=True, slots=True)
class Told:
    """One finding of a check with the span in which it holds. [ms since epoch, UTC]"""

    start: int
    end: int
    finding: Finding
    about: Subject


class Collected:
    """Gathers findings while the checks go through a span.

    Parameters
    ----------
    configuration : Configuration
        For titles and the local clock.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._devices = configuration.site.devices
        self._zone = ZoneInfo(configuration.site.timezone)
        self._found: dict[tuple[str, str, str], list[Told]] = {}

    def add(
        self,
        device: str,
        field: str,
        found: Iterable[Finding],
        span: tuple[int, int],
        about: Subject | None = None,
    ) -> None:
        """Take what a check found in a span; `about` says whom when it is not one device."""
        point = f"{device}/{field}".rstrip("/")
        for finding in found:
            start, end = _when(finding, span)
            told = Told(start, end, finding, about or Subject(self._devices[device].title, point))
            self._found.setdefault((device, field, finding.code), []).append(told)

    def all(self) -> list[DeviceFinding]:
        """Every finding once: the gravest first, then in the order of the devices."""
        order = {device: place for place, device in enumerate(self._devices)}
        found = [
            DeviceFinding(device, field, self._merged(told))
            for (device, field, _), told in self._found.items()
        ]
        return sorted(
            found,
            key=lambda one: (
                SEVERITIES.index(one.finding.severity),
                order.get(one.device, len(order)),
                one.field,
                one.finding.code,
            ),
        )

    def _merged(self, told: list[Told]) -> Finding:
        worst = min(told, key=_gravity)
        first, last = min(one.start for one in told), max(one.end for one in told)
        when = self._clock(first, last)
        often = Title("", "")
        if len(told) > 1:
            often = Title(f"，共 {len(told)} 次，最严重的一次", f", {len(told)} times, at worst")
        finding, title, points = worst.finding, worst.about.title, worst.about.points
        sentence = Title(
            f"{title.zh}（{points}），{when.zh}{often.zh}：{finding.sentence.zh}",
            f"{title.en} ({points}), {when.en}{often.en}: {finding.sentence.en}",
        )
        evidence = {
            **finding.evidence,
            "occurrences": float(len(told)),
            "found_from_ms": float(first),
            "found_to_ms": float(last),
        }
        return replace(finding, sentence=sentence, evidence=evidence)

    def _clock(self, start: int, end: int) -> Title:
        """From when to when on the site's clock; one day is named once."""
        first, last = (datetime.fromtimestamp(at / 1000, self._zone) for at in (start, end))
        begin = f"{first:%Y-%m-%d %H:%M}"
        if last <= first:
            return Title(begin, begin)
        ends = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
        return Title(f"{begin} 至 {ends}", f"{begin} to {ends}")


def _when(finding: Finding, span: tuple[int, int]) -> tuple[int, int]:
    """From when to when a finding holds: by its evidence, else the span that was looked at."""
    start = _number(finding.evidence, _FROM)
    end = _number(finding.evidence, _TO)
    if end is None and "at_ms" in finding.evidence:
        end = start  # one moment
    return (
        span[0] if start is None else int(start),
        span[1] if end is None else int(end),
    )


def _gravity(told: Told) -> tuple[int, float]:
    """Least for the worst."""
    size = _number(told.finding.evidence, _SIZE)
    return SEVERITIES.index(told.finding.severity), -(size or 0.0)


def _number(evidence: Mapping[str, float | str], names: tuple[str, ...]) -> float | None:
    for name in names:
        value = evidence.get(name)
        if isinstance(value, float | int):
            return float(value)
    return None
