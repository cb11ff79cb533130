"""From a vendor's register table (CSV or XLSX) to the text of a register map.

Tolerant of how vendors write addresses, types, units and names in English and Chinese; strict
about what it does not understand: every bad cell is told with file, row and column, and nothing is
guessed. The text is read back through the map's strict model before it is given out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from collector.errors import ConfigError, Problem
from collector.model import QUANTITIES, Kind
from collector.plausible import plausible_range
from collector.registers import parse_map
from collector.spreadsheet import Row, SheetTable, normalised, read_table
from collector.units import canonical_unit
from collector.vendorwords import (
    FIELDS,
    FUNCTIONS,
    HEAT_METER_FIELDS,
    MAP_HEADERS,
    ORDERS,
    TYPES,
    UNITS,
)

SETTINGS = (
    "map", "kind", "maker", "models", "source", "trust", "address_base", "function", "word_order",
    "byte_order", "max_block", "hole_limit", "note",
)  # fmt: skip
"""What a table may say of its map in `key, value` lines above the header."""

_TITLES = {
    normalised(title): name
    for name, quantity in QUANTITIES.items()
    for title in (name, quantity.title.zh, quantity.title.en)
}


class BadCell(ValueError):
    """A cell that cannot be understood: its column and why."""

    def __init__(self, column: str, wording: str) -> None:
        self.column = column
        super().__init__(wording)


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
            entries.append((row, _entry(row, str(head["kind"]))))
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
        "models": [name],
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


def _entry(row: Row, kind: str) -> dict[str, object]:
    field = _field(row, kind)
    entry: dict[str, object] = {"field": field}
    address, function = _address(row)
    entry["address"] = address
    entry["type"], order = _type(row)
    if function := _function(row) or function:
        entry["function"] = function
    order = _order(row) or order
    if order:
        entry["word_order"], entry["byte_order"] = order
    entry |= _numbers(row)
    entry |= _meaning(row, field)
    return entry


def _field(row: Row, kind: str) -> str:
    column = "field" if row.get("field") else "name"
    name = normalised(row.get(column))
    if not name:
        raise BadCell(column, "the name is missing")
    named = HEAT_METER_FIELDS.get(name) if kind == "heat_meter" else None
    found = named or _TITLES.get(name) or FIELDS.get(name)
    if found is None:
        hint = "name one in a column `field` (`groundwatt check --quantities` lists them)"
        raise BadCell(column, f"no quantity is called so: {hint}, or leave the row out")
    return found


def _address(row: Row) -> tuple[int, int | None]:
    text = row.get("address").replace(" ", "")
    if not text:
        raise BadCell("address", "the address is missing")
    if match := re.fullmatch(r"0[xX]([0-9A-Fa-f]+)|([0-9A-Fa-f]+)[hH]", text):
        return int(match[1] or match[2], 16), None
    if match := re.fullmatch(r"([34])[xX](\d+)", text):
        return int(match[2]), FUNCTIONS[f"{match[1]}x"]
    if re.fullmatch(r"\d+", text):
        return int(text), None
    raise BadCell("address", "not an address; write 4127, 0x101E or 101EH")


def _type(row: Row) -> tuple[str, tuple[str, str] | None]:
    text = row.get("type")
    if not text:
        raise BadCell("type", "the type is missing")
    order = None
    for word in re.findall(r"[A-Za-z]{4,8}", text):
        if set(word.casefold()) <= set("abcdefgh") and word.casefold() in ORDERS:
            order = ORDERS[word.casefold()]
            text = text.replace(word, "")
    found = TYPES.get(normalised(text))
    if found is None:
        raise BadCell("type", f"not a known type; known: {', '.join(sorted(set(TYPES.values())))}")
    return found, order


def _function(row: Row) -> int | None:
    text = row.get("function")
    if not text:
        return None
    found = FUNCTIONS.get(text.casefold()) or FUNCTIONS.get(normalised(text).removesuffix("s"))
    if found is None:
        raise BadCell("function", "not a reading function code; known: 1, 2, 3, 4")
    return found


def _order(row: Row) -> tuple[str, str] | None:
    text = row.get("order")
    if not text:
        return None
    found = ORDERS.get(normalised(text))
    if found is None:
        raise BadCell("order", "not a known order; write ABCD, CDAB, BADC or DCBA")
    return found


def _number(row: Row, column: str) -> float | None:
    """Number at the beginning of a cell: `0.1`, `×0.1`, `/10`, `÷10`, `1/10`, `0.1 V`."""
    text = row.get(column).replace("，", ",").replace(" ", "")
    if not text:
        return None
    match = re.fullmatch(
        r"[×xX*]?([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)(?:/(\d+(?:\.\d+)?))?[^\d/]*"
        r"|[/÷](\d+(?:\.\d+)?)",
        text,
    )
    if match is None:
        raise BadCell(column, "not a number")
    if match[3]:
        return 1.0 / float(match[3])
    number = float(match[1].replace(",", "."))
    return number / float(match[2]) if match[2] else number


def _numbers(row: Row) -> dict[str, object]:
    numbers: dict[str, object] = {}
    for column, key in (("scale", "scale"), ("divisor", "divisor"), ("add", "offset")):
        number = _number(row, column)
        if number is not None and number != (0.0 if key == "offset" else 1.0):
            numbers[key] = number
    if (every := _number(row, "every")) is not None:
        numbers["every"] = int(every)
    return numbers


def _meaning(row: Row, field: str) -> dict[str, object]:
    meaning: dict[str, object] = {}
    if unit := row.get("unit"):
        known = UNITS.get(unit.casefold(), unit)
        try:
            canonical_unit(known)
        except ValueError as error:
            raise BadCell("unit", "not a known unit") from error
        meaning["unit"] = known
    elif QUANTITIES[field].unit:
        raise BadCell("unit", f"the unit is missing; {field} is kept in {QUANTITIES[field].unit}")
    if ratio := row.get("ratio").casefold().replace("×", "*").replace(" ", ""):
        meaning["ratio"] = ratio
    if bits := re.findall(r"\d+", row.get("bits")):
        meaning["bits"] = [int(bits[0]), int(bits[-1])]
    if sentinels := re.findall(r"-?(?:0[xX][0-9A-Fa-f]+|\d+)", row.get("sentinels")):
        meaning["sentinels"] = [int(number, 0) for number in sentinels]
    if states := row.get("states"):
        meaning["states"] = dict(_states(states))
    elif QUANTITIES[field].kind is not Kind.STATE:
        low, high = plausible_range(field)
        given_low, given_high = _number(row, "low"), _number(row, "high")
        meaning["low"] = low if given_low is None else given_low
        meaning["high"] = high if given_high is None else given_high
    if note := row.get("note"):
        meaning["note"] = note
    return meaning


def _states(text: str) -> Iterator[tuple[int, str]]:
    for part in re.split(r"[;；,，\n]", text):
        match = re.fullmatch(r"\s*(\d+)\s*[=:：\-]\s*(\w+)\s*", part)
        if match is None:
            raise BadCell("states", "write them as 0=off; 2=heat; 3=cool")
        yield int(match[1]), match[2]


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
    return table.problem(rows[int(match[1])], column, problem.problem)
