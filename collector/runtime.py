"""How a long-running command runs: logging to standard error, and a clean end on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Coroutine

from collector.errors import GroundwattError, first_of


def log_to_stderr(*, verbose: bool = False) -> None:
    """Write log lines to standard error, with UTC times."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
    for talkative in ("httpx", "httpcore", "urllib3", "asyncio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def run_until_signal(work: Coroutine[None, None, None], seconds: float | None = None) -> None:
    """Run `work` until it ends, a signal comes, or the time is over; then end cleanly."""
    asyncio.run(_until_signal(work, seconds))


async def _until_signal(work: Coroutine[None, None, None], seconds: float | None) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if seconds is not None:
        loop.call_later(seconds, task.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    except BaseExceptionGroup as group:
        error = first_of(group)
        if isinstance(error, GroundwattError):
            raise error from group
        raise
