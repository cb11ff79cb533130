"""Is a hydraulic circuit measured the right way round: swapped pipes, flow, sensor pairs."""

from __future__ import annotations

import numpy as np

from analytics.buckets import locate
from analytics.intervals import check_edges
from analytics.quality.stretches import duration, longest, span_evidence, stretches, total_ms
from analytics.series import HOUR_MS, BoolArray, FloatArray, IntArray, Series
from collector.model import Finding, Title

SWAPPED_SHARE = 0.90  # of the run time, rule S4 [E]
SWAPPED_MS = 2 * HOUR_MS  # rule S4 [E]
LOADED = 0.20  # of the rated power, rule S8 [E]
NO_FLOW_MS = 10 * 60_000  # rule S8 [E]
PAIR_STILL_MS = 30 * 60_000  # pump on and compressor off, zero test of §1.7, rule S6 [E]
PAIR_WARN_K = 0.1  # rule S6 [E]
PAIR_ALARM_K = 0.3  # rule S6 [E]
PAIR_DEVIATION_K = 1.0  # rule S3 [coppertree]
PAIR_DEVIATION_MS = 2 * HOUR_MS  # a day, rule S3 [coppertree]


def swapped(
    difference_k: Series,
    expected: FloatArray,
    *,
    share: float = SWAPPED_SHARE,
    least_ms: int = SWAPPED_MS,
) -> tuple[Finding, ...]:
    """Supply and return are exchanged: the difference has the wrong sign nearly all the time (S4).

    Parameters
    ----------
    difference_k : Series
        Supply less return. [K]
    expected : array of float64, shape (n,)
        Sign that the mode asks for: above zero on the load side in heating, below zero in cooling
        (the other way round on the source side), zero while nothing runs.
    share : float
        Part of the run time with the wrong sign above which it is told. [0..1]
    least_ms : int
        Least run time to judge by. [ms]

    Raises
    ------
    ValueError
        `expected` has another shape than the series.
    """
    _same_shape("expected", expected, difference_k)
    running = difference_k.valid & (expected != 0)
    run_ms = int(np.count_nonzero(running)) * difference_k.interval_ms
    if run_ms < least_ms or not run_ms:
        return ()
    contrary = running & (difference_k.value * expected < 0)
    wrong = float(np.count_nonzero(contrary) / np.count_nonzero(running))
    if wrong <= share:
        return ()
    median = float(np.median(difference_k.value[contrary]))
    told = duration(run_ms)
    sentence = Title(
        f"{told.zh} 运行中有 {wrong:.0%} 的时间供回水温差与工况相反（中位 {median:+.2f} K），"
        "供、回水温度传感器可能接反。",
        f"Over {told.en} of running the temperature difference had the wrong sign {wrong:.0%} of "
        f"the time (median {median:+.2f} K): supply and return are probably exchanged.",
    )
    evidence = {"share": wrong, "run_ms": float(run_ms), "median_k": median}
    return (Finding("circuit.swapped", "alarm", sentence, evidence),)


def negative_flow(flow: Series, *, below: float = 0.0) -> tuple[Finding, ...]:
    """Flow that runs backwards: a flow sensor mounted the wrong way, or a check valve that leaks.

    Parameters
    ----------
    flow : Series
        [m³/h]
    below : float
        What is still noise about zero. [m³/h]
    """
    known = flow.known()
    found = stretches(known.at, known.value < below, known.interval_ms)
    if not found:
        return ()
    least, told = float(known.value.min()), duration(total_ms(found))
    sentence = Title(
        f"流量为负共 {told.zh}，最低 {least:,.2f} m³/h；检查流量计安装方向和止回阀。",
        f"The flow was negative for {told.en}, down to {least:,.2f} m³/h: check the direction of "
        "the flow sensor and the check valve.",
    )
    evidence = {"least_m3h": least, **span_evidence(found)}
    return (Finding("circuit.negative-flow", "warning", sentence, evidence),)


