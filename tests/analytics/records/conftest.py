"""Records in a real SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.records import Records, open_records
from analytics.records.acts import Act
from collector.accounts import Records as RecordSettings


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(RecordSettings(), tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def act() -> Act:
    return Act("Wang", "wrong ratio", 1_767_240_000_000)
