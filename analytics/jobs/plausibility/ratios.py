"""Is the plant's COP one that a plant can have."""

from __future__ import annotations

from typing import Literal

from analytics.jobs.plant_channels import PlantReader
from analytics.jobs.plant_figures import YEAR_MS
from analytics.jobs.plant_performance import performance_of
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Table
from analytics.quality import implausible_cop
from analytics.series import DAY_MS
from collector.model import Finding
from collector.sitefile import Configuration
from collector.topology import Plant

LEAST_SHARE = 0.05
"""A mode with less of the span's heat tells nothing of the meters (rule of §1.7, minimum period:
an energy is shown if it is at least 5 % of the largest [otherm])."""


def implausible_ratios(
    configuration: Configuration, plant: Plant, readings: Readings, table: Table
) -> list[tuple[str, Finding]]:
    """Ratios of the plant that no plant has, as `cop_<mode>` and finding, each boundary apart.

    Parameters
    ----------
    configuration : Configuration
    plant : Plant
    readings : Readings
        For the facts of the registers.
    table : Table
        Of `plant_channels.wanted`.
    """
    channels = PlantReader(configuration, plant, readings).channels(table)
    ratios = [ratio for ratio in performance_of(plant, channels).ratios.values() if ratio.value]
    most = max((ratio.heat.value for ratio in ratios), default=0.0)
    over = _over(int(table.edges[-1] - table.edges[0]))
    return [
        (f"cop_{ratio.mode}", finding)
        for ratio in ratios
        if ratio.value is not None and ratio.heat.value > LEAST_SHARE * most
        for finding in implausible_cop(ratio.value.value, over)
    ]


def _over(length_ms: int) -> Literal["day", "window", "year"]:
    if length_ms >= YEAR_MS:
        return "year"
    return "day" if length_ms <= 2 * DAY_MS else "window"
