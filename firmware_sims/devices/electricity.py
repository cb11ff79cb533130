"""Electricity meters: three phases that add up to the power behind them."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column, middle_s
from firmware_sims.physics.electricity import three_phase
from firmware_sims.physics.noise import Octaves, layered_noise
from firmware_sims.physics.truth import Trace

_SLOW: Octaves = ((3_600.0, 0.8), (300.0, 0.6))


class ElectricityMeter(Binding):
    """An electricity meter of class 1 or 0.5S.

    Attributes
    ----------
    power : str
        Column of the truth that flows through the meter. [kW]
    share : float
        Part of it, where two feeders share a load. [-]
    accuracy : float
        Permissible error of the class. [%]
    power_factor : float
        Usual one of what hangs on the meter. [-]
    distortion : float
        Usual total harmonic distortion of the voltage. [%]
    """

    model: Literal["electricity_meter"]
    power: str
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    accuracy: Annotated[float, Field(gt=0, le=5)] = 1.0
    power_factor: Annotated[float, Field(gt=0.5, le=1)] = 0.95
    distortion: Annotated[float, Field(ge=0, le=20)] = 2.1
    installed_at: Annotated[float, Field(ge=0)] = 50_000.0

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the meter over a trace."""
        at_s, gain = middle_s(trace), instruments.gain(self.device, "class", self.accuracy)
        power_kw = self.share * gain * column(trace, self.power)
        phases = three_phase(at_s, power_kw, self.power_factor, instruments.seed, self.device)
        tangent = np.sqrt(1.0 / np.square(phases.power_factor) - 1.0)
        wander = layered_noise(at_s, instruments.seed, "grid.distortion", _SLOW)
        fields: Fields = {
            "power_kw": power_kw,
            "reactive_power_kvar": power_kw * tangent,
            "apparent_power_kva": power_kw / phases.power_factor,
            "power_factor": phases.power_factor,
            "frequency_hz": phases.frequency_hz,
            "voltage_thd_percent": self.distortion * (1.0 + 0.1 * wander),
            "energy_kwh": instruments.count(
                self.device, "energy_kwh", power_kw, trace.dt_s, self.installed_at
            ),
            "energy_export_kwh": np.zeros(power_kw.shape),
        }
        for n in range(3):
            fields[f"power_l{n + 1}_kw"] = phases.power_kw[n]
            fields[f"voltage_l{n + 1}_v"] = phases.voltage_v[n]
            fields[f"current_l{n + 1}_a"] = phases.current_a[n]
        return fields
