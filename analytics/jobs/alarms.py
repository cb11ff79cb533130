"""Evaluates every alarm rule on the site and keeps what comes of it, with the news to be sent.

A look at the samples, the decision, and one transaction: new states, raised and returned alarms,
their events and the notifications that have to go out. Killed anywhere, the next look goes on from
the states that are kept; overtaken by another process, it has written nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from analytics.excess import shortfall
from analytics.faults import Change, Evaluation, Key, Observation, State, Transition, evaluate
from analytics.jobs import messages
from analytics.jobs.messages import Place
from analytics.jobs.observing import Observer
from analytics.jobs.own_regression import Comparison
from analytics.jobs.parts import TICK_STEP_MS
from analytics.jobs.watching import Watched, watched_parts
from analytics.records import Records, alarm_states, alarms, notifications
from analytics.records.alarm_states import Kept, Overtaken
from analytics.records.alarms import Raised
from analytics.rule_models import CopLow, StoreAway
from analytics.rule_sets import shipped
from collector.errors import StoreError, Unavailable
from collector.sitefile import Configuration
from collector.store import Store

LOG = logging.getLogger(__name__)

STORE_ANSWERS_WITHIN_S = 30.0
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one look: numbers of the alarms that were raised and that returned."""

    raised: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()


class Alarms:
    """The alarms of a site.

    Parameters
    ----------
    configuration : Configuration
        The site; its `alarms:` change the rules that come with the product.
    store : Store
        Samples; opened by `opening`.
    records : Records
        States and alarms.
    channels : tuple of str
        Keys of the channels that are told.
    opening : callable
        Opens the store when it is not open; a store that cannot be opened is an alarm too.
    comparison : callable
        The newest comparison of the plant with its own regression; None when there is none.

    Raises
    ------
    ConfigError
        `alarms:` of the site file names rules or thresholds that do not exist.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        records: Records,
        channels: tuple[str, ...] = (),
        *,
        opening: Callable[[], Awaitable[None]] | None = None,
        comparison: Callable[[], Comparison | None] = lambda: None,
    ) -> None:
        site = configuration.site
        self._place = Place(site.title, ZoneInfo(site.timezone))
        self._records = records
        self._channels = channels
        self._opening = opening or store.open
        self._comparison = comparison
        self.watched = watched_parts(configuration, shipped())
        self._by_key = {one.key: one for one in self.watched}
        self._observer = Observer(self.watched, store)
        self._reached: int | None = None
        self._tidied = False

    async def look(self, now: int) -> Look:
        """Evaluate every rule once. [ms since epoch, UTC]

        Raises
        ------
        StoreError
            The store cannot be read; that it cannot has been evaluated and kept.
        RecordsError
            The records are out of reach; the next look goes on as if this one had not been.
        """
        kept = await asyncio.to_thread(self._read_states)
        states = {key: _not_ahead(each.state, now) for key, each in kept.items()}
        away: StoreError | None = None
        try:
            seen = await self._seen(now, states)
        except StoreError as error:
            away, seen = error, {}
        seen |= self._of_the_store(now, away)
        evaluation = evaluate([one.watch for one in self.watched], states, seen)
        raised = [await self._raised(change, away) for change in evaluation.transitions
                  if change.change == "raised"]  # fmt: skip
        try:
            done = await asyncio.to_thread(self._keep, now, kept, evaluation, raised)
        except Overtaken as error:
            LOG.debug("%s", error)
            done = Look()
        if away is not None:
            raise away
        return done

    async def _seen(
        self, now: int, states: Mapping[Key, State]
    ) -> dict[Key, tuple[Observation, ...]]:
        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN_S):
                await self._opening()
                seen = await self._observer.look(now, states)
                return seen | self._of_the_plant()
        except TimeoutError as error:
            wording = f"the store does not answer within {STORE_ANSWERS_WITHIN_S:.0f} s"
            raise Unavailable(wording) from error

    def _of_the_plant(self) -> dict[Key, tuple[Observation, ...]]:
        """How far the COP lies below what the regression expects."""
        found = self._comparison()
        if found is None:
            return {}
        seen: dict[Key, tuple[Observation, ...]] = {}
        for one in self.watched:
            if isinstance(one.rule.condition, CopLow):
                low = shortfall(
                    found.observed, found.predicted, found.uncertainty, one.rule.condition.percent
                )
                told = Observation(found.at, low.excess, found.observed, low.limit)
                seen[one.key] = (told,)
        return seen

    def _of_the_store(
        self, now: int, away: StoreError | None
    ) -> dict[Key, tuple[Observation, ...]]:
        """Whether the store answers, and how long it has not."""
        if away is None or self._reached is None:
            self._reached = now
        for_s = max(_LEAST_S, (now - self._reached) / 1000)
        seen = Observation(now, for_s, for_s) if away is not None else Observation(now, -1.0, 0.0)
        return {
            one.key: (seen,) for one in self.watched if isinstance(one.rule.condition, StoreAway)
        }

    async def _raised(self, change: Transition, away: StoreError | None) -> Raised:
        one = self._by_key[change.key]
        evidence: dict[str, object] = {}
        if isinstance(one.rule.condition, CopLow):
            found = self._comparison()
            evidence = {} if found is None else asdict(found)
        elif away is None:
            evidence = await self._evidence(one, change)
        elif isinstance(one.rule.condition, StoreAway):
            evidence = {"problem": str(away)}
        return messages.raised_by(one, change, evidence)

    async def _evidence(self, one: Watched, change: Transition) -> dict[str, object]:
        """Samples around the beginning; an alarm is raised without them rather than not at all."""
        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN_S):
                return await self._observer.evidence(
                    one, change.since, change.seen.at, change.seen.field
                )
        except TimeoutError:
            return {"problem": f"the store does not answer within {STORE_ANSWERS_WITHIN_S:.0f} s"}
        except StoreError as error:
            return {"problem": str(error)}

    def _read_states(self) -> dict[Key, Kept]:
        with self._records.reading() as connection:
            return alarm_states.read(connection)

    def _keep(
        self,
        now: int,
        kept: Mapping[Key, Kept],
        evaluation: Evaluation,
        raised: Iterable[Raised],
    ) -> Look:
        """Write states, alarms and news; everything or nothing."""
        changed = {
            key: (kept.get(key, Kept()), state)
            for key, state in evaluation.states.items()
            if state != kept.get(key, Kept()).state
        }
        new = {(each.rule, each.subject, each.raised): each for each in raised}
        numbers: dict[Change, list[int]] = {"raised": [], "returned": []}
        with self._records.transaction() as connection:
            alarm_states.keep(connection, changed)
            for change in evaluation.transitions:
                if change.change == "raised":
                    it = new[*change.key, change.seen.at]
                    number = alarms.raise_alarm(connection, it, now)
                    news = messages.news_of_raise(number, it, self._by_key[change.key], self._place)
                elif back := alarms.return_alarm(connection, change.key, change.seen.at, now):
                    number, news = back.id, messages.news_of_return(back, self._place)
                else:
                    continue
                notifications.add(connection, news, self._channels, now)
                numbers[change.change].append(number)
            gone = [] if self._tidied else alarms.tidy(connection, frozenset(self._by_key), now)
            for alarm in gone:
                news = messages.news_of_return(alarm, self._place, watched=False)
                notifications.add(connection, news, self._channels, now)
        self._tidied = True
        return Look(tuple(numbers["raised"]), tuple(numbers["returned"]))


def _not_ahead(state: State, now: int) -> State:
    """A state that has looked further than now goes on from now: the clock has been set back.

    To wait until it is there again would be to watch nothing for as long. The clocks of two
    machines may differ a little.
    """
    if state.at is None or state.at <= now + TICK_STEP_MS:
        return state
    since = None if state.since is None else min(state.since, now)
    return replace(state, at=now, counting=False, held_ms=0, since=since)
