"""The sheets on which an export can be checked: plant, meters, findings, and every figure's source.

Pure: figures and meters in, tables out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analytics.figures import Figure
from analytics.jobs import told
from analytics.jobs.counted import Counted
from analytics.jobs.export.table import Cell, Column, Table, both
from analytics.jobs.formulas import formula_of
from analytics.jobs.plausibility import DeviceFinding
from collector.model import Device, Finding

_PLANT = (
    Column("指标", "Figure"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("对象", "Subject"),
    Column("层级", "Level"),
    Column("边界 SEPEMO", "Boundary, SEPEMO"),
    Column("边界 Annex 52", "Boundary, Annex 52"),
    Column("数值", "Value", "ratio"),
    Column("单位", "Unit"),
    Column("扩展不确定度 k=2", "U, k = 2", "ratio"),
    Column("主要误差源", "Dominating source of error"),
    Column("覆盖率", "Coverage", "share"),
    Column("不可认定的能量比例", "Share that cannot be claimed", "share"),
    Column("无数值的原因", "Why there is no value"),
)
_METERS = (
    Column("表计", "Meter"),
    Column("名称", "Name (zh)"),
    Column("英文名称", "Name (en)"),
    Column("介质", "Medium"),
    Column("读数", "Field"),
    Column("寄存器", "Register"),
    Column("已知消费量", "Known amount", "amount"),
    Column("单位", "Unit"),
    Column("覆盖率", "Coverage", "share"),
    Column("仅由累计读数得知的时间", "Time that only the register tells", "share"),
    Column("站点文件未说明而假设", "Assumed, as the site file is silent"),
    Column("含估算", "With estimates"),
    Column("提示数", "Findings", "whole"),
)
_FINDINGS = (
    Column("对象", "Subject"),
    Column("代码", "Code"),
    Column("级别", "Severity"),
    Column("说明", "Sentence (zh)"),
    Column("英文说明", "Sentence (en)"),
    Column("依据", "Evidence"),
)
_SOURCES = (
    Column("指标", "Figure"),
    Column("对象", "Subject"),
    Column("数值", "Value", "tonnes"),
    Column("单位", "Unit"),
    Column("扩展不确定度 k=2", "U, k = 2", "tonnes"),
    Column("主要误差源", "Dominating source of error"),
    Column("覆盖率", "Coverage", "share"),
    Column("测点", "Points"),
    Column("寄存器", "Registers"),
    Column("常数", "Constants"),
    Column("软件版本", "Version"),
)
SEVERITIES: Mapping[str, str] = {
    "info": "信息 info", "warning": "警告 warning", "alarm": "报警 alarm",
}  # fmt: skip


def plant(figures: Sequence[Figure]) -> Table:
    """COP, SPF and whatever else is told of the plant, each at its boundary."""
    rows = tuple(
        (
            figure.name, *_names(figure), figure.subject, figure.level,
            figure.boundary.sepemo if figure.boundary else "",
            figure.boundary.annex52 if figure.boundary else "",
            figure.value, figure.unit, figure.uncertainty, figure.dominant or "", figure.coverage,
            figure.not_claimable, both(figure.reason),
        )
        for figure in figures
    )  # fmt: skip
    return Table("热泵站 Plant", _PLANT, rows)


def _names(figure: Figure) -> tuple[str, str]:
    title = formula_of(figure.name).title
    return title.zh, title.en


def meters(counted: Iterable[Counted], devices: Mapping[str, Device]) -> Table:
    """Every meter that was read, how completely, and what was assumed about it."""
    rows: list[tuple[Cell, ...]] = []
    for meter in counted:
        title = devices[meter.device].title
        rows.append((
            meter.device, title.zh, title.en, told.MEDIA[meter.medium].zh, meter.field,
            meter.register, meter.total().value if meter.coverage else None, meter.unit,
            meter.coverage, meter.bridged, "；".join(meter.assumed),
            "是 yes" if meter.estimated else "", len(meter.findings),
        ))  # fmt: skip
    return Table("计量点 Meters", _METERS, tuple(rows))


def collected(
    general: Iterable[Finding], figures: Iterable[Figure], counted: Iterable[Counted]
) -> list[tuple[str, Finding]]:
    """Every finding once, with what it is about."""
    found = [("", finding) for finding in general]
    found += [(meter.point, finding) for meter in counted for finding in meter.findings]
    once = {_key(finding) for _, finding in found}
    for figure in figures:
        for finding in figure.findings:
            if _key(finding) not in once:  # a total repeats what its parts have told
                once.add(_key(finding))
                found.append((figure.name, finding))
    return found


def added(
    told: Iterable[tuple[str, Finding]], quality: Iterable[DeviceFinding]
) -> list[tuple[str, Finding]]:
    """Findings on the data that are not there yet.

    What happened to the registers of the accounts is told with their meters, and whether the
    accounts close with their figures.
    """
    there = {(subject, finding.code) for subject, finding in told}
    return [
        (one.point, one.finding)
        for one in quality
        if (one.point, one.finding.code) not in there
        and not one.finding.code.startswith("meters.closure")
    ]


def findings(found: Iterable[tuple[str, Finding]]) -> Table:
    """What is worth a person's attention, with the numbers behind it."""
    rows = tuple(
        (
            subject, finding.code, SEVERITIES.get(finding.severity, finding.severity),
            finding.sentence.zh, finding.sentence.en, _evidence(finding),
        )
        for subject, finding in found
    )  # fmt: skip
    return Table("数据质量 Data quality", _FINDINGS, rows)


def sources(figures: Iterable[Figure]) -> Table:
    """From which points, registers and constants each figure comes."""
    rows = tuple(
        (
            figure.name, figure.subject, figure.value, figure.unit, figure.uncertainty,
            figure.dominant or "", figure.coverage, "；".join(figure.inputs.points),
            "；".join(figure.inputs.registers),
            "；".join(f"{name}: {text}" for name, text in figure.inputs.constants.items()),
            figure.inputs.version,
        )
        for figure in figures
    )  # fmt: skip
    return Table("溯源 Sources", _SOURCES, rows)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.sentence.en, _evidence(finding)


def _evidence(finding: Finding) -> str:
    return "；".join(
        f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in finding.evidence.items()
    )
