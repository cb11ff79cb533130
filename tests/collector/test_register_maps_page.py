"""docs/register-maps.md says everything, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collector.cells import Identity, RatioCell, UnitCell
from collector.registers import Quirks, Register, RegisterMap, Serial, parse_map
from collector.sitefile import shipped_maps
from collector.spreadsheet import normalised
from collector.vendorwords import DEVICE_HEADERS, MAP_HEADERS
from collector.words import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "register-maps.md").read_text("utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize(
    "model", [RegisterMap, Register, Quirks, Serial, RatioCell, UnitCell, Identity]
)
def test_every_key_is_explained(model):
    assert set(model.model_fields) <= CODE


@pytest.mark.parametrize("kind", WORDS)
def test_every_type_is_explained(kind):
    assert kind in CODE


def test_example_is_a_valid_map():
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    parsed = parse_map(example, Path("example_meter.yaml"))
    assert parsed.limits.forbidden == ((899, 998),)


def test_every_template_is_named():
    assert {name for name in shipped_maps() if name.startswith("generic_")} <= CODE


def tables() -> list[dict[str, set[str]]]:
    """Tables of headings: column → headings, in order of the page."""
    found: list[dict[str, set[str]]] = []
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "column":
            found.append({})
        elif found and line.startswith("|") and len(cells) == 3 and "---" not in cells[0]:
            words = {normalised(word) for cell in cells[1:] for word in cell.split(",")}
            found[-1][cells[0]] = words
    return found


@pytest.mark.parametrize(("table", "headers"), [(0, MAP_HEADERS), (1, DEVICE_HEADERS)])
def test_headings_are_those_that_are_understood(table, headers):
    assert tables()[table] == {
        column: {normalised(word) for word in (column, *words)} for column, words in headers.items()
    }


def test_links_lead_to_headings():
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
