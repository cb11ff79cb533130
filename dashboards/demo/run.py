"""The course of a demo: start everything, watch it, and end it so that nothing is left under way.

At the end polling and computing stop first and what they have is delivered; only then does ingest
stop.
So a demo that ends well has nothing pending. When a child dies everything is stopped at once.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from collector.clock import SystemClock
from collector.store.choice import store_for
from dashboards.demo.account import Outcome, final_outcome
from dashboards.demo.children import Child
from dashboards.demo.pipeline import Pipeline, Wishes
from dashboards.demo.screen import Screen
from dashboards.demo.tally import Tally

STOPPED_WITHIN_S = 5.0
AHEAD_MS = 60_000
"""Slots lie at most this far ahead of the clock that the account is closed by."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line, apart from what the pipeline is made of."""

    wishes: Wishes
    seconds: float | None


class Stopped(Exception):
    """The demo was told to end before everything had started."""


class Demo:
    """One demo from its start to its end."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._clock = SystemClock()
        self._stop = asyncio.Event()
        self._pipeline = Pipeline(options.wishes, self._clock, random.SystemRandom(), self._say)

    async def run(self) -> Outcome:
        """Run until the time is over or a signal comes, and settle the account.

        Raises
        ------
        ChildEnded
            A child died; everything has been stopped.
        Stopped
            A signal came while everything was being started; everything has been stopped.
        """
        self._listen_to_signals()
        started_ms = self._clock.now_ms()
        try:
            await self._unless_stopped(self._pipeline.start())
            await self._watch(started_ms)
            self._say("ending: polling and computing stop, what they have is delivered")
            await self._pipeline.drain()
            configuration, data = self._pipeline.configuration, self._options.wishes.data
            until_ms = self._clock.now_ms() + AHEAD_MS
            return await final_outcome(configuration, data, started_ms, until_ms)
        finally:
            await stopped(self._pipeline.children)

    def _listen_to_signals(self) -> None:
        """Take the first signal for a wish to end, the second for an order."""
        main = asyncio.current_task()

        def signalled() -> None:
            if self._stop.is_set() and main is not None:
                main.cancel()
            self._stop.set()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, signalled)

    async def _watch(self, started_ms: int) -> None:
        """Show what happens until the end: the time, a signal, or the death of a child."""
        pipeline = self._pipeline
        site = pipeline.configuration.site
        store = store_for(pipeline.configuration, self._options.wishes.data)
        tally = Tally(site, store, self._clock, started_ms)
        screen = Screen(site, self._console, tally, pipeline.history, pipeline.url)
        works: list[Coroutine[Any, Any, None]] = [child.watch() for child in pipeline.lasting]
        works += [tally.live.run(), tally.run(), screen.run()]
        if pipeline.history is not None:
            works.append(pipeline.history.finish())
        try:
            await self._until_over(works)
        finally:
            await store.close()

    async def _until_over(self, works: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Do the works until the time is over or a signal comes; the first error ends them all."""
        stopping = asyncio.create_task(self._stop.wait())
        waiting: set[asyncio.Task[Any]] = {stopping}
        waiting.update(asyncio.create_task(work) for work in works)
        everything = list(waiting)
        seconds = self._options.seconds
        deadline = asyncio.get_running_loop().time() + seconds if seconds is not None else None
        try:
            while not stopping.done():
                left = None
                if deadline is not None:
                    left = max(0.0, deadline - asyncio.get_running_loop().time())
                done, waiting = await asyncio.wait(
                    waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    return
                for task in done:
                    task.result()
        finally:
            await _cancelled(everything)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, unless a signal comes before it is done."""
        working, stopping = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Stopped
            working.result()
        finally:
            await _cancelled([working, stopping])

    def _say(self, text: str) -> None:
        self._console.print(text, style="dim", highlight=False, soft_wrap=True)


async def stopped(children: Iterable[Child]) -> None:
    """Stop all children at once, whatever they are doing."""
    await asyncio.gather(*(child.stop(STOPPED_WITHIN_S) for child in children))


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """End tasks; what came of them has been looked at where they were waited for."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
