"""Meters: what an instrument with errors, steps and a limited counter shows of the truth.

The error of an instrument is drawn once and stays: it is systematic. Reading truth arrays and
keeping the unrounded totals in a `Counter` lets a run be cut anywhere.
"""

from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.noise import FloatArray, node_values, stream_seed

_PERCENT = 100.0
_SECONDS_PER_HOUR = 3_600.0
_FLOW_ERROR_LIMIT_PCT = 5.0
_GUARD = 1e-9
"""Keeps a total that equals a whole number of steps from falling below it by rounding."""


@dataclass(frozen=True)
class Register:
    """A cumulative register.

    Attributes
    ----------
    step : float
        Resolution. [unit of the register]
    modulus : float
        Value at which the register returns to zero. [unit of the register]
    """

    step: float
    modulus: float


@dataclass(slots=True)
class Counter:
    """Unrounded total behind a register; copy it with the checkpoint."""

    total: float = 0.0


def count(counter: Counter, register: Register, rate_per_h: FloatArray, dt_s: float) -> FloatArray:
    """Advance a counter and read its register at the end of every step.

    Parameters
    ----------
    counter : Counter
        Before the first step; after the last one afterwards.
    register : Register
    rate_per_h : array of float64
        Mean rate of each step, e.g. kW for a register in kWh. [unit of the register / h]
    dt_s : float
        Step width. [s]

    Returns
    -------
    array of float64
        Register readings: whole steps, rounded down, below the modulus. [unit of the register]
    """
    totals = counter.total + np.cumsum(rate_per_h) * (dt_s / _SECONDS_PER_HOUR)
    counter.total = float(totals[-1])
    return show(register, totals)


def show(register: Register, totals: FloatArray) -> FloatArray:
    """Return what a register shows of unrounded totals [unit of the register]."""
    steps = np.floor(totals / register.step + _GUARD)
    return steps % round(register.modulus / register.step) * register.step


def quantise(values: FloatArray, step: float) -> FloatArray:
    """Round momentary values to the resolution of a display [unit of the values]."""
    return np.round(values / step) * step


def draw_share(seed: int, meter: str, part: str, worst: float = 0.8) -> float:
    """Draw how much of its permissible error a part of a meter uses.

    Parameters
    ----------
    seed : int
        Seed of the complex.
    meter, part : str
        Which instrument and which of its parts.
    worst : float
        Largest share that is drawn; a meter in service stays within its class. [-]

    Returns
    -------
    float
        Evenly spread between -worst and worst; the same for the same arguments. [-]
    """
    spread = node_values(np.zeros(1, dtype=np.int64), stream_seed(seed, f"meter.{meter}.{part}"))
    # The node value is nearly normal; the error function would even it out, tanh is near enough.
    return worst * float(np.tanh(0.85 * spread[0]))


@dataclass(frozen=True)
class ClassMeter:
    """An electricity, water or gas meter with one relative error.

    Attributes
    ----------
    accuracy_pct : float
        Permissible error of its class: 1 or 0.5 (class 0.5S) for electricity, 2 for water. [%]
    error_share : float
        Used part of it, -1 to 1, from `draw_share`. [-]
    register : Register
        Of the total. [kWh or m³]
    """

    accuracy_pct: float
    error_share: float
    register: Register

    def shown(self, truth: FloatArray) -> FloatArray:
        """Return the measured rate: the truth with the error of this meter."""
        return truth * (1.0 + self.error_share * self.accuracy_pct / _PERCENT)


