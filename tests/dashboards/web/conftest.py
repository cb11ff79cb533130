"""What the tests of the web application share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboards.web.application import application
from tests.dashboards.office import office, store_of
from tests.dashboards.web.serving import Office, Serving, SteppedClock, serving


@pytest.fixture
def place(tmp_path: Path) -> Office:
    return Office(office(tmp_path), tmp_path, SteppedClock())


@pytest.fixture
def served(place: Office) -> Iterator[Serving]:
    store = store_of(place.configuration, place.directory)
    with serving(application(place.configuration, store, place.clock)) as server:
        yield server


@pytest.fixture
def client(served: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=20) as client:
        yield client
