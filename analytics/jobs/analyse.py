"""The analytics service: works that repeat, side by side, whatever the store does.

Adding a work is adding it to the list. A work that the store or the records keep from working is
tried again, later and later; that they are away is said once, and once that they are back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analytics.jobs.alarms import Alarms
from analytics.jobs.dispatch import Dispatcher, Way
from analytics.jobs.freshness import Freshness
from analytics.jobs.live import LivePlant
from analytics.jobs.own_regression import OwnRegression
from analytics.jobs.readings import Readings
from analytics.jobs.rollup import RollUp
from analytics.jobs.tabulation import Tabulator
from analytics.jobs.window_store import WindowStore
from analytics.records import Records, RecordsError, open_records
from collector.clock import Clock
from collector.errors import StoreError, first_of
from collector.sending import new_run
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.choice import rollup_stores_for, store_for

LOG = logging.getLogger(__name__)

ROLL_UPS_S, OWN_REGRESSION_S, ALARMS_S, NOTIFICATIONS_S = 60.0, 900.0, 10.0, 2.0
RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
AWAY = (StoreError, RecordsError)


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is done again and again.

    Parameters
    ----------
    name : str
        How logs call it.
    every_s : float
        Pause from one beginning to the next. [s]
    once : callable
        Does it once, at a time of day. [ms since epoch, UTC]
    """

    name: str
    every_s: float
    once: Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Tally:
    """What the service has done since its start."""

    windows: int = 0
    revisions: int = 0
    looks: int = 0
    raised: int = 0
    returned: int = 0
    notified: int = 0
    not_notified: int = 0


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
            except (*AWAY, BaseExceptionGroup) as error:
                plain = first_of(error)
                if not isinstance(plain, AWAY):
                    raise
                self._say_away(work, plain)
                await self.clock.sleep(min(RETRY_S * 2.0 ** min(failures, 10), LONGEST_RETRY_S))
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

    def _say_back(self, work: Work) -> None:
        for missing, waiting in self._away.items():
            if work.name in waiting:
                waiting.discard(work.name)
                if not waiting:
                    LOG.warning("the %s can be worked with again", missing)


class Doors:
    """The stores of a site, opened when they are first needed.

    Parameters
    ----------
    configuration : Configuration
        The site.
    data : Path
        Folder of embedded stores.
    """

    def __init__(self, configuration: Configuration, data: Path) -> None:
        self.store: Store = store_for(configuration, data)
        self.rollups: Mapping[str, Store] = rollup_stores_for(configuration, data)
        self._open = False
        self._alone = asyncio.Lock()

    async def open(self) -> None:
        """Open them; nothing happens when they are open.

        Raises
        ------
        StoreError
            One of them cannot be opened.
        """
        async with self._alone:
            if not self._open:
                for each in (self.store, *self.rollups.values()):
                    await each.open()
                self._open = True

    async def close(self) -> None:
        """Release their connections."""
        for each in (self.store, *self.rollups.values()):
            await each.close()


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
        works = works_of(configuration, doors, records, channels, clock, tally)
        yield Service(configuration, data, doors, Keeper(works, clock))


def works_of(
    configuration: Configuration,
    doors: Doors,
    records: Records,
    channels: Sequence[Way],
    clock: Clock,
    tally: Tally,
) -> list[Work]:
    """Everything that the service repeats, in the order in which one depends on the other."""
    rollup = RollUp(configuration, doors.store, doors.rollups, records)
    keys = tuple(channel.key for channel in channels)
    regression = _own_regression(configuration, doors, records)
    alarms = Alarms(
        configuration, doors.store, records, keys, opening=doors.open,
        comparison=lambda: regression.newest if regression else None,
    )  # fmt: skip
    dispatcher = Dispatcher(records, channels, clock, new_run())

    async def roll_up(now: int) -> None:
        await doors.open()
        done = await rollup.catch_up(now)
        tally.windows += done.windows
        tally.revisions += done.revisions

    async def compare(now: int) -> None:
        if regression is not None:
            await doors.open()
            await regression.compare(now)

    async def look(now: int) -> None:
        tally.looks += 1
        seen = await alarms.look(now)
        tally.raised += len(seen.raised)
        tally.returned += len(seen.returned)

    async def send(_: int) -> None:
        sent = await dispatcher.send_due()
        tally.notified += sent.sent
        tally.not_notified += sent.failed

    return [
        Work("roll-ups", ROLL_UPS_S, roll_up),
        Work("own regression", OWN_REGRESSION_S, compare),
        Work("alarms", ALARMS_S, look),
        Work("notifications", NOTIFICATIONS_S, send),
    ]


def _own_regression(
    configuration: Configuration, doors: Doors, records: Records
) -> OwnRegression | None:
    plant = configuration.settings.plant
    if plant is None:
        return None
    readings = Readings(configuration, doors.store, records)
    windows = WindowStore(configuration.site, doors.rollups)
    fresh = Freshness(configuration, doors.store, windows, records)
    tabulator = Tabulator(configuration, readings, (windows, fresh))

    async def ready(devices: Collection[str], end: int) -> bool:
        reached = await fresh.reached(devices)
        for name in devices:
            if name not in reached:
                if await doors.store.span(configuration.site.devices[name]) is not None:
                    return False
            elif reached[name] < end:
                return False
        return bool(reached)

    return OwnRegression(configuration, plant, readings, tabulator, ready)
