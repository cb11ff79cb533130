"""The derivation of a figure, in Chinese and English, so that anyone can compute it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.figures import Figure
from analytics.jobs.formula import Formula
from analytics.jobs.formulas import formula_of
from analytics.jobs.plant_figures import HEAT_OF_MODE
from analytics.uncertainty import COVERAGE_FACTOR, Uncertain


def derivation(figure: Figure, zone: ZoneInfo, others: Sequence[Figure] = ()) -> str:
    """Text that derives a figure: what it is, formula, value, uncertainty by source, inputs.

    Parameters
    ----------
    figure : Figure
    zone : ZoneInfo
        For local times.
    others : sequence of Figure
        Of the same call; the two sides of a ratio are taken from them.
    """
    return "\n".join(_lines(figure, zone, formula_of(figure.name), others))


def _lines(
    figure: Figure, zone: ZoneInfo, formula: Formula, others: Sequence[Figure]
) -> Iterator[str]:
    boundary = ""
    if figure.boundary:
        boundary = f" @ {figure.boundary.sepemo} (IEA HPT Annex 52: {figure.boundary.annex52})"
    yield f"{figure.subject} / {figure.name}{boundary}"
    yield f"{formula.title.zh} | {formula.title.en}"
    yield f"时段 span: {_local(figure.start, zone)} … {_local(figure.end, zone)}"
    yield f"公式 formula: {formula.text}"
    yield f"说明: {formula.note.zh}"
    yield f"note: {formula.note.en}"
    yield from _sides(figure, others)
    yield from _value(figure)
    yield from _uncertainty(figure)
    if figure.coverage is not None:
        yield f"覆盖率 coverage: {figure.coverage:.2%}"
    if figure.not_claimable is not None:
        yield f"计量范围外热量 heat outside the meters' range: {figure.not_claimable:.2%}"
    for finding in figure.findings:
        yield f"{finding.severity} {finding.code}: {finding.sentence.zh} | {finding.sentence.en}"
    yield from _inputs(figure)
    yield f"来源 source: {formula.source}"


def _sides(figure: Figure, others: Sequence[Figure]) -> Iterator[str]:
    """Heat and electricity of a ratio, as they stand among the other figures."""
    kind, _, mode = figure.name.partition("_")
    if kind not in ("cop", "spf"):
        return
    own = [one for one in others if one.subject == figure.subject and one.value is not None]
    for sign, name, boundary in (
        ("ΣQ", HEAT_OF_MODE.get(mode), None),
        ("ΣW", f"electricity_{mode}_kwh", figure.boundary),
    ):
        for one in own:
            if one.name == name and one.boundary == boundary:
                yield f"{sign} = {one.value:.6g} ± {one.uncertainty or 0.0:.6g} kWh ({one.name})"


def _value(figure: Figure) -> Iterator[str]:
    if figure.value is None:
        reason = figure.reason
        yield f"结果 result: – ({reason.zh} | {reason.en})" if reason else "结果 result: –"
        return
    unit = f" {figure.unit}" if figure.unit else ""
    spread = ""
    if figure.uncertainty is not None:
        spread = f" ± {figure.uncertainty:.6g}{unit} (k = {COVERAGE_FACTOR:g})"
    yield f"结果 result: {figure.value:.6g}{unit}{spread}"


def _uncertainty(figure: Figure) -> Iterator[str]:
    """Each source of error with its share of the variance, the largest first."""
    if not figure.terms or figure.value is None:
        return
    whole = Uncertain(figure.value, figure.terms)
    yield "不确定度来源 sources of uncertainty (u, share of the variance):"
    for source in sorted(figure.terms, key=lambda name: -abs(figure.terms[name])):
        yield f"  {source}: {abs(figure.terms[source]):.4g}, {whole.share(source):.1%}"


def _inputs(figure: Figure) -> Iterator[str]:
    for name, entries in (
        ("测点 points", figure.inputs.points),
        ("寄存器 registers", figure.inputs.registers),
    ):
        if entries:
            yield f"{name}:"
            yield from (f"  {entry}" for entry in entries)
    if figure.inputs.constants:
        yield "常数 constants:"
        yield from (f"  {name}: {text}" for name, text in figure.inputs.constants.items())
    if figure.inputs.version:
        yield f"程序 program: groundwatt {figure.inputs.version}"


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / 1000, zone).isoformat(" ", "minutes")
