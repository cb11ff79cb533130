"""Bring lines to an InfluxDB server that may take some of them and refuse others.

No driver here: `influx` gives the function that sends one request. The versions differ: 1.x
stores the good lines of a batch and names neither which nor where (`partial write: … dropped=1`),
except for lines it cannot read, which it repeats; 2.x stores nothing of a batch with an unreadable
line; 3.x numbers the bad lines. So nothing is believed but this: a line that was named, or that was
alone in its request, or of whose request all were dropped, is refused; all others are sent again
until the server has nothing to say against them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

TOO_LARGE = 413
_MOST_LINES = 5000
_REFUSING = {400, 422}
_ABOUT_LINES = (
    "partial write",
    "unable to parse",
    "field type conflict",
    "points beyond retention policy",
    "dropped=",
)
_dropped = re.compile(r"dropped=(\d+)")
_conflict = re.compile(r'input field "(?P<field>[^"]+)" on measurement "(?P<measurement>[^"]+)"')


class Answer(NamedTuple):
    """What a server answered to one request."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the lines of one request.

    `refused` are indexes of lines that will never be taken, with the reason; the lines of each
    group in `again` are to be sent once more, as a request of their own.
    """

    refused: dict[int, str] = field(default_factory=dict)
    again: tuple[tuple[int, ...], ...] = ()


def message_of(body: bytes) -> str:
    """Return the words of an error answer, from JSON of any version or plain text."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace").strip()[:2000]
    if isinstance(answer, dict):
        return str(answer.get("message") or answer.get("error") or answer)
    return str(answer)


def concerns_lines(status: int, message: str) -> bool:
    """Whether an answer speaks of lines, and not of the request, the rights or the server.

    InfluxDB 2.x reports some type conflicts as its own failure (500).
    """
    if status == TOO_LARGE:
        return True
    if status in _REFUSING:
        return any(words in message for words in _ABOUT_LINES)
    return status >= 500 and "field type conflict" in message


async def deliver(
    lines: Sequence[str], send: Callable[[Sequence[str]], Awaitable[Answer]]
) -> dict[int, str]:
    """Send lines until each is stored or refused; return the refused ones with the reason.

    `send` makes one request and returns an answer that is either success or concerns the lines;
    anything else it raises, and then the whole delivery is to be repeated.
    """
    everything = range(len(lines))
    pending = [tuple(everything[i : i + _MOST_LINES]) for i in everything[::_MOST_LINES]]
    refused: dict[int, str] = {}
    while pending:
        group = pending.pop()
        sent = [lines[index] for index in group]
        answer = await send(sent)
        if answer.status < 300:
            continue
        verdict = judge(answer, sent)
        refused.update({group[index]: reason for index, reason in verdict.refused.items()})
        pending += [tuple(group[index] for index in part) for part in verdict.again]
    return refused


def judge(answer: Answer, lines: Sequence[str]) -> Verdict:
    """Decide about the lines of a request that was answered like this.

    Every group of `again` is smaller than the request, so that the way ends.
    """
    message = message_of(answer.body)
    if named := _repeated(message, lines) or _numbered(answer.body, len(lines)):
        rest = tuple(index for index in range(len(lines)) if index not in named)
        return Verdict(named, (rest,) if rest else ())
    dropped = _dropped.search(message)
    all_dropped = dropped is not None and int(dropped[1]) == len(lines)
    if len(lines) == 1 or (all_dropped and answer.status != TOO_LARGE):
        return Verdict(dict.fromkeys(range(len(lines)), message))
    return Verdict(again=_parts(message, lines))


def _repeated(message: str, lines: Sequence[str]) -> dict[int, str]:
    """Lines that the answer repeats as unreadable (1.x, 2.x), with the reason."""
    if "unable to parse '" not in message:
        return {}
    indexes = {line: index for index, line in enumerate(lines)}
    named = {}
    for part in message.split("unable to parse '")[1:]:
        line, _, reason = part.rpartition("': ")
        if line in indexes:
            named[indexes[line]] = "unable to parse: " + reason.split(" dropped=")[0].strip()
    return named


def _numbered(body: bytes, count: int) -> dict[int, str]:
    """Lines that the answer numbers (3.x), with the reason."""
    try:
        entries = orjson.loads(body)["data"]
        numbered = {entry["line_number"] - 1: str(entry["error_message"]) for entry in entries}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
    return {index: reason for index, reason in numbered.items() if 0 <= index < count}


def _parts(message: str, lines: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Suspects and the rest when the message names a field, else two halves."""
    everything = range(len(lines))
    if conflict := _conflict.search(message):
        measurement, field_name = conflict["measurement"] + ",", conflict["field"] + "="
        suspects = tuple(
            index
            for index in everything
            if lines[index].startswith(measurement) and field_name in lines[index]
        )
        if 0 < len(suspects) < len(lines):
            return suspects, tuple(sorted(set(everything).difference(suspects)))
    half = len(lines) // 2
    return tuple(everything[:half]), tuple(everything[half:])
