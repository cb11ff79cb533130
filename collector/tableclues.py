"""What a vendor's table tells between the lines: kind of device, order of words, way of counting.

Pure. A clue that can be read in two ways is no clue: then nothing is concluded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Order = dict[str, object]

_TELLING: Mapping[str, frozenset[str]] = {
    "electricity_meter": frozenset(
        ("voltage_l1_v", "voltage_l2_v", "voltage_l3_v", "current_l1_a", "current_l2_a",
         "current_l3_a", "frequency_hz", "reactive_power_kvar", "apparent_power_kva",
         "power_factor", "energy_export_kwh", "voltage_thd_percent")
    ),
    "heat_meter": frozenset(
        ("heat_kw", "heat_energy_kwh", "cooling_energy_kwh", "supply_temp_c", "return_temp_c")
    ),
    "heat_pump": frozenset(
        ("source_entering_temp_c", "source_leaving_temp_c", "load_entering_temp_c",
         "load_leaving_temp_c", "compressor_hz", "condenser_temp_c", "discharge_temp_c",
         "suction_temp_c")
    ),
    "weather": frozenset(("outdoor_humidity_percent", "irradiance_wm2")),
}  # fmt: skip

_REMARKS: Mapping[str, tuple[str, Order]] = {
    "low word first": (
        r"低(?:位?字|16位)在?[前先]|\b(?:lower|low|least.significant).word.first|\bLSW.first",
        {"word_order": "little"},
    ),
    "high word first": (
        r"高(?:位?字|16位)在?[前先]|\b(?:higher|high|most.significant).word.first|\bMSW.first",
        {"word_order": "big"},
    ),
    "low byte first": (r"低位?字节在?[前先]|\blow[\s-]*byte[\s-]*first", {"byte_order": "little"}),
    "high byte first": (r"高位?字节在?[前先]|\bhigh[\s-]*byte[\s-]*first", {"byte_order": "big"}),
    "ABCD": (r"\bABCD\b", {"word_order": "big", "byte_order": "big"}),
    "CDAB": (r"\bCDAB\b", {"word_order": "little", "byte_order": "big"}),
    "BADC": (r"\bBADC\b", {"word_order": "big", "byte_order": "little"}),
    "DCBA": (r"\bDCBA\b", {"word_order": "little", "byte_order": "little"}),
}


def kind_of(fields: Iterable[str]) -> str | None:
    """Kind of device that such fields belong to; None when they do not tell it.

    >>> kind_of(["voltage_l1_v", "power_kw"]), kind_of(["heat_kw", "flow_m3h"])
    ('electricity_meter', 'heat_meter')
    >>> kind_of(["power_kw", "energy_kwh"]) is kind_of(["voltage_l1_v", "supply_temp_c"]) is None
    True
    """
    found = set(fields)
    kinds = [kind for kind, telling in _TELLING.items() if telling & found]
    if "heat_pump" in kinds and "weather" not in kinds:  # it has electrical points as well
        return "heat_pump"
    return kinds[0] if len(kinds) == 1 else None


def order_in(text: str) -> tuple[Order, str]:
    """Orders that a remark tells, and its words; nothing when it says both.

    >>> order_in("32 位数据低字在前"), order_in("Low word first"), order_in("ABCD or CDAB")
    (({'word_order': 'little'}, '低字在前'), ({'word_order': 'little'}, 'Low word first'), ({}, ''))
    """
    order: Order = {}
    words = []
    for pattern, told in _REMARKS.values():
        if match := re.search(pattern, text, re.IGNORECASE | re.ASCII):
            if any(order.get(key, value) != value for key, value in told.items()):
                return {}, ""
            order |= told
            words.append(match[0])
    return order, ", ".join(words)


def counted_by_area(addresses: Iterable[str]) -> bool:
    """Whether all addresses look like 40001 (holding) or 30001 (input): digits, area in front.

    >>> counted_by_area(["40001", "30010"]), counted_by_area(["40001", "12"])
    (True, False)
    """
    texts = [address.replace(" ", "") for address in addresses]
    return bool(texts) and all(re.fullmatch(r"[34](?!0{4,5}$)\d{4,5}", text) for text in texts)


def place_in_area(address: str) -> tuple[int, int]:
    """Number within its area, counted from 1, and function code.

    >>> place_in_area("40001"), place_in_area("300120")
    ((1, 3), (120, 4))
    """
    digits = address.replace(" ", "")
    return int(digits[1:]), 3 if digits[0] == "4" else 4
