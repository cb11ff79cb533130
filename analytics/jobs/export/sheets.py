"""Consumption, costs by period and indicators of a statement as sheets.

A figure that is a product of others stands there as a formula with its value, so that an auditor
sees how it was made and a changed number changes what follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from analytics.conversion import KG_PER_TONNE, Converted
from analytics.figures import Figure
from analytics.jobs import told
from analytics.jobs.export.table import (
    FIRST_ROW,
    Cell,
    Column,
    Formula,
    Table,
    column_of,
    joined,
)
from analytics.jobs.indicators import bought, included
from analytics.jobs.statement import CURRENCY, Line, Statement
from collector.model import Title

CONSUMPTION = "分项消费 Consumption"
PERIODS = "分时费用 Cost by period"
INDICATORS = "合计与指标 Totals"

ROLES = {"purchased": "外购 purchased", "delivered": "自产 delivered"}

_CONSUMPTION = (
    Column("编号", "Key"),
    Column("介质", "Medium"),
    Column("分项", "Item"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("性质", "Role"),
    Column("表计", "Meters"),
    Column("消费量", "Amount", "amount"),
    Column("单位", "Unit"),
    Column("消费量扩展不确定度 k=2", "U of amount, k = 2", "amount"),
    Column("覆盖率", "Coverage", "share"),
    Column("费用 元", "Cost, CNY", "money"),
    Column("费用扩展不确定度 元", "U of cost, CNY", "money"),
    Column("未计价量", "Amount without a price", "amount"),
    Column("价格状态", "Status of prices"),
    Column("折标准煤系数", "Coal factor", "factor"),
    Column("系数单位", "Unit of coal factor"),
    Column("单位换算（标煤）", "Conversion of units, coal", "factor"),
    Column("折标准煤 tce", "Coal equivalent, tce", "tonnes"),
    Column("折标准煤扩展不确定度 tce", "U of coal equivalent, tce", "tonnes"),
    Column("碳排放因子", "CO2 factor", "factor"),
    Column("因子单位", "Unit of CO2 factor"),
    Column("单位换算（二氧化碳）", "Conversion of units, CO2", "factor"),
    Column("二氧化碳 t", "CO2, t", "tonnes"),
    Column("二氧化碳扩展不确定度 t", "U of CO2, t", "tonnes"),
    Column("系数来源与状态", "Sets and status of factors"),
    Column("无数值的原因", "Why there is no value"),
    Column("提示", "Findings"),
)
_PERIODS = (
    Column("编号", "Key"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("价格方案", "Tariff"),
    Column("时段", "Period"),
    Column("电量或用量", "Amount", "amount"),
    Column("单位", "Unit"),
    Column("单价", "Price", "factor"),
    Column("单价单位", "Unit of price"),
    Column("费用 元", "Cost, CNY", "money"),
    Column("价格状态", "Status of prices"),
    Column("价格来源", "Source of prices"),
)
_INDICATORS = (
    Column("编号", "Key"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("数值", "Value", "tonnes"),
    Column("单位", "Unit"),
    Column("扩展不确定度 k=2", "U, k = 2", "tonnes"),
    Column("覆盖率", "Coverage", "share"),
    Column("主要误差源", "Dominating source of error"),
    Column("建筑面积 m²", "Floor area, m²", "amount"),
    Column("无数值的原因", "Why there is no value"),
)
_NAMES = {
    "total_cny": Title("能源与水费用合计", "Cost of energy and water"),
    "total_tce": Title("综合能耗（外购）", "Comprehensive energy, purchased"),
    "total_tco2": Title("二氧化碳排放（外购）", "CO2 of purchased energy"),
    "electricity_kwh_per_m2": Title("单位面积电耗", "Electricity per floor area"),
    "total_kgce_per_m2": Title("单位面积综合能耗", "Comprehensive energy per floor area"),
    "total_kgco2_per_m2": Title("单位面积二氧化碳排放", "CO2 per floor area"),
    "total_cny_per_m2": Title("单位面积费用", "Cost per floor area"),
}
_BASE_OF = {
    "total_kgce_per_m2": ("total_tce", 1000),
    "total_kgco2_per_m2": ("total_tco2", 1000),
    "total_cny_per_m2": ("total_cny", 1),
}


def name_of(figure: Figure) -> Title:
    """Name of a total, an indicator or a check."""
    if figure.name in _NAMES:
        return _NAMES[figure.name]
    medium = figure.name.removesuffix("_unmetered_share")
    title = next((t for m, t in told.MEDIA.items() if medium.startswith(m)), Title("", ""))
    return Title(f"{title.zh}：未分项计量的比例", f"{title.en}: share not sub-metered")


def consumption(statement: Statement) -> Table:
    """One row for each account, item and rest."""
    return Table(CONSUMPTION, _CONSUMPTION, tuple(_line(each) for each in statement.lines))


def periods(statement: Statement) -> Table:
    """Amount, price and cost of each line by tariff and period."""
    tariffs = {tariff.id: tariff for tariff in statement.tariffs}
    amount, price = column_of(_PERIODS, "Amount"), column_of(_PERIODS, "Price")
    rows: list[tuple[Cell, ...]] = []
    for line in statement.lines:
        for part in line.priced.parts if line.priced else ():
            tariff = tariffs[part.tariff]
            period = told.PERIODS.get(part.period, Title(part.period, part.period))
            rows.append((
                line.amount.name, line.title.zh, line.title.en, part.tariff,
                f"{period.zh} {period.en}", part.energy, line.amount.unit, part.price,
                f"{CURRENCY}/{line.amount.unit}",
                Formula(f"={amount}{{row}}*{price}{{row}}", part.cost),
                _bilingual(told.PRICE_STATUS[tariff.status]), tariff.source,
            ))  # fmt: skip
    return Table(PERIODS, _PERIODS, tuple(rows))


def indicators(statement: Statement, area_m2: float) -> Table:
    """Totals of what is purchased, per square metre, and the shares that are not sub-metered."""
    figures = (*statement.totals, *statement.indicators, *statement.checks)
    rows = tuple(_indicator(each, figures, statement, area_m2) for each in figures)
    return Table(INDICATORS, _INDICATORS, rows)


def _line(line: Line) -> tuple[Cell, ...]:
    priced, amount = line.priced, line.amount
    status = told.PRICE_STATUS[priced.status] if priced and priced.status else None
    used = (line.coal_by, line.carbon_by) if line.role == "purchased" else ()
    sets = (told.factor(each) for each in used if each.factor)
    findings = (f.sentence for figure in line.figures for f in figure.findings)
    return (
        amount.name, told.MEDIA[line.medium].zh, line.item, line.title.zh, line.title.en,
        ROLES[line.role], line.meters, amount.value, amount.unit, amount.uncertainty,
        amount.coverage, _cost(line), line.cost.uncertainty, priced.unpriced if priced else None,
        _bilingual(status) if status else "",
        *_converted(line.coal, line.coal_by, *_OF_COAL), line.coal.uncertainty,
        *_converted(line.carbon, line.carbon_by, *_OF_CARBON), line.carbon.uncertainty,
        "；".join(sets), _reasons(line.figures), joined(findings),
    )  # fmt: skip


def _cost(line: Line) -> Cell:
    """Cost of a line as the sum of its periods on the other sheet."""
    if line.cost.value is None:
        return None
    key, cost = column_of(_PERIODS, "Key"), column_of(_PERIODS, "Cost, CNY")
    own = column_of(_CONSUMPTION, "Key")
    sheet = f"'{PERIODS}'!"
    ranges = f"{sheet}${cost}:${cost},{sheet}${key}:${key}"
    return Formula(f"=SUMIFS({ranges},{own}{{row}})", line.cost.value)


_OF_COAL = "Coal factor", "Conversion of units, coal"
_OF_CARBON = "CO2 factor", "Conversion of units, CO2"


def _converted(
    figure: Figure, by: Converted, factor: str, conversion: str
) -> tuple[Cell, Cell, Cell, Cell]:
    """Factor, its unit, the conversion of units, and the product of the three and the amount."""
    if by.factor is None or by.per_metered is None or figure.value is None:
        return None, "", None, None
    terms = (column_of(_CONSUMPTION, each) for each in ("Amount", factor, conversion))
    text = "=" + "*".join(f"{column}{{row}}" for column in terms) + f"/{KG_PER_TONNE:g}"
    unit = "kgce" if by.unit == "tce" else "kgCO2"
    formula = Formula(text, figure.value)
    return by.factor.value, f"{unit}/{by.factor.unit}", by.per_metered, formula


def _reasons(figures: Sequence[Figure]) -> str:
    """Why figures of a line have no value, each reason once with what it is of."""
    titles = (Title("消费量", "amount"), Title("费用", "cost"), Title("标煤", "coal equivalent"),
              Title("二氧化碳", "CO2"))  # fmt: skip
    by_reason: dict[Title, list[Title]] = {}
    for title, figure in zip(titles, figures, strict=True):
        if figure.value is None and figure.reason is not None:
            by_reason.setdefault(figure.reason, []).append(title)
    return "；".join(
        f"{'、'.join(t.zh for t in of)}：{why.zh} / {', '.join(t.en for t in of)}: {why.en}"
        for why, of in by_reason.items()
    )


def _indicator(
    figure: Figure, figures: Sequence[Figure], statement: Statement, area_m2: float
) -> tuple[Cell, ...]:
    name = name_of(figure)
    per_area = figure in statement.indicators
    text = _formula(figure, figures, statement) if figure.value is not None else None
    value = Formula(text, figure.value) if text and figure.value is not None else figure.value
    return (
        figure.name, name.zh, name.en, value, figure.unit, figure.uncertainty, figure.coverage,
        figure.dominant or "", area_m2 if per_area and figure.value is not None else None,
        joined([figure.reason]),
    )  # fmt: skip


def _formula(figure: Figure, figures: Sequence[Figure], statement: Statement) -> str | None:
    """How a total or indicator follows from cells; None for a number that no cells make."""
    area = column_of(_INDICATORS, "Floor area, m²")
    if figure in statement.totals:
        headings = ("Cost, CNY", "Coal equivalent, tce", "CO2, t")
        place = statement.totals.index(figure)
        lines = included(statement.lines)[place]
        return "=" + "+".join(_cell(line, headings[place], statement) for line in lines)
    if figure.name in _BASE_OF:
        base, scale = _BASE_OF[figure.name]
        row = FIRST_ROW + next(i for i, each in enumerate(figures) if each.name == base)
        return f"={column_of(_INDICATORS, 'Value')}{row}*{scale}/{area}{{row}}"
    if figure in statement.indicators:
        lines = [each for each in bought(statement.lines) if each.medium == "electricity"]
        amounts = "+".join(_cell(line, "Amount", statement) for line in lines)
        return f"=({amounts})/{area}{{row}}"
    return None


def _cell(line: Line, heading: str, statement: Statement) -> str:
    row = FIRST_ROW + statement.lines.index(line)
    return f"'{CONSUMPTION}'!{column_of(_CONSUMPTION, heading)}{row}"


def _bilingual(title: Title) -> str:
    return f"{title.zh} {title.en}"
