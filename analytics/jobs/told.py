"""What a statement says in words: reasons for a missing number, findings, constants.

Chinese and English, because both read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.conversion import Converted
from analytics.figures import Figure
from analytics.jobs.counted import Counted
from analytics.tariffs import Cost, Status
from collector.accounts import Medium, Span, Tariff
from collector.model import Finding, Title

MEDIA: Mapping[Medium, Title] = {
    "electricity": Title("电", "Electricity"),
    "heat": Title("热", "Heat"),
    "cooling": Title("冷", "Cooling"),
    "gas": Title("燃气", "Gas"),
    "water": Title("水", "Water"),
}
PERIODS: Mapping[str, Title] = {
    "sharp": Title("尖峰", "Sharp peak"),
    "peak": Title("高峰", "Peak"),
    "flat": Title("平段", "Flat"),
    "valley": Title("低谷", "Valley"),
    "deep_valley": Title("深谷", "Deep valley"),
}
PRICE_STATUS: Mapping[Status, Title] = {
    "contract": Title("合同", "contract"),
    "published": Title("公布", "published"),
    "assumed": Title("假设，非合同价", "assumed, no contract"),
}
FACTOR_STATUS: Mapping[str, Title] = {
    "confirmed": Title("已在公开文本中确认", "read in a published text"),
    "partly": Title("部分确认", "confirmed in part"),
    "recalled": Title("凭记忆，须由人核对", "recalled, a person must check it"),
}
NOT_SUB_METERED = Title("未分项计量", "Not sub-metered")
DELIVERED = Title(
    "由站内设备制取，其能源已计入外购能源",
    "made on the site; its energy is counted in what is purchased",
)

NO_CONSUMPTION = Title("总表没有消费量", "the main meters counted nothing")
NOTHING_PURCHASED = Title("没有外购能源账户", "no account of purchased energy")

FULL_COVERAGE = 0.9
"""Below this share of the span a monthly figure is partial (domain reference, 1.7)."""
CLOSURE_LIMIT = 0.05
"""Greatest share of an account that its items may leave or exceed (domain reference, 3.4)."""
_TOLERANCE = 1e-9


def no_amount(meters: Sequence[Counted]) -> Title:
    """Why meters together count nothing."""
    fieldless = [meter.device for meter in meters if not meter.field]
    if fieldless:
        return Title(
            f"{'、'.join(fieldless)} 没有该介质的累计读数",
            f"{', '.join(fieldless)} has no register of this medium",
        )
    silent = [meter.device for meter in meters if not meter.coverage]
    if silent:
        return Title(
            f"{'、'.join(silent)} 在该时段没有可用读数",
            f"no usable readings of {', '.join(silent)} in this span",
        )
    return Title("各表没有共同已知的时段", "at no time are all of its meters known")


def of_amount(its: Figure, meters: Sequence[Counted]) -> tuple[Finding, ...]:
    """What is worth knowing about an amount."""
    found = []
    if its.value is not None and its.coverage is not None and its.coverage < FULL_COVERAGE:
        share = f"{its.coverage:.1%}"
        sentence = Title(f"只覆盖时段的 {share}", f"covers only {share} of the span")
        evidence: dict[str, float | str] = {"figure": its.name, "coverage": its.coverage}
        found.append(Finding("consumption.partial", "warning", sentence, evidence))
    estimated = [meter.point for meter in meters if meter.estimated]
    if estimated:
        names = ", ".join(estimated)
        sentence = Title(f"含估算修正：{names}", f"rests on estimated corrections: {names}")
        found.append(Finding("consumption.estimated", "info", sentence, {"figure": its.name}))
    return tuple(found)


def no_price(medium: Medium, priced: Cost) -> Title:
    """Why an energy has no cost at all."""
    if priced.straddling:
        return Title(
            "只知跨多个电价时段的总量，无法按时段计价",
            "known only for longer than one period of the tariff",
        )
    return Title(f"没有适用的{MEDIA[medium].zh}价", f"no tariff for {medium} is in force")


def priced_share(priced: Cost, amount: Figure) -> float | None:
    """Coverage of a cost: that of the amount, less the energy that has no price. [0..1]"""
    if amount.coverage is None:
        return None
    known = abs(priced.energy) + abs(priced.unpriced)
    return amount.coverage * (abs(priced.energy) / known if known else 1.0)


def of_cost(priced: Cost, amount: Figure) -> tuple[Finding, ...]:
    """What is worth knowing about a cost."""
    found = []
    evidence: dict[str, float | str] = {
        "figure": amount.name, "straddling": priced.straddling, "untariffed": priced.untariffed,
    }  # fmt: skip
    if abs(priced.unpriced) > _TOLERANCE * max(abs(priced.energy), 1.0):
        quantity = f"{priced.unpriced:.6g} {amount.unit}"
        sentence = Title(
            f"{quantity} 无法计价，未计入费用",
            f"{quantity} cannot be priced and is not in the cost",
        )
        found.append(Finding("cost.unpriced", "warning", sentence, evidence))
    if priced.status == "assumed":
        names = ", ".join(priced.tariffs)
        sentence = Title(f"按假设电价计算：{names}", f"priced by assumed prices: {names}")
        found.append(Finding("cost.assumed", "warning", sentence, {"tariffs": names}))
    return tuple(found)


def of_factor(converted: Converted) -> tuple[Finding, ...]:
    """Warn of a factor that nobody has confirmed."""
    its = converted.factor
    if its is None or its.status == "confirmed":
        return ()
    status = FACTOR_STATUS[its.status]
    sentence = Title(
        f"{its.set_id} 的 {its.energy} 系数：{status.zh}",
        f"{its.energy} of {its.set_id}: {status.en}",
    )
    evidence: dict[str, float | str] = {
        "set": its.set_id, "energy": its.energy, "factor": its.value,
    }  # fmt: skip
    return (Finding("factor.unconfirmed", "warning", sentence, evidence),)


def factor(converted: Converted) -> str:
    """The factor of a conversion with unit, set and status, for the inputs of a figure."""
    its = converted.factor
    if its is None:
        return ""
    unit = "kgce" if converted.unit == "tce" else "kgCO2"
    factors = converted.factors
    if its.set_id != factors.id:  # a companion's: standard and year of the set are not its own
        return f"{its.value:g} {unit}/{its.unit} ({its.set_id}, {its.status})"
    of = f"{factors.standard} {factors.edition}"
    year = f", data of {factors.data_year}" if factors.data_year else ""
    basis = f", {factors.basis}" if factors.basis else ""
    return f"{its.value:g} {unit}/{its.unit} ({its.set_id}: {of}{basis}{year}, {its.status})"


def prices(priced: Cost, tariffs: Sequence[Tariff]) -> dict[str, str]:
    """Prices of a cost with tariff, source and status, for the inputs of a figure."""
    by_id = {tariff.id: tariff for tariff in tariffs}
    return {
        f"price {part.tariff} {part.period}": (
            f"{part.price:g} CNY ({by_id[part.tariff].source}, {by_id[part.tariff].status})"
        )
        for part in priced.parts
    }


def uncovered(medium: Medium, span: Span) -> Finding:
    """Days on which no tariff of a medium is in force."""
    days = f"{span.first} – {span.last}"
    sentence = Title(f"{days} 没有{MEDIA[medium].zh}价", f"no tariff for {medium} on {days}")
    evidence = {"medium": medium, "first": str(span.first), "last": str(span.last)}
    return Finding("tariff.uncovered", "warning", sentence, evidence)


def closure(check: Figure, rest: Figure) -> tuple[Finding, ...]:
    """Whether the items of an account add up to it."""
    if check.value is None or rest.value is None or abs(check.value) <= CLOSURE_LIMIT:
        return ()
    share, known = f"{abs(check.value):.1%}", {"share": check.value, "rest": rest.value}
    if rest.value < -(rest.uncertainty or 0.0):
        sentence = Title(
            f"分项之和超过总表 {share}，有表计错误或重复计量",
            f"the items exceed the main meters by {share}: a meter errs or counts twice",
        )
        return (Finding("account.exceeded", "warning", sentence, {"figure": rest.name, **known}),)
    sentence = Title(f"未分项计量占总表 {share}", f"{share} of the account is not sub-metered")
    return (Finding("account.closure", "warning", sentence, {"figure": rest.name, **known}),)
