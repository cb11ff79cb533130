"""Every kind of simulated device by the name that scenario.yaml calls it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from firmware_sims.devices.annex import AnnexHeatPump
from firmware_sims.devices.electricity import ElectricityMeter
from firmware_sims.devices.heat_meter import HeatMeterModel
from firmware_sims.devices.heat_pump import HeatPumpModel
from firmware_sims.devices.pump import PumpModel
from firmware_sims.devices.volume import VolumeMeter
from firmware_sims.devices.weather import WeatherStation

DeviceModel = Annotated[
    ElectricityMeter
    | HeatMeterModel
    | HeatPumpModel
    | AnnexHeatPump
    | PumpModel
    | VolumeMeter
    | WeatherStation,
    Field(discriminator="model"),
]
