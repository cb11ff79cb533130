"""What all purchased lines of a statement come to, and per square metre of floor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analytics import statistics
from analytics.conversion import Factor
from analytics.figures import Figure, Inputs
from analytics.jobs import told
from analytics.jobs.lines import Context, figure, uncertain
from analytics.jobs.statement import CURRENCY, Line
from analytics.uncertainty import total
from collector.config import Building
from collector.model import Title

KG_PER_TONNE = 1000.0


def totals(lines: Iterable[Line], context: Context) -> tuple[Figure, ...]:
    """Cost, coal equivalent and CO2 of all that is purchased.

    Water is no energy: its coal equivalent is shown with its line and added only if the set says
    so. A total is told only if every part of it is known.
    """
    cost, coal, carbon = included(lines)
    return (
        _sum("total_cny", CURRENCY, [each.cost for each in cost], context),
        _sum("total_tce", "tce", [each.coal for each in coal], context),
        _sum("total_tco2", "tCO2", [each.carbon for each in carbon], context),
    )


def included(lines: Iterable[Line]) -> tuple[list[Line], list[Line], list[Line]]:
    """Lines that make the totals of cost, coal equivalent and CO2."""
    every = bought(lines)
    coal = [each for each in every if _counts(each, each.coal_by.factor)]
    return every, coal, [each for each in every if _counts(each, each.carbon_by.factor)]


def bought(lines: Iterable[Line]) -> list[Line]:
    """Whole accounts of what is purchased."""
    return [each for each in lines if each.whole and each.role == "purchased"]


def per_square_metre(
    lines: Iterable[Line],
    sums: Sequence[Figure],
    buildings: Sequence[Building],
    context: Context,
) -> tuple[Figure, ...]:
    """Electricity, coal equivalent, CO2 and cost per square metre of the site's floor.

    For the span as it is: a month's figure is not a year's limit.
    """
    cost, coal, carbon = sums
    electricity = [each.amount for each in bought(lines) if each.medium == "electricity"]
    bases = []
    if electricity:
        used = _sum("electricity_kwh", "kWh", electricity, context)
        bases.append((used, "electricity_kwh_per_m2", "kWh/m²", 1.0))
    bases += [
        (coal, "total_kgce_per_m2", "kgce/m²", KG_PER_TONNE),
        (carbon, "total_kgco2_per_m2", "kgCO2/m²", KG_PER_TONNE),
        (cost, "total_cny_per_m2", "CNY/m²", 1.0),
    ]
    unknown = [building.id for building in buildings if building.area_m2 is None]
    area = sum(building.area_m2 or 0.0 for building in buildings)
    reason = _no_area(unknown) if unknown or not area else None
    return tuple(
        _per_area(replace(base, name=name, unit=unit), scale, area, reason, context)
        for base, name, unit, scale in bases
    )


def _counts(line: Line, factor: Factor | None) -> bool:
    """Whether a line belongs in a total; an energy without a factor does, and spoils it."""
    return line.medium != "water" if factor is None else factor.in_total


def _sum(name: str, unit: str, parts: Sequence[Figure], context: Context) -> Figure:
    values = [uncertain(part) for part in parts]
    known = [value for value in values if value is not None]
    coverage = min((part.coverage or 0.0 for part in parts), default=None)
    inputs = _together(parts, context)
    lacking = [part for part in parts if part.value is None]
    if lacking or not parts:
        reason = _incomplete(lacking) if lacking else told.NOTHING_PURCHASED
        its = figure(name, None, unit, context, coverage)
        return replace(its, reason=reason, inputs=inputs)
    its = figure(name, total(known), unit, context, coverage)
    return replace(its, inputs=inputs, findings=tuple(f for part in parts for f in part.findings))


def _per_area(
    base: Figure, scale: float, area: float, reason: Title | None, context: Context
) -> Figure:
    value = uncertain(base)
    constants = {**base.inputs.constants, "area": f"{area:g} m² (site file)"}
    inputs = replace(base.inputs, constants=constants)
    if value is None or reason is not None:
        its = figure(base.name, None, base.unit, context, base.coverage)
        return replace(its, reason=base.reason or reason, inputs=inputs)
    its = figure(
        base.name, statistics.per_area(value * scale, area), base.unit, context, base.coverage
    )
    return replace(its, inputs=inputs)


def _together(parts: Iterable[Figure], context: Context) -> Inputs:
    points: dict[str, None] = {}
    registers: dict[str, None] = {}
    constants: dict[str, str] = {}
    for part in parts:
        points |= dict.fromkeys(part.inputs.points)
        registers |= dict.fromkeys(part.inputs.registers)
        constants |= {f"{part.name} {key}": text for key, text in part.inputs.constants.items()}
    return Inputs(tuple(points), tuple(registers), constants, context.version)


def _incomplete(lacking: Sequence[Figure]) -> Title:
    names = [part.name for part in lacking]
    return Title(
        f"合计不完整，缺少：{'、'.join(names)}", f"incomplete, without: {', '.join(names)}"
    )


def _no_area(unknown: Sequence[str]) -> Title:
    if not unknown:
        return Title("站点没有建筑面积", "the site has no floor area")
    return Title(
        f"{'、'.join(unknown)} 没有建筑面积", f"no floor area is given for {', '.join(unknown)}"
    )