def stuck_zero(
    flow: Series,
    power: Series,
    rated_kw: float,
    *,
    loaded: float = LOADED,
    least_ms: int = NO_FLOW_MS,
) -> tuple[Finding, ...]:
    """No flow is shown although the machine works (S8).

    Parameters
    ----------
    flow : Series
        [m³/h]
    power : Series
        Electrical power of the heat pump; only slots that both series have are judged. [kW]
    rated_kw : float
        Its rated power. [kW]
    loaded : float
        Share of the rated power above which it works. [-]
    least_ms : int
        [ms]

    Raises
    ------
    ValueError
        The rated power is not positive.
    """
    if not rated_kw > 0:
        raise ValueError(f"rated_kw: {rated_kw} kW is not positive")
    works = power.on(flow.at)
    zero = (flow.value == 0) & (works > loaded * rated_kw)
    found = stretches(flow.at, zero, flow.interval_ms, least_ms=least_ms)
    if not found:
        return ()
    mean, told = float(np.mean(works[longest(found).part])), duration(longest(found).length_ms)
    sentence = Title(
        f"功率 {mean:,.1f} kW 时流量显示为零，最长 {told.zh}；流量计可能失效。",
        f"At {mean:,.1f} kW the flow showed zero for up to {told.en}: the flow sensor has probably "
        "failed.",
    )
    evidence = {"power_kw": mean, "rated_kw": rated_kw, **span_evidence(found)}
    return (Finding("circuit.no-flow-under-load", "alarm", sentence, evidence),)


def pair_offset(
    difference_k: Series,
    pump_only: BoolArray,
    *,
    still_ms: int = PAIR_STILL_MS,
    warn_k: float = PAIR_WARN_K,
    alarm_k: float = PAIR_ALARM_K,
) -> tuple[Finding, ...]:
    """A pair of sensors that disagrees while only the pump runs (S6, zero test).

    The finding corrects nothing: a billing meter is never corrected silently.

    Parameters
    ----------
    difference_k : Series
        Supply less return. [K]
    pump_only : array of bool, shape (n,)
        Pump on and compressor off.
    still_ms : int
        From when on in such a stretch the pipes have settled. [ms]
    warn_k, alarm_k : float
        Median offset from which on it is told. [K]

    Raises
    ------
    ValueError
        `pump_only` has another shape than the series.
    """
    _same_shape("pump_only", pump_only, difference_k)
    at, interval = difference_k.at, difference_k.interval_ms
    found = stretches(at, pump_only & difference_k.valid, interval, least_ms=still_ms + interval)
    settled = [
        difference_k.value[stretch.part][at[stretch.part] >= stretch.start + still_ms]
        for stretch in found
    ]
    values = np.concatenate(settled) if settled else np.empty(0)
    if not values.size or abs(offset := float(np.median(values))) <= warn_k:
        return ()
    told = duration(values.size * interval)
    sentence = Title(
        f"仅水泵运行 {told.zh} 时供回水温差中位为 {offset:+.2f} K，应为零；传感器配对有偏差。",
        f"With only the pump running for {told.en} the median difference was {offset:+.2f} K, not "
        "zero: the pair of sensors is off.",
    )
    severity = "alarm" if abs(offset) > alarm_k else "warning"
    evidence = {"offset_k": offset, "slots": float(values.size)}
    return (Finding("circuit.pair-offset", severity, sentence, evidence),)


def pair_deviation(
    one: Series,
    other: Series,
    days: IntArray,
    *,
    most_k: float = PAIR_DEVIATION_K,
    least_ms: int = PAIR_DEVIATION_MS,
) -> tuple[Finding, ...]:
    """Two sensors of the same temperature that differ for hours of a day (S3).

    Parameters
    ----------
    one, other : Series
        [°C]
    days : array of int64, shape (n + 1,)
        Edges of local days. [ms since epoch, UTC]
    most_k : float
        [K]
    least_ms : int
        Time in a day. [ms]

    Raises
    ------
    ValueError
        Edges that do not increase.
    """
    check_edges(days)
    off = one.value - other.on(one.at)
    apart = np.abs(off) > most_k
    day = locate(one.at, days)
    held = np.bincount(day[apart & (day >= 0)], minlength=days.size - 1) * one.interval_ms
    bad = np.flatnonzero(held > least_ms)
    if not bad.size:
        return ()
    most, told = float(np.max(np.abs(off[apart]))), duration(int(held.max()))
    sentence = Title(
        f"{bad.size} 天中两个传感器相差超过 {most_k:g} K，每天最长 {told.zh}，"
        f"最大相差 {most:.2f} K。",
        f"On {bad.size} days the two sensors differed by more than {most_k:g} K, for up to "
        f"{told.en} a day and by up to {most:.2f} K.",
    )
    evidence = {
        "days": float(bad.size),
        "first_day_ms": float(days[bad[0]]),
        "most_k": most,
        "longest_ms": float(held.max()),
    }
    return (Finding("circuit.pair-deviation", "warning", sentence, evidence),)


def _same_shape(name: str, array: FloatArray | BoolArray, series: Series) -> None:
    if array.shape != series.at.shape:
        raise ValueError(f"{name}: shape {array.shape} is not that of the series")
