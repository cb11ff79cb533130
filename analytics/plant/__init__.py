"""What a heat pump plant did: states, heat, COP and SPF at every boundary, each with its errors."""

from __future__ import annotations

from analytics.heat import Circuit
from analytics.plant.measured import performance
from analytics.plant.ratios import Ratio, spf
from analytics.plant.results import Daily, Performance, UnitChannels

__all__ = ["Circuit", "Daily", "Performance", "Ratio", "UnitChannels", "performance", "spf"]
