"""What the meters may be wrong by: maximum permissible errors of each kind and class.

Heat meters after EN 1434-1 (and MID MI-004), in three parts that err independently: flow sensor,
pair of temperature sensors, calculator. Electricity after IEC 62053-21/-22 or MID MI-003, water
after OIML R 49, gas after OIML R 137, each at the limits of its main range. A permissible error is
a bound; `metered` makes uncertainties of it. Limits are those of new meters; meters in service are
often allowed twice as much, which nobody can know from here.

What site.yaml does not tell of an instrument is assumed, and the assumption is reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.series import FloatArray
from collector.topology import Accuracy

_PERCENT = 100.0
_FLOW: Mapping[str, tuple[float, float, float]] = {
    "1": (1.0, 0.01, 3.5), "2": (2.0, 0.02, 5.0), "3": (3.0, 0.05, 5.0),
}  # fmt: skip
"""EN 1434 flow sensor: base [%], slope times qp/q [%], cap [%]. Class 2 read in manuals of meters,
1 and 3 from memory (reference/domain.md, 1.6)."""
_CLASSES: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "electricity_meter": ("1", {
        "0.2S": 0.2, "0.2": 0.2, "0.5S": 0.5, "0.5": 0.5, "1": 1.0, "1.5": 1.5, "2": 2.0, "3": 3.0,
        "A": 2.0, "B": 1.0, "C": 0.5,
    }),
    "water_meter": ("2", {"1": 1.0, "2": 2.0}),
    "gas_meter": ("1.5", {"0.5": 0.5, "1": 1.0, "1.5": 1.5}),
    "heat_pump": ("2", {"1": 1.0, "1.5": 1.5, "2": 2.0, "3": 3.0, "A": 2.0, "B": 1.0, "C": 0.5}),
    "pump": ("3", {"1": 1.0, "2": 2.0, "3": 3.0}),
}  # fmt: skip
"""By device kind: assumed class, and limit of each class in its main range [%]."""

PAIR_SHARE, PAIR_OF_LEAST = 0.5, 3.0
"""EN 1434 sensor pair: share of ΔT [%], share of ΔTmin [%]."""
CALCULATOR_SHARE = 0.5
"""EN 1434 calculator: [%], and once ΔTmin/ΔT [%]."""
ASSUMED_LEAST_DIFFERENCE_K = 3.0
ASSUMED_RANGE = 100.0
"""qp/qi; EN 1434 asks for 10 at least, meters of today have 50 to 250."""
ASSUMED_CONTROLLER_FLOW_PERCENT = 5.0
ASSUMED_SENSOR_K = 0.3
"""Bound of one sensor that is no matched one: class A resistance thermometer on a pipe."""


@dataclass(frozen=True, slots=True)
class HeatLimits:
    """Permissible errors of one heat meter, or of a controller that works as one.

    Parameters
    ----------
    flow : tuple of float
        Base, slope times qp/q, cap. [%]
    permanent_flow_m3h : float or None
        qp; None: unknown, the cap holds at every flow. [m³/h]
    least_flow_m3h : float
        qi; below it nothing is claimed and no heat counted. [m³/h]
    least_difference_k : float
        ΔΘmin; below it nothing is claimed. [K]
    pair_percent, pair_k : float
        Sensor pair: part that grows with the difference [%], constant part [K].
    calculator : tuple of float
        Base, and slope times ΔΘmin/ΔΘ. [%]
    assumed : tuple of str
        What nobody told, as it is assumed: `class 2`.
    """

    flow: tuple[float, float, float]
    permanent_flow_m3h: float | None
    least_flow_m3h: float
    least_difference_k: float
    pair_percent: float
    pair_k: float
    calculator: tuple[float, float]
    assumed: tuple[str, ...] = ()


def heat_limits(accuracy: Accuracy | None = None, kind: str = "heat_meter") -> HeatLimits:
    """Permissible errors of a device that counts heat.

    Parameters
    ----------
    accuracy : Accuracy or None
        From site.yaml.
    kind : str
        heat_meter, or heat_pump for a controller with sensors of its own.

    Returns
    -------
    HeatLimits

    Raises
    ------
    ValueError
        kind: counts no heat; accuracy: a class that EN 1434 does not have.
    """
    if kind not in ("heat_meter", "heat_pump"):
        raise ValueError(f"kind: a {kind} counts no heat")
    known = accuracy or Accuracy()
    assumed: list[str] = []
    flow = _flow_limit(known, kind, assumed)
    qp = known.permanent_flow_m3h
    least_flow = known.least_flow_m3h
    if least_flow is None:
        least_flow = (qp or 0.0) / ASSUMED_RANGE
        assumed.append(f"qi {least_flow:g} m³/h" + (" (qp/100)" if qp else " (qp unknown)"))
    least = known.least_difference_k
    if least is None:
        least = ASSUMED_LEAST_DIFFERENCE_K
        assumed.append(f"ΔΘmin {least:g} K")
    pair = _pair_limit(known, kind, least, assumed)
    calculator = (CALCULATOR_SHARE, 1.0 if kind == "heat_meter" else 0.0)
    return HeatLimits(flow, qp, least_flow, least, *pair, calculator, tuple(assumed))


def _flow_limit(known: Accuracy, kind: str, assumed: list[str]) -> tuple[float, float, float]:
    if known.flow_percent is not None:
        return known.flow_percent, 0.0, known.flow_percent
    if kind == "heat_pump" and known.accuracy_class is None:
        assumed.append(f"flow ± {ASSUMED_CONTROLLER_FLOW_PERCENT:g} %")
        return ASSUMED_CONTROLLER_FLOW_PERCENT, 0.0, ASSUMED_CONTROLLER_FLOW_PERCENT
    name = known.accuracy_class or "2"
    if known.accuracy_class is None:
        assumed.append("class 2")
    if name not in _FLOW:
        raise ValueError(f"accuracy: EN 1434 has no class {name}, only {', '.join(_FLOW)}")
    if known.permanent_flow_m3h is None:
        assumed.append(f"flow ± {_FLOW[name][2]:g} % (qp unknown)")
    return _FLOW[name]


def _pair_limit(
    known: Accuracy, kind: str, least: float, assumed: list[str]
) -> tuple[float, float]:
    pair = known.pair
    if pair is None:
        pair = "independent" if kind == "heat_pump" or known.sensor_k is not None else "matched"
        assumed.append(f"{pair} sensors")
    if pair == "matched":
        return PAIR_SHARE, PAIR_OF_LEAST * least / _PERCENT
    sensor = known.sensor_k
    if sensor is None:
        sensor = ASSUMED_SENSOR_K
        assumed.append(f"sensors ± {sensor:g} K")
    return 0.0, math.sqrt(2.0) * sensor


def sensor_bound_k(accuracy: Accuracy | None) -> float:
    """Bound of a single temperature sensor's error, told or assumed. [K]"""
    return (accuracy.sensor_k if accuracy else None) or ASSUMED_SENSOR_K


