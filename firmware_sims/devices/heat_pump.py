"""The controllers of the plant's heat pumps."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from collector.model import OperatingState
from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column
from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.rows import MODE_OFF
from firmware_sims.physics.truth import Trace

_APPROACH_K = 2.5
"""Between water and refrigerant at full load, either side."""
_SUPERHEAT_K = 5.0
_DISCHARGE_K = 22.0
"""Compressor outlet above the condensing temperature at full load."""


class HeatPumpModel(Binding):
    """One unit of the plant as its controller tells it.

    Attributes
    ----------
    number : int
        Which unit; 1 is the first.
    accuracy : float
        Of its power measurement. [%]
    full_speed_hz, least_speed_hz : float
        Of the compressor drive. [Hz]
    heat_setpoint, cooling_setpoint : float
        As set at the controller. [°C]
    """

    model: Literal["heat_pump"]
    number: Annotated[int, Field(ge=1, le=9)]
    accuracy: Annotated[float, Field(gt=0, le=5)] = 1.5
    full_speed_hz: Annotated[float, Field(gt=0)] = 60.0
    least_speed_hz: Annotated[float, Field(gt=0)] = 25.0
    heat_setpoint: float = 45.0
    cooling_setpoint: float = 7.0
    installed_energy: Annotated[float, Field(ge=0)] = 180_000.0

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the controller over a trace."""
        unit = f"hp{self.number}"
        load = column(trace, f"{unit}_part_load")
        fields = self._temperatures(trace, instruments, unit)
        fields |= self._refrigerant(trace, unit, load)
        fields |= self._energies(trace, instruments, unit)
        runs = np.where(load > 0.0, 1.0, 0.0)
        speed = self.least_speed_hz + load * (self.full_speed_hz - self.least_speed_hz)
        source, water = f"source_pump{self.number}", f"load_pump{self.number}"
        return fields | {
            "state": self._state(trace, unit, runs),
            "alarm_code": np.zeros(load.shape),
            "status_code": runs,
            "load_percent": 100.0 * load,
            "compressor_hz": runs * speed,
            "source_flow_m3h": column(trace, f"{source}_flow_m3h"),
            "load_flow_m3h": column(trace, f"{water}_flow_m3h"),
            "flow_m3h": column(trace, f"{water}_flow_m3h"),
            "source_pump_percent": column(trace, f"{source}_speed_pct"),
            "load_pump_percent": column(trace, f"{water}_speed_pct"),
            "heat_setpoint_c": np.full(load.shape, self.heat_setpoint),
            "cooling_setpoint_c": np.full(load.shape, self.cooling_setpoint),
            "outdoor_temp_c": column(trace, "outdoor_temp_c"),
            "buffer_temp_c": column(trace, "load_loop_temp_c"),
            "starts": 1_200.0 + column(trace, f"{unit}_starts"),
            "run_hours_h": 9_000.0 + column(trace, f"{unit}_run_hours"),
        }

    def _temperatures(self, trace: Trace, instruments: Instruments, unit: str) -> Fields:
        """Water temperatures with the offset of each sensor, at most 0.2 K."""
        places = ("source_entering", "source_leaving", "load_entering", "load_leaving")
        fields = {
            f"{place}_temp_c": column(trace, f"{unit}_{place}_temp_c")
            + 0.2 * instruments.error_share(self.device, place)
            for place in places
        }
        fields["supply_temp_c"] = fields["load_leaving_temp_c"]
        fields["return_temp_c"] = fields["load_entering_temp_c"]
        return fields

    def _refrigerant(self, trace: Trace, unit: str, load: FloatArray) -> Fields:
        """Refrigerant temperatures; at rest they follow the water."""
        load_c = column(trace, f"{unit}_load_leaving_temp_c")
        source_c = column(trace, f"{unit}_source_leaving_temp_c")
        approach_k = _APPROACH_K * load
        condensing_c = np.maximum(load_c, source_c) + approach_k
        evaporating_c = np.minimum(load_c, source_c) - approach_k
        return {
            "condenser_temp_c": condensing_c,
            "discharge_temp_c": condensing_c + _DISCHARGE_K * np.sqrt(load),
            "suction_temp_c": evaporating_c + np.where(load > 0.0, _SUPERHEAT_K, 0.0),
        }

    def _energies(self, trace: Trace, instruments: Instruments, unit: str) -> Fields:
        gain = instruments.gain(self.device, "power", self.accuracy)
        power_kw = gain * column(trace, f"{unit}_kw")
        heat_kw, cold_kw = column(trace, f"{unit}_heat_kw"), column(trace, f"{unit}_cold_kw")
        installed = self.installed_energy
        rates = {
            "energy_kwh": (power_kw, installed),
            "heat_energy_kwh": (heat_kw, 3.0 * installed),
            "cooling_energy_kwh": (cold_kw, 3.0 * installed),
        }
        totals = {
            name: instruments.count(self.device, name, rate, trace.dt_s, base)
            for name, (rate, base) in rates.items()
        }
        return {"power_kw": power_kw, "heat_kw": heat_kw - cold_kw} | totals

    def _state(self, trace: Trace, unit: str, runs: FloatArray) -> FloatArray:
        heats = column(trace, f"{unit}_heat_kw") > 0.0
        running = np.where(heats, float(OperatingState.HEAT), float(OperatingState.COOL))
        is_off = column(trace, "plant_mode") == MODE_OFF
        resting = np.where(is_off, float(OperatingState.OFF), float(OperatingState.STANDBY))
        return np.where(runs > 0.0, running, resting)
