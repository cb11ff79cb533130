"""Indicators of public buildings and plants: per area and person, by use, against a limit or grade.

Formulas only; limits, grades and constants of standards are data (`analytics.limit_tables`), for
most of them are recalled and wait for a person who has the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.uncertainty import Uncertain

HOURS_OF_USE = 2500.0
"""T0 of GB/T 51161-2016: the use that its limits stand for. [h/a]"""
AREA_PER_PERSON = 10.0
"""S0 of GB/T 51161-2016: the occupation that its limits stand for. [m²/person]"""
KJ_PER_KGCE = 29_307.0
"""Standard coal, GB/T 2589. [kJ/kgce]"""


def per_area(amount: Uncertain, area_m2: float) -> Uncertain:
    """Amount per square metre of floor. [unit of the amount per m²]

    Raises
    ------
    ValueError
        The area is not positive.
    """
    return amount / _positive(area_m2, "area_m2")


def per_person(amount: Uncertain, persons: float) -> Uncertain:
    """Amount per person who uses energy in the building. [unit of the amount per person]

    Raises
    ------
    ValueError
        The number is not positive.
    """
    return amount / _positive(persons, "persons")


def use_correction(
    hours_per_year: float,
    area_per_person_m2: float,
    *,
    hours_of_use: float = HOURS_OF_USE,
    usual_area_m2: float = AREA_PER_PERSON,
) -> float:
    """Factor on the measured non-heating energy of an office, g1·g2 (GB/T 51161-2016, 5.2).

    g1 = 0.3 + 0.7 T0/T for hours of use, g2 = 0.7 + 0.3 S/S0 for occupation: a building that is
    used longer or by more people than the limits stand for is counted with less. That it goes on
    the measured value and not on the limit is recalled.

    Parameters
    ----------
    hours_per_year : float
        T, hours of use. [h/a]
    area_per_person_m2 : float
        S, floor per person. [m²/person]
    hours_of_use, usual_area_m2 : float
        T0 and S0 of the standard. [h/a], [m²/person]

    Returns
    -------
    float
        [-]

    Raises
    ------
    ValueError
        A number is not positive.
    """
    hours = _positive(hours_per_year, "hours_per_year")
    area = _positive(area_per_person_m2, "area_per_person_m2")
    return (0.3 + 0.7 * hours_of_use / hours) * (0.7 + 0.3 * area / usual_area_m2)


@dataclass(frozen=True, slots=True)
class Conventional:
    """The plant that would have been built otherwise, as GB/T 50801-2013 compares with.

    Parameters
    ----------
    boiler_efficiency : float
        η of a coal boiler. [-]
    chiller_eer : float
        Energy efficiency of a conventional chiller system. [-]
    electricity_kgce_per_kwh : float
        Coal that a kWh takes. [kgce/kWh]
    """

    boiler_efficiency: float
    chiller_eer: float
    electricity_kgce_per_kwh: float


def substituted_coal(
    heat_kwh: Uncertain, cooling_kwh: Uncertain, electricity_kwh: Uncertain, instead: Conventional
) -> Uncertain:
    """Conventional energy that a heat pump plant substitutes (GB/T 50801-2013). [kgce]

    Q_s = Q_h/(η·q) + D·Q_c/EER - D·W, with q = 29 307 kJ/kgce: what boiler and chiller would have
    burnt, less what units and pumps take. Negative if the plant takes more than they would have.

    Parameters
    ----------
    heat_kwh, cooling_kwh : Uncertain
        Heat and cooling that the plant has delivered. [kWh]
    electricity_kwh : Uncertain
        Of units and pumps. [kWh]
    instead : Conventional
        What it is compared with.

    Raises
    ------
    ValueError
        A constant of the comparison is not positive.
    """
    burnt_kj = _positive(instead.boiler_efficiency, "boiler_efficiency") * KJ_PER_KGCE
    coal = _positive(instead.electricity_kgce_per_kwh, "electricity_kgce_per_kwh")
    eer = _positive(instead.chiller_eer, "chiller_eer")
    return heat_kwh * (3600.0 / burnt_kj) + cooling_kwh * (coal / eer) - electricity_kwh * coal


def grade(value: float, limits: Sequence[float]) -> int | None:
    """Grade of a value: 1 for the first limit that it reaches, None if it reaches none.

    Parameters
    ----------
    value : float
        System coefficient, for instance. [-]
    limits : sequence of float
        Least value of each grade, falling.

    Raises
    ------
    ValueError
        The limits do not fall.
    """
    if list(limits) != sorted(limits, reverse=True):
        raise ValueError(f"limits: {list(limits)} do not fall")
    return next((place for place, least in enumerate(limits, 1) if value >= least), None)


def _positive(number: float, name: str) -> float:
    if not number > 0:
        raise ValueError(f"{name}: {number} is not positive")
    return number
