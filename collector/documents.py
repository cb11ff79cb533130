"""Strict YAML documents: every mistake is told with its file, line and key.

Safe loader only, no duplicate keys, unknown keys refused (the models forbid extras). Pure: text
in, model out; reading the file is the caller's matter.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from collector.errors import ConfigError, Problem


class Strict(BaseModel):
    """A frozen part of a document; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)
KeyPath = tuple[str | int, ...]

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$")
_MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def _milliseconds(value: object) -> object:
    match = _DURATION.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration needs a number and a unit: 500ms, 10s, 15min, 1h, 1d")
    amount = float(match[1]) * _MILLISECONDS[match[2]]
    if amount != int(amount):
        raise ValueError("a duration is a whole number of milliseconds")
    return int(amount)


Duration = Annotated[int, BeforeValidator(_milliseconds, json_schema_input_type=str)]
"""Written as `10s` or `15min`, kept as integer milliseconds."""


def parse(text: str, file: Path, model: type[Model]) -> Model:
    """Read one YAML document into a model.

    Raises
    ------
    ConfigError
        Names every problem with file, line and key.
    """
    content, lines = load(text, file)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError([_problem(file, lines, e) for e in error.errors()]) from error


def load(text: str, file: Path) -> tuple[Any, dict[KeyPath, int]]:
    """Plain content of a YAML document, and the line of every key path.

    Raises
    ------
    ConfigError
        Not YAML, or a key written twice.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ConfigError([Problem(file, line, "", f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError([Problem(file, None, "", f"not YAML: {error}")]) from error
    lines: dict[KeyPath, int] = {}
    problems: list[Problem] = []
    if node is not None:
        _walk(node, (), lines, problems, file)
    if problems:
        raise ConfigError(problems)
    return content, lines


def _walk(
    node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], problems: list[Problem], file: Path
) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in seen:
                problems.append(Problem(file, line, dotted((*path, name)), "the key stands twice"))
            seen.add(name)
            lines[(*path, name)] = line
            _walk(value, (*path, name), lines, problems, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, problems, file)


def dotted(path: KeyPath) -> str:
    """Key path for people.

    >>> dotted(("devices", 3, "unit"))
    'devices[3].unit'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    """Line of a key path, or of its nearest parent that stands in the file."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path)


_WORDING = {
    "extra_forbidden": "unknown key",
    "missing": "the key is missing",
}


def _problem(file: Path, lines: dict[KeyPath, int], error: ErrorDetails) -> Problem:
    path: KeyPath = tuple(error["loc"])
    wording = _WORDING.get(error["type"])
    if wording is None:
        wording = str(error["msg"]).removeprefix("Value error, ")
        given = error.get("input")
        if isinstance(given, str | int | float | bool) and error["type"] != "value_error":
            wording += f" (found {given!r})"
    return Problem(file, line_of(lines, path), dotted(path), wording)
