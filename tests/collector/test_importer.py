"""Loading files of contract messages: both formats, judged like any other message."""

from __future__ import annotations

import os
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson
import pytest

from collector.clock import SystemClock
from collector.importer import Importer, lines_from
from collector.setaside import Aside, SetAside, read_asides
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


async def test_what_is_stored_without_unknown_fields_is_told(store, tmp_path):
    """They lie among the refused, which would else grow unseen behind `0 set aside`."""
    aside = SetAside(tmp_path / "refused", "import")
    lines = [line(1, values={"power_kw": 5.0, "warp_factor": 9.0}), line(2)]
    counts = await Importer(SITE, store, aside, SystemClock()).load(lines)
    assert (counts.stored, counts.partly, counts.refused) == (2, 1, 0)
    assert len(list(read_asides(tmp_path / "refused"))) == 1


async def test_a_progress_call_sees_the_counts_grow(store, tmp_path):
    seen: list[int] = []
    aside = SetAside(tmp_path / "refused", "import")
    importer = Importer(SITE, store, aside, SystemClock())
    await importer.load((line(n) for n in range(9_000)), lambda c: seen.append(c.lines))
    assert seen == sorted(seen)
    assert seen[-1] == 9_000


async def test_a_file_that_grows_by_what_it_brings_is_read_only_once(store, tmp_path):
    folder = tmp_path / "refused"
    aside = SetAside(folder, "import")
    await Importer(SITE, store, aside, SystemClock()).load([line(n, values=1) for n in range(50)])
    (file,) = folder.iterdir()
    with file.open("rb") as stream:
        lines = islice(lines_from(stream), 1_000)
        counts = await Importer(SITE, store, aside, SystemClock()).load(lines)
    assert (counts.lines, counts.refused) == (50, 50)
    assert len(list(read_asides(folder))) == 100


def written_to(file: Path, content: bytes) -> BinaryIO:
    file.write_bytes(content)
    return file.open("rb")


@pytest.mark.parametrize("content", [b"", b"a\n", b"a\nb\n", b"a\nno end"])
def test_a_file_is_read_whole(tmp_path, content):
    with written_to(tmp_path / "f", content) as stream:
        assert b"".join(lines_from(stream)) == content


def test_a_pipe_is_read_to_its_end(tmp_path):
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream, os.fdopen(write, "wb") as sender:
        sender.write(b"a\nb\n")
        sender.close()
        assert list(lines_from(stream)) == [b"a\n", b"b\n"]


async def test_lines_with_wrong_parts_are_set_aside_and_do_not_end_the_import(store, tmp_path):
    now = SystemClock().now_ms()
    topic = "groundwatt/v1/office/meter/sample"
    plain = asdict(Aside(now, "future: x", topic, b"", None, None, None, stored=False))
    del plain["truncated"]
    broken = [plain | {"payload": 5}, plain | {"topic": 1, "payload": "{}"}, {"a": 1},
              {k: v for k, v in plain.items() if k != "payload"}]  # fmt: skip
    broken += [(plain | {"truncated": True}) | {"payload": body().decode()}]
    lines = [orjson.dumps({k: v for k, v in entry.items() if v != b""}) for entry in broken]
    aside = SetAside(tmp_path / "refused", "import")
    counts = await Importer(SITE, store, aside, SystemClock()).load([*lines, line(1)])
    assert (counts.lines, counts.stored, counts.refused) == (6, 1, 5)
    kept = list(read_asides(tmp_path / "refused"))
    assert [entry.payload for entry in kept] == lines
    assert "payload was not kept" in kept[-1].reason
