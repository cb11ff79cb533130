"""Plausible ranges of the quantities, for maps whose source gives none.

Wide enough for any building and its plant, tight enough that a value read from a wrong place or
in a wrong word order mostly falls out. A map made by hand should be tighter.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.model import QUANTITIES

_BY_UNIT: Mapping[str, tuple[float, float]] = {
    "kW": (-20_000, 20_000), "kvar": (-20_000, 20_000), "kVA": (0, 20_000), "kWh": (0, 1e9),
    "V": (80, 300), "A": (-10_000, 10_000), "Hz": (45, 65), "%": (0, 120), "°C": (-60, 200),
    "K": (-150, 180), "m³": (0, 1e8), "m³/h": (0, 5_000), "kPa": (0, 10_000), "W/m²": (0, 1_600),
    "h": (0, 1e6), "ms": (0, 1e6), "B": (0, 1e15), "": (0, 1e9),
}  # fmt: skip
_BY_NAME: Mapping[str, tuple[float, float]] = {
    "power_factor": (-1.001, 1.001), "compressor_hz": (0, 400), "voltage_thd_percent": (0, 60),
    "outdoor_temp_c": (-60, 60), "starts": (0, 1e7), "discharge_temp_c": (-50, 250),
}  # fmt: skip


def plausible_range(quantity: str) -> tuple[float, float]:
    """Lowest and highest value of a quantity that can be believed, in its canonical unit.

    >>> plausible_range("voltage_l1_v"), plausible_range("compressor_hz")
    ((80, 300), (0, 400))
    """
    return _BY_NAME.get(quantity) or _BY_UNIT[QUANTITIES[quantity].unit]
