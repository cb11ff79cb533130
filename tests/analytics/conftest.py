"""Stores that several modules of tests copy: each is filled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analytics.jobs import known_building, known_plant


@pytest.fixture(scope="session")
def building(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the store of the known building."""
    folder = tmp_path_factory.mktemp("building")
    known_building.fill(folder)
    return folder


@pytest.fixture(scope="session")
def plant_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the store of the known plant."""
    folder = tmp_path_factory.mktemp("plant")
    known_plant.fill(folder)
    return folder
