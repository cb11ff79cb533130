"""What the analytics service repeats: roll-ups, alarms and their news, the plant against itself.

Adding a work is adding it to `Works.all`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.jobs.alarms import Alarms
from analytics.jobs.dispatch import Dispatcher, Way
from analytics.jobs.freshness import Freshness
from analytics.jobs.own_regression import Comparison, OwnRegression
from analytics.jobs.readings import Readings
from analytics.jobs.rollup import RollUp
from analytics.jobs.tabulation import Tabulator
from analytics.jobs.window_store import WindowStore
from analytics.records import Records
from collector.clock import Clock
from collector.sending import new_run
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.choice import rollup_stores_for, store_for

LOG = logging.getLogger(__name__)

ROLL_UPS_S, OWN_REGRESSION_S, ALARMS_S, NOTIFICATIONS_S = 60.0, 900.0, 10.0, 2.0


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


class Works:
    """The works of a site.

    Parameters
    ----------
    configuration : Configuration
        The site.
    doors : Doors
        Its stores.
    records : Records
        Its records; open.
    channels : sequence of Way
        Where alarms are sent to.
    clock : Clock
    tally : Tally
        Counts what is done.

    Raises
    ------
    ConfigError
        `alarms:` of the site file names what does not exist.
    """

    def __init__(
        self,
        configuration: Configuration,
        doors: Doors,
        records: Records,
        channels: Sequence[Way],
        clock: Clock,
        tally: Tally,
    ) -> None:
        self._doors = doors
        self._tally = tally
        self._rollup = RollUp(configuration, doors.store, doors.rollups, records)
        self._regression = _own_regression(configuration, doors, records)
        keys = tuple(channel.key for channel in channels)
        self._alarms = Alarms(
            configuration, doors.store, records, keys,
            opening=doors.open, comparison=self._comparison,
        )  # fmt: skip
        self._dispatcher = Dispatcher(records, channels, clock, new_run())
        told = ", ".join(keys) or "nobody: GROUNDWATT_NOTIFY_URLS is not set"
        watches = len(self._alarms.watched)
        LOG.info("site %s: %d watches for alarms, told to %s", configuration.site.id, watches, told)

    @property
    def all(self) -> list[Work]:
        """Every work, in the order in which one depends on the other."""
        return [
            Work("roll-ups", ROLL_UPS_S, self._roll_up),
            Work("own regression", OWN_REGRESSION_S, self._compare),
            Work("alarms", ALARMS_S, self._look),
            Work("notifications", NOTIFICATIONS_S, self._send),
        ]

    async def _roll_up(self, now: int) -> None:
        await self._doors.open()
        done = await self._rollup.catch_up(now)
        self._tally.windows += done.windows
        self._tally.revisions += done.revisions

    async def _compare(self, now: int) -> None:
        if self._regression is not None:
            await self._doors.open()
            await self._regression.compare(now)

    def _comparison(self) -> Comparison | None:
        return self._regression.newest if self._regression is not None else None

    async def _look(self, now: int) -> None:
        self._tally.looks += 1
        seen = await self._alarms.look(now)
        self._tally.raised += len(seen.raised)
        self._tally.returned += len(seen.returned)

    async def _send(self, _: int) -> None:
        sent = await self._dispatcher.send_due()
        self._tally.notified += sent.sent
        self._tally.not_notified += sent.failed


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
