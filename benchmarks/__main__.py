"""`make bench`: every speed claim as a ratio or a figure measured in this run, with its goal.

`--minutes N` sets how long the 1 Hz load runs (default half a minute, the claim is five).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from benchmarks import backlog, caltrack, decode, performance, pipeline, polling


@dataclass(frozen=True)
class Claim:
    """One measured figure against its bound."""

    text: str
    measured: float
    bound: float
    at_least: bool

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "ok  " if self.holds else "MISS"
        return f"{verdict} {self.text}: {self.measured:,.2f} ({sign} {self.bound:,.2f})"


def claims(minutes: float) -> list[Claim]:
    """Measure everything, one after the other."""
    decoded, polled, drained = decode.measure(), polling.measure(), backlog.measure()
    year, baseline = performance.measure(), caltrack.measure()
    steady = pipeline.run(200, "1s", 60 * minutes)
    flat_out = pipeline.run(250, "100ms", 20)
    memory = max(max(steady.memory_mib[role]) for role in ("collector", "ingest"))
    return [
        Claim("decoding, times faster than pymodbus value by value", decoded["ratio"], 15, True),
        Claim("polling 50 devices, share of a bare loop's rate", polled["ratio"], 0.8, True),
        Claim("performance of a year of minutes, times one sum", year["of_sum"], 25, False),
        Claim("performance, times faster than pandas", year["of_pandas"], 5, True),
        Claim("CalTRACK daily fit, times faster than eemeter", baseline["ratio"], 50, True),
        Claim("500 meters on one weather station [s]", baseline["meters_s"], 2, False),
        Claim("ingest drains a backlog [points/s]", drained["points_per_s"], 100_000, True),
        Claim("200 devices at 1 Hz: missed slots", steady.missed_slots, 0, False),
        Claim("collector [CPU-s per million points]", steady.cpu["collector"], 35, False),
        Claim("ingest [CPU-s per million points]", steady.cpu["ingest"], 25, False),
        Claim("largest resident memory [MiB]", memory, 200, False),
        Claim("flat out, end to end [points/s]", flat_out.points_per_s, 60_000, True),
    ]


def main() -> int:
    """Print every claim; 1 when one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.5)
    measured = claims(parser.parse_args().minutes)
    for claim in measured:
        print(claim)
    return 0 if all(claim.holds for claim in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
