"""Strict YAML documents: every mistake is told with its file, line and key.

Safe loader only, no duplicate keys, unknown keys refused (the models forbid extras). Plain words
mean what YAML 1.2 says: `off` is a word, not false, `0020` is twenty, `1e8` is a number. Pure: text
in, model out; only `read_text` touches a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from collector.errors import ConfigError, Problem
from collector.wording import wording

if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:  # libyaml parses a site file ten times faster, where PyYAML was built with it
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


class _Loader(_SafeLoader):
    """The safe loader with the plain scalars of YAML 1.2 (core schema)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("merge", r"<<", ["<"]),
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+)", [*"-+0123456789"]),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first
    )

MAX_DEPTH = 60
_BRACKET = re.compile(r"[\[\]{}]")
_DEEP_BLOCK = re.compile(rf"^[ \t?:-]{{{2 * MAX_DEPTH},}}", re.MULTILINE)

MAX_NODES = 200_000
"""More parts than any site file has: aliases of aliases grow without end."""


class Mistakes(ValueError):
    """Several mistakes inside one model, each with its key path from there."""

    def __init__(self, mistakes: Sequence[tuple[KeyPath, str]]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{dotted(path)}: {text}" for path, text in mistakes))


def read_text(file: Path) -> str:
    """Text of a document.

    Raises
    ------
    ConfigError
        The file cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(file, None, "", "is not UTF-8: save it as UTF-8")]) from error
    except OSError as error:
        raise ConfigError([Problem(file, None, "", f"cannot be read: {error}")]) from error


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
        raise ConfigError(_problems(file, lines, error.errors())) from error


def load(text: str, file: Path) -> tuple[Any, dict[KeyPath, int]]:
    """Plain content of a YAML document, and the line of every key path.

    Raises
    ------
    ConfigError
        Not YAML, or a key written twice.
    """
    if (line := _too_deep(text)) is not None:
        raise ConfigError([Problem(file, line, "", "nested deeper than any document needs")])
    walk = _Walk(file)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, walk.lines
        walk.visit(node, ())  # first: constructing writes merged keys into the nodes
        if walk.problems:
            raise ConfigError(walk.problems)
        return loader.construct_document(node), walk.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ConfigError([Problem(file, line, "", f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError([Problem(file, None, "", f"not YAML: {error}")]) from error


def _too_deep(text: str) -> int | None:
    """Line at which a document nests too deep for a recursive parser, None if it does not."""
    if prefix := _DEEP_BLOCK.search(text):
        return text.count("\n", 0, prefix.start()) + 1
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1 if depth else 0
        if depth > MAX_DEPTH:
            return text.count("\n", 0, bracket.start()) + 1
    return None


class _Walk:
    """Goes through a document's nodes once: lines of all key paths, keys that stand twice."""

    def __init__(self, file: Path) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._inside: set[int] = set()
        self._nodes = 0

    def visit(self, node: yaml.Node, path: KeyPath) -> None:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._nodes += 1
        if id(node) in self._inside or self._nodes > MAX_NODES:
            why = "an alias inside itself" if id(node) in self._inside else "too many parts"
            raise ConfigError([Problem(self._file, line, dotted(path), why)])
        self._inside.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.visit(value, (*path, index))
        self._inside.discard(id(node))

    def _visit_mapping(self, node: yaml.MappingNode, path: KeyPath) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in seen:
                twice = Problem(self._file, line, dotted((*path, name)), "the key stands twice")
                self.problems.append(twice)
            seen.add(name)
            self.lines[(*path, name)] = line
            self.visit(value, (*path, name))


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


def _problems(
    file: Path, lines: dict[KeyPath, int], errors: Sequence[ErrorDetails]
) -> list[Problem]:
    """Tell every mistake once: the alternatives of a union each complain at the same place."""
    told: dict[KeyPath, Problem] = {}
    for error in errors:
        path = _path_in(lines, error)
        context = error.get("ctx") or {}
        cause = context.get("error")
        if error["type"] == "too_short" and len(error["input"]) >= context["min_length"]:
            continue  # it is only short of the items whose mistakes are told already
        if isinstance(cause, Mistakes):
            found = [((*path, *below), sentence) for below, sentence in cause.mistakes]
        else:
            found = [(path, wording(error, Strict))]
        for place, sentence in found:
            told.setdefault(place, Problem(file, line_of(lines, place), dotted(place), sentence))
    return list(told.values())


def _path_in(lines: dict[KeyPath, int], error: ErrorDetails) -> KeyPath:
    """Key path as it stands in the document, without the names of union members."""
    path: KeyPath = ()
    for part in error["loc"]:
        place: KeyPath = (*path, part) if (*path, part) in lines else (*path, str(part))
        if place in lines:
            path = place
    return (*path, error["loc"][-1]) if error["type"] == "missing" else path
