"""A fitted baseline as a document that can be frozen, and read again exactly as it was."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analytics.baseline.fit import DegreeDayFit
from analytics.baseline.plant_cop import CopFit
from analytics.baseline.plant_fit import PlantFit, Rest
from analytics.baseline.towt import TowtFit
from collector.model import Finding, Title

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Frozen = DegreeDayFit | TowtFit | CopFit | PlantFit
FORMS: Mapping[str, type[DegreeDayFit | TowtFit | CopFit | PlantFit]] = {
    "degree_days": DegreeDayFit,
    "towt": TowtFit,
    "cop": CopFit,
    "plant": PlantFit,
}
PARTS: Mapping[str, type[CopFit | Rest]] = {"heating": CopFit, "cooling": CopFit, "rest": Rest}
"""Of a plant: results within the result."""

_MAY_BE_ABSENT = frozenset({"part_load_range", "heating", "cooling"})


def document(model: Frozen) -> dict[str, object]:
    """Write a baseline as plain numbers, texts and lists, fit for JSON.

    Floating-point numbers survive JSON exactly; NaN, which JSON does not have, becomes null.
    """
    form = next(name for name, each in FORMS.items() if type(model) is each)
    return {"form": form, **{key: _plain(value) for key, value in asdict(model).items()}}


def restored(written: Mapping[str, object]) -> Frozen:
    """Read a baseline that `document` has written.

    Raises
    ------
    ValueError
        `written` is no such document: a key is missing or unknown.
    """
    form = FORMS.get(str(written.get("form")))
    if form is None:
        raise ValueError(f"written: {written.get('form')!r} is no form of baseline")
    given = {key: value for key, value in written.items() if key != "form"}
    own = _checked(form, given)
    if form is PlantFit:
        for key, part in PARTS.items():
            if own[key] is not None:
                own[key] = part(**_checked(part, own[key]))
    return form(**own)


def _checked(form: type[DataclassInstance], given: Mapping[str, object]) -> dict[str, Any]:
    """Fields of a result, none missing and none unknown."""
    expected = {each.name for each in fields(form)}
    if set(given) != expected:
        odd = ", ".join(sorted(set(given) ^ expected))
        raise ValueError(f"written: keys missing or unknown: {odd}")
    return {key: _own(key, value) for key, value in given.items()}


def fingerprint(*arrays: npt.ArrayLike) -> str:
    """SHA-256 of the data that a baseline was fitted on.

    Parameters
    ----------
    arrays : arrays of float64
        In a fixed order, such as temperature and energy. Every NaN counts alike.
    """
    digest = hashlib.sha256()
    for each in arrays:
        values = np.array(each, dtype="<f8")
        values[np.isnan(values)] = np.nan
        digest.update(str(values.shape).encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _own(key: str, value: object) -> object:
    """Back from lists and nulls; a null that is no absent part is a NaN."""
    if key == "findings" and isinstance(value, list):
        return tuple(_finding(each) for each in value)
    if isinstance(value, list):
        return tuple(_own("", each) for each in value)
    if value is None and key not in _MAY_BE_ABSENT:
        return math.nan
    return value


def _finding(written: Mapping[str, object]) -> Finding:
    sentence, evidence = written["sentence"], written["evidence"]
    match sentence, evidence:
        case {"zh": str(zh), "en": str(en)}, dict():
            title = Title(zh, en)
            return Finding(str(written["code"]), str(written["severity"]), title, evidence)
    raise ValueError("written: findings are no findings")
