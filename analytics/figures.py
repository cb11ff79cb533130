"""One figure as pages, exports and the command line show it: never a number alone.

A figure carries its unit, boundary, span, coverage, uncertainty and where it comes from. A figure
that cannot be claimed has no value and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from collector.model import Finding, Title

Level = Literal["site", "tower", "plant", "unit"]


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the line around a plant is drawn, by both names of the field.

    Parameters
    ----------
    sepemo : str
        H1 to H4, C1 to C4, HC1 to HC4; an asterisk marks what cannot be separated.
    annex52 : str
        IEA HPT Annex 52 level, such as 2H or 4+C.
    """

    sepemo: str
    annex52: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a figure was computed from.

    Parameters
    ----------
    points : tuple of str
        `<device>/<field>` of everything that was read.
    registers : tuple of str
        `<device>/<field> @ <address> <type> × <scale>` of the cumulative registers among them.
    constants : mapping of str to str
        Name of each constant, with value, unit and source.
    version : str
        groundwatt's version.
    """

    points: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One result.

    Parameters
    ----------
    name : str
        What it is, such as `spf_heating`, `heat_kwh`, `imbalance`; unique within subject and
        boundary.
    subject : str
        Building, plant or unit, by its id.
    level : str
        site, tower, plant or unit.
    start, end : int
        Half-open span. [ms since epoch, UTC]
    value : float or None
        None: cannot be claimed, `reason` says why. [unit]
    unit : str
        Canonical unit; empty for a ratio.
    uncertainty : float or None
        Expanded, k = 2. [unit]
    dominant : str or None
        The source of error that contributes most, `<device>:<part>`.
    boundary : Boundary or None
        For ratios of a plant.
    coverage : float or None
        Share of the span's intervals that the figure rests on. [0..1]
    not_claimable : float or None
        Share of the energy measured outside the instruments' approved range. [0..1]
    reason : Title or None
        Why there is no value.
    findings : tuple of Finding
        What is worth knowing about it.
    inputs : Inputs
        Where it comes from.
    terms : mapping of str to float
        Standard uncertainty by source, for the derivation. [unit]
    """

    name: str
    subject: str
    level: Level
    start: int
    end: int
    value: float | None
    unit: str
    uncertainty: float | None = None
    dominant: str | None = None
    boundary: Boundary | None = None
    coverage: float | None = None
    not_claimable: float | None = None
    reason: Title | None = None
    findings: tuple[Finding, ...] = ()
    inputs: Inputs = Inputs()
    terms: Mapping[str, float] = field(default_factory=dict)
