"""The published JSON Schemas: fresh, and in agreement with what is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from collector.documents import load
from collector.schemas import SCHEMAS, as_text, map_schema, site_schema
from collector.sitefile import find_map, shipped_maps

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_published_schema_is_fresh(name):
    published = ROOT / "docs" / "schema" / f"{name}.schema.json"
    assert published.read_text("utf-8") == as_text(SCHEMAS[name]()), (
        f"run: groundwatt check --schema {name} > {published.relative_to(ROOT)}"
    )


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("name", shipped_maps())
def test_shipped_maps_follow_the_schema(name):
    file = find_map(name)
    assert file is not None
    content, _ = load(file.read_text("utf-8"), file)
    Draft202012Validator(map_schema()).validate(keys_as_text(content))


@pytest.mark.parametrize("file", sorted(ROOT.glob("*/scenarios/*/site.yaml")))
def test_site_files_follow_the_schema(file):
    content, _ = load(file.read_text("utf-8"), file)
    Draft202012Validator(site_schema()).validate(keys_as_text(content))


@pytest.mark.parametrize(
    ("part", "mistake"),
    [
        ({"colour": "red"}, "Additional properties are not allowed"),
        ({"kind": "teapot"}, "'teapot' is not one of"),
        ({"function": 5}, "5 is greater than the maximum of 4"),
        ({"registers": [{"field": "x", "address": 1, "type": "u17"}]}, "'u17' is not one of"),
    ],
)
def test_schema_refuses_what_the_model_refuses(part, mistake):
    file = find_map("abb_b23")
    assert file is not None
    content, _ = load(file.read_text("utf-8"), file)
    errors = Draft202012Validator(map_schema()).iter_errors(keys_as_text({**content, **part}))
    assert any(mistake in error.message for error in errors)


def keys_as_text(content):
    """JSON has text keys only; YAML writes the codes of states and units as numbers."""
    if isinstance(content, dict):
        return {str(key): keys_as_text(value) for key, value in content.items()}
    return [keys_as_text(item) for item in content] if isinstance(content, list) else content
