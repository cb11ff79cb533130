"""What is wrong with a plant's channels: told by name, and refused where it spoils every figure."""

from __future__ import annotations

import numpy as np

from analytics.heat import Circuit, negative_flow
from analytics.plant.block import BLOCK_ROWS, ONE, Channels, Counts
from analytics.plant.sums import DaySums
from analytics.series import BoolArray, FloatArray
from analytics.states import StateArray, tells_direction
from collector.model import Finding, OperatingState, Title

CONTRARY_SHARE = 0.9
CONTRARY_HOURS = 2.0
"""Swapped: the heat flows against the mode for more than this share of the time, and so long."""
LEAST_COP, LARGEST_COP = 0.1, 100.0
"""No heat pump at work is outside: a unit misread by 1000 always is."""
CLIPPED_SHARE = 0.01
"""Heat that counts in neither mode is told above this share."""


def misdirected(counts: Counts, interval_h: float) -> Finding | None:
    """Supply and return swapped: the heat's sign contradicts the status word almost always."""
    return _swapped(counts.contrary, counts.agreeing, interval_h, "status")


def source_contrary(source: Circuit, states: StateArray, interval_h: float) -> Finding | None:
    """Load or source meter swapped: a plant that heats takes heat from the ground.

    Parameters
    ----------
    source : Circuit
        Supply enters the plant: extraction is positive.
    states : array of int8, shape (n,)
    interval_h : float
        [h]

    Returns
    -------
    Finding or None
    """
    contrary = agreeing = 0
    for begin in range(0, states.size, BLOCK_ROWS):
        rows = slice(begin, min(begin + BLOCK_ROWS, states.size))
        extracts, rejects = _ground(source, rows)
        heats, chills = _directions(states[rows])
        contrary += int(np.count_nonzero((heats & rejects) | (chills & extracts)))
        agreeing += int(np.count_nonzero((heats & extracts) | (chills & rejects)))
    return _swapped(contrary, agreeing, interval_h, "source")


def _ground(source: Circuit, rows: slice) -> tuple[BoolArray, BoolArray]:
    """Where heat is taken from the ground and where it is given, beyond doubt."""
    if source.flow_m3h is None or source.supply_temp_c is None or source.return_temp_c is None:
        return _counted(source.heating_kwh, rows), _counted(source.cooling_kwh, rows)
    difference = source.supply_temp_c[rows] - source.return_temp_c[rows]
    sure = tells_direction(source.limits, difference)
    sure &= source.flow_m3h[rows] > source.limits.least_flow_m3h
    return sure & (difference > 0.0), sure & (difference < 0.0)


def _counted(energy_kwh: FloatArray | None, rows: slice) -> BoolArray:
    """Where a register moved."""
    return np.asarray(energy_kwh is not None and energy_kwh[rows] > 0.0)


def _directions(states: StateArray) -> tuple[BoolArray, BoolArray]:
    """Where a plant only heats, and where it only cools."""
    heats = (states == OperatingState.HEAT) | (states == OperatingState.DHW)
    return heats, (states == OperatingState.COOL) | (states == OperatingState.FREE_COOLING)


def impossible(channels: Channels, summed: DaySums) -> Finding | None:
    """Heat and electricity that cannot belong together: most likely a unit misread by 1000.

    Only intervals in which the plant heats or cools count; free cooling needs no compressor and
    standby delivers nothing, so neither says anything about units.

    Parameters
    ----------
    channels : Channels
    summed : DaySums

    Returns
    -------
    Finding or None
        None too when nobody told which channels are heat pumps.
    """
    if not channels.heat_pumps or _usual(channels, summed):
        return None
    states = summed.states
    works = (states == OperatingState.HEAT) | (states == OperatingState.COOL)
    used = np.add.reduce([channels.electricity[pump][works] for pump in channels.heat_pumps])
    known = ~np.isnan(used) & (used > 0.0)
    electricity = float(used[known].sum())
    heat = float(np.abs(summed.heat_kwh[works][known]).sum())
    if not electricity or LEAST_COP <= heat / electricity <= LARGEST_COP:
        return None
    return Finding(
        "energy.unit",
        "alarm",
        Title(
            f"运行时热量 {heat:.3g} kWh 对电量 {electricity:.3g} kWh 不可能，疑似单位读错"
            "（MWh/kWh/Wh）",
            f"{heat:.3g} kWh of heat from {electricity:.3g} kWh of electricity while running is "
            "impossible: one of them is likely misread by its unit (MWh, kWh, Wh)",
        ),
        {"heat_kwh": heat, "electricity_kwh": electricity, "cop": heat / electricity},
    )


def _usual(channels: Channels, summed: DaySums) -> bool:
    """Whether the sums that are there already are beyond suspicion."""
    loads = summed.complete[:, :, -3] + summed.complete[:, :, -2]
    used = sum(float(loads[:, channels.row_of(pump)].sum()) for pump in channels.heat_pumps)
    circuits = range(len(channels.circuits))
    heat = sum(float(summed.complete[:, ONE, 4 * i : 4 * i + 2].sum()) for i in circuits)
    return LEAST_COP * used <= heat <= LARGEST_COP * used


def remarks(
    summed: DaySums, circuits: tuple[str, ...], meters: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Everything that was met while summing."""
    counts, found = summed.counts, list[Finding]()
    found += [negative_flow(n, c) for n, c in zip(circuits, counts.negative_flow, strict=True) if c]
    for name, count in zip(circuits, counts.negative_heat, strict=True):
        found += [_negative(name, count, "heat.negative")] if count else []
    for name, count in zip(meters, counts.negative_electricity, strict=True):
        found += [_negative(name, count, "electricity.negative")] if count else []
    if counts.clipped_kwh > 0.0:
        gross = float(np.nansum(np.abs(summed.heat_kwh)))
        if counts.clipped_kwh > CLIPPED_SHARE * gross:
            found.append(_clipped(counts.clipped_kwh, gross))
    return tuple(found)


def _swapped(contrary: int, agreeing: int, interval_h: float, by: str) -> Finding | None:
    if contrary * interval_h < CONTRARY_HOURS:
        return None
    share = contrary / (contrary + agreeing)
    if share <= CONTRARY_SHARE:
        return None
    hours = contrary * interval_h
    return Finding(
        "heat.swapped",
        "alarm",
        Title(
            f"供回水温差与运行方式相反达 {hours:.1f} 小时（{100 * share:.0f} %），疑似供回水接反，"
            "不给出性能系数",
            f"supply minus return contradicts the mode for {hours:.1f} h ({100 * share:.0f} % of "
            "the time): supply and return look swapped, no performance is told",
        ),
        {"hours": hours, "share": share, "against": by},
    )


def _negative(name: str, count: int, code: str) -> Finding:
    return Finding(
        code,
        "warning",
        Title(
            f"{name} 有 {count} 个时段电（热）量为负，按未知处理",
            f"{name}: energy is negative in {count} intervals, which are taken as unknown",
        ),
        {"device": name, "intervals": float(count)},
    )


def _clipped(clipped_kwh: float, gross_kwh: float) -> Finding:
    share = 100.0 * clipped_kwh / gross_kwh if gross_kwh else 0.0
    return Finding(
        "heat.clipped",
        "warning",
        Title(
            f"{clipped_kwh:.0f} kWh（{share:.1f} %）的热量与运行方式相反，未计入",
            f"{clipped_kwh:.0f} kWh ({share:.1f} %) of heat runs against the mode and does not "
            "count",
        ),
        {"clipped_kwh": clipped_kwh, "gross_kwh": gross_kwh},
    )
