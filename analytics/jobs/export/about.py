"""What an export says of itself: cover, factor sets, prices, and how each figure is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.buckets import local_date
from analytics.conversion import FactorSet, spoken
from analytics.factor_sets import shipped
from analytics.jobs import told
from analytics.jobs.export.table import Cell, Column, Table
from analytics.jobs.statement import CURRENCY, Statement
from collector.model import Title
from collector.sitefile import Configuration

_COVER = (Column("项目", "Subject (zh)"), Column("英文", "Subject (en)"), Column("内容", "Content"))
_FACTORS = (
    Column("系数集", "Set"),
    Column("标准或公告", "Standard"),
    Column("版本", "Edition"),
    Column("地区", "Region"),
    Column("折算基准", "Basis"),
    Column("数据年份", "Data year", "whole"),
    Column("能源", "Energy"),
    Column("系数", "Factor", "factor"),
    Column("单位", "Unit"),
    Column("计入合计", "Added to totals"),
    Column("状态", "Status"),
    Column("核对人", "Verified by"),
    Column("来源", "Source"),
    Column("说明", "Note"),
)
_TARIFFS = (
    Column("价格方案", "Tariff"),
    Column("介质", "Medium"),
    Column("生效日期", "Valid from"),
    Column("月份", "Months"),
    Column("时段", "Period"),
    Column("时间", "Local hours"),
    Column("单价", "Price", "factor"),
    Column("单位", "Unit"),
    Column("状态", "Status"),
    Column("来源", "Source"),
)
_METHOD = (
    Column("指标", "Figure (zh)"),
    Column("英文", "Figure (en)"),
    Column("公式", "Formula"),
    Column("单位", "Unit"),
    Column("依据", "Source"),
)
_HOW: tuple[tuple[str, str, str, str, str], ...] = (
    ("消费量", "Amount", "Σ Δ register; power is integrated only where a meter has no register",
     "kWh, m³", "累计读数 cumulative registers, joined at exchanges, resets and rollovers"),
    ("覆盖率", "Coverage", "time in which every meter of the line is known / time of the span",
     "-", "累计读数跨越的缺口计为已知 a gap that a register bridges is known"),
    ("扩展不确定度", "Expanded uncertainty", "U = 2·√Σu²; u = limit/√3; one meter adds in time",
     "as the figure", "JCGM 100; EN 1434-1, IEC 62053-21/-22, OIML R 49, R 137"),
    ("未分项计量", "Not sub-metered", "main meters − Σ items, on their common time base",
     "kWh, m³", "分项计量 sub-metering; 闭合差限值 limit of closure 5 %"),
    ("费用", "Cost", "Σ amount in period × price; over several periods: no price",
     "CNY", "站点文件中的价格 tariffs of the site file"),
    ("折标准煤", "Coal equivalent", "amount × factor × conversion of units / 1000",
     "tce", "GB/T 2589; 封面所列系数集 the set of the cover"),
    ("二氧化碳", "CO2", "amount × factor × conversion of units / 1000",
     "tCO2", "生态环境部、国家统计局公告 MEE and NBS; 封面所列因子集 the set of the cover"),
    ("合计", "Totals", "Σ purchased accounts; what the plant makes on the site is not added again",
     "CNY, tce, tCO2", "GB/T 2589: E = Σ consumption × coefficient; 水不计入能耗 without water"),
    ("单位面积指标", "Per floor area", "total / floor area; of the month, not of a year",
     "per m²", "站点文件中的建筑面积 floor areas of the site file"),
    ("热泵站系数", "Plant COP and SPF", "Σ heat / Σ electricity at the named boundary",
     "-", "SEPEMO; IEA HPT Annex 52; 比值取自总和 a ratio of sums"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export comes from.

    Parameters
    ----------
    made : int
        When it was made. [ms since epoch, UTC]
    version : str
        groundwatt's version.
    plant : str
        What the export has of the heat pump plant, in words of both languages.
    findings : int
        Number of findings on its sheet.
    """

    made: int
    version: str
    plant: str
    findings: int


