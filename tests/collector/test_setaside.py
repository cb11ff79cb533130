"""What is set aside is on disk, can be read again, and never grows beyond its bounds."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.setaside import Aside, SetAside, parse_aside, read_asides

RECEIVED = 1_790_000_000_000
TODAY = datetime.fromtimestamp(RECEIVED / 1000, UTC).date()
TOPIC = "groundwatt/v1/office/meter/sample"
ASIDE = Aside(RECEIVED, "future: 1 h", TOPIC, b'{"at": 1}', "meter", "k3f9", 7, stored=False)
LINE = {
    "received": RECEIVED, "reason": "future: 1 h", "topic": TOPIC, "device": "meter",
    "run": "k3f9", "seq": 7, "stored": False, "payload": "{}",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "refused"


def numbered(first: int, last: int) -> list[Aside]:
    return [replace(ASIDE, seq=seq) for seq in range(first, last + 1)]


@pytest.mark.parametrize("payload", [b"", b'{"at": 1}', "电表".encode(), b"\xff\x00\n\t"])
def test_a_message_comes_back_whole(folder, payload):
    aside = replace(ASIDE, payload=payload, device=None, run=None, seq=None, stored=True)
    assert SetAside(folder, "1").write(aside) is True
    assert list(read_asides(folder)) == [aside]


def test_a_torn_line_does_not_take_the_next_one_with_it(folder, caplog):
    for seq in (1, 2):
        SetAside(folder, "1").write(replace(ASIDE, seq=seq))
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-30])
    assert [aside.seq for aside in read_asides(folder)] == [1]
    for seq in (3, 4):
        SetAside(folder, "1").write(replace(ASIDE, seq=seq))
    assert file.read_bytes().endswith(b"\n")
    assert b"\n\n" not in file.read_bytes()
    assert [aside.seq for aside in read_asides(folder)] == [1, 3, 4]


def test_lines_that_cannot_be_read_are_told_of_once_and_passed_over(folder, caplog):
    folder.mkdir(parents=True)
    good = orjson.dumps(LINE)
    (folder / "2026-01-01-1.jsonl").write_bytes(b"\n".join([b"", b"{torn", good, b"[]", b""]))
    (folder / "2026-01-02-1.jsonl").write_bytes(b"\xff\n" + good + b"\n")
    with caplog.at_level(logging.WARNING):
        assert len(list(read_asides(folder))) == 2
    (record,) = caplog.records
    assert "4 lines are unreadable" in record.message


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": 5}, {"payload": None}, {"payload": ...}, {"topic": None}, {"topic": ...},
        {"reason": 1}, {"received": "now"}, {"received": ...}, {"device": 1}, {"device": ...},
        {"run": []}, {"seq": "7"}, {"seq": True}, {"stored": None}, {"stored": ...},
        {"truncated": 1}, {"payload": ..., "payload_base64": "é"},
        {"payload": ..., "payload_base64": 1}, {"payload": ..., "payload_base64": "!!!!"},
    ],
)  # fmt: skip
def test_a_line_with_a_wrong_part_raises_only_value_error(changes):
    parse_aside(orjson.dumps(LINE))
    body = {k: v for k, v in (LINE | changes).items() if v is not ...}
    with pytest.raises(ValueError):
        parse_aside(orjson.dumps(body))


@given(st.sampled_from(sorted(LINE)), st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3),
    max_leaves=6,
))  # fmt: skip
def test_no_json_raises_anything_else(key, content):
    for body in (content, LINE | {key: content}):
        try:
            aside = parse_aside(orjson.dumps(body))
        except ValueError:
            continue
        assert type(aside.payload) is bytes


def test_beyond_the_bound_a_line_tells_of_the_message_and_beyond_twice_nothing_is_kept(folder):
    writer = SetAside(folder, "1", most_bytes=2_000)
    asides = [replace(aside, payload=b"x" * 400) for aside in numbered(1, 40)]
    kept = [writer.write(aside) for aside in asides]
    found = list(read_asides(folder))
    assert [aside.seq for aside in found] == list(range(1, sum(kept) + 1))
    assert kept == sorted(kept, reverse=True)
    whole = [aside for aside in found if not aside.truncated]
    assert whole == asides[: len(whole)]
    short = found[len(whole) :]
    assert short == [
        replace(a, payload=b"", truncated=True) for a in asides[len(whole) : sum(kept)]
    ]
    assert min(len(whole), len(short), kept.count(False)) > 0
    (file,) = folder.iterdir()
    assert 4_000 <= file.stat().st_size < 4_500
    assert b'"payload"' not in file.read_bytes().splitlines()[-1]


def test_the_next_day_has_room_again(folder):
    writer = SetAside(folder, "1", most_bytes=100)
    assert [writer.write(aside) for aside in numbered(1, 3)] == [True, True, False]
    assert writer.write(replace(ASIDE, received=RECEIVED + 86_400_000)) is True


def test_what_is_told_to_be_kept_was_written_through_to_the_disk(folder, monkeypatch):
    synced: list[bytes] = []

    def remember(handle: int) -> None:
        where = Path(f"/proc/self/fd/{handle}").resolve()
        synced.append(where.read_bytes() if where.is_file() else b"")

    monkeypatch.setattr("collector.setaside.os.fsync", remember)
    assert SetAside(folder, "1").write(ASIDE)
    (file,) = folder.iterdir()
    assert synced[-1] == file.read_bytes() != b""


def test_a_new_day_removes_the_files_that_are_older_than_four_hundred_days(folder):
    folder.mkdir(parents=True)
    kept = [f"{TODAY - timedelta(days=400)}-1.jsonl", "notes.jsonl", f"{TODAY}-2.jsonl"]
    gone = [f"{TODAY - timedelta(days=401)}-1.jsonl", "2001-02-03-import.jsonl"]
    for name in kept + gone:
        (folder / name).touch()
    SetAside(folder, "1").write(ASIDE)
    today = f"{TODAY}-1.jsonl"
    assert {file.name for file in folder.iterdir()} == {*kept, today}
    (folder / gone[0]).touch()
    SetAside(folder, "1").write(ASIDE)
    assert (folder / gone[0]).exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "refused").touch()
    with pytest.raises(OSError):
        SetAside(tmp_path / "refused", "1").write(ASIDE)
