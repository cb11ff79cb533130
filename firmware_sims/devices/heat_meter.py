"""Heat meters: flow, a pair of temperatures, and the heat and cold that they count."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column
from firmware_sims.physics.meter import HeatMeter, Register, read_heat_meter
from firmware_sims.physics.truth import Trace

_REGISTER = Register(step=0.001, modulus=1e12)


class HeatMeterModel(Binding):
    """A heat meter after EN 1434, class 2, in one circuit.

    Attributes
    ----------
    flow, supply, return_ : str
        Columns of the truth. [m³/h, °C, °C]
    heat : str
        Column of the heat. [kW]
    reversed : bool
        The heat column counts the other way round: it is negative when supply is the warmer.
    permanent_flow : float
        qp of the meter. [m³/h]
    """

    model: Literal["heat_meter"]
    flow: str
    supply: str
    return_: Annotated[str, Field(alias="return")]
    heat: str
    reversed: bool = False
    permanent_flow: Annotated[float, Field(gt=0)]
    installed_heat: Annotated[float, Field(ge=0)] = 400_000.0
    installed_volume: Annotated[float, Field(ge=0)] = 200_000.0

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the meter over a trace."""
        sign = -1.0 if self.reversed else 1.0
        reading = read_heat_meter(
            self._meter(instruments),
            column(trace, self.flow),
            column(trace, self.supply),
            column(trace, self.return_),
            sign * column(trace, self.heat),
        )
        totals = {
            "heat_energy_kwh": (reading.counted_heat_kw, self.installed_heat),
            "cooling_energy_kwh": (reading.counted_cold_kw, self.installed_heat),
            "volume_m3": (reading.counted_flow_m3h, self.installed_volume),
        }
        fields: Fields = {
            "heat_kw": reading.power_kw,
            "flow_m3h": reading.flow_m3h,
            "supply_temp_c": reading.supply_c,
            "return_temp_c": reading.return_c,
            "temp_difference_k": reading.supply_c - reading.return_c,
            "status_code": np.zeros(reading.power_kw.shape),
        }
        for name, (rate, installed) in totals.items():
            fields[name] = instruments.count(self.device, name, rate, trace.dt_s, installed)
        return fields

    def _meter(self, instruments: Instruments) -> HeatMeter:
        return HeatMeter(
            permanent_flow_m3h=self.permanent_flow,
            flow_share=instruments.error_share(self.device, "flow"),
            sensor_share=instruments.error_share(self.device, "sensors"),
            calculator_share=instruments.error_share(self.device, "calculator"),
            energy=_REGISTER,
            volume=_REGISTER,
        )
