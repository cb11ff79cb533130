"""What is written to InfluxDB, given a server that takes lines.

No driver here: `influx` makes the requests, `delivery` brings home a batch that is refused in part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Literal, Protocol, TypeVar

from collector.errors import Rejected, Rejection, StoreError
from collector.model import Device, Sample
from collector.store import Columns, Run, Touched
from collector.store.admission import Admission
from collector.store.columnar import samples_of
from collector.store.delivery import Answer, deliver
from collector.store.lineprotocol import Encoder

_AT_ONCE = 2000
Precision = Literal["ms", "ns"]
_T = TypeVar("_T")


class Server(Protocol):
    """What this file needs of a server; everything may raise `Unavailable`."""

    async def write(self, lines: Sequence[str], precision: Precision = "ms") -> Answer:
        """Make one request; the answer is success or concerns the lines, all else is raised."""

    async def in_thread(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Run something that takes long beside the event loop."""


class InfluxWriter(ABC):
    """Writes the series of one site."""

    def __init__(self, site: str, devices: Iterable[Device]) -> None:
        self._admission = Admission(devices)
        self._encoder = Encoder(site)

    @abstractmethod
    def _open_server(self) -> Server:
        """Return the server; raises `StoreError` when the store is not open."""

    async def write(self, samples: Sequence[Sample]) -> None:
        """Store samples; when this returns or raises `Rejected`, all good ones are stored."""
        server = self._open_server()
        lines, places, rejections = await server.in_thread(self._encode, samples)
        refused = await deliver(lines, server.write)
        rejections += [Rejection(places[index], reason) for index, reason in refused.items()]
        if rejections:
            raise Rejected(sorted(rejections, key=lambda rejection: rejection.index))

    async def write_columns(self, device: Device, run: str, columns: Columns) -> None:
        """Store a sample for each slot, some thousand in a request."""
        self._admission.admit_columns(device, run, columns)
        samples = await self._open_server().in_thread(samples_of, device, run, columns)
        for first in range(0, len(samples), _AT_ONCE):
            await self.write(samples[first : first + _AT_ONCE])

    async def write_runs(self, runs: Sequence[Run]) -> None:
        """Keep what collectors say of their runs."""
        lines = [self._encoder.run_line(run) for run in runs]
        await _deliver_all(lines, self._open_server().write)

    async def write_touched(self, marks: Sequence[Touched]) -> None:
        """Keep marks of late samples; their time is when the server takes them.

        Nanoseconds, so that two requests never have the same time.
        """
        lines = [self._encoder.mark_line(mark) for mark in marks]
        await _deliver_all(lines, partial(self._open_server().write, precision="ns"))

    def _encode(self, samples: Sequence[Sample]) -> tuple[list[str], list[int], list[Rejection]]:
        admitted, rejections = self._admission.admit(samples)
        return self._encoder.lines(admitted), [item.place for item in admitted], rejections


async def _deliver_all(
    lines: Sequence[str], send: Callable[[Sequence[str]], Awaitable[Answer]]
) -> None:
    """Deliver lines of our own, of which none may be refused."""
    refused = await deliver(lines, send)
    if refused:
        raise StoreError("; ".join(refused.values()))