@dataclass(frozen=True)
class HeatMeter:
    """A heat meter for heating and cooling after EN 1434, class 2.

    Attributes
    ----------
    permanent_flow_m3h : float
        qp. [m³/h]
    flow_share, sensor_share, calculator_share : float
        Used part of each permissible error, -1 to 1, from `draw_share`. [-]
    energy, volume : Register
        Heat and cold have one register each, both of this kind. [kWh, m³]
    least_spread_k : float
        Smallest temperature difference of the approval. [K]
    dynamic_range : float
        qp over the smallest flow qi that is measured. [-]
    start_spread_k : float
        Below this difference no energy is counted. [K]
    temp_step_k, flow_step_m3h, power_step_kw : float
        Resolution of the momentary values. [K, m³/h, kW]
    """

    permanent_flow_m3h: float
    flow_share: float
    sensor_share: float
    calculator_share: float
    energy: Register
    volume: Register
    least_spread_k: float = 3.0
    dynamic_range: float = 100.0
    start_spread_k: float = 0.1
    temp_step_k: float = 0.01
    flow_step_m3h: float = 0.01
    power_step_kw: float = 0.1

    def flow_limit_pct(self, flow_m3h: FloatArray) -> FloatArray:
        """Return the permissible error of the flow sensor, 2 + 0.02 qp/q, at most 5 [%]."""
        flow = np.maximum(flow_m3h, self.permanent_flow_m3h / self.dynamic_range)
        return np.minimum(2.0 + 0.02 * self.permanent_flow_m3h / flow, _FLOW_ERROR_LIMIT_PCT)

    def sensor_limit_k(self, spread_k: FloatArray) -> FloatArray:
        """Return the permissible error of the sensor pair, 0.5 % + 3 % of the least spread [K]."""
        return (0.5 * np.abs(spread_k) + 3.0 * self.least_spread_k) / _PERCENT

    def calculator_limit_pct(self, spread_k: FloatArray) -> FloatArray:
        """Return the permissible error of the calculator, 0.5 + ΔΘmin/ΔΘ [%]."""
        spread = np.maximum(np.abs(spread_k), self.least_spread_k)
        return 0.5 + self.least_spread_k / spread

    def limit_pct(self, flow_m3h: FloatArray, spread_k: FloatArray) -> FloatArray:
        """Return the permissible error of the whole meter: the sum of its parts [%]."""
        spread = np.maximum(np.abs(spread_k), self.least_spread_k)
        pair_pct = _PERCENT * self.sensor_limit_k(spread) / spread
        return self.flow_limit_pct(flow_m3h) + pair_pct + self.calculator_limit_pct(spread)


@dataclass(frozen=True)
class HeatReading:
    """What a heat meter shows, and its rates behind the registers; arrays of one shape.

    Attributes
    ----------
    flow_m3h, supply_c, return_c, power_kw : array of float64
        Momentary values; power is negative when cooling. [m³/h, °C, °C, kW]
    counted_heat_kw, counted_cold_kw, counted_flow_m3h : array of float64
        What the registers integrate. [kW, kW, m³/h]
    """

    flow_m3h: FloatArray
    supply_c: FloatArray
    return_c: FloatArray
    power_kw: FloatArray
    counted_heat_kw: FloatArray
    counted_cold_kw: FloatArray
    counted_flow_m3h: FloatArray


def read_heat_meter(
    meter: HeatMeter,
    flow_m3h: FloatArray,
    supply_c: FloatArray,
    return_c: FloatArray,
    heat_kw: FloatArray,
) -> HeatReading:
    """Measure a circuit.

    Parameters
    ----------
    meter : HeatMeter
    flow_m3h, supply_c, return_c : array of float64
        Truth of the circuit. [m³/h, °C, °C]
    heat_kw : array of float64
        True heat, with the sign of supply minus return. [kW]

    Returns
    -------
    HeatReading

    Notes
    -----
    Errors of flow sensor and calculator are relative; that of the sensor pair is an offset that
    keeps its sign in heating and cooling, so it weighs most at a small spread. Their sum stays
    within the sum of the three permissible errors of EN 1434-1.
    """
    spread_k = supply_c - return_c
    offset_k = meter.sensor_share * meter.sensor_limit_k(spread_k)
    flow_pct = meter.flow_share * meter.flow_limit_pct(flow_m3h)
    relative_pct = flow_pct + meter.calculator_share * meter.calculator_limit_pct(spread_k)
    flow_kw_k = flow_m3h * water_heat_capacity_kwh_m3k(0.5 * (supply_c + return_c))
    measured_kw = heat_kw * (1.0 + relative_pct / _PERCENT) + flow_kw_k * offset_k
    flows = flow_m3h >= meter.permanent_flow_m3h / meter.dynamic_range
    counts = flows & (np.abs(spread_k + offset_k) >= meter.start_spread_k)
    power_kw = np.where(counts, measured_kw, 0.0)
    shown_m3h = np.where(flows, flow_m3h * (1.0 + flow_pct / _PERCENT), 0.0)
    return HeatReading(
        flow_m3h=quantise(shown_m3h, meter.flow_step_m3h),
        supply_c=quantise(supply_c + 0.5 * offset_k, meter.temp_step_k),
        return_c=quantise(return_c - 0.5 * offset_k, meter.temp_step_k),
        power_kw=quantise(power_kw, meter.power_step_kw),
        counted_heat_kw=np.maximum(power_kw, 0.0),
        counted_cold_kw=np.maximum(-power_kw, 0.0),
        counted_flow_m3h=shown_m3h,
    )
