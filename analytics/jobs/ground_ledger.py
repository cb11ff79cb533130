"""The ground's ledger of a plant: which quarter-hours of which meters enter which side of it.

(a) the loop's own meter; (b) the heat pumps' balance: what they deliver less, or plus, what their
compressors use. Standby electricity reaches neither water nor ground and stays out of (b).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics import ground
from analytics.buckets import QUARTER_H
from analytics.heat import Circuit
from analytics.jobs import meter_errors
from analytics.jobs.meter_errors import Metered
from analytics.jobs.plant_channels import RUNNING_SHARE, Channels
from analytics.metered_energy import Relative
from analytics.plant import UnitChannels
from analytics.series import BoolArray, FloatArray
from analytics.states import StateArray
from collector.model import OperatingState
from collector.topology import Plant


@dataclass(frozen=True, slots=True, eq=False)
class HeatPumpSide:
    """What the heat pumps deliver and use, by quarter-hour.

    Parameters
    ----------
    heat : Metered
        Heat less cold of the output side. [kWh]
    electricity : Metered
        Of the heat pumps while their compressors work. [kWh]
    running : array of bool, shape (n,)
        Any compressor works.
    free : array of bool, shape (n,)
        None works, and cold comes from the ground: as the plant's state tells, or because the
        ground loop flows.
    both : array of bool, shape (n,)
        Heating and cooling at once.
    devices : tuple of str
        Everything that was read for it.
    """

    heat: Metered
    electricity: Metered
    running: BoolArray
    free: BoolArray
    both: BoolArray
    devices: tuple[str, ...]

    def split(self) -> dict[str, FloatArray]:
        """Energies as `analytics.ground.balance` takes them, by its arguments. [kWh]"""
        heat, used = self.heat.energy_kwh, self.electricity.energy_kwh
        known = ~np.isnan(heat) & ~np.isnan(used)
        upward = _upward(heat, self.running & (np.abs(heat) > used))
        warms, cools = self.running & upward, self.running & ~upward

        def of(mask: BoolArray, energy: FloatArray) -> FloatArray:
            return np.where(known, np.where(mask, energy, 0.0), np.nan)

        return {
            "condenser_heat": of(warms, heat),
            "compressor_heating": of(warms, used),
            "evaporator_heat": of(cools, -heat),
            "compressor_cooling": of(cools, used),
            "free_cooling": of(self.free & ~self.running, np.maximum(-heat, 0.0)),
        }

    def net_extracted_kwh(self) -> FloatArray:
        """Heat from the ground less heat into it. [kWh]"""
        parts = self.split()
        extracted = parts["condenser_heat"] - parts["compressor_heating"]
        rejected = parts["evaporator_heat"] + parts["compressor_cooling"] + parts["free_cooling"]
        return np.asarray(extracted - rejected, np.float64)


def of_plant(plant: Plant, channels: Channels, states: StateArray) -> HeatPumpSide:
    """Side (b) of a plant.

    The heat pumps' own heat meters if each has one, else the plant's, else what the controllers
    measure on the load side.
    """
    metered = all(unit.heat_meter for unit in plant.units)
    outputs = [plant.load.heat_meter, *([plant.hot_water.heat_meter] if plant.hot_water else [])]
    named = {name: channels.circuits[name] for name in outputs if name in channels.circuits}
    circuits: dict[str, Circuit] = {
        unit.heat_pump if its.heat_meter is None else its.heat_meter: its.circuit
        for unit in plant.units
        for its in [channels.units[unit.heat_pump]]
    }
    if not metered and len(named) == len(outputs):
        circuits = {str(name): circuit for name, circuit in named.items()}
    heat = meter_errors.together([meter_errors.of_circuit(*each) for each in circuits.items()])
    units = channels.units
    used = [working(electricity_of(name, its), running_of(its)) for name, its in units.items()]
    free = states == OperatingState.FREE_COOLING
    if channels.source is not None and channels.source.seen:
        free = free | pumped(channels.source)
    return HeatPumpSide(
        heat,
        meter_errors.together(used),
        np.logical_or.reduce([running_of(its) for its in units.values()]),
        np.asarray(free),
        np.asarray(states == OperatingState.SIMULTANEOUS),
        (*circuits, *(its.meter or name for name, its in units.items())),
    )


def _upward(heat: FloatArray, sure: BoolArray) -> BoolArray:
    """Where a heat pump heats: by the sign of its heat, if that is more than its electricity.

    Anything less is a start, a stop or an instrument that lags: the direction of the last sure
    interval holds, before the first one that of the first.
    """
    places = np.flatnonzero(sure)
    if not places.size:
        return np.asarray(heat > 0.0)
    last = np.searchsorted(places, np.arange(heat.size), side="right") - 1
    return np.asarray(heat[places[np.maximum(last, 0)]] > 0.0)


def pumped(circuit: Circuit) -> BoolArray:
    """Intervals in which a circuit flows: a resting pipe has the plant room's temperature."""
    flow = circuit.flow_m3h
    if flow is None:
        return np.zeros(circuit.size, bool)
    usual = float(np.nanmax(flow, initial=0.0))
    return np.asarray(flow > max(circuit.limits.least_flow_m3h, RUNNING_SHARE * usual))


