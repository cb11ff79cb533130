"""What becomes of a message: stored, stored with doubts, or set aside. Pure.

Each message is checked against the site before anything is kept. What fits is stored unaltered;
a value outside its plausible range is stored and flagged; what does not fit is set aside with the
reason, never altered and never silently lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from collector.errors import WireError
from collector.model import Sample, Site
from collector.wire import decode_sample, parse_topic
from collector.words import OUT_OF_RANGE

FUTURE_MS = 300_000
EARLIEST_MS = 946_684_800_000
"""2000-01-01: a clock that was never set gives earlier times."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one message.

    `sample` is what to store (None when nothing fits), `aside` why the message, or a part of it,
    is set aside ('' when all of it fits). `device`, `run` and `seq` say whose receipt it is, as
    far as the message can be read.
    """

    sample: Sample | None
    aside: str = ""
    device: str | None = None
    run: str | None = None
    seq: int | None = None


class Judge:
    """Knows the site's devices, fields and plausible ranges."""

    def __init__(self, site: Site) -> None:
        self._site = site.id
        self._ranges = {
            device.id: {name: (p.low, p.high) for name, p in device.points.items()}
            for device in site.devices.values()
        }

    def judge(self, topic: str, payload: bytes, now_ms: int) -> Verdict:
        """Judge one message that arrives at `now_ms` [ms since epoch, UTC]."""
        try:
            site, device = parse_topic(topic, "sample")
        except WireError as error:
            return Verdict(None, f"topic: {error}")
        try:
            sample = decode_sample(device, payload)
        except WireError as error:
            return Verdict(None, f"payload: {error}", device)
        reason = self._misfit(site, sample, now_ms)
        if reason:
            return Verdict(None, reason, device, sample.run, sample.seq)
        return self._checked(sample)

    def _misfit(self, site: str, sample: Sample, now_ms: int) -> str:
        if site != self._site:
            return f"unknown site {site}"
        if sample.device not in self._ranges:
            return f"unknown device {sample.device}"
        if sample.at > now_ms + FUTURE_MS:
            return f"future: {sample.at - now_ms} ms ahead of the clock"
        if sample.at < EARLIEST_MS:
            return "before the year 2000"
        return ""

    def _checked(self, sample: Sample) -> Verdict:
        ranges = self._ranges[sample.device]
        doubtful = []
        unknown = []
        for name, value in sample.values.items():
            limits = ranges.get(name)
            if limits is None:
                unknown.append(name)
            elif not limits[0] <= value <= limits[1]:
                doubtful.append(name)
        if doubtful:
            flags = dict.fromkeys(doubtful, OUT_OF_RANGE) | dict(sample.flags)
            sample = replace(sample, flags=flags)
        aside = ""
        if unknown:
            known = {name: v for name, v in sample.values.items() if name in ranges}
            sample = replace(sample, values=known)
            aside = f"unknown fields: {', '.join(sorted(unknown))}"
        return Verdict(sample, aside, sample.device, sample.run, sample.seq)
