"""Strict YAML documents: plain words, mistakes with their lines, hostile documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from collector.documents import MAX_NODES, Duration, Strict, load, parse
from collector.errors import ConfigError

FILE = Path("some.yaml")


class Part(Strict):
    size: int = Field(ge=1)
    pause: Duration = 0


class Whole(Strict):
    name: str
    parts: tuple[Part, ...] = ()


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE, Whole)
    return [str(problem) for problem in caught.value.problems]


def test_plain_words_mean_what_yaml_1_2_says():
    text = "a: off\nb: yes\nc: 0020\nd: 1e8\ne: 0x1F\nf:\ng: 2020-01-01\nh: 1:30\ni: true\nj: -.5"
    assert load(text, FILE)[0] == {
        "a": "off", "b": "yes", "c": 20, "d": 1e8, "e": 31, "f": None, "g": "2020-01-01",
        "h": "1:30", "i": True, "j": -0.5,
    }  # fmt: skip


def test_anchors_and_merges_work():
    text = "a: &a {x: 1, z: 0}\nb: {<<: *a, y: 2, x: 3}"
    assert load(text, FILE)[0]["b"] == {"x": 3, "y": 2, "z": 0}


def test_every_mistake_is_told_with_line_and_key():
    assert problems("name: n\nparts:\n  - {size: 0}\n  - size: 2\n    colour: red\n") == [
        "some.yaml:3: parts[0].size: Input should be greater than or equal to 1 (found 0)",
        "some.yaml:5: parts[1].colour: unknown key",
    ]


def test_missing_key_is_told_at_its_parent():
    assert problems("parts: []\n") == ["some.yaml:1: name: the key is missing"]


def test_key_that_stands_twice_is_a_mistake():
    assert problems("name: a\nname: b\n") == ["some.yaml:2: name: the key stands twice"]


def test_text_that_is_not_yaml_is_told_with_its_line():
    (problem,) = problems("name: [a\nparts: {")
    assert problem.startswith("some.yaml:2: not YAML")


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "~"])
def test_document_that_is_no_mapping_is_a_mistake(text):
    assert len(problems(text)) == 1


@pytest.mark.parametrize("text", ["a: !!python/object:os.system {}", "a: !made-up 1"])
def test_tags_that_build_objects_are_refused(text):
    assert "not YAML" in problems(text)[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", " - "])
@pytest.mark.parametrize("depth", [100, 1_000, 200_000])
def test_nesting_without_end_is_refused(opening, depth):
    assert "nested deeper" in problems("\n" + opening * depth)[0]


def test_nesting_by_indentation_without_end_is_refused():
    deep = "\n".join(f"{' ' * level}a:" for level in range(2_000))
    assert "nested deeper" in problems(deep)[0]


def test_deep_but_reasonable_nesting_is_read():
    content, _ = load("a: " + "[" * 40 + "]" * 40 + "\n" + "b:\n" + "  - - - - c\n", FILE)
    assert content["b"] == [[[["c"]]]]


def test_alias_inside_itself_is_refused():
    assert "alias inside itself" in problems("name: n\nparts: &p [*p]\n")[0]


def test_aliases_that_grow_without_end_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert MAX_NODES < 9**8
    assert "too many parts" in problems("\n".join(lines))[0]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("500ms", 500), ("10s", 10_000), ("1.5 s", 1_500), ("15min", 900_000), ("1d", 86_400_000)],
)
def test_durations_have_a_unit(text, milliseconds):
    assert Part.model_validate({"size": 1, "pause": text}).pause == milliseconds


@pytest.mark.parametrize("text", ["10", "10 sec", "0.1ms", "-1s", "1h30"])
def test_what_is_no_duration_is_a_mistake(text):
    assert "duration" in problems(f"name: n\nparts:\n  - {{size: 1, pause: {text}}}\n")[0]
