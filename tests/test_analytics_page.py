"""The pages about figures leave nothing out: figures, findings and alarm rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from analytics.jobs import formulas
from analytics.live import moment
from analytics.registers.falls import EventKind
from analytics.rule_sets import shipped
from collector.virtual import PLANT_FIELDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INDEX = DOCS / "analytics.md"
SUBJECTS = sorted((DOCS / "analytics").glob("*.md"))
PAGES = (INDEX, DOCS / "plant.md", *SUBJECTS)
LONGEST = 300

COMPOSED = {"counter": get_args(EventKind), "value": ("spike", "step")}
"""What follows the dot in codes that are put together, by what stands before it."""


def _text(*pages: Path) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def _calls() -> Iterator[tuple[Path, ast.expr]]:
    """First argument of every `Finding(…)` in analytics."""
    for file in sorted((ROOT / "analytics").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id == "Finding" and node.args:
                yield file, node.args[0]


def _families() -> set[str]:
    """What stands before the dot in the codes of findings."""
    told = {str(code.value) for _, code in _calls() if isinstance(code, ast.Constant)}
    return {code.partition(".")[0] for code in told} | COMPOSED.keys()


def _codes() -> set[str]:
    """Every code, also those that reach their finding through a name."""
    form = re.compile(rf"(?:{'|'.join(sorted(_families()))})\.[a-z][a-z0-9_-]*")
    found = {f"{family}.{kind}" for family, kinds in COMPOSED.items() for kind in kinds}
    for file in (ROOT / "analytics").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if form.fullmatch(node.value) else set()
    return found


def test_composed_codes_are_those_that_this_test_knows():
    """A code put together in a new way would slip through the others."""
    heads = set()
    for _, code in _calls():
        if isinstance(code, ast.JoinedStr):
            head = code.values[0]
            assert isinstance(head, ast.Constant)
            heads.add(str(head.value).rstrip("."))
    assert heads == COMPOSED.keys()


def test_every_finding_is_explained():
    text = _text(*PAGES)
    assert {code for code in _codes() if f"`{code}`" not in text} == set()


@pytest.mark.parametrize("name", sorted(formulas._CATALOGUE))
def test_every_figure_of_the_catalogue_is_explained(name: str):
    row = next((line for line in _text(INDEX).splitlines() if f"`{name}" in line), "")
    assert row.startswith("|"), "its row is missing"


@pytest.mark.parametrize("kind", ["cop", "spf"])
@pytest.mark.parametrize("mode", ["heating", "cooling", "overall"])
def test_every_ratio_and_its_electricity_is_explained(kind: str, mode: str):
    text = _text(INDEX)
    assert f"`{kind}_{mode}`" in text
    assert f"`electricity_{mode}_kwh`" in text


@pytest.mark.parametrize("medium", ["electricity", "heat", "cooling", "water", "gas"])
def test_every_figure_of_an_account_is_explained(medium: str):
    text = _text(INDEX)
    amount = "m3" if medium in ("water", "gas") else "kwh"
    units = [unit for unit in formulas._ACCOUNTED if unit not in ("kwh", "m3", "share")]
    for unit in (amount, *units):
        assert f"`{medium}_{unit}`" in text
    assert "`<medium>_unmetered_share`" in text


@pytest.mark.parametrize("rule", sorted(shipped()))
def test_every_alarm_rule_stands_with_its_severity(rule: str):
    rows = _text(DOCS / "analytics" / "alarms.md").splitlines()
    [row] = [line for line in rows if line.startswith(f"| `{rule}` |")]
    assert f"| {shipped()[rule].severity} |" in row


def test_every_live_figure_and_flag_is_explained():
    text = _text(DOCS / "analytics" / "live.md")
    flags = [name for name in vars(moment).values() if str(name).startswith(("bad:", "uncertain:"))]
    assert {name for name in (*PLANT_FIELDS, *flags) if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_short_and_its_links_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), f"{target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
