"""Savings of a retrofit: declare the baseline first, tell the savings against it afterwards.

`declare` fits the baseline on the data of its period and freezes model, period and a fingerprint of
the data in the records. `savings_of` only ever uses what is frozen; when the data of the baseline
period have changed since, it says so and leaves the baseline as it was declared.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from importlib.metadata import version

from analytics.baseline import (
    DegreeDayFit,
    InsufficientData,
    PlantFit,
    Savings,
    TowtFit,
    frozen,
)
from analytics.baseline.period_gates import check_periods
from analytics.jobs.building_savings import BuildingData, building_data
from analytics.jobs.metering import until, zone_of
from analytics.jobs.opened import Opened
from analytics.jobs.plant_savings import PlantData, plant_data
from analytics.records import baselines
from analytics.records.acts import Act
from analytics.records.baselines import Baseline, Frozen
from collector.accounts import Retrofit, Span
from collector.errors import GroundwattError
from collector.model import Finding, Title

Model = DegreeDayFit | TowtFit | PlantFit
OPEN_TO_CHANGE = frozenset({"adjustments", "name", "reporting", "confidence"})
"""Of a retrofit in the site file: what is no part of its baseline."""


class SavingsRefused(GroundwattError):
    """Savings that cannot be told, with the findings that say why."""

    def __init__(self, project: str, findings: tuple[Finding, ...]) -> None:
        self.project = project
        self.findings = findings
        told = "; ".join(f"{each.code}: {each.sentence.en}" for each in findings)
        super().__init__(f"{project}: {told}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Savings of one project, with the baseline that they are told against.

    Parameters
    ----------
    baseline : Baseline
        As it was declared.
    model : DegreeDayFit, TowtFit or PlantFit
        Restored from it.
    reporting : Span
        The part of the reporting period that has passed.
    savings : Savings
        [kWh or m³]
    estimated : int
        Reporting days that were completed from at least half of their readings.
    points : tuple of str
        Everything that was read.
    """

    baseline: Baseline
    model: Model
    reporting: Span
    savings: Savings
    estimated: int
    points: tuple[str, ...]


async def declare(its: Opened, retrofit: Retrofit, act: Act) -> Baseline:
    """Fit and freeze the baseline of a project.

    Raises
    ------
    SavingsRefused
        The data cannot carry a baseline, or the project has one that still holds.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    with its.records.reading() as connection:
        _refuse_second(baselines.current(connection, retrofit.id))
    try:
        data = await _data(its, retrofit, retrofit.baseline)
        model, seen = await asyncio.to_thread(_fitted, data, retrofit)
    except InsufficientData as error:
        raise SavingsRefused(retrofit.id, error.findings) from error
    declared = Frozen(
        retrofit.id,
        retrofit.model_dump(mode="json"),
        frozen.document(model),
        seen,
        version("groundwatt"),
    )
    with its.records.transaction() as connection:
        _refuse_second(baselines.current(connection, retrofit.id))  # meanwhile, by somebody else
        return baselines.declare(connection, declared, act)


async def savings_of(its: Opened, retrofit: Retrofit, now_ms: int) -> Outcome:
    """Tell the savings of a project so far, against its declared baseline.

    Raises
    ------
    SavingsRefused
        No baseline is declared, nothing of the reporting period has passed, periods overlap, or
        nothing of it has both sides.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    with its.records.reading() as connection:
        declared = baselines.current(connection, retrofit.id)
    if declared is None:
        raise SavingsRefused(retrofit.id, (_undeclared(retrofit.id),))
    of = Retrofit.model_validate(declared.frozen.declaration)
    passed = until(retrofit.reporting, now_ms, zone_of(its.configuration))
    if passed is None:
        raise SavingsRefused(retrofit.id, (_too_early(retrofit),))
    periods = (of.baseline.first, of.baseline.last), (passed.first, passed.last)
    if refused := check_periods(*periods):
        raise SavingsRefused(retrofit.id, refused)
    model = frozen.restored(declared.frozen.model)
    data = await _data(its, of, passed)
    try:
        told = await asyncio.to_thread(_told, data, model, retrofit)
    except InsufficientData as error:
        raise SavingsRefused(retrofit.id, error.findings) from error
    before = await _data(its, of, of.baseline)
    changes = _changes(_seen(before, model), declared, of, retrofit)
    told = replace(told, findings=(*told.findings, *changes))
    return Outcome(declared, _held(model), passed, told, data.estimated, data.points)


