"""Figures of a plant and its heat pumps: COP or SPF at every boundary, heat, cold, electricity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from analytics import buckets
from analytics.boundaries import Missing, Mode
from analytics.buckets import local_date
from analytics.figures import Boundary, Figure, Inputs, Level
from analytics.jobs.provenance import Provenance
from analytics.plant import Performance, Ratio
from analytics.series import DAY_MS
from analytics.uncertainty import Uncertain
from collector.model import Finding, Title
from collector.topology import Plant, Season

YEAR_MS = 365 * DAY_MS
MONTH_COVERAGE, YEAR_COVERAGE = 0.90, 0.95
"""Below these shares of its intervals a figure is partial (domain reference, 1.7)."""

HEAT_OF_MODE = {"heating": "heat_kwh", "cooling": "cooling_kwh", "overall": "useful_kwh"}
"""Name of the figure that is the numerator of a mode's ratios."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom figures are about, and over which span. [ms since epoch, UTC]"""

    id: str
    level: Level
    start: int
    end: int
    provenance: Provenance
    zone: ZoneInfo
    plant: Plant

    def prefix(self, mode: Mode) -> str:
        """`spf` over whole years, or whole seasons of the mode; `cop` over anything else."""
        if self._whole_years():
            return "spf"
        seasons: dict[Mode, Season] = {
            "heating": self.plant.heating_season, "cooling": self.plant.cooling_season,
        }  # fmt: skip
        return "spf" if mode in seasons and self._whole(seasons[mode]) else "cop"

    def _whole_years(self) -> bool:
        first, behind = local_date(self.start, self.zone), local_date(self.end, self.zone)
        same_day = (first.month, first.day) == (behind.month, behind.day)
        return (behind - first).days in (365, 366) or (same_day and behind.year > first.year)

    def _whole(self, season: Season) -> bool:
        """Whether the span holds a season, and cuts none off."""
        spans = buckets.seasons(self.start, self.end, season, self.zone)
        return bool(spans) and all(self.start <= s.start and s.end <= self.end for s in spans)


def figures_of(performance: Performance, subject: Subject) -> Iterator[Figure]:
    """Every figure that a performance holds."""
    for ratio in performance.ratios.values():
        yield _ratio(ratio, subject, performance)
    for missing in performance.missing:
        yield _missing(missing, subject)
    for mode in ("heating", "cooling", "overall"):
        of_mode = [ratio for ratio in performance.ratios.values() if ratio.mode == mode]
        yield from _energies(of_mode, subject)


def _ratio(ratio: Ratio, subject: Subject, performance: Performance) -> Figure:
    name = f"{subject.prefix(ratio.mode)}_{ratio.mode}"
    value = ratio.value
    figure = Figure(
        name, subject.id, subject.level, subject.start, subject.end,
        value.value if value else None, "",
        boundary=ratio.boundary,
        coverage=ratio.coverage,
        not_claimable=ratio.not_claimable,
        reason=ratio.reason,
        findings=(*performance.findings, *partial(ratio.coverage, subject)),
        inputs=_inputs(ratio, subject),
    )  # fmt: skip
    return _with(figure, value)


def _energies(ratios: Sequence[Ratio], subject: Subject) -> Iterator[Figure]:
    """Heat of a mode once, and its electricity at every boundary."""
    for place, ratio in enumerate(sorted(ratios, key=lambda one: one.name)):
        inputs = _inputs(ratio, subject)
        told: list[tuple[str, Uncertain, Boundary | None]] = [
            (f"electricity_{ratio.mode}_kwh", ratio.electricity, ratio.boundary)
        ]
        if place == 0:
            told.insert(0, (HEAT_OF_MODE[ratio.mode], ratio.heat, None))
        for name, energy, boundary in told:
            known = ratio.coverage > 0.0
            figure = Figure(
                name, subject.id, subject.level, subject.start, subject.end,
                energy.value if known else None, "kWh",
                boundary=boundary, coverage=ratio.coverage,
                reason=None if known else ratio.reason,
                findings=partial(ratio.coverage, subject), inputs=inputs,
            )  # fmt: skip
            yield _with(figure, energy if known else None)


def _with(figure: Figure, value: Uncertain | None) -> Figure:
    if value is None:
        return figure
    return replace(
        figure, uncertainty=value.expanded, dominant=value.dominant, terms=dict(value.terms)
    )


def _missing(missing: Missing, subject: Subject) -> Figure:
    name = f"{subject.prefix(missing.mode)}_{missing.mode}"
    return Figure(
        name, subject.id, subject.level, subject.start, subject.end, None, "",
        boundary=missing.boundary, reason=missing.reason,
    )  # fmt: skip


def _inputs(ratio: Ratio, subject: Subject) -> Inputs:
    sources = {term.split(":")[0] for term in (*ratio.heat.terms, *ratio.electricity.terms)}
    return subject.provenance.of(sorted(sources))


def partial(coverage: float, subject: Subject) -> tuple[Finding, ...]:
    """What is to be said of a figure that rests on too few of its intervals."""
    least = YEAR_COVERAGE if subject.end - subject.start >= YEAR_MS else MONTH_COVERAGE
    if coverage >= least:
        return ()
    sentence = Title(
        f"只有 {coverage:.1%} 的时段有数据，低于 {least:.0%}：结果不完整。",
        f"Only {coverage:.1%} of the intervals have data, less than {least:.0%}: partial.",
    )
    return (Finding("figure.partial", "warning", sentence, {"coverage": coverage}),)
