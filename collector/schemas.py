"""JSON Schemas of the site file and of register maps, for editors.

The schemas say what keys there are and of which type; what needs more than one part of a file
(overlaps, units that fit, ids that exist) only `groundwatt check` tells. docs/schema/ holds them
as files; a test proves that those are fresh.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from collector.config import SiteFile
from collector.model import DEVICE_KINDS, QUANTITIES, OperatingState
from collector.registers import RegisterMap

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def site_schema() -> dict[str, Any]:
    """Schema of site.yaml."""
    return _headed(SiteFile.model_json_schema(), "groundwatt site file")


def map_schema() -> dict[str, Any]:
    """Schema of a register map, with the quantities and kinds that there are."""
    schema = _headed(RegisterMap.model_json_schema(), "groundwatt register map")
    register = schema["$defs"]["Register"]["properties"]
    quantity = {"type": "string", "enum": sorted(QUANTITIES)}
    register["quantity"] = {"anyOf": [quantity, {"type": "null"}], "default": None}
    register["field"]["examples"] = sorted(QUANTITIES)
    register["states"]["examples"] = [[state.name.lower() for state in OperatingState]]
    schema["properties"]["kind"]["enum"] = list(DEVICE_KINDS)
    return schema


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {"site": site_schema, "map": map_schema}


def as_text(schema: Mapping[str, Any]) -> str:
    """A schema as it stands in docs/schema/."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _headed(schema: dict[str, Any], title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **schema, "title": title}
