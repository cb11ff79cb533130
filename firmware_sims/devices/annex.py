"""A small heat pump of its own that heats an annex: gate house, garage, caretaker's flat.

It hangs on the weather alone and touches neither the plant nor the main meters. Simple on purpose:
a heating curve, an output that follows the outdoor temperature, and a share of Carnot as COP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from collector.model import OperatingState
from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column, middle_s
from firmware_sims.physics.fluids import water_heat_capacity_kwh_m3k
from firmware_sims.physics.noise import FloatArray, Octaves, layered_noise
from firmware_sims.physics.truth import Trace

_INDOOR_C = 20.0
_HEATING_BELOW_C = 15.0
_DESIGN_C = -5.0
_SPREAD_K = 5.0
_BRINE_SPREAD_K = 3.0
_CARNOT_SHARE = 0.45
_ZERO_C = 273.15
_LEAST_OUTPUT = 0.25
_STARTS_PER_DAY = 8.0
_GUARD = 1e-6
"""Keeps a whole number of starts from falling below itself by rounding."""
_TAP: Octaves = ((14_400.0, 0.8), (1_800.0, 0.5))


@dataclass(frozen=True, slots=True)
class _Point:
    """Operation of the annex over a trace."""

    load: FloatArray
    heat_kw: FloatArray
    power_kw: FloatArray
    supply_c: FloatArray
    brine_c: FloatArray


class AnnexHeatPump(Binding):
    """A small modulating ground-source heat pump.

    Attributes
    ----------
    rated_heat : float
        Output at full speed; enough for -5 °C outdoors. [kW]
    standby : float
        Electricity of its controller. [kW]
    """

    model: Literal["annex_heat_pump"]
    rated_heat: Annotated[float, Field(gt=0)] = 12.0
    standby: Annotated[float, Field(ge=0)] = 0.012

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the controller over a trace."""
        outdoor_c = column(trace, "outdoor_mean_temp_c")
        point = self._operate(outdoor_c)
        runs = point.load > 0.0
        tap = layered_noise(middle_s(trace), instruments.seed, f"{self.device}.tap", _TAP)
        fields: Fields = {
            "outdoor_temp_c": column(trace, "outdoor_temp_c"),
            "state": np.where(runs, float(OperatingState.HEAT), float(OperatingState.STANDBY)),
            "alarm_code": np.zeros(outdoor_c.shape),
            "status_code": np.where(runs, 1.0, 0.0),
            "power_kw": point.power_kw,
            "heat_kw": point.heat_kw,
            "load_percent": 100.0 * point.load,
            "compressor_hz": np.where(runs, 20.0 + 100.0 * point.load, 0.0),
            "source_pump_percent": np.where(runs, 40.0 + 60.0 * point.load, 0.0),
            "load_pump_percent": np.where(runs, 35.0 + 65.0 * point.load, 0.0),
            "hot_water_temp_c": 48.0 + 2.5 * tap,
            "buffer_temp_c": point.supply_c - 1.0,
            "heat_setpoint_c": np.full(outdoor_c.shape, 21.0),
            "cooling_setpoint_c": np.full(outdoor_c.shape, 26.0),
        }
        return fields | _temperatures(point) | self._count(point, trace.dt_s, instruments)

    def _operate(self, outdoor_c: FloatArray) -> _Point:
        demand = (_INDOOR_C - outdoor_c) / (_INDOOR_C - _DESIGN_C)
        needed = np.where(outdoor_c < _HEATING_BELOW_C, np.clip(demand, 0.0, 1.0), 0.0)
        load = np.where(needed > 0.0, np.maximum(needed, _LEAST_OUTPUT), 0.0)
        heat_kw = self.rated_heat * load
        supply_c = np.where(load > 0.0, 28.0 + 9.0 * load, 24.0)
        brine_c = 9.0 + 0.15 * (outdoor_c - 16.0) - 3.0 * load
        warm_k = supply_c + _ZERO_C
        cop = _CARNOT_SHARE * warm_k / np.maximum(warm_k - brine_c - _ZERO_C, 12.0)
        return _Point(load, heat_kw, heat_kw / cop + self.standby, supply_c, brine_c)

    def _count(self, point: _Point, dt_s: float, instruments: Instruments) -> Fields:
        runs = np.where(point.load > 0.0, 1.0, 0.0)
        rates = {
            "energy_kwh": (point.power_kw, 6_000.0),
            "heat_energy_kwh": (point.heat_kw, 24_000.0),
            "cooling_energy_kwh": (np.zeros(runs.shape), 0.0),
            "run_hours_h": (runs, 5_000.0),
            "starts": (runs * _STARTS_PER_DAY / 24.0, 1_500.0),
        }
        totals = {
            name: instruments.count(self.device, name, rate, dt_s, base)
            for name, (rate, base) in rates.items()
        }
        totals["starts"] = np.floor(totals["starts"] + _GUARD)
        return totals


def _temperatures(point: _Point) -> Fields:
    """Water, brine and refrigerant; the flow carries the heat at the usual spread."""
    on = np.where(point.load > 0.0, 1.0, 0.0)
    flow_m3h = point.heat_kw / (_SPREAD_K * water_heat_capacity_kwh_m3k(30.0))
    leaving_c = point.brine_c - _BRINE_SPREAD_K * on
    return {
        "supply_temp_c": point.supply_c,
        "return_temp_c": point.supply_c - _SPREAD_K * on,
        "load_leaving_temp_c": point.supply_c,
        "load_entering_temp_c": point.supply_c - _SPREAD_K * on,
        "source_entering_temp_c": point.brine_c,
        "source_leaving_temp_c": leaving_c,
        "condenser_temp_c": point.supply_c + 1.5 * on,
        "discharge_temp_c": point.supply_c + 28.0 * point.load,
        "suction_temp_c": leaving_c + 2.0 * on,
        "flow_m3h": flow_m3h,
        "load_flow_m3h": flow_m3h,
        "source_flow_m3h": 1.4 * flow_m3h,
    }
