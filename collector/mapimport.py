"""From a vendor's register table (CSV or XLSX) to the text of a register map.

Tolerant of how vendors write addresses, types, units and names in English and Chinese; strict
about what it does not understand: every bad cell is told with file, row and column, and nothing is
guessed. The text is read back through the map's strict model before it is given out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from collector.errors import ConfigError, Problem
from collector.registers import parse_map
from collector.spreadsheet import Row, SheetTable, read_table
from collector.vendorcells import BadCell, entry_of
from collector.vendorwords import MAP_HEADERS

SETTINGS = (
    "map", "kind", "maker", "models", "source", "trust", "address_base", "function", "word_order",
    "byte_order", "max_block", "hole_limit", "note",
)  # fmt: skip
"""What a table may say of its map in `key, value` lines above the header."""


@dataclass(frozen=True, slots=True)
class ImportedMap:
    """The text of a map and the rows that were left out, with the reason."""

    text: str
    left_out: tuple[Problem, ...]


def import_map(file: Path, settings: Mapping[str, object], *, skip_unknown: bool) -> ImportedMap:
    """Read a register table and write it as a map.

    Parameters
    ----------
    file : Path
        CSV or XLSX.
    settings : mapping
        Keys of the map's head; they go before what the table itself says.
    skip_unknown : bool
        Leave out rows whose name is no known quantity, instead of refusing the table.

    Raises
    ------
    ConfigError
        Every row and column that is not understood.
    """
    table = read_table(file, MAP_HEADERS, ("address",), SETTINGS)
    if not {"field", "name"} & table.headings.keys():
        raise ConfigError([Problem(file, None, "", "no column names the points (field or name)")])
    head = _head(file, {**table.settings, **settings})
    entries: list[tuple[Row, dict[str, object]]] = []
    problems: list[Problem] = []
    left_out: list[Problem] = []
    for row in table.rows:
        if "field" in table.headings and not row.get("field"):
            continue
        try:
            entries.append((row, entry_of(row, str(head["kind"]))))
        except BadCell as error:
            unknown = error.column in ("field", "name")
            (left_out if unknown and skip_unknown else problems).append(
                table.problem(row, error.column, str(error))
            )
    if problems:
        raise ConfigError(problems)
    text = _text(head, [entry for _, entry in entries], file)
    _read_back(text, table, [row for row, _ in entries])
    return ImportedMap(text, tuple(left_out))


def _head(file: Path, given: Mapping[str, object]) -> dict[str, object]:
    name = re.sub(r"[^a-z0-9]+", "_", file.stem.casefold()).strip("_") or "imported"
    head: dict[str, object] = {
        "map": name,
        "kind": "electricity_meter",
        "maker": "unknown",
        "models": [given.get("map", name)],
        "source": f"imported from {file.name}",
        "trust": "vendor-doc",
        "address_base": 0,
        "function": 3,
    }
    for key, value in given.items():
        if key == "models" and isinstance(value, str):
            head[key] = [model.strip() for model in re.split(r"[,;，；]", value) if model.strip()]
        elif key in ("address_base", "function", "max_block", "hole_limit"):
            head[key] = int(str(value)) if str(value).isdigit() else value
        else:
            head[key] = value
    return head


def _text(head: Mapping[str, object], entries: list[dict[str, object]], file: Path) -> str:
    lines = [f"# Written from {file.name}; compare with the meter's display before use."]
    lines += [_flow({key: value})[1:-1] for key, value in head.items()]
    lines.append("registers:")
    lines += [f"  - {_flow(entry)}" for entry in entries]
    return "\n".join(lines) + "\n"


def _flow(content: Mapping[str, object]) -> str:
    """One mapping on one line of YAML."""
    return yaml.safe_dump(
        dict(content), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**9
    ).strip()


def _read_back(text: str, table: SheetTable, rows: list[Row]) -> None:
    """Let the strict model judge; its mistakes are told at the rows that they come from."""
    try:
        parse_map(text, table.file)
    except ConfigError as error:
        raise ConfigError([_at_row(problem, table, rows) for problem in error.problems]) from error


def _at_row(problem: Problem, table: SheetTable, rows: list[Row]) -> Problem:
    match = re.match(r"registers\[(\d+)\](?:\.(\w+))?", problem.key)
    if match is None:
        return Problem(table.file, None, problem.key, problem.problem)
    column = {"word_order": "order", "byte_order": "order", "offset": "add"}.get(
        match[2] or "", match[2] or "field"
    )
    if column == "field" and column not in table.headings:
        column = "name"
    return table.problem(rows[int(match[1])], column, problem.problem)
