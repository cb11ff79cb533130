"""Key figures of a site over a span: the one place where pages, exports and the command line ask.

Levels: `site` what is bought and used, `tower` each building's share of the plant, `plant` COP or
SPF at every boundary with the ground and the first law, `unit` each heat pump.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import get_args
from zoneinfo import ZoneInfo

from analytics.figures import Figure, Level
from analytics.jobs import (
    closure_figures,
    closure_values,
    consumption,
    forecast_figures,
    ground_figures,
    operation_figures,
    towers,
)
from analytics.jobs.ground_history import HistoryReader, Past
from analytics.jobs.plant_channels import PlantReader, wanted
from analytics.jobs.plant_figures import Subject, figures_of
from analytics.jobs.plant_performance import performance_of
from analytics.jobs.provenance import Provenance
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Table, Tabulator
from collector.errors import ConfigError, Problem
from collector.sitefile import Configuration
from collector.topology import Plant

LEVELS: tuple[Level, ...] = get_args(Level)


class Kpi:
    """Computes the key figures of a site.

    Parameters
    ----------
    configuration : Configuration
        The site.
    readings : Readings
        Raw data with the records' layer.
    tabulator : Tabulator
        Quarter-hours of it.
    """

    def __init__(
        self, configuration: Configuration, readings: Readings, tabulator: Tabulator
    ) -> None:
        self._configuration = configuration
        self._readings = readings
        self._tabulator = tabulator
        self._zone = ZoneInfo(configuration.site.timezone)

    async def figures(
        self, start: int, end: int, levels: Collection[Level] = LEVELS
    ) -> list[Figure]:
        """Figures of some levels over whole local days. [ms since epoch, UTC]

        Raises
        ------
        ConfigError
            A level below the site is asked for, and the site has no plant.
        Unavailable, RecordsError
            Store or records are out of reach.
        """
        found: list[Figure] = []
        if "site" in levels:
            told = await consumption.statement(self._configuration, self._readings, (start, end))
            found += told.figures
        if below := [level for level in levels if level != "site"]:
            found += await self._of_plant(start, end, below)
        return found

    async def _of_plant(self, start: int, end: int, levels: Sequence[Level]) -> list[Figure]:
        plant = self._configuration.settings.plant
        if plant is None:
            wording = "the site file has no `plant`: only the level site can be told"
            raise ConfigError([Problem(self._configuration.file, None, "plant", wording)])
        table = await self._tabulator.table(wanted(plant), start, end)
        reader = PlantReader(self._configuration, plant, self._readings)
        past = None
        if "plant" in levels:
            its = HistoryReader(plant, reader, self._readings, self._tabulator, self._zone)
            past = await its.past(end, with_hours=forecast_figures.told_for(end - start))
        return await asyncio.to_thread(
            self._computed, plant, reader, table, past, (start, end), levels
        )

    def _computed(
        self,
        plant: Plant,
        reader: PlantReader,
        table: Table,
        past: Past | None,
        span: tuple[int, int],
        levels: Sequence[Level],
    ) -> list[Figure]:
        channels = reader.channels(table)
        provenance = Provenance(table, self._readings)

        def subject(name: str, level: Level) -> Subject:
            return Subject(name, level, *span, provenance, self._zone, plant)

        found: list[Figure] = []
        if "tower" in levels and plant.serves:
            circuits = {
                each.heat_meter: reader.heat_meter(table, each.heat_meter, plant.load, "load")
                for each in plant.serves
            }
            for name, its in towers.of_buildings(channels, plant.serves, circuits).items():
                found += figures_of(its, subject(name, "tower"))
        told = performance_of(plant, channels)
        values = closure_values.of_plant(plant, reader, channels, self._configuration.site.devices)
        if "plant" in levels:
            its_plant = subject(plant.id, "plant")
            found += figures_of(told, its_plant)
            found += operation_figures.of_plant(told, channels, reader, its_plant)
            found += ground_figures.of_plant(plant, channels, told, reader, its_plant)
            found += forecast_figures.of_plant(plant, past, its_plant)
            found += closure_figures.of_plant(plant, values, told.states, channels, its_plant)
        if "unit" in levels:
            for unit, its_values in zip(plant.units, values.units, strict=True):
                name = unit.heat_pump
                found += figures_of(told.units[name], subject(name, "unit"))
                found += operation_figures.of_unit(
                    unit, channels.units[name], told.units[name], table, reader,
                    subject(name, "unit"),
                )  # fmt: skip
                found += ground_figures.of_unit(unit, channels.units[name], subject(name, "unit"))
                found += closure_figures.of_unit(its_values, subject(name, "unit"))
        return found
