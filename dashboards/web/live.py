"""The newest values of all devices: one poller of the store for however many viewers.

Once a second the devices whose next sample is due are asked for, and what has changed is encoded
once and handed to every open stream. A stream that does not keep up is ended; the browser comes
back by itself and begins with everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from collector.clock import Clock
from collector.errors import GroundwattError, StoreError
from collector.model import Device, Reading, Site
from collector.store import Store
from dashboards.web.condition import Condition, Newest, condition_of, points_per_s

LOG = logging.getLogger(__name__)

ROUND_S = 1.0
STORE_ANSWERS_WITHIN_S = 10.0
OUTAGE_ROUND_S = 3.0
HEARTBEAT_MS = 5_000
LONGEST_PAUSE_MS = 3_000
MOST_STREAMS = 64
MOST_WAITING = 20


class TooManyStreams(GroundwattError):
    """No further viewer can be served."""


@dataclass(slots=True)
class _Watched:
    """One device, what is known of it, and when to ask for it again."""

    device: Device
    newest: Newest = field(default_factory=Newest)
    condition: Condition = Condition.STALE
    ask_at: int = 0


class Stream:
    """The events that one viewer still has to get; iterating over it ends when it is closed."""

    def __init__(self, registered: set[Stream]) -> None:
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._registered = registered
        registered.add(self)

    def send(self, event: bytes) -> None:
        """Add an event; a viewer that does not keep up is ended."""
        if self._waiting.full():
            self.close()
        else:
            self._waiting.put_nowait(event)

    def close(self) -> None:
        """End the stream and give its place free."""
        self._registered.discard(self)
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Events as they come."""
        while (event := await self._waiting.get()) is not None:
            yield event


class Live:
    """Keeps the newest values and tells streams what changes."""

    def __init__(self, site: Site, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._watched = {device.id: _Watched(device) for device in site.devices.values()}
        self._streams: set[Stream] = set()
        self._open = False
        self._told_ms = 0
        self.outage: str | None = "starting"

    async def run(self) -> None:
        """Poll until cancelled, whatever the store does."""
        while True:
            changed = await self._round()
            now_ms = self._clock.now_ms()
            if changed or now_ms - self._told_ms >= HEARTBEAT_MS:
                self._told_ms = now_ms
                self._tell(_event(self.picture(changed)))
            await self._clock.sleep(OUTAGE_ROUND_S if self.outage else ROUND_S)

    def ended(self, task: asyncio.Task[None]) -> None:
        """Say that `run` has ended, when it was not told to: values would only seem to be live."""
        if not task.cancelled() and (error := task.exception()):
            LOG.critical("polling has stopped", exc_info=error)
            self.outage = "polling has stopped by an error; see the log of groundwatt serve"
            self._tell(_event(self.picture(())))

    def picture(self, devices: Collection[str] | None = None) -> dict[str, Any]:
        """What is known, of some devices or of all, ready for JSON."""
        chosen = self._watched if devices is None else devices
        return {
            "now": self._clock.now_ms(),
            "outage": self.outage,
            "points_per_s": round(self._rate(), 1),
            "devices": {name: self._body(self._watched[name]) for name in chosen},
        }

    def newest(self) -> Mapping[str, tuple[Newest, Condition]]:
        """What is known of every device."""
        return {name: (w.newest, w.condition) for name, w in self._watched.items()}

    def stream(self) -> Stream:
        """Begin a stream of events: first everything, then what changes.

        Raises
        ------
        TooManyStreams
            As many as allowed are open.
        """
        if len(self._streams) >= MOST_STREAMS:
            raise TooManyStreams(f"{MOST_STREAMS} viewers are watching already")
        stream = Stream(self._streams)
        stream.send(b"retry: 2000\n\n" + _event(self.picture()))
        return stream

    def close(self) -> None:
        """End every stream."""
        for stream in list(self._streams):
            stream.close()

    @property
    def streams(self) -> int:
        """How many are watching."""
        return len(self._streams)

    async def _round(self) -> set[str]:
        """Ask the store what is new; returns the devices that have changed."""
        before = self.outage
        changed: set[str] = set()
        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN_S):
                if not self._open:
                    await self._store.open()
                    self._open = True
                for watched in self._watched.values():
                    if await self._ask(watched):
                        changed.add(watched.device.id)
            self.outage = None
        except StoreError as error:
            self.outage = str(error)
        except TimeoutError:
            self.outage = f"the store does not answer within {STORE_ANSWERS_WITHIN_S:.0f} s"
        if self.outage != before:
            if self.outage:
                LOG.error("store: %s", self.outage)
            else:
                LOG.info("the store answers")
            self._told_ms = 0
        return changed | self._judge()

    def _judge(self) -> set[str]:
        changed = set()
        now_ms = self._clock.now_ms()
        for name, watched in self._watched.items():
            condition = condition_of(watched.device, watched.newest, now_ms)
            if condition != watched.condition:
                watched.condition = condition
                changed.add(name)
        return changed

    async def _ask(self, watched: _Watched) -> bool:
        """Look for a newer sample of a device when one can be there."""
        now_ms = self._clock.now_ms()
        if now_ms < watched.ask_at:
            return False
        device, known = watched.device, watched.newest
        sample = await self._store.latest(device)
        if sample is None or sample.at == known.at:
            if known.at is not None:
                late_ms = now_ms - known.at - device.interval_ms
                watched.ask_at = now_ms + min(late_ms // 4, LONGEST_PAUSE_MS)
            return False
        fresh = await self._fresh(device, known, sample.at)
        readings = dict(known.readings)
        for name, found in fresh.items():
            if found:
                readings[name] = found[-1]
        watched.newest = Newest(sample.at, sample.lag, sample.answered, readings)
        watched.ask_at = sample.at + device.interval_ms
        return True

    async def _fresh(self, device: Device, known: Newest, at: int) -> Mapping[str, list[Reading]]:
        """Readings since the last look; at first as far back as the rarest field needs."""
        longest_ms = max((p.interval_ms for p in device.points.values()), default=0)
        start = max((known.at or 0) + 1, at - longest_ms)
        return await self._store.readings(device, list(device.points), start, at + 1)

    def _rate(self) -> float:
        watched = self._watched.values()
        return sum(points_per_s(w.device, w.newest, w.condition) for w in watched)

    def _body(self, watched: _Watched) -> dict[str, Any]:
        newest = watched.newest
        return {
            "at": newest.at,
            "lag": newest.lag,
            "condition": watched.condition.value,
            "values": {
                name: [r.at, r.value, r.flag] for name, r in sorted(newest.readings.items())
            },
        }

    def _tell(self, event: bytes) -> None:
        for stream in list(self._streams):
            stream.send(event)


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"
