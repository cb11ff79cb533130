"""Savings of a retrofit: declare the baseline first, tell the savings against it afterwards.

`declare` fits the baseline on the data of its period and freezes model, period and a fingerprint of
the data in the records. `savings_of` only ever uses what is frozen; when the data of the baseline
period have changed since, it says so and leaves the baseline as it was declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from zoneinfo import ZoneInfo

import numpy as np

from analytics import baseline
from analytics.baseline import DegreeDayFit, InsufficientData, NonRoutine, Savings, TowtFit, frozen
from analytics.baseline.candidates import Loads
from analytics.baseline.period_gates import check_periods
from analytics.jobs.counted import Reader
from analytics.jobs.metering import Bills, Days, bills_of, days_of, until
from analytics.records import Records, baselines
from analytics.records.acts import Act
from analytics.records.baselines import Baseline, Frozen
from collector.accounts import Retrofit, Span
from collector.errors import GroundwattError
from collector.model import Finding, Title
from collector.sitefile import Configuration

Model = DegreeDayFit | TowtFit


class SavingsRefused(GroundwattError):
    """Savings that cannot be told, with the findings that say why."""

    def __init__(self, project: str, findings: tuple[Finding, ...]) -> None:
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
    model : DegreeDayFit or TowtFit
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


async def declare(
    configuration: Configuration, readings: Reader, records: Records, retrofit: Retrofit, act: Act
) -> Baseline:
    """Fit and freeze the baseline of a project.

    Raises
    ------
    SavingsRefused
        The data cannot carry a baseline.
    ValueError
        The project has a declared baseline that still holds.
    """
    days = await days_of(configuration, readings, retrofit, retrofit.baseline)
    bills = await bills_of(configuration, readings, retrofit, days)
    try:
        model = _fitted(retrofit, days, bills)
    except InsufficientData as error:
        raise SavingsRefused(retrofit.id, error.findings) from error
    declared = Frozen(
        retrofit.id,
        retrofit.model_dump(mode="json"),
        frozen.document(model),
        _fingerprint(days, bills),
        version("groundwatt"),
    )
    with records.transaction() as connection:
        return baselines.declare(connection, declared, act)


async def savings_of(
    configuration: Configuration,
    readings: Reader,
    records: Records,
    retrofit: Retrofit,
    now_ms: int,
) -> Outcome:
    """Tell the savings of a project so far, against its declared baseline.

    Raises
    ------
    SavingsRefused
        No baseline is declared, nothing of the reporting period has passed, periods overlap, or
        no day has both sides.
    """
    with records.reading() as connection:
        declared = baselines.current(connection, retrofit.id)
    if declared is None:
        raise SavingsRefused(retrofit.id, (_undeclared(retrofit.id),))
    of = Retrofit.model_validate(declared.frozen.declaration)
    passed = until(retrofit.reporting, now_ms, ZoneInfo(configuration.site.timezone))
    if passed is None:
        raise SavingsRefused(retrofit.id, (_too_early(retrofit),))
    periods = (of.baseline.first, of.baseline.last), (passed.first, passed.last)
    if refused := check_periods(*periods):
        raise SavingsRefused(retrofit.id, refused)
    model = frozen.restored(declared.frozen.model)
    if not isinstance(model, DegreeDayFit | TowtFit):
        raise TypeError(f"baseline #{declared.id}: a plant's model for the meters of a building")
    days = await days_of(configuration, readings, of, passed)
    bills = await bills_of(configuration, readings, of, days)
    try:
        told = _told(model, retrofit, days, bills)
    except InsufficientData as error:
        raise SavingsRefused(retrofit.id, error.findings) from error
    changes = await _changes(configuration, readings, declared, of, retrofit)
    told = _with(told, changes)
    return Outcome(declared, model, passed, told, days.estimated, days.points)


def _fitted(retrofit: Retrofit, days: Days, bills: Bills) -> Model:
    """Fit the form that the site file names; heat and gas have no cooling load."""
    loads: Mapping[str, Loads] = {
        "heat": "heating", "gas": "heating", "cooling": "cooling",
    }  # fmt: skip
    load = loads.get(retrofit.medium, "both")
    match retrofit.model:
        case "caltrack_daily":
            return baseline.fit_caltrack_daily(days.temperature, days.energy, loads=load)
        case "caltrack_billing":
            return baseline.fit_caltrack_billing(
                bills.temperature, bills.energy, bills.days, loads=load
            )
        case "towt_daily":
            return baseline.fit_towt_daily(days.day, days.temperature, days.energy)
        case "2P" | "3PC" | "3PH" | "4P" | "5P":
            return baseline.fit_change_point(days.temperature, days.energy, kind=retrofit.model)
        case "plant":
            raise SavingsRefused(retrofit.id, (_not_a_building(),))


def _told(model: Model, retrofit: Retrofit, days: Days, bills: Bills) -> Savings:
    if model.interval == "billing":
        changes = [] if not retrofit.adjustments else [_not_by_bill()]
        if changes:
            raise InsufficientData(changes)
        return baseline.savings(
            model, bills.temperature, bills.energy, days=bills.days,
            confidence=retrofit.confidence, form="guideline14",
        )  # fmt: skip
    stated = [
        NonRoutine(
            (days.day >= np.datetime64(each.span.first))
            & (days.day <= np.datetime64(each.span.last)),
            each.per_day,
            each.reason,
            each.author,
        )
        for each in retrofit.adjustments
    ]
    return baseline.savings(
        model, days.temperature, days.energy, day=days.day,
        confidence=retrofit.confidence, form="guideline14", non_routine=stated,
    )  # fmt: skip


async def _changes(
    configuration: Configuration,
    readings: Reader,
    declared: Baseline,
    of: Retrofit,
    now: Retrofit,
) -> list[Finding]:
    """What has changed since the declaration: the data of the baseline period, the site file."""
    days = await days_of(configuration, readings, of, of.baseline)
    bills = await bills_of(configuration, readings, of, days)
    found = []
    if _fingerprint(days, bills) != declared.frozen.fingerprint:
        sentence = Title(
            f"基准期数据在基准 #{declared.id} 声明之后有变动；仍按声明时的模型计算。",
            f"The data of the baseline period have changed since baseline #{declared.id} was "
            "declared; the declared model is used as it is.",
        )
        found.append(Finding("baseline.data-changed", "warning", sentence))
    open_to_change = {"adjustments", "name", "reporting", "confidence"}
    before = of.model_dump(mode="json", exclude=open_to_change)
    if before != now.model_dump(mode="json", exclude=open_to_change):
        sentence = Title(
            f"配置文件中的基准设置与已声明的基准 #{declared.id} 不同；按声明的设置计算。",
            f"The site file describes another baseline than #{declared.id}; the declared one is "
            "used.",
        )
        found.append(Finding("baseline.site-file-differs", "warning", sentence))
    return found


def _with(told: Savings, findings: list[Finding]) -> Savings:
    return replace(told, findings=(*told.findings, *findings)) if findings else told


def _fingerprint(days: Days, bills: Bills) -> str:
    """Of all that a baseline can be fitted on: days, weather, energy by day and by month."""
    return frozen.fingerprint(
        days.day.astype(np.int64), days.temperature, days.energy, bills.energy
    )


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


def _not_a_building() -> Finding:
    sentence = Title(
        "模型 plant 只用于热泵站（方案 B），楼栋（方案 C）请选其他模型。",
        "The model plant belongs to option B; a building (option C) needs another.",
    )
    return Finding("baseline.model", "alarm", sentence)


def _not_by_bill() -> Finding:
    sentence = Title(
        "非常规调整按天给出，账单模型无法分摊到账期：请用日模型。",
        "Non-routine adjustments are given by day, which bills cannot tell: use a daily model.",
    )
    return Finding("savings.adjustment-by-bill", "alarm", sentence)
