"""Reads the cells of a vendor's register table: names, addresses, types, numbers, units. Pure.

Tolerant of spelling, strict about meaning: what is not understood raises, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.model import QUANTITIES, Kind
from collector.plausible import plausible_range
from collector.spreadsheet import Row, normalised
from collector.units import canonical_unit
from collector.vendorwords import FIELDS, FUNCTIONS, HEAT_METER_FIELDS, ORDERS, TYPES, UNITS

COUNTERS_EVERY = 6
"""Slots between two reads of a counter, unless the table says otherwise."""

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


def entry_of(row: Row, kind: str) -> dict[str, object]:
    """One row of a register table as an entry of a map's `registers`.

    Raises
    ------
    BadCell
        The first cell that is not understood.
    """
    field = field_of(row, kind)
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


def field_of(row: Row, kind: str) -> str:
    """Field that a row is about.

    Raises
    ------
    BadCell
        The name is missing or no known quantity.
    """
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
    meaning: dict[str, object] = _unit(row, field)
    if ratio := row.get("ratio").casefold().replace("×", "*").replace(" ", ""):
        meaning["ratio"] = ratio
    if bits := re.findall(r"\d+", row.get("bits")):
        meaning["bits"] = [int(bits[0]), int(bits[-1])]
    if sentinels := re.findall(r"-?(?:0[xX][0-9A-Fa-f]+|\d+)", row.get("sentinels")):
        meaning["sentinels"] = [int(number, 0) for number in sentinels]
    if states := row.get("states"):
        meaning["states"] = dict(_states(states))
    elif QUANTITIES[field].kind is not Kind.STATE:
        meaning |= _range(row, field)
    if note := row.get("note"):
        meaning["note"] = note
    return meaning


def _unit(row: Row, field: str) -> dict[str, object]:
    unit = row.get("unit")
    if not unit:
        if QUANTITIES[field].unit:
            raise BadCell(
                "unit", f"the unit is missing; {field} is kept in {QUANTITIES[field].unit}"
            )
        return {}
    known = UNITS.get(unit.casefold(), unit)
    try:
        canonical_unit(known)
    except ValueError as error:
        raise BadCell("unit", "not a known unit") from error
    return {"unit": known}


def _range(row: Row, field: str) -> dict[str, object]:
    """Plausible range, and the slower rhythm of a counter, where the table gives none."""
    low, high = plausible_range(field)
    given_low, given_high = _number(row, "low"), _number(row, "high")
    found: dict[str, object] = {
        "low": low if given_low is None else given_low,
        "high": high if given_high is None else given_high,
    }
    if QUANTITIES[field].kind is Kind.COUNTER and not row.get("every"):
        found["every"] = COUNTERS_EVERY
    return found


def _states(text: str) -> Iterator[tuple[int, str]]:
    for part in re.split(r"[;；,，\n]", text):
        match = re.fullmatch(r"\s*(\d+)\s*[=:：\-]\s*(\w+)\s*", part)
        if match is None:
            raise BadCell("states", "write them as 0=off; 2=heat; 3=cool")
        yield int(match[1]), match[2]
