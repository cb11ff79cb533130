"""Plain words for the mistakes that the strict models find. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9][a-z0-9-]{0,62}$": "lower-case letters, digits and hyphens, at most 63 of them",
    r"^[a-z0-9][a-z0-9_]{0,62}$": "lower-case letters, digits and underscores, at most 63 of them",
    r"^[a-z][a-z0-9_]{0,62}$": "lower-case letters, digits and underscores, a letter first",
    r"^https?://": "an address that begins with http:// or https://",
    r"^[A-D][0-9]?$": "an item of the sub-metering guideline, A to D or a part of one such as B1",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": (
        "hours such as 08:00-11:00"
    ),
    r"^[A-Za-z0-9_-]{1,64}$": "letters, digits, hyphens and underscores, at most 64 of them",
}
"""What the patterns of the models allow."""


def wording(error: ErrorDetails, models: type[BaseModel]) -> str:
    """Say what is wrong and what was found.

    Parameters
    ----------
    error : ErrorDetails
        One mistake, as the model reports it.
    models : type of BaseModel
        The class that all models inherit from.
    """
    told = sentence(error, models)
    given = error.get("input")
    self_telling = error["type"] in ("value_error", "missing", "extra_forbidden")
    if isinstance(given, str | int | float | bool) and not self_telling:
        return f"{told} (found {given!r})"
    return told


def sentence(error: ErrorDetails, models: type[BaseModel]) -> str:
    """Say what is wrong, without what was found."""
    return _plain(error, models) or str(error["msg"]).removeprefix("Value error, ")


def _plain(error: ErrorDetails, models: type[BaseModel]) -> str | None:
    context = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "the key is missing"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            return f"needs keys with values{_keys(context.get('class_name'), models)}"
        case "tuple_type" | "list_type":
            return "needs a list"
        case "string_type":
            return "needs a text; put it in quotes"
        case "too_short":
            return "at least one entry is needed"
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return f"must be {_PATTERNS.get(pattern, pattern)}"
        case "union_tag_invalid":
            return f"unknown kind {context['tag']!r}; known: {context['expected_tags']}"
        case "union_tag_not_found":
            return f"the key {context['discriminator']} is missing"
    return None


def _keys(name: object, models: type[BaseModel]) -> str:
    """Keys that a model cannot do without, or those that it knows."""
    for model in _below(models):
        if model.__name__ == name:
            fields = model.model_fields
            keys = [key for key, field in fields.items() if field.is_required()] or list(fields)
            return f": {{{', '.join(keys)}}}"
    return ""


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from _below(below)
