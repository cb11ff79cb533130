"""History in virtual time, written as the contract messages that a collector would have sent.

The last days come first, in fine steps, so that boards have something to show while the year
before is still being written. Every slot of every device is a message; a run id tells the parts
apart and its sequence numbers have no gaps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from collector.model import ALL_FIELDS, Device, Sample, Site
from collector.wire import encode_line, encode_sample
from firmware_sims.physics.noise import stream_seed
from firmware_sims.physics.truth import Trace
from firmware_sims.simulation import Observation, OfficeSimulation, Timeline

NO_ANSWER = "bad:no-answer"
NOT_A_VALUE = "bad:not-a-value"
_CHUNK_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the writing has come, in messages: of the part, and of all parts."""

    part: str
    done: int
    total: int
    written: int
    expected: int


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of history: `recent` or `year`.

    Attributes
    ----------
    name, run : str
        Which stretch; run id of its messages.
    first_ms, last_ms : int
        Its first and last slot. [ms since epoch, UTC]
    observed : mapping of str to Observation
        What each device shows.
    """

    name: str
    run: str
    first_ms: int
    last_ms: int
    observed: Mapping[str, Observation]


def compute(
    simulation: OfficeSimulation, line: Timeline, *, year: bool, truth: Path | None = None
) -> tuple[Part, ...]:
    """Compute the parts in the order in which they are to be written.

    Parameters
    ----------
    simulation : OfficeSimulation
        Fresh: it walks through the whole past.
    line : Timeline
        Where the parts begin and end.
    year : bool
        With the year before, not only the last days.
    truth : Path, optional
        Folder for what the parts really were, see `write_truth`.
    """
    before, recent = simulation.past(line)
    ends_s = line.until_ms // 1000
    traces = {"year": before, "recent": recent}
    parts = {
        name: Part(
            name,
            f"sim-{ends_s}-{name}",
            int(trace.at_ms[0]),
            int(trace.at_ms[-1]),
            simulation.observe(trace),
        )
        for name, trace in traces.items()
    }
    if truth is not None:
        write_truth(truth, simulation, traces)
    return (parts["recent"], parts["year"]) if year else (parts["recent"],)


def write(
    file: BinaryIO, site: Site, parts: Sequence[Part], seed: int, told: Callable[[Progress], None]
) -> int:
    """Write the messages of all parts; return how many."""
    writers = {
        part.name: [
            _DeviceWriter(site, site.devices[device], observation, part.run, seed)
            for device, observation in part.observed.items()
        ]
        for part in parts
    }
    totals = {name: sum(writer.slots for writer in own) for name, own in writers.items()}
    written, expected = 0, sum(totals.values())
    for part in parts:
        before = written
        for lines in _days(writers[part.name], part):
            file.write(b"".join(lines))
            written += len(lines)
            told(Progress(part.name, written - before, totals[part.name], written, expected))
    return written


def _days(writers: Sequence[_DeviceWriter], part: Part) -> Iterator[list[bytes]]:
    """Lines of one day of all devices after the other."""
    midnight = part.first_ms - part.first_ms % _CHUNK_MS
    for first in range(midnight, part.last_ms + 1, _CHUNK_MS):
        yield [line for writer in writers for line in writer.lines(first, first + _CHUNK_MS)]


class _DeviceWriter:
    """Turns the observation of one device into lines."""

    def __init__(
        self, site: Site, device: Device, observation: Observation, run: str, seed: int
    ) -> None:
        self._site = site.id
        self._device = device
        self._run = run
        self._seq = 0
        # A device takes its time to answer, about the same every time.
        self._lag = 15 + stream_seed(seed, f"{device.id}.lag") % 60
        is_due = observation.at_ms % device.interval_ms == 0
        due = slice(None) if is_due.all() else is_due  # most often nothing has to be copied
        self._at_ms = observation.at_ms[due]
        self._silent = observation.silent[due]
        self._names = [name for name in device.points if name in observation.fields]
        self._columns = [observation.fields[name][due] for name in self._names]
        self._intervals = [device.points[name].interval_ms for name in self._names]

    @property
    def slots(self) -> int:
        """How many messages there will be."""
        return len(self._at_ms)

    def lines(self, first_ms: int, end_ms: int) -> Iterator[bytes]:
        """Lines of the slots from `first_ms` to right before `end_ms`."""
        start, end = np.searchsorted(self._at_ms, (first_ms, end_ms))
        if start == end:
            return
        rows = np.stack([column[start:end] for column in self._columns], axis=1).tolist()
        for row, at, silent in zip(
            rows, self._at_ms[start:end].tolist(), self._silent[start:end].tolist(), strict=True
        ):
            self._seq += 1
            values, flags = ({}, {ALL_FIELDS: NO_ANSWER}) if silent else self._due(row, at)
            sample = Sample(self._device.id, at, self._run, self._seq, self._lag, values, flags)
            yield encode_line(self._site, self._device.id, encode_sample(sample))

    def _due(self, row: list[float], at: int) -> tuple[dict[str, float], dict[str, str]]:
        values = {
            name: value
            for name, value, interval in zip(self._names, row, self._intervals, strict=True)
            if at % interval == 0
        }
        absent = [name for name, value in values.items() if math.isnan(value)]
        for name in absent:
            del values[name]
        return values, dict.fromkeys(absent, NOT_A_VALUE)


def write_truth(
    folder: Path, simulation: OfficeSimulation, traces: Mapping[str, Trace]
) -> tuple[Path, ...]:
    """Write what the parts really were, for tests and tutorials.

    Two files a part: `truth-<part>.npz` has every column of the physics (powers, heat, true COP),
    `exact-<part>.npz` what each device would have shown without errors, as `device/field`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for (name, trace), devices in zip(
        traces.items(), simulation.exactly(traces.values()), strict=True
    ):
        fields = {f"{d}/{field}": v for d, own in devices.items() for field, v in own.items()}
        for kind, columns in (("truth", trace.values), ("exact", fields)):
            files.append(folder / f"{kind}-{name}.npz")
            arrays: dict[str, Any] = {"at_ms": trace.at_ms, **columns}
            np.savez_compressed(files[-1], **arrays)
    return tuple(files)
