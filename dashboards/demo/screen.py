"""Keeps the terminal up to date: a live board on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import time

from rich.console import Console, RenderableType
from rich.live import Live as LiveBoard

from collector.model import Site
from dashboards.demo.history import History
from dashboards.demo.table import board, language_of_terminal, line
from dashboards.demo.tally import Tally

BOARD_EVERY_S = 0.5
LINE_EVERY_S = 10.0


class Screen:
    """Shows what the tally and the history tell."""

    def __init__(
        self, site: Site, console: Console, tally: Tally, history: History | None, url: str
    ) -> None:
        self._site = site
        self._console = console
        self._tally = tally
        self._history = history
        self._url = url
        self._begun = time.monotonic()

    async def run(self) -> None:
        """Show until cancelled."""
        if not self._console.is_terminal:
            await self._lines()
            return
        with LiveBoard(console=self._console, auto_refresh=False, transient=True) as live:
            while True:
                live.update(self._board(), refresh=True)
                await asyncio.sleep(BOARD_EVERY_S)

    async def _lines(self) -> None:
        complete = False
        said = -LINE_EVERY_S
        while True:
            elapsed = time.monotonic() - self._begun
            picture = self._tally.picture()
            if not complete and picture.delivering() == len(self._site.devices):
                complete = True
                self._say(f"all {picture.delivering()} devices deliver")
            if elapsed - said >= LINE_EVERY_S:
                said = elapsed
                progress = self._history.progress() if self._history else None
                self._say(line(self._site, picture, progress, elapsed))
            await asyncio.sleep(BOARD_EVERY_S)

    def _board(self) -> RenderableType:
        progress = self._history.progress() if self._history else None
        return board(
            self._site, self._tally.picture(), progress, self._url,
            time.monotonic() - self._begun, self._console, language_of_terminal(),
        )  # fmt: skip

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)
