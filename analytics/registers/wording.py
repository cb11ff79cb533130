"""What happened to a register, in sentences with the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.registers.falls import Event, EventKind
from collector.model import Finding, Title

MOST_TOLD = 10
"""More events of one kind than that are told as one finding."""

_SEVERITY: dict[EventKind, str] = {
    "rollover": "info",
    "spike": "info",
    "dip": "warning",
    "drop": "warning",
    "jump": "warning",
}


def told(events: Sequence[Event]) -> tuple[Finding, ...]:
    """Findings for what happened: one each, or one for all of a kind when they are many."""
    found = []
    for kind in _SEVERITY:
        alike = [event for event in events if event.kind == kind]
        found += [_many(alike)] if len(alike) > MOST_TOLD else [_one(event) for event in alike]
    return tuple(found)


def reversed_register(first: float, last: float, *, magnitude: bool) -> Finding:
    """A register that counts down."""
    zh = "已按绝对值计量。" if magnitude else "不予计量；请检查接线或符号设置。"
    en = (
        "Its magnitude was taken, as asked."
        if magnitude
        else "Nothing is claimed; check wiring and sign."
    )
    return Finding(
        "counter.reversed",
        "warning",
        Title(
            f"累计读数从 {first:,.2f} 减到 {last:,.2f}，多数时段为负增量。{zh}",
            f"The register ran down from {first:,.2f} to {last:,.2f}; most differences are "
            f"negative. {en}",
        ),
        {"first": first, "last": last},
    )


def not_cumulative(falls: int, readings: int) -> Finding:
    """A register that falls as gauges do."""
    return Finding(
        "counter.not-cumulative",
        "warning",
        Title(
            f"{readings} 个读数中有 {falls} 次下降，不是累计量，不予计量。",
            f"{falls} of {readings} readings fall: this is no cumulative register, and nothing "
            "is claimed.",
        ),
        {"falls": float(falls), "readings": float(readings)},
    )


def too_few(readings: int) -> Finding:
    """Fewer than two readings."""
    return Finding(
        "counter.too-few",
        "info",
        Title(
            f"有效读数仅 {readings} 个，至少需要两个才能计量。",
            f"There are {readings} valid readings; energy needs two.",
        ),
        {"readings": float(readings)},
    )


def joint_mismatch(start: int, end: int, before: float, after: float) -> Finding:
    """A declared joint that the readings around it contradict."""
    return Finding(
        "counter.joint-mismatch",
        "warning",
        Title(
            f"登记的换表示数与前后读数（{before:,.2f}、{after:,.2f}）不符，该区间不予计量。",
            f"The declared exchange contradicts the readings around it ({before:,.2f} and "
            f"{after:,.2f}); the interval is not claimed.",
        ),
        {"from_ms": float(start), "to_ms": float(end), "before": before, "after": after},
    )


def long_gaps(number: int, withheld: float, longest_ms: int) -> Finding:
    """Intervals withheld because the caller asked for none that long."""
    minutes = longest_ms / 60_000
    return Finding(
        "counter.gap",
        "info",
        Title(
            f"{number} 个间隔超过 {minutes:,.0f} 分钟，其中 {withheld:,.2f} 未按时段计量。",
            f"{number} gaps are longer than {minutes:,.0f} min; {withheld:,.2f} counted in them "
            "is not claimed by interval.",
        ),
        {"gaps": float(number), "withheld": withheld, "longest_ms": float(longest_ms)},
    )


def _one(event: Event) -> Finding:
    evidence = {
        "from_ms": float(event.start),
        "to_ms": float(event.end),
        "before": event.before,
        "after": event.after,
        "extreme": event.extreme,
    }
    return Finding(f"counter.{event.kind}", _SEVERITY[event.kind], _sentence(event), evidence)


def _sentence(event: Event) -> Title:
    before, after, extreme = f"{event.before:,.2f}", f"{event.after:,.2f}", f"{event.extreme:,.2f}"
    if event.kind == "rollover":
        return Title(
            f"累计读数翻转：{before} 之后为 {after}，已加上量程。",
            f"The register rolled over: {before}, then {after}; its modulus was added.",
        )
    if event.kind == "drop":
        return Title(
            f"累计读数从 {before} 跌到 {after} 且未恢复，没有换表登记；该区间不予计量。",
            f"The register fell from {before} to {after} and did not return, with no exchange "
            "declared; the interval is not claimed.",
        )
    if event.kind == "jump":
        return Title(
            f"累计读数从 {before} 跳到 {after}，超过额定功率可能的用量；该区间不予计量。",
            f"The register jumped from {before} to {after}, more than the rated power can count; "
            "the interval is not claimed.",
        )
    return Title(
        f"累计读数一度为 {extreme}，前后为 {before} 和 {after}；已忽略，其间用量保留。",
        f"The register showed {extreme} between {before} and {after}; that was ignored and the "
        "energy across it kept.",
    )


def _many(events: Sequence[Event]) -> Finding:
    kind, number = events[0].kind, len(events)
    first = _sentence(events[0])
    return Finding(
        f"counter.{kind}",
        _SEVERITY[kind],
        Title(f"共 {number} 次，首次：{first.zh}", f"{number} times, first: {first.en}"),
        {
            "events": float(number),
            "from_ms": float(events[0].start),
            "to_ms": float(events[-1].end),
        },
    )
