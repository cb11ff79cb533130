"""The verification table: every figure agrees, and docs/verification.md is what was computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verification import sources
from tests.verification.table import Check, page

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return sources.checks()


def test_every_published_figure_is_ours_too(checks: list[Check]):
    wrong = [check for check in checks if not check.agrees]
    assert not wrong
    assert {check.group for check in checks} == set(sources.SOURCES)


def test_the_page_is_what_was_computed(checks: list[Check], request: pytest.FixtureRequest):
    text = page(checks, sources.SOURCES)
    if request.config.getoption("--write-verification"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_a_figure_beyond_its_tolerance_is_told():
    assert not Check("g", "w", 1.0, 1.1, 0.05).agrees
    assert Check("g", "w", 1.0, 1.04, 0.05).agrees
