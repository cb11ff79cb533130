"""A figure's definition, as `kpi --explain` and the exports show it."""

from __future__ import annotations

from dataclasses import dataclass

from collector.model import Title


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure's definition.

    Parameters
    ----------
    title : Title
        Name for people.
    text : str
        The formula.
    note : Title
        What is to be known about it.
    source : str
        Standard or paper.
    """

    title: Title
    text: str
    note: Title
    source: str
