"""The weather station on the roof."""

from __future__ import annotations

from typing import Literal

from firmware_sims.devices.binding import Binding
from firmware_sims.devices.instruments import Fields, Instruments, column
from firmware_sims.physics.truth import Trace


class WeatherStation(Binding):
    """Outdoor temperature within 0.3 K, humidity within 3 %, irradiance within 5 %."""

    model: Literal["weather"]

    def observe(self, trace: Trace, instruments: Instruments) -> Fields:
        """Return the fields of the station over a trace."""
        offset_k = 0.3 * instruments.error_share(self.device, "temperature")
        humidity = column(trace, "relative_humidity_pct")
        humidity = humidity * instruments.gain(self.device, "humidity", 3.0)
        sun = column(trace, "global_irradiance_w_m2")
        return {
            "outdoor_temp_c": column(trace, "outdoor_temp_c") + offset_k,
            "outdoor_humidity_percent": humidity.clip(0.0, 100.0),
            "irradiance_wm2": sun * instruments.gain(self.device, "irradiance", 5.0),
        }
