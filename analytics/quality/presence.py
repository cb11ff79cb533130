"""Is the data there: coverage, gaps, silent devices, clocks."""

from __future__ import annotations

import numpy as np

from analytics.buckets import due
from analytics.quality.stretches import GAP_INTERVALS, duration
from analytics.series import Series
from collector.model import Finding, Title

LEAST_COVERAGE = 0.90  # of a month's slots, rule D2 [E]
LEAST_GAP_MS = 15 * 60_000  # rule D1 [E]
MOST_CLOCK_MS = 60_000  # rule S7 [E]


def completeness(
    series: Series, start: int, end: int, *, least: float = LEAST_COVERAGE
) -> tuple[Finding, ...]:
    """Too few of the slots due in a span have a value (D2).

    Parameters
    ----------
    series : Series
    start, end : int
        Half open. [ms since epoch, UTC]
    least : float
        Coverage below which it is told. [0..1]

    Raises
    ------
    ValueError
        The span is empty.
    """
    if start >= end:
        raise ValueError(f"end: {end} is not after start {start}")
    expected = int(due(np.array((start, end)), series.interval_ms)[0])
    there = int(np.count_nonzero(series.between(start, end).valid))
    if not expected or there >= least * expected:
        return ()
    coverage = there / expected
    sentence = Title(
        f"应有 {expected:,} 个数据，实有 {there:,} 个，完整率 {coverage:.1%}，低于 {least:.0%}。",
        f"{there:,} of {expected:,} values due are there: coverage {coverage:.1%}, below "
        f"{least:.0%}.",
    )
    evidence = {"due": float(expected), "there": float(there), "coverage": coverage}
    return (Finding("data.coverage", "warning", sentence, evidence),)


def gaps(
    series: Series, start: int, end: int, *, least_ms: int = LEAST_GAP_MS
) -> tuple[Finding, ...]:
    """Stretches without data, longer than three intervals and `least_ms` (D1).

    Parameters
    ----------
    series : Series
    start, end : int
        Half open; a gap may begin or end with the span. [ms since epoch, UTC]
    least_ms : int
        [ms]
    """
    known = series.between(start, end).known()
    after_first = start - series.interval_ms  # the slot before the span counts as there
    there = np.concatenate(([after_first], known.at, [end])).astype(np.int64)
    # from one interval after a value to the next one nothing is there
    missing = np.diff(there) - series.interval_ms
    long = np.flatnonzero(missing > max(least_ms, GAP_INTERVALS * series.interval_ms))
    if not long.size:
        return ()
    worst = int(long[np.argmax(missing[long])])
    total, most = int(missing[long].sum()), int(missing[worst])
    whole, longest = duration(total), duration(most)
    sentence = Title(
        f"数据中断 {long.size} 次，共 {whole.zh}，最长 {longest.zh}。",
        f"{long.size} gaps of {whole.en} together, the longest {longest.en}.",
    )
    evidence = {
        "gaps": float(long.size),
        "total_ms": float(total),
        "longest_from_ms": float(there[worst] + series.interval_ms),
        "longest_to_ms": float(there[worst + 1]),
    }
    return (Finding("data.gap", "info", sentence, evidence),)


def silent_device(
    last: int | None, now: int, interval_ms: int, *, least_ms: int = LEAST_GAP_MS
) -> tuple[Finding, ...]:
    """A device that has not answered for three intervals and `least_ms` (D1).

    Parameters
    ----------
    last : int or None
        Slot of its last answer; None when it never answered. [ms since epoch, UTC]
    now : int
        The moment of asking. [ms since epoch, UTC]
    interval_ms : int
        Rhythm in which it is asked. [ms]
    least_ms : int
        [ms]
    """
    if last is None:
        sentence = Title("设备从未应答。", "The device has never answered.")
        return (Finding("device.silent", "alarm", sentence, {"now_ms": float(now)}),)
    silent = now - last
    if silent <= max(least_ms, GAP_INTERVALS * interval_ms):
        return ()
    told = duration(silent)
    sentence = Title(f"设备已 {told.zh} 无应答。", f"The device has not answered for {told.en}.")
    evidence = {"last_ms": float(last), "silent_ms": float(silent)}
    return (Finding("device.silent", "alarm", sentence, evidence),)


def clock(device_ms: int, server_ms: int, *, most_ms: int = MOST_CLOCK_MS) -> tuple[Finding, ...]:
    """A device whose own clock is off (S7); what is stored has the collector's time all the same.

    Parameters
    ----------
    device_ms, server_ms : int
        Both read at the same moment. [ms since epoch, UTC]
    most_ms : int
        [ms]
    """
    off = device_ms - server_ms
    if abs(off) <= most_ms:
        return ()
    seconds = abs(off) / 1000
    sentence = Title(
        f"设备时钟比服务器{'快' if off > 0 else '慢'} {seconds:,.0f} 秒。",
        f"The device's clock is {seconds:,.0f} s {'ahead of' if off > 0 else 'behind'} the "
        "server's.",
    )
    return (Finding("device.clock", "warning", sentence, {"off_ms": float(off)}),)
