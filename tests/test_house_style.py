"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import tomllib
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


READERS = {"factor_sets", "limit_tables", "rule_sets", "workdays", "jobs", "records", "commands"}
KERNELS = {
    entry.stem
    for entry in (ROOT / "analytics").iterdir()
    if entry.suffix == ".py" or (entry / "__init__.py").exists()
} - {*READERS, "__init__"}
IMPURE = {
    "asyncio", "importlib", "io", "logging", "multiprocessing", "os", "pathlib", "random", "socket",
    "sqlite3", "subprocess", "sys", "threading", "time", "urllib",
}  # fmt: skip


def test_every_kernel_stands_in_the_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [pure] = [one for one in contracts if one["name"].startswith("Kernels are pure")]
    assert set(pure["source_modules"]) == {f"analytics.{name}" for name in KERNELS}


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_a_kernel_reads_no_file_and_asks_no_clock(kernel: str):
    """Numpy and scipy.special only; import-linter does not see parts of foreign packages."""
    root = ROOT / "analytics" / kernel
    for file in sorted(root.rglob("*.py")) if root.is_dir() else [root.with_suffix(".py")]:
        for module in _imported(file):
            assert module.split(".")[0] not in IMPURE, file
            assert not module.startswith("scipy") or module == "scipy.special", file


def _imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


FORM = re.compile(r"[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)+")


def test_codes_of_findings_have_one_form():
    """Hyphens within words, a dot between subject and matter."""
    codes = [code for file in SOURCES for code in _codes(file)]
    assert len(codes) > 50
    assert [code for code in codes if not FORM.fullmatch(code)] == []


def _codes(file: Path) -> list[str]:
    calls = [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    ]
    first = [call.args[0] for call in calls if call.func.id == "Finding"]
    return [code.value for code in first if isinstance(code, ast.Constant)]
