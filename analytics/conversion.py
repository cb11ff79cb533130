"""Energy in the units that people account in: coal equivalent and CO2, by a named factor set.

The set is part of every result, because official sets differ by a factor of 2.5 for the same kWh
of electricity. An energy for which a set has no factor gets no number, and the reason; never zero.
Pure: the sets come from `analytics.factor_sets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from analytics.uncertainty import Uncertain
from collector.accounts import Medium
from collector.model import Title

FactorKind = Literal["coal_equivalent", "carbon"]
Basis = Literal["当量", "等价"]
Status = Literal["confirmed", "partly", "recalled"]

ENERGIES_OF: Mapping[Medium, tuple[str, ...]] = {
    "electricity": ("electricity",),
    "heat": ("heat",),
    "cooling": ("cooling",),
    "gas": ("natural_gas", "natural_gas_oilfield", "natural_gas_gasfield"),
    "water": ("fresh_water",),
}
"""Names by which factor sets know a medium; the first is the general one."""

_NAMES: Mapping[str, str] = {
    "electricity": "电力", "heat": "热力", "cooling": "冷量", "fresh_water": "新水",
    "natural_gas": "天然气", "natural_gas_oilfield": "油田天然气",
    "natural_gas_gasfield": "气田天然气", "lpg": "液化石油气", "petrol": "汽油", "diesel": "柴油",
    "kerosene": "煤油", "raw_coal": "原煤", "steam_low_pressure": "蒸汽（低压）",
}  # fmt: skip
UNIT_OF: Mapping[Medium, str] = {
    "electricity": "kWh", "heat": "kWh", "cooling": "kWh", "gas": "m³", "water": "m³",
}  # fmt: skip
"""Canonical unit in which each medium is metered."""

KG_PER_TONNE = 1000.0
RESULT_UNIT: Mapping[FactorKind, str] = {"coal_equivalent": "tce", "carbon": "tCO2"}

# Factor unit per metered unit. A tonne of fresh water is taken as one cubic metre, as it is billed.
_PER_METERED: Mapping[tuple[str, str], float] = {
    ("kWh", "kWh"): 1.0, ("kWh", "MJ"): 3.6, ("kWh", "GJ"): 0.0036,
    ("m³", "m³"): 1.0, ("m³", "t"): 1.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Factor:
    """What one unit of one energy comes to.

    Parameters
    ----------
    energy : str
        Name of the energy, such as `natural_gas_gasfield`.
    unit : str
        Unit of the energy that the factor is told for.
    value : float
        [kgce or kg CO2 per unit]
    status : str
        confirmed: read in a published text; partly: with a reservation; recalled: from memory.
    in_total : bool
        Whether it is added to the comprehensive energy of the site.
    note : str
        What a reader must know about it.
    set_id : str
        The set that it is from, which may be the companion of the one that was asked.
    """

    energy: str
    unit: str
    value: float
    status: Status
    in_total: bool
    note: str
    set_id: str


@dataclass(frozen=True, slots=True)
class FactorSet:
    """A versioned set of factors, with where it is from.

    Parameters
    ----------
    id : str
        The name by which site.yaml chooses it.
    kind : str
        coal_equivalent or carbon.
    title, region : Title
        What it is, and where it holds.
    standard, edition : str
        Document and its edition.
    basis : str or None
        当量: heat that the energy holds; 等价: coal that it takes to supply it. None for carbon.
    data_year : int or None
        Year that the data describe.
    source : str
        Where the numbers were read.
    status : str
        confirmed, partly or recalled.
    verified_by : str
        Who has checked it against the document; empty: nobody yet.
    factors : mapping of str to Factor
        By energy, those of a companion set included.
    note : str
        What a reader must know about it.
    """

    id: str
    kind: FactorKind
    title: Title
    region: Title
    standard: str
    edition: str
    basis: Basis | None
    data_year: int | None
    source: str
    status: Status
    verified_by: str
    factors: Mapping[str, Factor]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """An energy converted by a set, or the reason why it has no number.

    Parameters
    ----------
    value : Uncertain or None
        [tce or t CO2]; the uncertainty is that of the meters, the factor is taken as agreed.
    unit : str
        tce or tCO2.
    factors : FactorSet
        The set that was asked.
    factor : Factor or None
        The factor that was used.
    per_metered : float or None
        Units of the factor per metered unit, 3.6 MJ/kWh for instance.
    reason : Title or None
        Why there is no value.
    """

    value: Uncertain | None
    unit: str
    factors: FactorSet
    factor: Factor | None = None
    per_metered: float | None = None
    reason: Title | None = None


def convert(
    amount: Uncertain | None, medium: Medium, factors: FactorSet, *, energy: str | None = None
) -> Converted:
    """Convert a metered amount of a medium by a factor set.

    E = amount · factor (GB/T 2589, 5.3: the sum over energies of consumption times coefficient).

    Parameters
    ----------
    amount : Uncertain or None
        Metered; None when it is not known. [kWh, or m³ for gas and water]
    medium : str
        electricity, heat, cooling, gas or water.
    factors : FactorSet
        From `analytics.factor_sets.find`.
    energy : str, optional
        Which of a medium's energies it is where the set tells several apart.

    Returns
    -------
    Converted
        Without a value, but with the reason, if the set has no factor or the amount is unknown.
    """
    unit = RESULT_UNIT[factors.kind]
    chosen = _factor(medium, factors, energy)
    if isinstance(chosen, Title):
        return Converted(None, unit, factors, reason=chosen)
    per_metered = _PER_METERED.get((UNIT_OF[medium], chosen.unit))
    if per_metered is None:
        return Converted(None, unit, factors, chosen, reason=_other_unit(medium, chosen))
    known = Converted(None, unit, factors, chosen, per_metered)
    if amount is None:
        return replace(known, reason=Title("消费量未知", "the consumption is not known"))
    return replace(known, value=amount * (per_metered * chosen.value / KG_PER_TONNE))


def _factor(medium: Medium, factors: FactorSet, energy: str | None) -> Factor | Title:
    """Return the one factor of a medium, or why there is not exactly one."""
    names = ENERGIES_OF[medium]
    if energy is not None and energy not in names:
        known = ", ".join(names)
        raise ValueError(f"energy: {energy!r} is no kind of {medium}; known: {known}")
    if energy is not None and energy in factors.factors:
        return factors.factors[energy]
    if names[0] in factors.factors:
        return factors.factors[names[0]]
    if energy is not None:
        return _absent(energy, factors)
    found = [name for name in names if name in factors.factors]
    if not found:
        return _absent(names[0], factors)
    if len(found) == 1:
        return factors.factors[found[0]]
    several = "、".join(found), " and ".join(found)
    return Title(
        f"系数集 {factors.id} 区分 {several[0]}，请在站点文件该账户中用 energy 指明",
        f"the set {factors.id} tells {several[1]} apart: name one as `energy` of the account",
    )


def spoken(energy: str) -> str:
    """Name that GB/T 2589 gives to an energy, before the one that a site file uses."""
    return f"{_NAMES[energy]} {energy}" if energy in _NAMES else energy


def _absent(energy: str, factors: FactorSet) -> Title:
    return Title(
        f"系数集 {factors.id} 没有 {spoken(energy)} 的系数",
        f"the set {factors.id} has no factor for {energy}",
    )


def _other_unit(medium: Medium, factor: Factor) -> Title:
    metered = UNIT_OF[medium]
    return Title(
        f"系数以 {factor.unit} 计，而计量单位为 {metered}",
        f"the factor is told per {factor.unit}, the meter counts {metered}",
    )
