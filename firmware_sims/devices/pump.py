"""Circulation pumps with frequency converters."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column
from firmware_sims.physics.truth import Trace

RATED_HZ = 50.0


class PumpModel(Binding):
    """A pump as its converter tells it.

    Attributes
    ----------
    pump : str
        Prefix of its columns in the truth, such as `source_pump1`.
    """

    model: Literal["pump"]
    pump: str
    accuracy: Annotated[float, Field(gt=0, le=5)] = 2.0
    installed_at: Annotated[float, Field(ge=0)] = 20_000.0

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the pump over a trace."""
        gain = instruments.gain(self.device, "converter", self.accuracy)
        power_kw = gain * column(trace, f"{self.pump}_kw")
        flow_m3h = gain * column(trace, f"{self.pump}_flow_m3h")
        speed = column(trace, f"{self.pump}_speed_pct")
        runs = column(trace, f"{self.pump}_on")
        hours = instruments.count(self.device, "run_hours_h", runs, trace.dt_s, 15_000.0)
        return {
            "power_kw": power_kw,
            "energy_kwh": instruments.count(
                self.device, "energy_kwh", power_kw, trace.dt_s, self.installed_at
            ),
            "flow_m3h": flow_m3h,
            "speed_percent": speed,
            "frequency_hz": speed * RATED_HZ / 100.0,
            "head_kpa": column(trace, f"{self.pump}_head_kpa"),
            "run_hours_h": hours,
            "status_code": np.round(runs),
            "alarm_code": np.zeros(speed.shape),
        }
