"""The analytics service: works that repeat, side by side, whatever the store does.

A work that the store or the records keep from working is tried again, later and later; that they
are away is said once, and once that they are back. A mistake of ours in one work is told with its
trace and stops no other: an alarm must not be lost because a figure cannot be computed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analytics.jobs.dispatch import Way
from analytics.jobs.live import LivePlant
from analytics.jobs.works import Doors, Tally, Work, Works
from analytics.records import RecordsError, open_records
from collector.clock import Clock
from collector.errors import StoreError, first_of
from collector.sitefile import Configuration

LOG = logging.getLogger(__name__)

RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
AWAY = (StoreError, RecordsError)


@dataclass(slots=True)
class Keeper:
    """Repeats works until cancelled, and tells of outages once.

    Parameters
    ----------
    works : sequence of Work
        What is repeated.
    clock : Clock
    """

    works: Sequence[Work]
    clock: Clock
    _away: dict[str, set[str]] = field(default_factory=dict)
    _mistakes: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Keep every work going."""
        async with asyncio.TaskGroup() as tasks:
            for work in self.works:
                tasks.create_task(self._keep(work))

    async def once(self) -> None:
        """Do every work once, in order.

        Raises
        ------
        StoreError, RecordsError
            One could not be done.
        """
        for work in self.works:
            try:
                await work.once(self.clock.now_ms())
            except BaseExceptionGroup as group:
                raise first_of(group) from group

    async def _keep(self, work: Work) -> None:
        failures = 0
        while True:
            began = self.clock.now_ms()
            try:
                await work.once(began)
            except Exception as error:
                plain, pause = first_of(error), RETRY_S * 2.0 ** min(failures, 10)
                if isinstance(plain, AWAY):
                    self._say_away(work, plain)
                elif self._is_new(work, plain):
                    LOG.exception("%s: a mistake of groundwatt's; tried again", work.name)
                least = 0.0 if isinstance(plain, AWAY) else work.every_s
                await self.clock.sleep(max(least, min(pause, LONGEST_RETRY_S)))
                failures += 1
                continue
            failures = 0
            self._say_back(work)
            spent = max(0.0, (self.clock.now_ms() - began) / 1000)
            await self.clock.sleep(max(0.0, work.every_s - spent))

    def _say_away(self, work: Work, error: BaseException) -> None:
        missing = "records" if isinstance(error, RecordsError) else "store"
        waiting = self._away.setdefault(missing, set())
        if not waiting:
            LOG.error("%s: %s; trying again", missing, error)
        waiting.add(work.name)

    def _is_new(self, work: Work, mistake: BaseException) -> bool:
        """Whether this mistake of a work has not been told yet."""
        told, self._mistakes[work.name] = self._mistakes.get(work.name), repr(mistake)
        return told != self._mistakes[work.name]

    def _say_back(self, work: Work) -> None:
        if self._mistakes.pop(work.name, None):
            LOG.warning("%s: done again, after a mistake", work.name)
        for missing, waiting in self._away.items():
            if work.name in waiting:
                waiting.discard(work.name)
                if not waiting:
                    LOG.warning("the %s can be worked with again", missing)


@dataclass(frozen=True, slots=True)
class Service:
    """The service of one site: its works, and what else runs beside them."""

    configuration: Configuration
    data: Path
    doors: Doors
    keeper: Keeper

    async def run(self) -> None:
        """Work until cancelled, and send the plant's live figures beside it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keeper.run())
            if (plant := self.configuration.settings.plant) is not None:
                live = LivePlant(
                    self.configuration, plant, self.doors.store, self.data, self.keeper.clock
                )
                tasks.create_task(live.run())


@asynccontextmanager
async def service(
    configuration: Configuration,
    data: Path,
    channels: Sequence[Way],
    clock: Clock,
    tally: Tally,
) -> AsyncGenerator[Service, None]:
    """The service of a site, its connections released at the end; `tally` counts what it does.

    Raises
    ------
    ConfigError
        `alarms:` of the site file names what does not exist.
    RecordsError
        The records cannot be opened.
    """
    async with AsyncExitStack() as opened:
        records = await asyncio.to_thread(open_records, configuration.settings.records, data)
        opened.callback(records.close)
        doors = Doors(configuration, data)
        opened.push_async_callback(doors.close)
        works = Works(configuration, doors, records, channels, clock, tally)
        yield Service(configuration, data, doors, Keeper(works.all, clock))
