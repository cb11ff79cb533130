"""Every error that groundwatt raises, in one tree.

GroundwattError
├─ ConfigError          file, line, key, problem        → exit 2 at start
├─ DeviceError          device                          → caught once, in the poller
│   ├─ NoAnswer         timeout, closed line
│   ├─ Refused          Modbus exception code
│   └─ BadFrame         length, type, wrong unit
├─ WireError            topic or payload                → counted, set aside, go on
├─ BrokerError                                          → reconnect with jitter
└─ StoreError
    ├─ Unavailable      retry the whole batch
    └─ Rejected         which samples and why; never retried

Each driver's exceptions are translated in its doorway file, with the cause chained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class GroundwattError(Exception):
    """Anything that groundwatt reports as an error."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file: where it is and what is wrong."""

    file: Path
    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}: {self.key}: {self.problem}" if self.key else f"{where}: {self.problem}"


class ConfigError(GroundwattError):
    """Configuration that cannot be used; carries every problem found, not just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DeviceError(GroundwattError):
    """One device did not deliver; `reason` is the word that goes into a sample's flags."""

    reason = "device"

    def __init__(self, device: str, detail: str) -> None:
        self.device = device
        self.detail = detail
        super().__init__(f"{device}: {detail}")


class NoAnswer(DeviceError):
    """The device stayed silent or the line is closed."""

    reason = "no-answer"


class Refused(DeviceError):
    """The device answered a request with a Modbus exception code."""

    reason = "refused"

    def __init__(self, device: str, detail: str, code: int) -> None:
        super().__init__(device, detail)
        self.code = code


class BadFrame(DeviceError):
    """An answer that is not the answer to our request."""

    reason = "bad-frame"


class WireError(GroundwattError):
    """An MQTT topic or payload that does not follow the contract."""


class BrokerError(GroundwattError):
    """The MQTT broker is out of reach or refuses us."""


class StoreError(GroundwattError):
    """The time-series store did not take a write or answer a read."""


class Unavailable(StoreError):
    """The store is out of reach for now: retry the whole batch."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One sample that the store will never take, and why."""

    index: int
    reason: str


class Rejected(StoreError):
    """Some samples of a batch will never be stored; all others are stored."""

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        self.rejections = tuple(rejections)
        super().__init__("; ".join(f"#{r.index}: {r.reason}" for r in self.rejections))


def first_of(error: BaseException) -> BaseException:
    """Return the first plain error of a group; tasks that fail together fail alike."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