def of_unit(name: str, its: UnitChannels) -> HeatPumpSide:
    """Side (b) of one heat pump."""
    device, running = its.heat_meter or name, running_of(its)
    heat = meter_errors.of_circuit(device, its.circuit)
    used = working(electricity_of(name, its), running)
    never = np.zeros(running.shape, bool)
    return HeatPumpSide(heat, used, running, never, never, (device, its.meter or name))


def running_of(its: UnitChannels) -> BoolArray:
    """Intervals in which a heat pump's compressor works."""
    power = its.electricity_kwh / QUARTER_H
    least = its.running_kw or RUNNING_SHARE * float(np.nanmax(power, initial=0.0))
    return np.asarray(power > least)


def working(metered: Metered, running: BoolArray) -> Metered:
    """Electricity while the compressor works: what is used at rest heats nothing."""
    errors = {source: np.where(running, e, 0.0) for source, e in metered.errors.items()}
    rests = ~running & ~np.isnan(metered.energy_kwh)
    return replace(metered, energy_kwh=np.where(rests, 0.0, metered.energy_kwh), errors=errors)


def electricity_of(name: str, its: UnitChannels) -> Metered:
    """Electricity of one heat pump by its meter, else by its controller."""
    kind = "electricity_meter" if its.meter else "heat_pump"
    return meter_errors.of_electricity(its.meter or name, its.electricity_kwh, kind, its.accuracy)


def balance(
    pumps: HeatPumpSide,
    loop: tuple[str, Circuit] | None,
    *,
    bore_length_m: float | None,
    span_days: float,
) -> ground.Balance:
    """Ledger of a span, in both ways as far as there are meters. [m, d]"""
    parts = pumps.split()
    heat, used = pumps.heat.relative(), pumps.electricity.relative()
    extracted, rejected, shares = _by_loop_meter(*loop) if loop else (None, None, {})
    return ground.balance(
        condenser_heat_kwh=parts["condenser_heat"],
        compressor_heating_kwh=parts["compressor_heating"],
        evaporator_heat_kwh=parts["evaporator_heat"],
        compressor_cooling_kwh=parts["compressor_cooling"],
        free_cooling_kwh=parts["free_cooling"],
        loop_extracted_kwh=extracted,
        loop_rejected_kwh=rejected,
        simultaneous=pumps.both,
        accuracy={
            "condenser_heat": heat, "evaporator_heat": heat, "free_cooling": heat,
            "compressor_heating": used, "compressor_cooling": used,
            "loop_extracted": shares, "loop_rejected": shares,
        },
        bore_length_m=bore_length_m,
        span_days=span_days,
    )  # fmt: skip


def _by_loop_meter(name: str, circuit: Circuit) -> tuple[FloatArray, FloatArray, Relative]:
    """Extracted and rejected heat as the loop's meter counts them, and what it may be wrong by."""
    metered = meter_errors.of_circuit(name, circuit)
    net = metered.energy_kwh
    if circuit.heating_kwh is None or circuit.cooling_kwh is None:
        return np.maximum(net, 0.0), np.maximum(-net, 0.0), metered.relative()
    return circuit.heating_kwh, circuit.cooling_kwh, metered.relative()
