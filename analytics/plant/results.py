"""What a heat pump plant did in a window, and what is told of one of its heat pumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analytics.boundaries import Missing, Mode
from analytics.heat import Circuit
from analytics.plant.ratios import Ratio
from analytics.series import FloatArray, IntArray
from analytics.states import StateArray
from collector.model import Finding
from collector.topology import Accuracy, Unit


@dataclass(frozen=True, slots=True)
class Daily:
    """Totals by day; arrays of shape (days,), by name of the boundary where there are several.

    Parameters
    ----------
    edges : array of int64, shape (days + 1,)
        [ms since epoch, UTC]
    heat_kwh, electricity_kwh : mapping of str to array of float64
        Both sides of each ratio, over the same intervals. [kWh]
    coverage : mapping of str to array of float64
        Share of the day's intervals. [0..1]
    idle_kwh : mapping of str to array of float64
        By channel: electricity without load, part of the season's mode. [kWh]
    """

    edges: IntArray
    heat_kwh: Mapping[str, FloatArray]
    electricity_kwh: Mapping[str, FloatArray]
    coverage: Mapping[str, FloatArray]
    idle_kwh: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Performance:
    """What a plant did in a window.

    Parameters
    ----------
    states : array of int8, shape (n,)
        `OperatingState` of each interval, -1 unknown.
    heat_kwh : array of float64, shape (n,)
        Heat minus cold of each interval, NaN unknown. [kWh]
    ratios : mapping of str to Ratio
        By name of the boundary, H1 to HC5; also those without a value.
    missing : tuple of Missing
        Boundaries that the meters do not support.
    daily : Daily
    findings : tuple of Finding
    assumed : tuple of str
        What nobody told of the instruments: `e-hp-1: class 1`.
    units : mapping of str to Performance
        The same for each heat pump.
    """

    states: StateArray
    heat_kwh: FloatArray
    ratios: Mapping[str, Ratio]
    missing: tuple[Missing, ...]
    daily: Daily
    findings: tuple[Finding, ...] = ()
    assumed: tuple[str, ...] = ()
    units: Mapping[str, Performance] = field(default_factory=dict)

    def widest(self, mode: Mode) -> Ratio | None:
        """The ratio with a value at the widest boundary of a mode; None when there is none."""
        known = [r for r in self.ratios.values() if r.mode == mode and r.value is not None]
        return max(known, key=lambda one: one.name, default=None)


@dataclass(frozen=True, slots=True)
class UnitChannels:
    """One heat pump of the plant, over the same intervals; its key is the controller's id.

    Parameters
    ----------
    circuit : Circuit
        Heat meter, or what its controller counts.
    electricity_kwh : array of float64
        [kWh per interval]
    meter, heat_meter : str or None
        Meters of its own; None: counted by the controller.
    accuracy : Accuracy or None
        Of the electricity.
    running_kw : float or None
        Power above which it runs. [kW]
    internal_pump : bool
        Its electricity holds a built-in circulation pump.
    status : array of int, optional
        Its own state.
    """

    circuit: Circuit
    electricity_kwh: FloatArray
    meter: str | None = None
    heat_meter: str | None = None
    accuracy: Accuracy | None = None
    running_kw: float | None = None
    internal_pump: bool = False
    status: npt.NDArray[np.integer] | None = None

    def described(self, name: str) -> Unit:
        """The heat pump as site.yaml would describe it."""
        return Unit(
            heat_pump=name,
            electricity=self.meter,
            heat_meter=self.heat_meter,
            internal_pump=self.internal_pump,
        )
