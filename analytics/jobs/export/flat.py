"""Every figure of an export as one flat table: what the CSV file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from analytics.buckets import local_date
from analytics.figures import Figure
from analytics.jobs import told
from analytics.jobs.export.sheets import ROLES, name_of
from analytics.jobs.export.table import Cell, Column, Table
from analytics.jobs.formulas import formula_of
from analytics.jobs.statement import Line, Statement
from collector.model import Title

_COLUMNS = (
    Column("类别", "Section"),
    Column("指标", "Figure"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("对象", "Subject"),
    Column("介质", "Medium"),
    Column("分项", "Item"),
    Column("性质", "Role"),
    Column("边界 SEPEMO", "Boundary, SEPEMO"),
    Column("边界 Annex 52", "Boundary, Annex 52"),
    Column("期间第一日", "First day"),
    Column("期间最后一日", "Last day"),
    Column("数值", "Value", "tonnes"),
    Column("单位", "Unit"),
    Column("扩展不确定度 k=2", "U, k = 2", "tonnes"),
    Column("不确定度单位", "Unit of U"),
    Column("主要误差源", "Dominating source of error"),
    Column("覆盖率", "Coverage", "share"),
    Column("测点", "Points"),
    Column("常数与来源", "Constants and their sources"),
    Column("无数值的原因", "Why there is no value (zh)"),
    Column("无数值的原因（英文）", "Why there is no value (en)"),
    Column("提示", "Findings"),
    Column("软件版本", "Version"),
)
_PARTS = (
    Title("消费量", "amount"), Title("费用", "cost"), Title("折标准煤", "coal equivalent"),
    Title("二氧化碳", "CO2"),
)  # fmt: skip


def flat(statement: Statement, plant: Sequence[Figure], zone: ZoneInfo) -> Table:
    """One row for each figure of a statement and of the plant."""
    return Table("figures", _COLUMNS, tuple(_rows(statement, plant, zone)))


def _rows(
    statement: Statement, plant: Sequence[Figure], zone: ZoneInfo
) -> Iterator[tuple[Cell, ...]]:
    for line in statement.lines:
        for part, figure in zip(_PARTS, line.figures, strict=True):
            name = Title(f"{line.title.zh}：{part.zh}", f"{line.title.en}: {part.en}")
            yield _row("消费 consumption", figure, name, zone, line)
    sections = (
        ("合计 total", statement.totals),
        ("指标 indicator", statement.indicators),
        ("闭合差 closure", statement.checks),
    )
    for section, figures in sections:
        for figure in figures:
            yield _row(section, figure, name_of(figure), zone)
    for figure in plant:
        yield _row("热泵站 plant", figure, formula_of(figure.name).title, zone)


def _row(
    section: str, figure: Figure, name: Title, zone: ZoneInfo, line: Line | None = None
) -> tuple[Cell, ...]:
    last = local_date(figure.end, zone) - timedelta(days=1)
    constants = (f"{key}: {text}" for key, text in figure.inputs.constants.items())
    return (
        section, figure.name, name.zh, name.en, figure.subject,
        told.MEDIA[line.medium].zh if line else "", line.item if line else "",
        ROLES[line.role] if line else "",
        figure.boundary.sepemo if figure.boundary else "",
        figure.boundary.annex52 if figure.boundary else "",
        local_date(figure.start, zone).isoformat(), last.isoformat(),
        figure.value, figure.unit, figure.uncertainty,
        figure.unit if figure.uncertainty is not None else "", figure.dominant or "",
        figure.coverage, "；".join(figure.inputs.points), "；".join(constants),
        figure.reason.zh if figure.reason else "", figure.reason.en if figure.reason else "",
        "；".join(dict.fromkeys(finding.code for finding in figure.findings)),
        figure.inputs.version,
    )  # fmt: skip
