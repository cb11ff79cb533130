"""Loading files of contract messages: both formats, judged like any other message."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.importer import Importer
from collector.setaside import SetAside, read_asides
from collector.store.sqlite import SqliteStore
from collector.wire import encode_line
from tests.collector.test_judgement import METER, SITE, body

AT = 1_790_000_000_000


def line(number: int, **changes: object) -> bytes:
    content = {"at": AT + number * 10_000, "seq": number} | changes
    return encode_line("office", "meter", body(**content))


@pytest.fixture
async def store(tmp_path: Path):
    store = SqliteStore(tmp_path / "s.sqlite", [METER], "office")
    await store.open()
    yield store
    await store.close()


async def test_lines_are_stored_and_loading_twice_doubles_nothing(store, tmp_path):
    aside = SetAside(tmp_path / "refused", "import")
    lines = [line(n) for n in range(5_000)]
    for _ in range(2):
        counts = await Importer(SITE, store, aside, SystemClock()).load(lines)
        assert (counts.lines, counts.stored, counts.refused) == (5_000, 5_000, 0)
    found = [row async for row in store.rows(METER, AT, AT + 10**9)]
    assert [row.seq for row in found] == list(range(5_000))


async def test_what_does_not_fit_is_set_aside_whole_and_can_be_loaded_once_mended(store, tmp_path):
    aside = SetAside(tmp_path / "refused", "import")
    broken = [b"no tab here\n", b"\xff\xfe\tx\n", b"{torn\n", line(1, values="none"), line(2)]
    counts = await Importer(SITE, store, aside, SystemClock()).load(broken)
    assert (counts.stored, counts.refused) == (1, 4)
    kept = list(read_asides(tmp_path / "refused"))
    assert [bool(entry.reason) for entry in kept] == [True] * 4
    (file,) = (tmp_path / "refused").iterdir()
    mended = file.read_bytes().replace(b'\\"none\\"', b'{\\"power_kw\\":5.0}').splitlines()
    again = await Importer(SITE, store, aside, SystemClock()).load(mended[-1:])
    assert again.stored == 1


async def test_a_progress_call_sees_the_counts_grow(store, tmp_path):
    seen: list[int] = []
    aside = SetAside(tmp_path / "refused", "import")
    importer = Importer(SITE, store, aside, SystemClock())
    await importer.load((line(n) for n in range(9_000)), lambda c: seen.append(c.lines))
    assert seen == sorted(seen)
    assert seen[-1] == 9_000
