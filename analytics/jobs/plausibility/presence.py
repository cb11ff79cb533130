"""Is a device's data there at all, and all of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analytics.jobs.plausibility.slots import rhythm
from analytics.quality import completeness, gaps, silent_device
from analytics.quality.presence import LEAST_COVERAGE
from analytics.quality.stretches import duration
from analytics.series import IntArray, Series
from collector.model import Device, Finding, Title


@dataclass(slots=True)
class Presence:
    """When a device answered, gathered day by day.

    Parameters
    ----------
    device : Device
    interval_ms : int
        In which it is polled. [ms]
    """

    device: Device
    interval_ms: int
    _answered: list[IntArray] = field(default_factory=list)

    def take(
        self, seen: Mapping[str, Series], start: int, end: int
    ) -> Iterator[tuple[str, Finding]]:
        """Take a day's known values; yield fields that are missing while the device answers."""
        if not seen:
            return
        answered = np.unique(np.concatenate([series.at for series in seen.values()]))
        self._answered.append(answered)
        usual = rhythm(answered, self.interval_ms)
        span = int(answered[0]) if answered.size else start, end
        for name, series in seen.items():
            interval_ms = max(self.device.points[name].interval_ms, usual)
            due = np.count_nonzero(answered % interval_ms == 0)
            if len(series) < LEAST_COVERAGE * due:
                paced = Series(series.at, series.value, series.unit, interval_ms)
                for finding in completeness(paced, *span):
                    yield name, finding

    def findings(self, start: int, end: int) -> Iterator[Finding]:
        """Silence, coverage and gaps of the whole device in [start, end).

        Coverage is that of the configured interval, gaps those of the rhythm in which data really
        came: history in steps of a quarter is one finding, not a gap after every value.
        """
        at = np.unique(np.concatenate(self._answered)) if self._answered else np.empty(0, np.int64)
        last = int(at[-1]) if at.size else None
        usual = rhythm(at, self.interval_ms)
        yield from silent_device(last, end, usual)
        if last is None:
            return
        there = np.zeros(at.shape)
        polled = Series(at, there, "", self.interval_ms)
        for finding in completeness(polled, start, end):
            yield _with_rhythm(finding, usual, self.interval_ms)
        yield from gaps(Series(at, there, "", usual), start, end)


def _with_rhythm(finding: Finding, usual: int, interval_ms: int) -> Finding:
    """Add that a device is read more seldom than configured, which explains its coverage."""
    if usual <= interval_ms:
        return finding
    comes, due = duration(usual), interval_ms / 1000
    sentence = Title(
        f"{finding.sentence.zh}数据约每 {comes.zh} 一个，配置为 {due:g} 秒。",
        f"{finding.sentence.en} Values come every {comes.en} instead of every {due:g} s.",
    )
    return replace(finding, sentence=sentence, evidence={**finding.evidence, "rhythm_ms": usual})
