"""Do meters agree: a register with its own power, a main meter with its sub-meters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.intervals import BucketEnergy, check_edges
from analytics.series import FloatArray, IntArray
from collector.model import Finding, Title

REGISTER_SHARE = 0.03  # of a day's energy, rule B2 [E]
CLOSURE_SHARE = 0.05  # of a month's energy, rule B3 [practice]
MIX_UP_SHARE = 0.05  # how near a ratio must be to that of two units [E]


@dataclass(frozen=True, slots=True)
class MixUp:
    """A ratio of register to integrated power that tells a wrong unit."""

    ratio: float
    means: Title


_SCALES = (
    MixUp(100.0, Title("寄存器倍率多 100 倍", "the register's scale is 100 times too large")),
    MixUp(10.0, Title("寄存器倍率多 10 倍", "the register's scale is 10 times too large")),
    MixUp(0.1, Title("寄存器倍率少 10 倍", "the register's scale is 10 times too small")),
    MixUp(0.01, Title("寄存器倍率少 100 倍", "the register's scale is 100 times too small")),
)
MIX_UPS: Mapping[str, tuple[MixUp, ...]] = {
    "kWh": (
        MixUp(
            1000.0,
            Title(
                "寄存器单位应为 Wh，或功率单位为 MW", "the register is in Wh, or the power in MW"
            ),
        ),
        MixUp(
            1e-3,
            Title(
                "寄存器单位应为 MWh，或功率单位为 W", "the register is in MWh, or the power in W"
            ),
        ),
        MixUp(3.6, Title("寄存器单位应为 MJ", "the register is in MJ")),
        MixUp(3.6e-3, Title("寄存器单位应为 GJ", "the register is in GJ")),
        *_SCALES,
    ),
    "m³": (
        MixUp(1000.0, Title("寄存器单位应为 L", "the register is in litres")),
        MixUp(1e-3, Title("流量单位应为 L/h", "the flow is in l/h")),
        *_SCALES,
    ),
}
"""Ratios that tell a wrong unit or scale, by unit of the register."""

_RATE = (Title("流量", "flow"), Title("功率", "power"))


def register_against_integral(
    register: BucketEnergy,
    integral: BucketEnergy,
    edges: IntArray,
    *,
    most: float = REGISTER_SHARE,
    step: float = 0.0,
    unit: str = "kWh",
) -> tuple[Finding, ...]:
    """A register that does not count what its own power says (B2), or counts in another unit.

    Only days of which both are wholly known are compared.

    Parameters
    ----------
    register : BucketEnergy
        From `energy.counter_in_buckets`, shape (n,). [unit]
    integral : BucketEnergy
        From `energy.integrated` over the same edges: of its power, or of its flow. [unit]
    edges : array of int64, shape (n + 1,)
        Local days. [ms since epoch, UTC]
    most : float
        Difference over the register's energy above which a day is told. [-]
    step : float
        Resolution of the register; a difference within it tells nothing. [unit]
    unit : str
        kWh, or m³ for a volume against its flow.

    Raises
    ------
    ValueError
        The arrays do not fit the edges.
    """
    check_edges(edges)
    counted, power = register.energy, integral.energy
    if not counted.shape == power.shape == (edges.size - 1,):
        raise ValueError(f"edges: {edges.size - 1} days, {counted.size} and {power.size} energies")
    both = ~(np.isnan(counted) | np.isnan(power))
    if not both.any():
        return ()
    if mixed := _mixed_up(float(counted[both].sum()), float(power[both].sum()), unit):
        return (mixed,)
    off = np.where(both, np.abs(counted - power), 0.0)
    scale = np.where(counted != 0, np.abs(counted), np.abs(power))
    bad = np.flatnonzero(both & (off > most * scale + step))
    if not bad.size:
        return ()
    worst = int(bad[np.argmax(off[bad])])
    share = float(off[worst] / scale[worst])
    of = _RATE[unit == "kWh"]
    sentence = Title(
        f"{np.count_nonzero(both)} 天中有 {bad.size} 天寄存器增量与{of.zh}积分相差超过 {most:.0%}；"
        f"最差一天 {counted[worst]:,.1f} 对 {power[worst]:,.1f} {unit}（{share:.1%}）。",
        f"On {bad.size} of {np.count_nonzero(both)} days the register differs from its integrated "
        f"{of.en} by more than {most:.0%}; at worst {counted[worst]:,.1f} against "
        f"{power[worst]:,.1f} {unit} ({share:.1%}).",
    )
    evidence = {
        "days": float(bad.size),
        "compared": float(np.count_nonzero(both)),
        "day_ms": float(edges[worst]),
        "register": float(counted[worst]),
        "integral": float(power[worst]),
        "share": share,
    }
    return (Finding("register.integral", "warning", sentence, evidence),)


def _mixed_up(counted: float, power: float, unit: str) -> Finding | None:
    """Two units for one thing, when the ratio is nearly that of the units."""
    if counted <= 0 or power <= 0:
        return None
    ratio = counted / power
    near = [mix_up for mix_up in MIX_UPS[unit] if abs(ratio / mix_up.ratio - 1) <= MIX_UP_SHARE]
    if not near:
        return None
    means, of = near[0].means, _RATE[unit == "kWh"]
    sentence = Title(
        f"寄存器增量是{of.zh}积分的 {ratio:,.4g} 倍（{counted:,.1f} 对 {power:,.1f} {unit}）："
        f"{means.zh}。",
        f"The register counts {ratio:,.4g} times its integrated {of.en} ({counted:,.1f} against "
        f"{power:,.1f} {unit}): {means.en}.",
    )
    evidence = {"ratio": ratio, "register": counted, "integral": power}
    return Finding("register.unit", "alarm", sentence, evidence)


def sub_meters(
    main: FloatArray,
    parts: FloatArray,
    edges: IntArray,
    *,
    most: float = CLOSURE_SHARE,
    unit: str = "kWh",
) -> tuple[Finding, ...]:
    """A main meter that its sub-meters do not add up to (B3).

    Parameters
    ----------
    main : array of float64, shape (n,)
        NaN where unknown. [unit]
    parts : array of float64, shape (k, n)
        Every sub-meter of it. [unit]
    edges : array of int64, shape (n + 1,)
        Local months. [ms since epoch, UTC]
    most : float
        Difference over the main meter above which a month is told. [-]
    unit : str
        Of the energies.

    Returns
    -------
    tuple of Finding
        One for each month that does not close, and one for those that could not be checked.

    Raises
    ------
    ValueError
        The arrays do not fit the edges, or there is no sub-meter.
    """
    check_edges(edges)
    if main.shape != (edges.size - 1,) or parts.ndim != 2 or parts.shape[1:] != main.shape:
        raise ValueError(f"parts: shape {parts.shape} fits neither main {main.shape} nor edges")
    if not parts.shape[0]:
        raise ValueError("parts: no sub-meter is given")
    added = parts.sum(axis=0)
    known = ~np.isnan(main - added)
    off = np.where(known, main - added, 0.0)
    bad = np.flatnonzero(known & (np.abs(off) > most * np.abs(main)))
    told = [
        _open(int(edges[place]), float(main[place]), float(added[place]), unit)
        for place in bad.tolist()
    ]
    return (*told, *_unchecked(int(np.count_nonzero(~known)), main.size))


def _open(start: int, main: float, added: float, unit: str) -> Finding:
    """One month in which the balance stays open."""
    off = main - added
    share = f"{abs(off) / abs(main):.1%}" if main else "∞"
    less = off > 0
    sentence = Title(
        f"总表 {main:,.1f} {unit}，分表合计 {added:,.1f} {unit}，"
        f"{'少' if less else '多'} {abs(off):,.1f} {unit}（{share}）。",
        f"The main meter counted {main:,.1f} {unit}, its sub-meters {added:,.1f} {unit}: "
        f"{abs(off):,.1f} {unit} ({share}) {'missing' if less else 'too much'}.",
    )
    evidence = {"from_ms": float(start), "main": main, "parts": added, "difference": off}
    return Finding("meters.closure", "warning", sentence, evidence)


def _unchecked(number: int, of: int) -> tuple[Finding, ...]:
    if not number:
        return ()
    sentence = Title(
        f"{of} 个时段中有 {number} 个因缺数据无法核对总分表平衡。",
        f"{number} of {of} periods could not be checked: a meter's energy is unknown.",
    )
    evidence = {"unchecked": float(number), "of": float(of)}
    return (Finding("meters.closure-unchecked", "info", sentence, evidence),)