def flow_percent(limits: HeatLimits, flow_m3h: FloatArray) -> FloatArray:
    """Limit of the flow sensor, Ef; below qi that at qi. [%]"""
    base, slope, cap = limits.flow
    if not slope or limits.permanent_flow_m3h is None:
        return np.full(np.shape(flow_m3h), base if not slope else cap)
    ratio = limits.permanent_flow_m3h / np.maximum(flow_m3h, lowest_flow(limits))
    return np.asarray(base + slope * ratio)


def lowest_flow(limits: HeatLimits) -> float:
    """Flow below which the flow sensor's limit grows no more: at qi, or at its cap. [m³/h]"""
    base, slope, cap = limits.flow
    if not slope or limits.permanent_flow_m3h is None:
        return 1.0
    return max(limits.least_flow_m3h, limits.permanent_flow_m3h * slope / (cap - base))


def pair_percent(limits: HeatLimits, difference_k: FloatArray) -> FloatArray:
    """Limit of the sensor pair, Et; below ΔΘmin it grows on as 1/ΔΘ. [%]"""
    return np.asarray(limits.pair_percent + _PERCENT * limits.pair_k / np.abs(difference_k))


def calculator_percent(limits: HeatLimits, difference_k: FloatArray) -> FloatArray:
    """Limit of the calculator, Ec; below ΔΘmin that at ΔΘmin. [%]"""
    base, slope = limits.calculator
    spread = np.maximum(np.abs(difference_k), limits.least_difference_k)
    return np.asarray(base + slope * limits.least_difference_k / spread)


def class_percent(kind: str, accuracy: Accuracy | None = None) -> tuple[float, str | None]:
    """Permissible error of a meter that has one for all.

    Parameters
    ----------
    kind : str
        electricity_meter, water_meter or gas_meter; heat_pump and pump for the electricity that
        a controller or a drive shows.
    accuracy : Accuracy or None
        From site.yaml.

    Returns
    -------
    tuple of float and (str or None)
        Limit [%], and the class that had to be assumed.

    Raises
    ------
    ValueError
        kind: has no such class; accuracy: the class does not exist for the kind.
    """
    if kind not in _CLASSES:
        raise ValueError(f"kind: a {kind} has no class for all its range")
    assumed, limits = _CLASSES[kind]
    told = accuracy.accuracy_class if accuracy else None
    name = told or assumed
    if name not in limits:
        raise ValueError(f"accuracy: there is no class {name} for {kind}")
    return limits[name], None if told else f"class {name}"
