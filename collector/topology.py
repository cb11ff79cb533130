"""The heat pump plant as site.yaml describes it: who measures what, at which boundary.

Which units, pumps and heaters there are, which meter counts each, what flows in the circuits, and
the bore field. How exact an instrument is stands with its device (`Accuracy`). Only the form is
checked here; that ids exist and kinds fit, in `references`. What follows from it all (which
boundaries can be claimed), analytics says.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from collector.documents import Mistakes, Strict
from collector.wire import ID_PATTERN

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


def _day_of_the_year(text: str) -> str:
    try:
        date.fromisoformat(f"2001-{text}")  # not a leap year: 02-29 would be missing in most
    except ValueError as error:
        raise ValueError(f"there is no {text} in every year; write month-day, 11-15") from error
    return text


MonthDay = Annotated[str, AfterValidator(_day_of_the_year)]
"""A day that every year has: `11-15`."""

AccuracyClass = Literal["0.2S", "0.5S", "0.2", "0.5", "1", "1.5", "2", "3", "A", "B", "C"]
Fluid = Literal["water", "ethylene_glycol", "propylene_glycol", "ethanol"]


class Names(Strict):
    """A name in Chinese and English."""

    zh: str
    en: str


class Accuracy(Strict):
    """How exact an instrument is; what is left out is taken from its kind and said so.

    Attributes
    ----------
    accuracy_class : str
        `class` in the file: EN 1434 1 to 3 for heat meters, IEC 62053 (0.2S to 2) or MID (A to C)
        for electricity, 1, 1.5 or 2 for water and gas.
    permanent_flow_m3h, least_flow_m3h : float
        qp and qi of a heat or water meter. [m³/h]
    least_difference_k : float
        ΔΘmin of a heat meter. [K]
    pair : str
        `matched`: a calibrated pair of sensors; `independent`: two sensors of their own errors.
    sensor_k : float
        Bound of each temperature sensor's error, for `independent` ones. [K]
    flow_percent : float
        Bound of a flow sensor's error that follows no class. [%]
    flow_sensor : str
        Which pipe the flow sensor sits in; it decides the density that counts.
    fluid : str
        What the calculator was set to; water unless its certificate says otherwise.
    """

    accuracy_class: Annotated[AccuracyClass | None, Field(alias="class")] = None
    permanent_flow_m3h: Positive | None = None
    least_flow_m3h: Positive | None = None
    least_difference_k: Positive | None = None
    pair: Literal["matched", "independent"] | None = None
    sensor_k: Positive | None = None
    flow_percent: Positive | None = None
    flow_sensor: Literal["supply", "return"] | None = None
    fluid: Fluid | None = None


class Circuit(Strict):
    """One hydraulic circuit of the plant: its fluid and the meter that counts its heat.

    `mass_fraction` is the share of glycol or ethanol. [kg/kg]
    """

    fluid: Fluid = "water"
    mass_fraction: Annotated[float, Field(ge=0, le=0.6)] = 0.0
    heat_meter: Id | None = None
    design_flow_m3h: Positive | None = None
    design_difference_k: Positive | None = None

    @model_validator(mode="after")
    def _mixed(self) -> Circuit:
        if (self.fluid == "water") != (self.mass_fraction == 0):
            wording = "water has none, every other fluid needs one (0.25 is 25 % by mass)"
            raise Mistakes([(("mass_fraction",), wording)])
        return self


class Unit(Strict):
    """One heat pump: its controller, and the meters of its own if it has any.

    `internal_pump` marks a unit whose meter also counts a built-in circulation pump: its H1 cannot
    be separated and is published with an asterisk.
    """

    heat_pump: Id
    electricity: Id | None = None
    heat_meter: Id | None = None
    source_heat_meter: Id | None = None
    rated_heat_kw: Positive | None = None
    rated_power_kw: Positive | None = None
    internal_pump: bool = False


class Consumers(Strict):
    """Consumers of one kind that exist, and the meters that count all of them together.

    Without `electricity` they exist and are not metered: boundaries that include them fall away.
    """

    electricity: tuple[Id, ...] = ()
    pumps: tuple[Id, ...] = ()
    rated_power_kw: Positive | None = None


class Served(Strict):
    """A building that the plant heats and cools, and the meter of what it receives."""

    building: Id
    heat_meter: Id


class Season(Strict):
    """A season by its first and last local day, both included; it may pass New Year."""

    first: MonthDay
    last: MonthDay


class BoreField(Strict):
    """The bores of the ground loop, as its design documents tell them."""

    bores: Annotated[int, Field(ge=1, le=10_000)]
    depth_m: Positive
    spacing_m: Positive = 5.0
    columns: Annotated[int, Field(ge=1)] | None = None
    cover_m: NotNegative = 1.5
    radius_m: Positive = 0.075
    conductivity_w_mk: Positive
    capacity_mj_m3k: Positive
    resistance_mk_w: Positive
    undisturbed_c: Annotated[float, Field(ge=-5, le=40)] | None = None


class Plant(Strict):
    """The heat pump plant.

    Source and load pumps always exist: left out means not metered. Back-up heater, auxiliary
    cooling (a cooling tower, a dry cooler), hot water and distribution exist when they are named.
    `whole` is the meter of everything in the plant room; what it holds beside the named meters
    (`controls`) counts into the outer boundaries.
    """

    id: Id = "plant"
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    source: Circuit = Circuit()
    load: Circuit = Circuit()
    hot_water: Circuit | None = None
    source_pumps: Consumers = Consumers()
    load_pumps: Consumers = Consumers()
    backup_heater: Consumers | None = None
    auxiliary_cooling: Consumers | None = None
    controls: Consumers | None = None
    distribution: Consumers | None = None
    whole: Id | None = None
    outdoor: Id | None = None
    serves: tuple[Served, ...] = ()
    heating_season: Season = Season(first="11-15", last="03-15")
    cooling_season: Season = Season(first="05-15", last="09-30")
    bore_field: BoreField | None = None
