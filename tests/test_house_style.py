"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).parents[1]
PACKAGES = ("collector", "analytics", "dashboards", "firmware_sims")
SOURCES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_source_file_has_one_subject(file: Path):
    """At most 300 lines, functions of at most 50, and a name that says something."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert file.stem not in NAMELESS
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert (node.end_lineno or 0) - first.lineno < 50, node.name


def test_every_command_stands_in_the_readmes():
    app = typer.Typer()
    for entry in entry_points(group="groundwatt.commands"):
        entry.load()(app)
    names = {command.name for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        missing = {name for name in names if f"groundwatt {name}" not in text}
        assert not missing, readme


def test_every_decision_has_its_own_number():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [record.name.split("-")[0] for record in records]
    assert len(set(numbers)) == len(numbers)
