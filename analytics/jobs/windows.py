"""What the readings of a device come to in windows, and how that differs from what was written.

Pure: readouts and edges in, arrays out. Figures by kind of field:

    gauge      mean low high last count coverage, energy [kWh] of a power, and of a circuit's
               temperature beside its flow also flowing, the mean weighted by that flow
    counter    last count coverage energy          (energy in the unit of the register)
    state      last count coverage

A figure that is not known is NaN; count and coverage are always known, zero in a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analytics import energy, resample
from analytics.jobs.readings import Readout
from analytics.series import BoolArray, FloatArray, IntArray
from collector.model import Kind
from collector.store.rollups import FLOW_OF

Figures = Mapping[tuple[str, str], FloatArray]
"""By field and figure, one value per window."""

Said = Mapping[tuple[int, str, str], float | None]
"""By start of the window, field and figure: what the latest revision led to."""

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-9
"""Differences below these come from the order of additions, not from the data."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows of one device and width.

    Parameters
    ----------
    start, end : array of int64, shape (n,)
        Half open, by time; there may be gaps between them. [ms since epoch, UTC]
    figures : mapping of (field, figure) to array of float64, shape (n,)
        NaN where there is no value.
    estimated : mapping of str to array of bool, shape (n,)
        Fields whose figures rest on an estimated correction, and in which windows.
    """

    start: IntArray
    end: IntArray
    figures: Figures
    estimated: Mapping[str, BoolArray] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of windows."""
        return int(self.start.size)

    def where(self, chosen: BoolArray) -> Windows:
        """Some of the windows."""
        figures = {name: values[chosen] for name, values in self.figures.items()}
        estimated = {name: mask[chosen] for name, mask in self.estimated.items()}
        return Windows(self.start[chosen], self.end[chosen], figures, estimated)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one window that came out differently; None is no value."""

    window: int
    field: str
    figure: str
    before: float | None
    after: float | None


def computed(readouts: Sequence[Readout], edges: Sequence[IntArray]) -> list[Windows]:
    """Compute every figure of some fields in windows of several widths.

    Parameters
    ----------
    readouts : sequence of Readout
        Fields of one device, each with its margins.
    edges : sequence of array of int64
        Edges of each width. [ms since epoch, UTC]

    Returns
    -------
    list of Windows
        In the order of `edges`.
    """
    tables: list[dict[tuple[str, str], FloatArray]] = [{} for _ in edges]
    flows = {readout.field: readout.series for readout in readouts}
    for readout in readouts:
        counted = readout.counted() if readout.kind is Kind.COUNTER else None
        for table, borders in zip(tables, edges, strict=True):
            for figure, values in _field(readout, counted, borders).items():
                table[readout.field, figure] = values
            flow = flows.get(FLOW_OF.get(readout.field, ""))
            if flow is not None:
                means = resample.weighted_means(readout.series, flow, borders)
                table[readout.field, "flowing"] = means
    return [
        Windows(borders[:-1], borders[1:], table, _estimated(readouts, borders))
        for borders, table in zip(edges, tables, strict=True)
    ]


def _estimated(readouts: Sequence[Readout], edges: IntArray) -> dict[str, BoolArray]:
    """Windows that an estimated correction of a field touches."""
    found: dict[str, BoolArray] = {}
    for readout in readouts:
        for repair in readout.repairs:
            what = repair.correction
            if what.estimated:
                mask = found.setdefault(readout.field, np.zeros(edges.size - 1, np.bool_))
                mask |= (edges[:-1] < what.end) & (edges[1:] > what.start)
    return found


def _field(
    readout: Readout, counted: energy.CounterEnergy | None, edges: IntArray
) -> dict[str, FloatArray]:
    summary = resample.statistics(readout.series, edges)
    found = {"last": summary.last, "count": summary.count.astype(np.float64)}
    if counted is not None:
        amount = energy.in_buckets(counted, edges, bracket_ms=readout.bracket_ms)
        return found | {"energy": amount.energy, "coverage": amount.coverage}
    found["coverage"] = summary.coverage
    if readout.kind is Kind.STATE:
        return found
    found |= {"mean": summary.mean, "low": summary.low, "high": summary.high}
    return found | {"energy": readout.amounts(edges).energy} if readout.countable else found


def differences(before: Windows, after: Windows) -> tuple[BoolArray, list[Difference]]:
    """Compare computed windows with those that were written.

    Parameters
    ----------
    before : Windows
        What is written, of any of these windows.
    after : Windows
        What came out now.

    Returns
    -------
    changed : array of bool, shape (n of after,)
        Windows to be written: new ones, and those with a figure that differs.
    differences : list of Difference
        Figures that differ in windows that had been written; `window` is a place in `after`.
    """
    if not len(before):
        return np.ones(len(after), np.bool_), []
    place = np.minimum(np.searchsorted(before.start, after.start), len(before) - 1)
    there = before.start[place] == after.start
    changed = ~there | _marked_otherwise(before, after, place)
    found: list[Difference] = []
    for name, now in after.figures.items():
        written = before.figures.get(name)
        then = np.full(now.shape, np.nan)
        if written is not None:
            then[there] = written[place[there]]
        differs = there & ~_same(then, now)
        changed |= differs
        found += [
            Difference(window, *name, _plain(then[window]), _plain(now[window]))
            for window in np.flatnonzero(differs).tolist()
        ]
    return changed, found


def overlaid(before: Windows, said: Said) -> Windows:
    """Written windows as the latest revisions say that they are, where that is told."""
    figures = dict(before.figures)
    copied: set[tuple[str, str]] = set()
    for (start, field_name, figure), value in said.items():
        name = field_name, figure
        place = int(np.searchsorted(before.start, start))
        if name not in figures or place == len(before) or before.start[place] != start:
            continue
        if name not in copied:
            figures[name] = figures[name].copy()
            copied.add(name)
        figures[name][place] = np.nan if value is None else value
    return replace(before, figures=figures)


def _marked_otherwise(before: Windows, after: Windows, place: IntArray) -> BoolArray:
    """Windows in which another field is marked as estimated than was written."""
    found, plain = np.zeros(len(after), np.bool_), np.zeros(len(after), np.bool_)
    for name in {*before.estimated, *after.estimated}:
        then = before.estimated[name][place] if name in before.estimated else plain
        found |= then != after.estimated.get(name, plain)
    return found


def _same(one: FloatArray, other: FloatArray) -> BoolArray:
    return np.isclose(one, other, rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE, equal_nan=True)


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
