"""From a device list (CSV or XLSX) to the `devices:` part of a site file.

Every row becomes one entry and is judged by the strict model of the site file; a mistake is told
with file, row and column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from collector.config import DeviceEntry
from collector.documents import Strict
from collector.errors import ConfigError, Problem
from collector.spreadsheet import Row, SheetTable, read_table
from collector.vendorwords import DEVICE_HEADERS
from collector.wording import sentence

REQUIRED = ("id", "bus", "unit", "map")
_COLUMN_OF = {"name": "name_en", "ratios": "ct"}


def import_devices(file: Path, *, entries_only: bool = False) -> str:
    """Read a device list and write it as the `devices:` part of a site file.

    Parameters
    ----------
    file : Path
        CSV or XLSX.
    entries_only : bool
        Leave the line `devices:` out, to go on with a list that is there already.

    Raises
    ------
    ConfigError
        Every row and column that is not understood, and ids or bus units that stand twice.
    """
    table = read_table(file, DEVICE_HEADERS, REQUIRED)
    problems: list[Problem] = []
    entries: list[dict[str, object]] = []
    for row in table.rows:
        entry = _entry(row)
        problems += _mistakes(table, row, entry)
        entries.append(entry)
    problems += _twice(table)
    if not entries:
        problems.append(Problem(file, None, "", "the table has no rows"))
    if problems:
        raise ConfigError(problems)
    comment = f"# Written from {file.name}."
    lines = [f"  {comment}"] if entries_only else [comment, "devices:"]
    lines += [f"  - {_flow(entry)}" for entry in entries]
    return "\n".join(lines) + "\n"


def _entry(row: Row) -> dict[str, object]:
    shown = row.get("id")
    chinese, english = row.get("name_zh"), row.get("name_en")
    entry: dict[str, object] = {
        "id": re.sub(r"[^a-z0-9-]+", "-", shown.casefold()).strip("-"),
        "name": {"zh": chinese or english or shown, "en": english or chinese or shown},
        "bus": row.get("bus"),
        "unit": int(row.get("unit")) if row.get("unit").isdecimal() else row.get("unit"),
        "map": row.get("map"),
    }
    for column in ("building", "system", "interval", "serial"):
        if text := row.get(column):
            entry[column] = text
    ratios = {name: _ratio(row.get(name)) for name in ("ct", "pt") if row.get(name)}
    if ratios:
        entry["ratios"] = ratios
    if only := [name for name in re.split(r"[,;，；\s]+", row.get("only")) if name]:
        entry["only"] = only
    return entry


def _ratio(text: str) -> float | str:
    """Ratio of transformers, written `40`, `200/5` or `200:5`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:\s*[/:：]\s*(\d+(?:\.\d+)?))?\s*[AV]?", text)
    if match is None or float(match[2] or 1) == 0.0:
        return text
    ratio = float(match[1]) / float(match[2] or 1)
    return int(ratio) if ratio.is_integer() else ratio


def _mistakes(table: SheetTable, row: Row, entry: Mapping[str, object]) -> list[Problem]:
    try:
        DeviceEntry.model_validate(entry)
    except ValidationError as error:
        found = []
        for mistake in error.errors():
            place = [str(part) for part in mistake["loc"]]
            column = place[1] if place[0] == "ratios" and len(place) > 1 else place[0]
            told = sentence(mistake, Strict)
            found.append(table.problem(row, _COLUMN_OF.get(column, column), told))
        return found
    return []


def _twice(table: SheetTable) -> list[Problem]:
    problems = []
    seen: dict[tuple[str, ...], Row] = {}
    for row in table.rows:
        for column, key in (("id", ("id", row.get("id").casefold())),
                            ("unit", ("unit", row.get("bus"), row.get("unit")))):  # fmt: skip
            first = seen.setdefault(key, row)
            if first is not row:
                problems.append(table.problem(row, column, f"stands already in row {first.number}"))
    return problems


def _flow(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(
        dict(content), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**9
    ).strip()
