"""Figures as the command line prints them: cells of a table, objects for machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.figures import Figure
from collector.model import Finding

COLUMNS = ("subject", "figure", "boundary", "value", "unit", "coverage", "remark")
_COUNTS = frozenset({"starts"})
_DIGITS = {"": 3, "kWh": 0, "°C": 2, "K": 2, "tce": 3, "tCO2": 3, "CNY": 2, "m³": 1}


def body(figure: Figure, zone: ZoneInfo) -> dict[str, object]:
    """One figure as an object: everything that it carries."""
    return {
        "name": figure.name,
        "subject": figure.subject,
        "level": figure.level,
        "from": _local(figure.start, zone),
        "to": _local(figure.end, zone),
        "value": figure.value,
        "unit": figure.unit,
        "uncertainty": figure.uncertainty,
        "coverage_factor": 2 if figure.uncertainty is not None else None,
        "dominant": figure.dominant,
        "boundary": asdict(figure.boundary) if figure.boundary else None,
        "coverage": figure.coverage,
        "not_claimable": figure.not_claimable,
        "reason": asdict(figure.reason) if figure.reason else None,
        "findings": [finding_body(finding) for finding in figure.findings],
        "inputs": {
            "points": list(figure.inputs.points),
            "registers": list(figure.inputs.registers),
            "constants": dict(figure.inputs.constants),
            "version": figure.inputs.version,
        },
        "terms": dict(figure.terms),
    }


def finding_body(finding: Finding) -> dict[str, object]:
    """One finding as an object."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "sentence": asdict(finding.sentence),
        "evidence": dict(finding.evidence),
    }


def rows(found: Sequence[Figure]) -> list[tuple[str, ...]]:
    """Figures as cells of a table, under `COLUMNS`."""
    return [
        (
            figure.subject,
            figure.name,
            boundary(figure),
            shown(figure),
            figure.unit,
            covered(figure),
            remark(figure),
        )
        for figure in found
    ]


def boundary(figure: Figure) -> str:
    """Both names of a figure's boundary; empty without one."""
    its = figure.boundary
    return f"{its.sepemo} ({its.annex52})" if its else ""


def covered(figure: Figure) -> str:
    """Coverage, rounded down: what has a gap is never shown as 100 %."""
    if figure.coverage is None:
        return ""
    return f"{math.floor(figure.coverage * 1000.0 + 1e-6) / 1000.0:.1%}"


def shown(figure: Figure) -> str:
    """Value ± U in the digits of its unit; a dash when it cannot be claimed."""
    if figure.value is None:
        return "–"
    digits = 0 if figure.name in _COUNTS else _DIGITS.get(figure.unit, 2)
    told = f"{figure.value:.{digits}f}"
    return told if figure.uncertainty is None else f"{told} ± {figure.uncertainty:.{digits}f}"


def remark(figure: Figure, *, chinese: bool = False) -> str:
    """Why there is no value, what dominates the uncertainty, what was found."""
    why = figure.reason if figure.value is None else None
    told = [why.zh if chinese else why.en] if why else []
    if figure.dominant:
        told.append(f"U 主要来自 {figure.dominant}" if chinese else f"U mostly {figure.dominant}")
    if figure.not_claimable:
        beyond = "在热量表计量范围外" if chinese else "outside the meter's range"
        told.append(f"{figure.not_claimable:.0%} {beyond}")
    told += dict.fromkeys(finding.code for finding in figure.findings)
    return ("；" if chinese else "; ").join(told)


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / 1000, zone).isoformat()
