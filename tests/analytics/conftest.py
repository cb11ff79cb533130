"""Stores that several modules of tests copy: each is filled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analytics.jobs import known_building


@pytest.fixture(scope="session")
def building(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the store of the known building."""
    folder = tmp_path_factory.mktemp("building")
    known_building.fill(folder)
    return folder
