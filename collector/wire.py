"""The MQTT contract: topics and payloads, from and to the central types.

    groundwatt/v1/<site>/<device>/sample                  one poll slot of one device
    groundwatt/v1/<site>/<device>/receipt                 what ingest has committed or refused
    groundwatt/v1/<site>/<device>/meta                    retained: map, points, run
    groundwatt/v1/<site>/_collector/<name>/status         retained, with a last will

Pure: bytes in, bytes out. A message that does not follow the contract raises `WireError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

import orjson

from collector.errors import WireError
from collector.model import Sample

VERSION = "v1"
ROOT = f"groundwatt/{VERSION}"
ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
SHARED_GROUP = "ingest"

_ID = re.compile(ID_PATTERN)
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_FLAG = re.compile(r"^(bad|uncertain):[a-z0-9][a-z0-9:-]{0,62}$")
_MAX_PAYLOAD = 256 * 1024
_MAX_INTEGER = 2**53
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Receipt:
    """What has become of a device's samples: ranges of seq, both ends included."""

    device: str
    run: str
    stored: tuple[tuple[int, int], ...] = ()
    refused: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """What a device's samples mean, and where the run before it ended."""

    device: str
    run: str
    started: int
    map: str
    previous_run: str | None
    previous_seq: int | None
    interval_ms: int
    serial: str | None
    points: tuple[dict[str, Any], ...]


def topic(site: str, device: str, leaf: str) -> str:
    """Topic of one device's `sample`, `receipt` or `meta`."""
    return f"{ROOT}/{site}/{device}/{leaf}"


def shared_samples(site: str) -> str:
    """Return the subscription that all ingest workers of a site share."""
    return f"$share/{SHARED_GROUP}/{ROOT}/{site}/+/sample"


def status_topic(site: str, collector: str) -> str:
    """Topic of a collector's retained status."""
    return f"{ROOT}/{site}/_collector/{collector}/status"


def parse_topic(text: str, leaf: str) -> tuple[str, str]:
    """Site and device of a topic that ends in `leaf`.

    Raises
    ------
    WireError
        Not a topic of this version of the contract.
    """
    parts = text.split("/")
    if len(parts) != 5 or parts[0] != "groundwatt" or parts[4] != leaf:
        raise WireError(f"not a {leaf} topic: {text[:200]}")
    if parts[1] != VERSION:
        raise WireError(f"version {parts[1][:20]} instead of {VERSION}")
    if not _is_id(parts[2]) or not _is_id(parts[3]):
        raise WireError(f"not a site or device id in {text[:200]}")
    return parts[2], parts[3]


def encode_sample(sample: Sample) -> bytes:
    """Payload of a sample."""
    body: dict[str, Any] = {
        "at": sample.at,
        "run": sample.run,
        "seq": sample.seq,
        "lag": sample.lag,
        "values": sample.values,
    }
    if sample.flags:
        body["flags"] = sample.flags
    return orjson.dumps(body)


def decode_sample(device: str, payload: bytes) -> Sample:
    """Read a sample from its payload, strictly.

    Numbers must be numbers (JSON cannot carry NaN), flags must be well formed; whether the
    device and its fields exist is the site's matter, not the wire's.

    Raises
    ------
    WireError
        Not JSON, a missing or surplus key, a wrong type.
    """
    body = _object(payload)
    try:
        at, run, seq, lag = body["at"], body["run"], body["seq"], body["lag"]
        values, flags = body["values"], body.get("flags")
    except KeyError as missing:
        raise WireError(f"key {missing} is missing") from missing
    if len(body) != (5 if flags is None else 6):
        raise WireError(f"surplus keys: {sorted(set(body) - _SAMPLE_KEYS)}")
    if not (_integer(at) and _integer(seq) and _integer(lag)) or at < 0 or seq < 0:
        raise WireError("at, seq and lag must be integers, at and seq not negative")
    if not _is_id(run):
        raise WireError("run must be an id")
    if type(values) is not dict:
        raise WireError("values must be an object")
    for value in values.values():
        if type(value) is not float and type(value) is not int:
            raise WireError("values must be numbers")
    if flags is None:
        flags = {}
    else:
        _check_flags(flags)
    return Sample(device, at, run, seq, lag, values, flags)


_SAMPLE_KEYS = {"at", "run", "seq", "lag", "values", "flags"}


def _integer(value: object) -> bool:
    return type(value) is int and -_MAX_INTEGER < value < _MAX_INTEGER


def _is_id(value: object) -> bool:
    return type(value) is str and _ID.fullmatch(value) is not None


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > _MAX_PAYLOAD:
        raise WireError(f"{len(payload)} bytes are more than {_MAX_PAYLOAD}")
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise WireError(f"not JSON: {error}") from error
    if type(body) is not dict:
        raise WireError("not a JSON object")
    return body


