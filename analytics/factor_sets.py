"""The factor sets that come with the product: read from `factors/*.yaml`, strictly, and by id.

A file is one publication with the sets in it; what a set leaves out (standard, edition, source)
is the file's. A set with a companion takes from it the energies that it does not have itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from analytics.conversion import Basis, Factor, FactorKind, FactorSet, Status
from collector.accounts import Factors
from collector.documents import KeyPath, Mistakes, Strict, parse, read_text
from collector.errors import ConfigError, Problem
from collector.model import Title
from collector.topology import Names

_SET_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class FactorEntry(Strict):
    """One factor as the file tells it; `status` only where it differs from the set's."""

    energy: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    unit: Literal["kWh", "MJ", "GJ", "m³", "t", "kg"]
    value: Annotated[float, Field(gt=0)]
    status: Status | None = None
    in_total: bool = True
    note: str = ""


class SetEntry(Strict):
    """One set of a file."""

    id: Annotated[str, Field(pattern=_SET_ID)]
    region: Names
    status: Status
    factors: Annotated[tuple[FactorEntry, ...], Field(min_length=1)]
    standard: str | None = None
    edition: str | None = None
    basis: Basis | None = None
    verified_by: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _once(self) -> SetEntry:
        names = [factor.energy for factor in self.factors]
        mistakes: list[tuple[KeyPath, str]] = [
            (("factors", place, "energy"), f"{name} stands twice")
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        if mistakes:
            raise Mistakes(mistakes)
        return self


class Publication(Strict):
    """One file: a standard or an announcement, and the sets that it publishes."""

    kind: FactorKind
    title: Names
    standard: str
    source: str
    sets: Annotated[tuple[SetEntry, ...], Field(min_length=1)]
    edition: str = "not known"
    data_year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    companion: Annotated[str, Field(pattern=_SET_ID)] | None = None

    @model_validator(mode="after")
    def _based(self) -> Publication:
        needs = self.kind == "coal_equivalent"
        wording = "coal equivalent needs 当量 or 等价, carbon has none"
        mistakes: list[tuple[KeyPath, str]] = [
            (("sets", place, "basis"), wording)
            for place, entry in enumerate(self.sets)
            if (entry.basis is not None) != needs
        ]
        if mistakes:
            raise Mistakes(mistakes)
        return self


@cache
def shipped() -> Mapping[str, FactorSet]:
    """Every set that comes with the product, by id.

    Raises
    ------
    ConfigError
        A file is not what it should be, an id stands twice, or a companion is missing.
    """
    folder = Path(str(resources.files("analytics") / "factors"))
    texts = {file: read_text(file) for file in sorted(folder.glob("*.yaml"))}
    factor_files = {file: text for file, text in texts.items() if _holds_factors(text)}
    return read_sets(factor_files)


def read_sets(texts: Mapping[Path, str]) -> Mapping[str, FactorSet]:
    """Sets of several files, by id, each completed by its companion.

    Raises
    ------
    ConfigError
        A file is not what it should be, an id stands twice, or a companion is missing.
    """
    sets: dict[str, FactorSet] = {}
    companions: dict[str, tuple[Path, str]] = {}
    for file, text in texts.items():
        publication = parse(text, file, Publication)
        for place, entry in enumerate(publication.sets):
            if entry.id in sets:
                wording = f"the set {entry.id!r} stands twice"
                raise ConfigError([Problem(file, None, f"sets[{place}].id", wording)])
            sets[entry.id] = _set(publication, entry)
            if publication.companion is not None:
                companions[entry.id] = (file, publication.companion)
    for name, (file, companion) in companions.items():
        sets[name] = _completed(sets, name, companion, file)
    return MappingProxyType(sets)


def find(name: str, kind: FactorKind, *, file: Path, key: str) -> FactorSet:
    """Return the set of an id, of the kind that is asked for.

    Parameters
    ----------
    name : str
        Id of the set.
    kind : str
        coal_equivalent or carbon.
    file, key : Path, str
        Where the site names it, for the error.

    Raises
    ------
    ConfigError
        There is no such set; names those that there are.
    """
    known = {each.id: each for each in shipped().values() if each.kind == kind}
    if name not in known:
        wording = f"there is no {kind} set {name!r}; known: {', '.join(sorted(known))}"
        raise ConfigError([Problem(file, None, key, wording)])
    return known[name]


def chosen(factors: Factors, file: Path) -> tuple[FactorSet, FactorSet]:
    """Coal-equivalent and carbon set of a site.

    Raises
    ------
    ConfigError
        The site names a set that there is not.
    """
    coal = find(
        factors.coal_equivalent, "coal_equivalent", file=file, key="factors.coal_equivalent"
    )
    return coal, find(factors.carbon, "carbon", file=file, key="factors.carbon")


def _holds_factors(text: str) -> bool:
    """Whether a file of the folder is one of factor sets; limits and grades stand beside them."""
    return any(line in text.splitlines() for line in ("kind: coal_equivalent", "kind: carbon"))


def _set(publication: Publication, entry: SetEntry) -> FactorSet:
    title, region = publication.title, entry.region
    return FactorSet(
        id=entry.id,
        kind=publication.kind,
        title=Title(title.zh, title.en),
        region=Title(region.zh, region.en),
        standard=entry.standard or publication.standard,
        edition=entry.edition or publication.edition,
        basis=entry.basis,
        data_year=publication.data_year,
        source=publication.source,
        status=entry.status,
        verified_by=entry.verified_by,
        factors=MappingProxyType({f.energy: _factor(f, entry) for f in entry.factors}),
        note=entry.note,
    )


def _factor(entry: FactorEntry, of: SetEntry) -> Factor:
    status = entry.status or of.status
    return Factor(entry.energy, entry.unit, entry.value, status, entry.in_total, entry.note, of.id)


def _completed(sets: Mapping[str, FactorSet], name: str, companion: str, file: Path) -> FactorSet:
    other = sets.get(companion)
    if other is None or other.kind != sets[name].kind:
        wording = f"there is no {sets[name].kind} set {companion!r}"
        raise ConfigError([Problem(file, None, "companion", wording)])
    factors = MappingProxyType({**other.factors, **sets[name].factors})
    return replace(sets[name], factors=factors)
