"""Limits and grades of standards as data: read from `factors/*.yaml` beside the factor sets.

Each table says whether it is confirmed or recalled, and whoever shows a verdict shows that too.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from analytics.conversion import Status
from analytics.statistics import Conventional
from collector.documents import Model, Strict, parse, read_text
from collector.topology import Names, Positive

BuildingClass = Literal["A", "B"]
Use = Literal["government", "commercial_office"]
Zone = Literal[
    "severe_cold_and_cold", "hot_summer_cold_winter", "hot_summer_warm_winter", "mild"
]  # fmt: skip


class Table(Strict):
    """What every table says of itself."""

    kind: str
    id: str
    standard: str
    edition: str
    title: Names
    source: str
    status: Status
    verified_by: str = ""


class OfficeLimit(Strict):
    """Non-heating energy that an office of one kind may use. [unit of the table]"""

    building: Annotated[BuildingClass, Field(alias="class")]
    use: Use
    zone: Zone
    constraint: Positive
    guide: Positive


class Reference(Strict):
    """The use that the limits stand for."""

    hours_per_year: Positive
    area_per_person_m2: Positive


class OfficeLimits(Table):
    """Table of GB/T 51161 for offices."""

    kind: Literal["office_limits"]
    unit: str
    correction: Reference
    limits: tuple[OfficeLimit, ...]

    def limit(self, building: BuildingClass, use: Use, zone: Zone) -> OfficeLimit:
        """Return the row of a building.

        Raises
        ------
        KeyError
            The table has none.
        """
        key = (building, use, zone)
        return {(row.building, row.use, row.zone): row for row in self.limits}[key]


class Grades(Strict):
    """Least system coefficient that passes, and of the grades from the first on. [-]"""

    metric: Literal["system_cop", "system_eer"]
    passed: Annotated[Positive, Field(alias="pass")]
    grades: tuple[Positive, ...]


class ChillerStep(Strict):
    """Efficiency of a conventional chiller below a rated cooling power; the last has no bound."""

    below_kw: Positive | None = None
    eer: Positive


class Comparison(Strict):
    """Constants of the plant that is compared with."""

    boiler_efficiency: Annotated[float, Field(gt=0, le=1)]
    electricity_kgce_per_kwh: Positive
    chiller_eer: Annotated[tuple[ChillerStep, ...], Field(min_length=1)]


class Emissions(Strict):
    """What burning coal emits; sets must not be mixed. [kg per kgce]"""

    id: str
    co2: Positive
    so2: Positive
    dust: Positive
    nox: Positive | None = None


class PlantEvaluation(Table):
    """GB/T 50801 for ground-source heat pump systems."""

    kind: Literal["plant_evaluation"]
    heating: Grades
    cooling: Grades
    conventional: Comparison
    emissions: tuple[Emissions, ...]

    def instead(self, rated_cooling_kw: float) -> Conventional:
        """Return the conventional plant that one of this rated cooling power is compared with."""
        steps = self.conventional.chiller_eer
        step = next(s for s in steps if s.below_kw is None or rated_cooling_kw < s.below_kw)
        return Conventional(
            self.conventional.boiler_efficiency,
            step.eer,
            self.conventional.electricity_kgce_per_kwh,
        )


@cache
def office_limits() -> OfficeLimits:
    """GB/T 51161-2016, non-heating energy of offices."""
    return _read("gbt51161-2016.yaml", OfficeLimits)


@cache
def plant_evaluation() -> PlantEvaluation:
    """GB/T 50801-2013, ground-source heat pumps."""
    return _read("gbt50801-2013.yaml", PlantEvaluation)


def _read(name: str, model: type[Model]) -> Model:
    file = Path(str(resources.files("analytics") / "factors" / name))
    return parse(read_text(file), file, model)