def _check_flags(flags: object) -> None:
    if type(flags) is not dict:
        raise WireError("flags must be an object")
    for name, flag in flags.items():
        if name != "*" and not _NAME.fullmatch(name):
            raise WireError(f"not a field name: {name[:80]}")
        if type(flag) is not str or not _FLAG.fullmatch(flag):
            raise WireError(f"not a flag: {str(flag)[:80]}")


def encode_receipt(receipt: Receipt) -> bytes:
    """Payload of a receipt."""
    return orjson.dumps({"run": receipt.run, "stored": receipt.stored, "refused": receipt.refused})


def decode_receipt(device: str, payload: bytes) -> Receipt:
    """Read a receipt from its payload.

    Raises
    ------
    WireError
        Not a receipt.
    """
    body = _object(payload)
    run = body.get("run")
    if type(run) is not str:
        raise WireError("run is missing")
    return Receipt(device, run, _ranges(body, "stored"), _ranges(body, "refused"))


def _ranges(body: dict[str, Any], key: str) -> tuple[tuple[int, int], ...]:
    ranges = body.get(key, [])
    if type(ranges) is not list:
        raise WireError(f"{key} must be a list of [first, last]")
    for pair in ranges:
        if type(pair) is not list or len(pair) != 2 or not all(_integer(seq) for seq in pair):
            raise WireError(f"{key} must be a list of [first, last]")
    return tuple((first, last) for first, last in ranges)


def ranges_of(sequence: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Pack sequence numbers into ranges, both ends included.

    >>> ranges_of([3, 1, 2, 7])
    ((1, 3), (7, 7))
    """
    packed: list[tuple[int, int]] = []
    for seq in sorted(set(sequence)):
        if packed and seq == packed[-1][1] + 1:
            packed[-1] = (packed[-1][0], seq)
        else:
            packed.append((seq, seq))
    return tuple(packed)


def encode_meta(meta: Meta) -> bytes:
    """Payload of a device's retained description."""
    return orjson.dumps(
        {
            "run": meta.run,
            "started": meta.started,
            "map": meta.map,
            "interval_ms": meta.interval_ms,
            "serial": meta.serial,
            "previous": None
            if meta.previous_run is None
            else {"run": meta.previous_run, "seq": meta.previous_seq},
            "points": meta.points,
        }
    )


def decode_meta(device: str, payload: bytes) -> Meta:
    """Read a device's description from its payload.

    Raises
    ------
    WireError
        Not a description.
    """
    body = _object(payload)
    previous, points, serial = body.get("previous"), body.get("points", []), body.get("serial")
    try:
        run, started = body["run"], body["started"]
        name, interval_ms = body["map"], body["interval_ms"]
        before: dict[str, Any] = {"run": None, "seq": None} if previous is None else previous
        earlier, last = before["run"], before["seq"]
    except (KeyError, TypeError) as error:
        raise WireError(f"a key is missing: {error}") from error
    if not _is_id(run) or not (previous is None or _is_id(earlier)):
        raise WireError("run and previous.run must be ids")
    if not _integer(started) or not 0 <= started <= _LATEST_MS or not _integer(interval_ms):
        raise WireError("started must be a time and interval_ms an integer")
    if previous is not None and not (_integer(last) and last >= 0):
        raise WireError("previous.seq must be an integer, not negative")
    if type(name) is not str or type(serial) not in (str, NoneType) or type(points) is not list:
        raise WireError("map, serial or points has the wrong type")
    return Meta(device, run, started, name, earlier, last, interval_ms, serial, tuple(points))


def encode_line(site: str, device: str, payload: bytes) -> bytes:
    """One line of a file of contract messages: the topic, a tab, the payload.

    JSON has no raw tabs or line ends, so the file can be cut with `cut` and read back whole.
    """
    return f"{topic(site, device, 'sample')}\t".encode() + payload + b"\n"


def split_line(line: bytes) -> tuple[str, bytes]:
    """Topic and payload of one line of a file of contract messages.

    Raises
    ------
    WireError
        No tab in the line, or a topic that is not UTF-8.
    """
    head, tab, payload = line.rstrip(b"\r\n").partition(b"\t")
    if not tab:
        raise WireError("no tab between topic and payload")
    try:
        return head.decode(), payload
    except UnicodeDecodeError as error:
        raise WireError("the topic is not UTF-8") from error


def encode_status(state: str, run: str, details: dict[str, Any] | None = None) -> bytes:
    """Payload of a collector's status: `online` or `offline`, with details."""
    return orjson.dumps({"state": state, "run": run} | (details or {}))


def points_of(fields: Sequence[tuple[str, str, str]]) -> tuple[dict[str, Any], ...]:
    """Points of a description from (field, unit, kind)."""
    return tuple({"field": name, "unit": unit, "kind": kind} for name, unit, kind in fields)