def cover(statement: Statement, configuration: Configuration, origin: Origin) -> Table:
    """Who, when, by which sets and prices, and how complete."""
    site, settings = configuration.site, configuration.settings
    zone = ZoneInfo(site.timezone)
    first = local_date(statement.start, zone)
    last = local_date(statement.end, zone) - timedelta(days=1)
    covered = [e.amount.coverage for e in statement.lines if e.amount.coverage is not None]
    made = datetime.fromtimestamp(origin.made / 1000, zone).isoformat(timespec="seconds")
    areas = [f"{b.id} {b.area_m2:g} m²" for b in settings.buildings if b.area_m2 is not None]
    rows: list[tuple[Cell, ...]] = [
        ("站点", "Site", f"{site.title.zh} / {site.title.en} ({site.id})"),
        ("期间第一日", "First day", first.isoformat()),
        ("期间最后一日", "Last day", last.isoformat()),
        ("时区", "Time zone", site.timezone),
        ("建筑面积", "Floor areas", "；".join(areas)),
        ("折标准煤系数集", "Coal-equivalent set", _told(statement.coal)),
        ("碳排放因子集", "CO2 set", _told(statement.carbon)),
        ("价格", "Prices", _prices(statement)),
        ("数据覆盖率（各账户最低）", "Data coverage, least of all lines",
         f"{min(covered):.1%}" if covered else None),
        ("数据质量提示数", "Findings", origin.findings),
        ("热泵站", "Heat pump plant", origin.plant),
        ("软件", "Software", f"groundwatt {origin.version}"),
        ("生成时间", "Made at", made),
    ]  # fmt: skip
    return Table("封面 Cover", _COVER, tuple(rows))


def factors(statement: Statement) -> Table:
    """Every factor of the two sets that were used, with what its set says of it."""
    rows: list[tuple[Cell, ...]] = []
    for its, unit in ((statement.coal, "kgce"), (statement.carbon, "kgCO2")):
        for factor in its.factors.values():
            of = shipped()[factor.set_id]
            status = told.FACTOR_STATUS[factor.status]
            rows.append((
                of.id, of.standard, of.edition, f"{of.region.zh} {of.region.en}", of.basis or "",
                of.data_year, spoken(factor.energy), factor.value, f"{unit}/{factor.unit}",
                "是 yes" if factor.in_total else "否 no", f"{status.zh} / {status.en}",
                of.verified_by or "尚未核对 nobody yet", of.source, factor.note or of.note,
            ))  # fmt: skip
    return Table("系数 Factors", _FACTORS, tuple(rows))


def prices(statement: Statement) -> Table:
    """Every price of the tariffs that were used."""
    rows: list[tuple[Cell, ...]] = []
    for tariff in statement.tariffs:
        unit = next(e.amount.unit for e in statement.lines if e.medium == tariff.medium)
        status = told.PRICE_STATUS[tariff.status]
        months = ", ".join(str(month) for month in tariff.months) or "1–12"
        for name, price in tariff.prices.items():
            period = told.PERIODS.get(name, Title(name, name))
            hours = ", ".join(tariff.hours.get(name, ())) or "其余 the rest"
            rows.append((
                tariff.id, told.MEDIA[tariff.medium].zh, tariff.valid_from.isoformat(), months,
                f"{period.zh} {period.en}", hours, price, f"{CURRENCY}/{unit}",
                f"{status.zh} / {status.en}", tariff.source,
            ))  # fmt: skip
    return Table("价格 Tariffs", _TARIFFS, tuple(rows))


def method(more: Sequence[tuple[str, str, str, str, str]] = ()) -> Table:
    """How each figure is made: formula, unit, source."""
    return Table("方法 Method", _METHOD, (*_HOW, *more))


def _told(its: FactorSet) -> str:
    """A set in one line: id, what it is, where it holds, and how far it can be trusted."""
    status = told.FACTOR_STATUS[its.status]
    parts = (
        its.id, f"{its.title.zh} / {its.title.en}", f"{its.standard} ({its.edition})",
        its.basis or "", f"数据年份 data year {its.data_year}" if its.data_year else "",
        f"{its.region.zh} {its.region.en}", f"{status.zh} / {status.en}",
        f"来源 source: {its.source}",
    )  # fmt: skip
    return "；".join(part for part in parts if part)


def _prices(statement: Statement) -> str:
    if not statement.tariffs:
        return "无 none"
    statuses = ((tariff, told.PRICE_STATUS[tariff.status]) for tariff in statement.tariffs)
    return "；".join(f"{tariff.id} ({status.zh} {status.en})" for tariff, status in statuses)
