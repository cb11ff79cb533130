"""The page on describing a plant: its example loads, means what it says, and no key is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from analytics.boundaries import Boundaries, infer
from collector.accounts import Account, Factors, Records, Retrofit, Tariff
from collector.alarming import AlarmOverride
from collector.sitefile import load_site
from collector.topology import Accuracy, Names, Plant

PAGE = Path(__file__).parents[1] / "docs" / "plant.md"
MODELS = (Plant, Accuracy, Account, Tariff, Factors, Retrofit, Records, AlarmOverride)


def example() -> dict:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return yaml.safe_load(block)


def boundaries(tmp_path: Path, content: dict) -> Boundaries:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    plant = load_site(file).settings.plant
    assert plant is not None
    return infer(plant)


def test_the_example_supports_what_the_page_says(tmp_path):
    found = boundaries(tmp_path, example())
    rows = re.findall(
        r"^\| ((?:H|C|HC)\d.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.MULTILINE
    )
    told = {name: row[1:] for row in rows for name in row[0].split(", ")}
    assert not found.missing
    assert told == {
        claim.boundary.sepemo: (
            str(claim.electricity),
            " + ".join((str(claim.heat), *claim.resistance)),
        )
        for claim in found.claims
    }


def test_without_the_source_pumps_meter_the_page_tells_what_is_missing(tmp_path):
    content = example()
    del content["plant"]["source_pumps"]
    found = boundaries(tmp_path, content)
    heating = [claim.name for claim in found.claims if claim.mode == "heating"]
    [second] = [missing.reason.en for missing in found.missing if missing.name == "H2"]
    assert heating == ["H1", "H4"]
    assert second in " ".join(PAGE.read_text(encoding="utf-8").split())


def _keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a model and of those inside it; names in two languages need no word."""
    for name, its in model.model_fields.items():
        yield its.alias or name
        for inner in _models(its.annotation):
            yield from _keys(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation is not Names:
            yield annotation
        return
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type[BaseModel]):
    text = PAGE.read_text(encoding="utf-8")
    assert {key for key in _keys(model) if f"`{key}`" not in text} == set()


def test_rollover_is_explained():
    assert "`rollover: {" in PAGE.read_text(encoding="utf-8")
