"""Messages that were set aside: one line of JSON each, in a file a day, with the reason.

`<data>/refused/2026-03-01.jsonl` keeps the message whole, so that `groundwatt ingest --from` can
take it in once the reason is mended. A day's file is bounded; what goes beyond is counted only.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

LOG = logging.getLogger(__name__)

MOST_BYTES_A_DAY = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Aside:
    """One message that was set aside, or a part of it (`stored` tells that the rest is kept)."""

    received: int
    reason: str
    topic: str
    payload: bytes
    device: str | None
    run: str | None
    seq: int | None
    stored: bool


class SetAside:
    """Writes the day files of one data directory."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._folder = folder
        self._worker = worker
        self._told: set[str] = set()
        self.count = 0

    def write(self, aside: Aside) -> None:
        """Append one message to the file of the day on which it was received."""
        self.count += 1
        day = datetime.fromtimestamp(aside.received / 1000, UTC).date().isoformat()
        file = self._folder / f"{day}-{self._worker}.jsonl"
        self._folder.mkdir(parents=True, exist_ok=True)
        kind = aside.reason.split(":")[0]
        if f"{day} {kind}" not in self._told:
            self._told.add(f"{day} {kind}")
            LOG.warning("set aside from %s: %s (see %s)", aside.topic[:100], aside.reason, file)
        if file.exists() and file.stat().st_size > MOST_BYTES_A_DAY:
            return
        with file.open("ab") as stream:
            stream.write(_line(aside))


def _line(aside: Aside) -> bytes:
    body: dict[str, object] = {
        "received": aside.received,
        "reason": aside.reason,
        "topic": aside.topic,
        "device": aside.device,
        "run": aside.run,
        "seq": aside.seq,
        "stored": aside.stored,
    }
    try:
        body["payload"] = aside.payload.decode()
    except UnicodeDecodeError:
        body["payload_base64"] = base64.b64encode(aside.payload).decode()
    return orjson.dumps(body) + b"\n"


def read_asides(folder: Path) -> Iterator[Aside]:
    """Everything that was set aside, by file and in order; a torn last line is left out."""
    for file in sorted(folder.glob("*.jsonl")):
        with file.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield parse_aside(line)


def parse_aside(line: bytes) -> Aside:
    """Read one line of a day file."""
    body = orjson.loads(line)
    if "payload" in body:
        payload = body["payload"].encode()
    else:
        payload = base64.b64decode(body["payload_base64"])
    return Aside(
        body["received"], body["reason"], body["topic"], payload,
        body["device"], body["run"], body["seq"], body["stored"],
    )  # fmt: skip
