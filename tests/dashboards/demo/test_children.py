"""Children lead groups of their own, end when told to, and are missed when they end early."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.demo import children
from dashboards.demo.children import Child, ChildEnded

DEAF = (
    "import signal\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('ready', flush=True)\n"
    "signal.pause()\n"
)


def child(tmp_path: Path, program: str, **more: float) -> Child:
    return Child("test", [sys.executable, "-c", program], tmp_path / "log", **more)  # type: ignore[arg-type]


async def said(log: Path, word: str) -> bool:
    return word in await asyncio.to_thread(log.read_text)


async def test_a_child_leads_a_group_of_its_own(tmp_path: Path) -> None:
    one = child(tmp_path, "import signal; signal.pause()")
    await one.start()
    assert os.getpgid(one.pid) == one.pid
    assert await one.stop() != 0


async def test_a_deaf_child_is_killed(tmp_path: Path) -> None:
    one = child(tmp_path, DEAF)
    await one.start()
    await one.ready(lambda: said(one.log, "ready"))
    assert await one.stop(0.2) == -9


async def test_a_child_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    one = child(tmp_path, "print('it is over'); raise SystemExit(3)")
    await one.start()
    with pytest.raises(ChildEnded, match=r"test ended with exit code 3(.|\n)*it is over"):
        await one.watch()


async def test_a_child_that_ends_before_it_is_ready_is_told(tmp_path: Path) -> None:
    one = child(tmp_path, "raise SystemExit('no such port')")
    await one.start()
    with pytest.raises(ChildEnded, match="no such port"):
        await one.ready(lambda: said(one.log, "never"))


async def test_a_child_that_does_not_get_ready_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "READY_WITHIN_S", 0.2)
    one = child(tmp_path, "import signal; signal.pause()")
    await one.start()
    with pytest.raises(ChildEnded, match="is not ready after"):
        await one.ready(lambda: said(one.log, "never"))
    await one.stop()


async def test_a_nice_child_leaves_the_processor_to_others(tmp_path: Path) -> None:
    one = child(tmp_path, "import os; print(os.nice(0))", niceness=7)
    await one.start()
    assert await asyncio.wait_for(one.finish(), 20) == 0
    assert one.log.read_text().strip() == str(os.nice(0) + 7)


def test_a_child_whose_maker_is_gone_does_not_begin(tmp_path: Path) -> None:
    """As when the demo is killed before its child has asked to be told: the parent is another."""
    begun = tmp_path / "begun"
    command = children._wrapped(["touch", str(begun)], 0)
    another = ["sh", "-c", '"$@"; exit $?', "another", *command]
    assert subprocess.run(another, check=False).returncode == 1
    assert not begun.exists()
    subprocess.run(command, check=True)
    assert begun.exists()
