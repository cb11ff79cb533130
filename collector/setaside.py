"""Messages that were set aside: one line of JSON each, in a file a day, with the reason.

`<data>/refused/2026-03-01-1.jsonl` keeps the message whole, so that `groundwatt ingest --from`
can take it in once the reason is mended. A day's file is bounded: beyond the bound a line tells
of a message without its payload, beyond twice the bound nothing is kept, and `write` says so.
"""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any

import orjson

LOG = logging.getLogger(__name__)

MOST_BYTES_A_DAY = 256 * 1024**2
KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class Aside:
    """One message that was set aside, or a part of it (`stored` tells that the rest is kept).

    Of a `truncated` one the payload was not kept.
    """

    received: int
    reason: str
    topic: str
    payload: bytes
    device: str | None
    run: str | None
    seq: int | None
    stored: bool
    truncated: bool = False


class SetAside:
    """Writes the day files of one data directory.

    Parameters
    ----------
    folder : Path
        Where the files are; made with the first message.
    worker : str
        Who writes: each worker has files of its own.
    most_bytes : int
        Size of a day's file up to which messages are kept whole. [B]
    """

    def __init__(self, folder: Path, worker: str, most_bytes: int = MOST_BYTES_A_DAY) -> None:
        self._folder = folder
        self._worker = worker
        self._most_bytes = most_bytes
        self._told: set[str] = set()
        self.count = 0

    def write(self, aside: Aside) -> bool:
        """Append one message to the file of the day on which it was received.

        Returns
        -------
        bool
            True when the message, or at least a line that tells of it, is on disk: its sender
            may forget it. False when the day's file is full: nothing of it is kept.

        Raises
        ------
        OSError
            The file cannot be written; nothing of the message is kept.
        """
        self.count += 1
        day = datetime.fromtimestamp(aside.received / 1000, UTC).date()
        file = self._folder / f"{day.isoformat()}-{self._worker}.jsonl"
        self._tell(f"{day} {aside.reason.split(':')[0]}", aside, file)
        if not file.exists():
            self._begin(file, day)
        size = file.stat().st_size
        if size >= 2 * self._most_bytes:
            self._tell(f"{day} full", aside, file)
            return False
        _append(file, _line(aside, truncated=size >= self._most_bytes))
        return True

    def _tell(self, subject: str, aside: Aside, file: Path) -> None:
        if subject in self._told:
            return
        self._told.add(subject)
        if subject.endswith(" full"):
            LOG.error("%s is full: what does not fit stays with its sender today", file)
        else:
            LOG.warning("set aside from %s: %s (see %s)", aside.topic[:100], aside.reason, file)

    def _begin(self, file: Path, day: date) -> None:
        """Make the day's file, known to the folder on disk, and remove what is out of date."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file.touch()
        for folder in (self._folder, self._folder.parent):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        for old in self._folder.glob("*.jsonl"):
            if _is_before(old, day - timedelta(days=KEPT_DAYS)):
                _remove(old)


def _is_before(file: Path, day: date) -> bool:
    try:
        return date.fromisoformat(file.name[:10]) < day
    except ValueError:
        return False  # not a day file: somebody else's


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        LOG.warning("cannot remove %s, which is out of date: %s", file, error.strerror)
    else:
        LOG.info("removed %s, which is older than %d days", file, KEPT_DAYS)


def _append(file: Path, line: bytes) -> None:
    """Append a line, on disk when this returns; a torn line before it keeps to itself."""
    with file.open("a+b") as stream:
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                line = b"\n" + line
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def _line(aside: Aside, *, truncated: bool) -> bytes:
    body: dict[str, object] = {
        "received": aside.received,
        "reason": aside.reason,
        "topic": aside.topic,
        "device": aside.device,
        "run": aside.run,
        "seq": aside.seq,
        "stored": aside.stored,
    }
    if truncated or aside.truncated:
        body["truncated"] = True
        return orjson.dumps(body) + b"\n"
    try:
        body["payload"] = aside.payload.decode()
    except UnicodeDecodeError:
        body["payload_base64"] = base64.b64encode(aside.payload).decode()
    return orjson.dumps(body) + b"\n"


def read_asides(folder: Path) -> Iterator[Aside]:
    """Everything that was set aside, by file and in order.

    Lines that cannot be read are counted and told of in one line of the log; a last line
    without an end may still be in the making and is left out.
    """
    unreadable, first = 0, ""
    for file in sorted(folder.glob("*.jsonl")):
        with file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.endswith(b"\n"):
                    continue
                try:
                    aside = parse_aside(line)
                except ValueError as error:
                    unreadable, first = unreadable + 1, first or f"{file.name}:{number}: {error}"
                    continue
                yield aside
    if unreadable:
        LOG.warning("%s: %d lines are unreadable, first %s", folder, unreadable, first)


_TYPES: dict[str, tuple[type, ...]] = {
    "received": (int,),
    "reason": (str,),
    "topic": (str,),
    "device": (str, NoneType),
    "run": (str, NoneType),
    "seq": (int, NoneType),
    "stored": (bool,),
}


def parse_aside(line: bytes) -> Aside:
    """Read one line of a day file.

    Raises
    ------
    ValueError
        Not JSON, a key is missing or has the wrong type.
    """
    body = orjson.loads(line)
    if type(body) is not dict:
        raise ValueError("not a JSON object")
    for key, types in _TYPES.items():
        if type(body.get(key, ...)) not in types:
            raise ValueError(f"{key} is missing or has the wrong type")
    truncated = body.get("truncated", False)
    if type(truncated) is not bool:
        raise ValueError("truncated has the wrong type")
    payload = b"" if truncated else _payload(body)
    return Aside(**{key: body[key] for key in _TYPES}, payload=payload, truncated=truncated)


def _payload(body: dict[str, Any]) -> bytes:
    text, coded = body.get("payload"), body.get("payload_base64")
    if type(text) is str:
        return text.encode()
    if type(coded) is str:
        return base64.b64decode(coded, validate=True)
    raise ValueError("payload is missing or has the wrong type")
