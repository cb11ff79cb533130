"""A figure made of a value with its uncertainty, or of the reason why there is none."""

from __future__ import annotations

from analytics.figures import Figure, Inputs
from analytics.jobs.plant_figures import Subject
from analytics.uncertainty import Uncertain
from collector.model import Finding, Title

_NO_INPUTS = Inputs()


def measured(
    subject: Subject,
    name: str,
    value: Uncertain | None,
    unit: str,
    *,
    reason: Title,
    inputs: Inputs = _NO_INPUTS,
    coverage: float | None = None,
    findings: tuple[Finding, ...] = (),
) -> Figure:
    """Figure of a subject; `reason` is told only where there is no value.

    Parameters
    ----------
    subject : Subject
        Whom it is about, and over which span.
    name : str
    value : Uncertain or None
        [unit]
    unit : str
    reason : Title
        Why there is none.
    inputs : Inputs
    coverage : float, optional
        [0..1]
    findings : tuple of Finding
    """
    known = value is not None
    return Figure(
        name, subject.id, subject.level, subject.start, subject.end,
        value.value if value else None, unit,
        uncertainty=value.expanded if value and value.terms else None,
        dominant=value.dominant if value else None,
        coverage=coverage,
        reason=None if known else reason,
        findings=findings,
        inputs=inputs,
        terms=dict(value.terms) if value else {},
    )  # fmt: skip
