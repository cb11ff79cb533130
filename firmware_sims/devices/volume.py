"""Water and gas meters."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column, middle_s
from firmware_sims.physics.noise import Octaves, layered_noise
from firmware_sims.physics.truth import Trace

_MAINS: Octaves = ((86_400.0, 0.4), (3_600.0, 0.8), (120.0, 0.4))


class VolumeMeter(Binding):
    """A water or gas meter.

    Attributes
    ----------
    flow : str
        Column of the truth that flows through the meter. [m³/h]
    share : float
        Part of it. [-]
    accuracy : float
        Permissible error of the class. [%]
    pressure : float
        Usual pressure at the meter. [kPa]
    """

    model: Literal["water_meter", "gas_meter"]
    flow: str
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    accuracy: Annotated[float, Field(gt=0, le=5)] = 2.0
    pressure: Annotated[float, Field(gt=0)] = 320.0
    installed_at: Annotated[float, Field(ge=0)] = 20_000.0

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the meter over a trace."""
        gain = instruments.gain(self.device, "class", self.accuracy)
        flow_m3h = self.share * gain * column(trace, self.flow)
        wander = layered_noise(middle_s(trace), instruments.seed, f"{self.device}.mains", _MAINS)
        return {
            "flow_m3h": flow_m3h,
            "volume_m3": instruments.count(
                self.device, "volume_m3", flow_m3h, trace.dt_s, self.installed_at
            ),
            "pressure_kpa": self.pressure * (1.0 + 0.02 * wander),
            "status_code": np.zeros(flow_m3h.shape),
        }
