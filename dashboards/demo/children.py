"""Child processes of the demo: each in a process group of its own, with a log file.

A child dies with the demo, even when the demo is killed: `setpriv` asks the kernel for that. A
child that ends by itself ends the demo, which says which one it was and shows its last words.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collector.errors import GroundwattError

LAST_LINES = 12
READY_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.05
GROUNDWATT = str(Path(sys.executable).with_name("groundwatt"))
_BEGIN = 'test "$PPID" = "$0" || exit 1; exec "$@"'


class ChildEnded(GroundwattError):
    """A child that should run ended, or did not get ready; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        self.name = name
        super().__init__(f"{name} {what}. The end of {log}:\n{last_lines(log)}")


def last_lines(log: Path) -> str:
    """End of a log file, indented."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:]) or "    (nothing)"


@dataclass(slots=True)
class Child:
    """One process: what it is called, its command, and what it runs with."""

    name: str
    command: list[str]
    log: Path
    stop_within_s: float = 10.0
    niceness: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self, *, stdin: int | None = None, stdout: int | None = None) -> None:
        """Start the process; its output goes to the log, `stdout` elsewhere if given."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *_wrapped(self.command, self.niceness),
                stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin,
                stdout=log if stdout is None else stdout,
                stderr=log,
                env={**os.environ, **self.environment},
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its group."""
        return self._running().pid

    async def ready(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """Wait until `probe` says so.

        Raises
        ------
        ChildEnded
            The process ended before, or the time is over.
        """
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await probe():
                    if self._running().returncode is not None:
                        raise self._ended()
                    await asyncio.sleep(LOOK_AGAIN_S)
        except TimeoutError:
            what = f"is not ready after {READY_WITHIN_S:.0f} s"
            raise ChildEnded(self.name, what, self.log) from None

    async def watch(self) -> None:
        """Wait until the process ends, which it should not.

        Raises
        ------
        ChildEnded
            When it has.
        """
        await self._running().wait()
        raise self._ended()

    async def finish(self) -> int:
        """Wait until the process has done its work; returns its exit code."""
        return await self._running().wait()

    async def stop(self, within_s: float | None = None) -> int | None:
        """Ask the whole group to end, and end it when it does not; the exit code, if it ran."""
        if self.process is None:
            return None
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), within_s or self.stop_within_s)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.process.wait()
        return self.process.returncode

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._running().pid, number)

    def _running(self) -> asyncio.subprocess.Process:
        if self.process is None:
            raise GroundwattError(f"{self.name} was not started")
        return self.process

    def _ended(self) -> ChildEnded:
        code = self._running().returncode or 0
        what = f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"
        return ChildEnded(self.name, what, self.log)


def _wrapped(command: Sequence[str], niceness: int) -> list[str]:
    """Wrap a command so that it dies with us and leaves the processor to others.

    Who is killed between making a process and its asking to be told leaves it untold: so it looks
    who its parent is once it has asked, and does not begin under another.
    """
    wrapped = list(command)
    if niceness and (nice := shutil.which("nice")):
        wrapped = [nice, "-n", str(niceness), *wrapped]
    if setpriv := shutil.which("setpriv"):
        begin = ["/bin/sh", "-c", _BEGIN, str(os.getpid()), *wrapped]
        wrapped = [setpriv, "--pdeathsig", "TERM", "--", *begin]
    return wrapped
