"""Zero test of a supply and return sensor (S6): pumped, but neither heated nor cooled.

With the pump on and the compressor off both sensors see the same water; what they still differ by
is their own. It is told, and never corrected in a billing meter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.idle_periods import idle_since_ms, period_of, rate_k_h
from analytics.series import BoolArray, FloatArray, IntArray
from collector.model import Finding, Title

WARN_K, ALARM_K = 0.1, 0.3
LEAST_MINUTES = 30.0
STEADY_K_H = 2.0
"""Water that changes faster differs along its way: 2 K/h and a minute of way make 0.03 K. [K/h]"""
_LEAST_POINTS = 10
_NORMAL = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution. [-]"""


@dataclass(frozen=True, slots=True)
class PairOffset:
    """What a pair of sensors differs by at zero load.

    Parameters
    ----------
    offset_k : float or None
        Median of supply less return; None: never idle for long enough. [K]
    scatter_k : float or None
        Robust standard deviation of single differences. [K]
    points, periods : int
        What it rests on.
    reason : Title or None
        Why there is no value.
    findings : tuple of Finding
        `circuit.pair-offset`.
    """

    offset_k: float | None
    scatter_k: float | None
    points: int
    periods: int
    reason: Title | None = None
    findings: tuple[Finding, ...] = ()


def zero_test(
    at: IntArray,
    supply_c: FloatArray,
    return_c: FloatArray,
    pump_on: BoolArray,
    compressor_on: BoolArray,
    *,
    least_minutes: float = LEAST_MINUTES,
) -> PairOffset:
    """Compare supply and return while the pump has run alone for half an hour or more.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Increasing. [ms since epoch, UTC]
    supply_c, return_c : array of float64, shape (n,)
        NaN where not known. [°C]
    pump_on, compressor_on : array of bool, shape (n,)
        Pump of the circuit; any compressor that heats or cools it.
    least_minutes : float
        How long the compressor must have been off. [min]

    Returns
    -------
    PairOffset

    Raises
    ------
    ValueError
        Shapes that differ.

    Notes
    -----
    Domain reference §1.7 and S6: |median| over 0.1 K warns, over 0.3 K alarms.
    """
    for name, array in (
        ("supply_c", supply_c),
        ("return_c", return_c),
        ("pump_on", pump_on),
        ("compressor_on", compressor_on),
    ):
        if array.shape != at.shape:
            raise ValueError(f"{name}: shape {array.shape}, the times have {at.shape}")
    since = idle_since_ms(at, pump_on, compressor_on)
    steady = np.abs(rate_k_h(at, 0.5 * (supply_c + return_c))) <= STEADY_K_H
    used = (since >= least_minutes * 60_000.0) & steady
    if int(used.sum()) < _LEAST_POINTS:
        return PairOffset(None, None, int(used.sum()), 0, _never_idle(least_minutes))
    difference = supply_c[used] - return_c[used]
    offset = float(np.median(difference))
    scatter = _NORMAL * float(np.median(np.abs(difference - offset)))
    periods = int(np.unique(period_of(since)[used]).size)
    findings = _judged(offset, scatter, periods)
    return PairOffset(offset, scatter, int(used.sum()), periods, None, findings)


def _never_idle(least_minutes: float) -> Title:
    return Title(
        f"未出现水泵运行、压缩机停机达 {least_minutes:.0f} 分钟且水温平稳的时段，无法进行零点校验",
        f"The pump never ran alone for {least_minutes:.0f} minutes at a steady temperature: "
        "no zero test",
    )


def _judged(offset: float, scatter: float, periods: int) -> tuple[Finding, ...]:
    if abs(offset) <= WARN_K:
        return ()
    limit = ALARM_K if abs(offset) > ALARM_K else WARN_K
    told = f"{offset:+.2f} K"
    return (
        Finding(
            "circuit.pair-offset",
            "alarm" if limit == ALARM_K else "warning",
            Title(
                f"零负荷时供回水温差为 {told}（应为 0），超过 {limit} K：请检查温度传感器配对",
                f"Supply and return differ by {told} at zero load, more than {limit} K: "
                "check the pair of sensors",
            ),
            {"offset_k": offset, "scatter_k": scatter, "limit_k": limit, "periods": periods},
        ),
    )
