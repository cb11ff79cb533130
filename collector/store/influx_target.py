"""One database or bucket on one server, who we are to it, and what its answers mean."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from collector.errors import StoreError, Unavailable
from collector.store.influxql import NoSuchDatabase

_GZIP_LEVEL = 1


class Forbidden(StoreError):
    """These credentials are known, but have no right to do this."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the data goes; see `InfluxStore` for the meaning of each value."""

    url: str = field(repr=False)
    database: str
    version: Literal[1, 2]
    organisation: str
    timeout_s: float
    ca_file: Path | None
    gzip_from_bytes: int | None
    token: str | None = field(repr=False)
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """How messages call it, without user information that the URL may carry."""
        word = "bucket" if self.version == 2 else "database"
        return f"{word} {self.database} at {urlsplit(self.url).netloc.rpartition('@')[2]}"

    def failure(self, status: int, message: str) -> StoreError:
        """Our error for an answer that is neither success nor about lines."""
        if status in {408, 429} or status >= 500:
            return Unavailable(f"{self.name}: {status} {message}")
        if status == 401:
            who = "user name or password" if self.username else "token"
            return StoreError(f"{self.name}: the {who} is missing or wrong ({message})")
        if status == 403:
            return Forbidden(f"{self.name}: no right to do this ({message})")
        if status == 404:
            return NoSuchDatabase(f"{self.name} does not exist ({message})")
        return StoreError(f"{self.name}: {status} {message}")

    def packed(self, lines: Sequence[str]) -> tuple[bytes, str]:
        """Body of a write and its content encoding."""
        body = "\n".join(lines).encode()
        if self.gzip_from_bytes is None or len(body) < self.gzip_from_bytes:
            return body, "identity"
        return gzip.compress(body, _GZIP_LEVEL), "gzip"
