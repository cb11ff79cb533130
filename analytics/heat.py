"""Heat of a circuit by interval: Q = ρ·cp·V·ΔT, with its sign, gaps and cut-offs.

Supply minus return: heating is positive, cooling negative. A gap in flow or temperatures is a gap
in the heat. Below the smallest flow that the meter measures there is no heat, but electricity goes
on. A negative flow is a sensor mounted the wrong way or a faulty signal: no heat, and a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.fluids import KJ_PER_KWH, SensorPlace, evaluate, properties
from analytics.instruments import HeatLimits, heat_limits
from analytics.series import FloatArray, IntArray
from collector.model import Finding, Title
from collector.topology import Fluid

Rows = slice | IntArray


@dataclass(frozen=True, slots=True)
class Circuit:
    """One heat meter of a plant: its arrays and what is known of it. Arrays have one shape, (n,).

    Parameters
    ----------
    flow_m3h, supply_temp_c, return_temp_c : array of float64, optional
        Means of each interval, NaN where unknown; all three or none. [m³/h, °C, °C]
    heating_kwh, cooling_kwh : array of float64, optional
        Heat and cold of each interval from the meter's registers, both positive, NaN where
        unknown; both or none. They go before flow and temperatures, which then only tell how
        exact they are. [kWh]
    fluid, mass_fraction : str and float
        What flows in the circuit. [kg/kg]
    flow_sensor : str or None
        Pipe in which the volume is counted; None: taken at the mean temperature.
    limits : HeatLimits
        Permissible errors of the meter.
    register_kwh : float
        Resolution of the registers; 0 when heat is not read from registers. [kWh]
    hot_water : bool
        It heats hot water, not the load loop.
    calculator_fluid : str or None
        What the meter's calculator was set to; None: what flows. Only registers depend on it.
    circuit : str
        Name under which the uncertainty of the fluid is told.

    Raises
    ------
    ValueError
        Arrays are missing, or differ in shape.
    """

    flow_m3h: FloatArray | None = None
    supply_temp_c: FloatArray | None = None
    return_temp_c: FloatArray | None = None
    heating_kwh: FloatArray | None = None
    cooling_kwh: FloatArray | None = None
    fluid: Fluid = "water"
    mass_fraction: float = 0.0
    flow_sensor: SensorPlace | None = None
    limits: HeatLimits = field(default_factory=heat_limits)
    register_kwh: float = 0.0
    hot_water: bool = False
    calculator_fluid: Fluid | None = None
    circuit: str = "load"

    def __post_init__(self) -> None:
        """Refuse what is no circuit."""
        momentary = (self.flow_m3h, self.supply_temp_c, self.return_temp_c)
        counted = (self.heating_kwh, self.cooling_kwh)
        for name, arrays in (("flow_m3h, supply_temp_c, return_temp_c", momentary),
                             ("heating_kwh, cooling_kwh", counted)):  # fmt: skip
            if len({array is None for array in arrays}) > 1:
                raise ValueError(f"{name}: all of them or none")
        shapes = {array.shape for array in (*momentary, *counted) if array is not None}
        if len(shapes) != 1:
            raise ValueError(f"a circuit needs arrays of one shape, not {sorted(shapes)}")

    @property
    def size(self) -> int:
        """Number of intervals."""
        array = self.flow_m3h if self.heating_kwh is None else self.heating_kwh
        return 0 if array is None else int(array.size)

    @property
    def seen(self) -> bool:
        """Whether flow and temperatures are known."""
        return self.flow_m3h is not None


@dataclass(frozen=True, slots=True)
class Heat:
    """Heat of a circuit by interval; arrays of shape (n,).

    Parameters
    ----------
    energy_kwh : array of float64
        Positive when heating, negative when cooling, NaN where unknown. [kWh]
    difference_k : array of float64
        Supply minus return. [K]
    capacity_kwh_k : array of float64
        Energy of the interval's volume per kelvin. [kWh/K]
    findings : tuple of Finding
    """

    energy_kwh: FloatArray
    difference_k: FloatArray
    capacity_kwh_k: FloatArray
    findings: tuple[Finding, ...] = ()


def heat(circuit: Circuit, interval_h: float) -> Heat:
    """Heat of every interval from flow and temperatures.

    Parameters
    ----------
    circuit : Circuit
        With flow and temperatures.
    interval_h : float
        Length of an interval. [h]

    Returns
    -------
    Heat

    Raises
    ------
    ValueError
        circuit: has no flow and temperatures; interval_h: not positive.

    Notes
    -----
    ρ·cp at the mean temperature, times ρ(flow sensor)/ρ(mean) when the sensor's pipe is known
    (EN 1434-1: mass flow times difference of enthalpy).
    """
    if not circuit.seen:
        raise ValueError("circuit: has no flow and temperatures")
    if not interval_h > 0.0:
        raise ValueError(f"interval_h: {interval_h} h is no length")
    space = HeatSpace(circuit.size)
    fill(space, circuit, slice(None), interval_h)
    negative = int(np.count_nonzero(space.low))
    findings = (negative_flow(circuit.circuit, negative),) if negative else ()
    return Heat(space.energy, space.difference, space.capacity, findings)


class HeatSpace:
    """Buffers for the heat of a block of intervals, used again and again."""

    __slots__ = ("capacity", "difference", "energy", "low", "mean", "small")

    def __init__(self, size: int) -> None:
        self.difference = np.empty(size)
        self.mean = np.empty(size)
        self.capacity = np.empty(size)
        self.energy = np.empty(size)
        self.small = np.empty(size, np.bool_)
        self.low = np.empty(size, np.bool_)


def fill(space: HeatSpace, circuit: Circuit, rows: Rows, interval_h: float) -> None:
    """Compute the heat of some rows of a circuit with flow and temperatures into buffers.

    Afterwards `energy`, `difference` and `capacity` hold the figures, `small` where the flow is
    too small to be measured, `low` where it is negative. The buffers are as long as the rows.
    """
    flow, supply, back = _momentary(circuit, rows)
    known = properties(circuit.fluid, circuit.mass_fraction)
    np.subtract(supply, back, out=space.difference)
    np.add(supply, back, out=space.mean)
    space.mean *= 0.5
    per_volume = tuple(c * (interval_h / KJ_PER_KWH) for c in known.heat_capacity)
    evaluate(per_volume, space.mean, space.capacity)
    if circuit.flow_sensor is not None:
        where = supply if circuit.flow_sensor == "supply" else back
        _to_sensor(space, where, known.density)
    space.capacity *= flow
    _blank_outside(space, known.lowest_temp_c, known.highest_temp_c)
    np.less(flow, circuit.limits.least_flow_m3h, out=space.small)
    np.less(flow, 0.0, out=space.low)
    creeping = space.small & (flow != 0.0)  # no flow has no capacity already
    if creeping.any():
        space.capacity[creeping] = 0.0
    if space.low.any():
        space.capacity[space.low] = np.nan
    np.multiply(space.capacity, space.difference, out=space.energy)


def _momentary(circuit: Circuit, rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
    flow, supply, back = circuit.flow_m3h, circuit.supply_temp_c, circuit.return_temp_c
    if flow is None or supply is None or back is None:
        raise ValueError("circuit: has no flow and temperatures")
    return flow[rows], supply[rows], back[rows]


def _to_sensor(space: HeatSpace, where: FloatArray, density: tuple[float, ...]) -> None:
    """Count the volume at the temperature of the flow sensor."""
    there = evaluate(density, where, np.empty_like(where))
    here = evaluate(density, space.mean, np.empty_like(where))
    there /= here
    space.capacity *= there


def _blank_outside(space: HeatSpace, lowest: float, highest: float) -> None:
    """No heat where a temperature is none of a liquid; seldom, so look for it only then."""
    if space.mean.size and (np.fmin.reduce(space.mean) < lowest
                            or np.fmax.reduce(space.mean) > highest):  # fmt: skip
        space.capacity[(space.mean < lowest) | (space.mean > highest)] = np.nan


def negative_flow(device: str, intervals: int) -> Finding:
    """Tell that flow was negative."""
    return Finding(
        "flow.negative",
        "warning",
        Title(
            f"{device} 有 {intervals} 个时段流量为负，不计热量",
            f"{device}: flow is negative in {intervals} intervals, which have no heat",
        ),
        {"device": device, "intervals": float(intervals)},
    )
