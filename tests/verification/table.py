"""One published figure beside ours, and the page that lists them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A figure that somebody published or another program computes, and ours.

    Parameters
    ----------
    group : str
        Heading under which it stands, one per source.
    what : str
        The figure.
    published, ours : float
        [unit]
    tolerance : float
        Largest difference that counts as the same figure. [unit]
    unit : str
    """

    group: str
    what: str
    published: float
    ours: float
    tolerance: float
    unit: str = ""

    @property
    def difference(self) -> float:
        """Ours less the published one. [unit]"""
        return self.ours - self.published

    @property
    def agrees(self) -> bool:
        """Whether it is the same figure."""
        return abs(self.difference) <= self.tolerance


def page(checks: Sequence[Check], sources: dict[str, str]) -> str:
    """The page: a table under each source, in the order of the sources.

    Differences are told in three digits and down to a thousandth of the tolerance, so that the page
    is the same on every machine whose last bits differ.
    """
    lines = [
        "# Verification",
        "",
        "Every figure below was published, or computed by another program, from data that anyone",
        "can get; ours comes from the same data through the functions that the product runs. The",
        "page is written by the tests (`pytest tests/verification --write-verification`), which",
        "fail when a difference exceeds its tolerance or when the page is not what they computed.",
        "",
        f"{len(checks)} figures, all within tolerance.",
    ]
    for group, source in sources.items():
        lines += ["", f"## {group}", "", source, ""]
        lines += [
            "| figure | published | ours | difference | tolerance |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [_row(check) for check in checks if check.group == group]
    return "\n".join(lines) + "\n"


def _row(check: Check) -> str:
    unit = f" {check.unit}" if check.unit else ""
    digits = _digits(check.published, check.tolerance)
    return (
        f"| {check.what} | {check.published:.{digits}f}{unit} | {check.ours:.{digits}f}{unit} "
        f"| {_small(check.difference, check.tolerance)} | {check.tolerance:.1g} |"
    )


def _digits(value: float, tolerance: float) -> int:
    """Decimals that show what the tolerance can tell apart, at most ten significant ones."""
    wanted = max(0, -math.floor(math.log10(tolerance)))
    whole = math.floor(math.log10(abs(value))) + 1 if value else 1
    return max(0, min(wanted, 10 - max(whole, 0)))


def _small(difference: float, tolerance: float) -> str:
    if abs(difference) < tolerance * 1e-3:
        return f"< {tolerance * 1e-3:.0e}"
    return f"{difference:+.1e}"
