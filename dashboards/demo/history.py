"""Loading history while the live run goes on: `sim history | ingest --from -`, out of its way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from dashboards.demo.children import GROUNDWATT, Child, ChildEnded

NICENESS = 10
TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the loading has come, in messages; `part` is what is being loaded."""

    part: str
    stored: int
    expected: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.stored / self.expected) if self.expected else 0.0

    @property
    def complete(self) -> bool:
        """Whether everything is in the store."""
        return self.part == "complete"


class History:
    """The two processes between which history flows, and how far they are."""

    def __init__(
        self, site: Path, data: Path, scenario: str, until_ms: int, simulated: Sequence[str]
    ) -> None:
        logs = data / "logs"
        self.writer = Child(
            "history",
            [GROUNDWATT, "sim", "history", "--scenario", scenario, "--site", str(site),
             "--until", str(until_ms), "--year", "--progress", "json", "-o", "-", *simulated],
            logs / "history.log",
            niceness=NICENESS,
        )  # fmt: skip
        self.loader = Child(
            "history-ingest",
            [GROUNDWATT, "ingest", "--site", str(site), "--data", str(data),
             "--from", "-", "--progress", "--json"],
            logs / "history-ingest.log",
            niceness=NICENESS,
        )  # fmt: skip
        self._complete = False

    @property
    def children(self) -> tuple[Child, Child]:
        """Both processes."""
        return self.writer, self.loader

    async def start(self) -> None:
        """Start both, joined by a pipe."""
        reading, writing = os.pipe()
        try:
            await self.loader.start(stdin=reading)
            await self.writer.start(stdout=writing)
        finally:
            os.close(reading)
            os.close(writing)

    async def finish(self) -> None:
        """Wait until everything is loaded.

        Raises
        ------
        ChildEnded
            One of the two failed.
        """
        codes = await asyncio.gather(self.writer.finish(), self.loader.finish())
        for child, code in zip((self.loader, self.writer), reversed(codes), strict=True):
            if code:
                raise ChildEnded(child.name, f"ended with exit code {code}", child.log)
        self._complete = True

    def progress(self) -> Progress:
        """How far it is, from what both have last said."""
        written = last_object(self.writer.log)
        stored = int(last_object(self.loader.log).get("lines", 0))
        part = "complete" if self._complete else str(written.get("part", "compute"))
        return Progress(part, stored, int(written.get("expected", 0)))


def last_object(log: Path) -> Mapping[str, Any]:
    """Last JSON object that stands on a line of its own in a log; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return {}
    for line in reversed(lines):
        if line.startswith(b"{") and line.endswith(b"}"):
            try:
                found: Mapping[str, Any] = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            return found
    return {}
