"""Mistakes are told in plain words, never in those of the program."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from collector.config import SiteFile
from collector.documents import parse, read_text
from collector.errors import ConfigError
from collector.registers import RegisterMap
from collector.schemas import SCHEMAS
from collector.units import canonical_unit
from collector.wording import _PATTERNS

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}}
buses: []
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: abb_b23}
"""


def told(text: str, model=SiteFile) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("site.yaml"), model)
    return [f"{p.key}: {p.problem}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("{zh: 园区, en: Office}", "Office",
         "site.name: needs keys with values: {zh, en} (found 'Office')"),
        ("id: office", "id: The Office",
         ("site.id: must be lower-case letters, digits and hyphens, "
          "at most 63 of them (found 'The Office')")),
        ("id: office", "id: 3", "site.id: needs a text; put it in quotes (found 3)"),
        ("buses: []", "buses: one", "buses: needs a list (found 'one')"),
        ("buses: []", "buses: []\nstore: {kind: oracle}",
         "store: unknown kind 'oracle'; known: 'sqlite', 'influx1', 'influx2'"),
        ("buses: []", "buses: []\nstore: {kind: influx2, url: 'http://x'}",
         "store.organisation: InfluxDB 2.x needs the name of an organisation"),
        ("buses: []", "buses: []\nstore: {kind: influx1, url: x}",
         "store.url: must be an address that begins with http:// or https:// (found 'x')"),
    ],
)  # fmt: skip
def test_mistake_has_plain_words(before, after, mistake):
    assert SITE.count(before) == 1
    assert told(SITE.replace(before, after)) == [mistake]


def test_list_without_entries():
    text = SITE[: SITE.index("devices")] + "devices: []\n"
    assert told(text) == ["devices: at least one entry is needed"]


@pytest.mark.parametrize("text", ["", "just words"])
def test_document_that_is_something_else(text):
    assert told(text)[0].startswith(": needs keys with values: {site, buses, devices}")
    assert told(text, RegisterMap)[0].startswith(": needs keys with values: {map, kind, maker")


def test_every_pattern_of_the_models_is_explained():
    schemas = "".join(json.dumps(schema()) for schema in SCHEMAS.values())
    patterns = {json.loads(text) for text in re.findall(r'"pattern": ("[^"]*")', schemas)}
    assert patterns <= _PATTERNS.keys()


def test_file_in_another_encoding_is_told(tmp_path):
    file = tmp_path / "site.yaml"
    file.write_bytes(SITE.encode("gb18030"))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        read_text(file)


def test_unknown_unit_is_told_with_the_canonical_ones():
    with pytest.raises(ValueError, match=r"\bA, .*\bkW, .*\bkWh, .*m³/h"):
        canonical_unit("furlong")