async def _data(its: Opened, retrofit: Retrofit, span: Span) -> BuildingData | PlantData:
    if retrofit.option == "B":
        return await plant_data(its, retrofit, span)
    return await building_data(its, retrofit, span)


def _fitted(data: BuildingData | PlantData, retrofit: Retrofit) -> tuple[Model, str]:
    """The model and a fingerprint of what it was fitted on."""
    if isinstance(data, PlantData):
        plant = data.fitted(retrofit)
        return plant, data.fingerprint(plant)
    return data.fitted(retrofit), data.fingerprint()


def _told(data: BuildingData | PlantData, model: frozen.Frozen, retrofit: Retrofit) -> Savings:
    match data, model:
        case PlantData(), PlantFit():
            return data.told(model, retrofit)
        case BuildingData(), DegreeDayFit() | TowtFit():
            return data.told(model, retrofit)
    raise TypeError(f"{retrofit.id}: the baseline's model is none of option {retrofit.option}")


def _seen(data: BuildingData | PlantData, model: frozen.Frozen) -> str:
    """Fingerprint of the baseline's data as they are now."""
    if isinstance(data, PlantData):
        return data.fingerprint(model) if isinstance(model, PlantFit) else ""
    return data.fingerprint()


def _held(model: frozen.Frozen) -> Model:
    if not isinstance(model, DegreeDayFit | TowtFit | PlantFit):
        raise TypeError("model: a regression of COP alone is no baseline of a project")
    return model


def _changes(seen: str, declared: Baseline, of: Retrofit, now: Retrofit) -> list[Finding]:
    """What has changed since the declaration: the data of the baseline period, the site file."""
    found = []
    if seen != declared.frozen.fingerprint:
        sentence = Title(
            f"基准期数据在基准 #{declared.id} 声明之后有变动；仍按声明时的模型计算。",
            f"The data of the baseline period have changed since baseline #{declared.id} was "
            "declared; the declared model is used as it is.",
        )
        evidence = {
            "declared_with": declared.frozen.version, "computed_with": version("groundwatt"),
        }  # fmt: skip
        found.append(Finding("baseline.data-changed", "warning", sentence, evidence))
    before, after = (
        each.model_dump(mode="json", exclude=set(OPEN_TO_CHANGE)) for each in (of, now)
    )
    if odd := sorted(key for key in before if before[key] != after[key]):
        sentence = Title(
            f"配置文件中的基准设置（{'、'.join(odd)}）与已声明的基准 #{declared.id} 不同；"
            "按声明的设置计算。",
            f"The site file describes another baseline ({', '.join(odd)}) than #{declared.id}; the "
            "declared one is used.",
        )
        found.append(Finding("baseline.site-file-differs", "warning", sentence))
    return found


def _refuse_second(held: Baseline | None) -> None:
    if held is None:
        return
    sentence = Title(
        f"该项目已有基准 #{held.id}（{held.act.author} 声明）；须先说明理由予以撤销。",
        f"There is baseline #{held.id}, declared by {held.act.author}: revoke it with a reason "
        "before another is declared.",
    )
    evidence = {"baseline": float(held.id)}
    finding = Finding("baseline.declared-already", "alarm", sentence, evidence)
    raise SavingsRefused(held.frozen.project, (finding,))


def _undeclared(project: str) -> Finding:
    sentence = Title(
        f"基准尚未声明：先运行 groundwatt savings declare {project}。",
        f"No baseline is declared: run groundwatt savings declare {project} first.",
    )
    return Finding("baseline.undeclared", "alarm", sentence)


def _too_early(retrofit: Retrofit) -> Finding:
    first = retrofit.reporting.first
    sentence = Title(
        f"报告期自 {first} 开始，尚无完整的一天。",
        f"The reporting period begins on {first}: no day of it is over.",
    )
    return Finding("savings.too-early", "alarm", sentence)
