"""How far the roll-ups have come: by device, and by mark of late samples."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from analytics.records import progress, recomputations

WATERMARK, PASS = "rollup", "rollup.pass"
"""Jobs whose watermarks are, by device, the end of what is computed and when that was."""

MARKS = "rollup.marks"
"""Job whose watermark is the number of the last mark of late samples that has been followed."""


@dataclass(frozen=True, slots=True)
class State:
    """What the records know at the beginning of a pass.

    Parameters
    ----------
    watermarks, passes : dict of str to int
        By device. [ms since epoch, UTC]
    marks : int
        Number of the last mark that has been followed.
    due : list of Recomputation
        What repairs and exchanges ask for.
    """

    watermarks: dict[str, int]
    passes: dict[str, int]
    marks: int
    due: list[recomputations.Recomputation]


def state(connection: Connection, marking: str) -> State:
    """What is known of a store that numbers its marks by this name."""
    return State(
        progress.watermarks(connection, WATERMARK),
        progress.watermarks(connection, PASS),
        progress.watermark(connection, MARKS, marking) or 0,
        recomputations.due(connection),
    )
