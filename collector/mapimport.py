"""From a vendor's register table (CSV or XLSX) to the text of a register map.

Tolerant of how vendors write addresses, types, units and names in English and Chinese; strict
about what it does not understand: every bad cell is told with file, row and column. Nothing is
guessed silently: what the table does not tell is said, and stands as a comment in the map. The text
is read back through the map's strict model before it is given out.
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
from collector.tableclues import counted_by_area, kind_of, order_in, place_in_area
from collector.vendorcells import BadCell, entry_of, field_of
from collector.vendorwords import MAP_HEADERS
from collector.words import WORDS

SETTINGS = (
    "map", "kind", "maker", "models", "source", "trust", "address_base", "function", "word_order",
    "byte_order", "max_block", "hole_limit", "note",
)  # fmt: skip
"""What a table may say of its map in `key, value` lines above the header."""


@dataclass(frozen=True, slots=True)
class ImportedMap:
    """The text of a map, the rows that were left out with the reason, and what was assumed."""

    text: str
    left_out: tuple[Problem, ...]
    assumed: tuple[str, ...]


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
    given = {**table.settings, **settings}
    problems, assumed = _complete(table, given)
    head = _head(file, given)
    entries: list[tuple[Row, dict[str, object]]] = []
    left_out: list[Problem] = []
    for row in table.rows:
        if "field" in table.headings and not row.get("field"):
            continue
        try:
            entries.append((row, _entry(row, table, head)))
        except BadCell as error:
            unknown = error.column in ("field", "name")
            (left_out if unknown and skip_unknown else problems).append(
                table.problem(row, error.column, str(error))
            )
    if problems:
        raise ConfigError(problems)
    assumed += _assumed_places(given, [entry for _, entry in entries])
    text = _text(head, [entry for _, entry in entries], file, assumed)
    _read_back(text, table, [row for row, _ in entries])
    return ImportedMap(text, tuple(left_out), tuple(assumed))


def _complete(table: SheetTable, given: dict[str, object]) -> tuple[list[Problem], list[str]]:
    """Add to the head what the table's rows and remarks tell; returns what was concluded so."""
    problems: list[Problem] = []
    assumed: list[str] = []
    if "kind" not in given:
        if kind := kind_of(_fields(table)):
            given["kind"] = kind
            assumed.append(f"kind {kind}, from the points")
        else:
            wording = "the points do not tell what kind of device it is; say it with --kind"
            problems.append(Problem(table.file, None, "kind", wording))
    loose = [" ".join(row.cells.values()) for row in table.rows if not row.get("address")]
    order, words = order_in("\n".join((*table.remarks, *loose)))
    if order and "word_order" not in given and "byte_order" not in given:
        given |= order
        told = ", ".join(f"{key} {value}" for key, value in order.items())
        assumed.append(f"{told}, from the remark {words!r}")
    if _by_area(table):
        problems += _area_problems(table, given)
        assumed.append(
            "addresses like 40001 are counted within their area: 40001 is holding register 1 "
            "(function 3), 30001 is input register 1 (function 4)"
            if str(given.get("address_base")) == "1"
            else "addresses like 40001 are those on the wire as they stand"
        )
    return problems, assumed


def _fields(table: SheetTable) -> list[str]:
    found = []
    for row in table.rows:
        try:
            found.append(field_of(row, ""))
        except BadCell:
            continue  # told with its row later
    return found


def _by_area(table: SheetTable) -> bool:
    return counted_by_area(row.get("address") for row in table.rows if row.get("address"))


def _area_problems(table: SheetTable, given: Mapping[str, object]) -> list[Problem]:
    if "address_base" in given:
        return []
    row = next(row for row in table.rows if row.get("address"))
    wording = (
        "addresses like 40001 can be meant in two ways: say --base 1 when 40001 is the first "
        "holding register and 30001 the first input register (the number is taken off), "
        "or --base 0 when they are the addresses on the wire as they stand"
    )
    return [table.problem(row, "address", wording)]


def _entry(row: Row, table: SheetTable, head: Mapping[str, object]) -> dict[str, object]:
    """One row as an entry; its own remark goes before the head's order of words."""
    entry = entry_of(row, str(head["kind"]))
    if _by_area(table) and head["address_base"] == 1:
        entry["address"], function = place_in_area(row.get("address"))
        if function != head["function"]:
            entry.setdefault("function", function)
    if WORDS[str(entry["type"])] > 1 and "word_order" not in entry:
        order, _ = order_in(" ".join(row.cells.values()))
        entry |= {key: value for key, value in order.items() if head.get(key, "big") != value}
    return entry


def _assumed_places(given: Mapping[str, object], entries: list[dict[str, object]]) -> list[str]:
    """What neither table nor options say of the places, though values depend on it."""
    assumed = []
    if "address_base" not in given:
        assumed.append("address_base 0, addresses as on the wire; --base 1 if they count from 1")
    if "function" not in given and any("function" not in entry for entry in entries):
        assumed.append("function 3, holding registers; --function 4 for input registers")
    long = [e for e in entries if WORDS[str(e["type"])] > 1 and "word_order" not in e]
    if long and "word_order" not in given:
        assumed.append("word_order big, the high word first; --word-order little for the low one")
    if "trust" not in given:
        assumed.append("trust template until the map was compared; --trust vendor-doc and others")
    return assumed


def _head(file: Path, given: Mapping[str, object]) -> dict[str, object]:
    name = re.sub(r"[^a-z0-9]+", "_", file.stem.casefold()).strip("_") or "imported"
    head: dict[str, object] = {
        "map": name,
        "kind": "",
        "maker": "unknown",
        "models": [given.get("map", name)],
        "source": f"imported from {file.name}",
        "trust": "template",
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


def _text(
    head: Mapping[str, object],
    entries: list[dict[str, object]],
    file: Path,
    assumed: list[str],
) -> str:
    lines = [f"# Written from {file.name}; compare with the meter's display before use."]
    lines += [f"# Assumed: {sentence}." for sentence in assumed]
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
