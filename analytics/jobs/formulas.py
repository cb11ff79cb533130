"""What each figure is, in words and as a formula: the catalogue behind `kpi --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analytics.jobs import ground_formulas
from analytics.jobs.formula import Formula
from collector.model import Title

_SUMS = Title(
    "热量与电量取两者均有数据的同一时段求和后相除，不对小时或月的比值求平均；待机、启动和水泵用电计入分母。"
    "共用电量按最细时段的 Q_h/(Q_h+Q_c) 分摊。供冷的 COP 即国内所称能效比 EER（kW/kW）；"
    "H4/C4 边界最接近 GB/T 50801 的系统能效比，所含水泵须对照标准核对。",
    "Heat and electricity are summed over the intervals in which both are known, then divided; "
    "ratios are never averaged. Standby, start-up and pumps stay in the denominator. Shared "
    "electricity is split by Q_h/(Q_h+Q_c) in each interval. The COP of cooling is what China "
    "calls EER (kW/kW); H4 and C4 are nearest to the system ratios of GB/T 50801, whose pumps are "
    "to be checked in the standard.",
)
_SEPEMO = "SEPEMO boundaries H1–H4/C1–C4; IEA HPT Annex 52; Energies 2019, 12(10), 2020"
_RATIO = {
    "heating": Title("供热", "heating"),
    "cooling": Title("供冷", "cooling"),
    "overall": Title("综合", "overall"),
}
_REGISTER = Title(
    "取累计寄存器之差；换表、翻转、复位按记录处理，无法确认的时段无数值。",
    "Differences of cumulative registers; rollovers, resets and exchanges are bridged as recorded, "
    "and what cannot be claimed has no number.",
)
_CATALOGUE: Mapping[str, Formula] = {
    "heat_kwh": Formula(
        Title("供热量", "heat delivered"), "Q_h = Σ ΔE_heat", _REGISTER, "EN 1434-1"
    ),
    "cooling_kwh": Formula(
        Title("供冷量", "cold delivered"), "Q_c = Σ ΔE_cold", _REGISTER, "EN 1434-1"
    ),
    "useful_kwh": Formula(
        Title("供热供冷量合计", "heat and cold delivered"), "Q = Q_h + Q_c", _REGISTER, "EN 1434-1"
    ),
    "carnot_share": Formula(
        Title("卡诺效率占比", "share of Carnot"),
        "η = Σ(Q/COP_Carnot) / ΣW_units, COP_Carnot = T/|T_load − T_source| [K]",
        Title(
            "按水温计算（负荷侧供水、源侧进水），温升小于 1 K 的时段不计。",
            "By water temperatures (to the load, from the ground); intervals with less than 1 K of "
            "lift do not count.",
        ),
        "second law of thermodynamics; expected 0.35 to 0.55",
    ),
    "load_temp_c": Formula(
        Title("负荷侧加权温度", "load temperature, weighted by heat"),
        "ΣT·Q / ΣQ",
        Title("以热（冷）量加权。", "Weighted by the heat or cold delivered."),
        "–",
    ),
    "source_temp_c": Formula(
        Title("源侧加权温度", "source temperature, weighted by heat"),
        "ΣT·Q / ΣQ",
        Title("以热（冷）量加权。", "Weighted by the heat or cold delivered."),
        "–",
    ),
    "lift_k": Formula(
        Title("加权温升", "lift, weighted by heat"),
        "Σ(T_hot − T_cold)·Q / ΣQ",
        Title(
            "供热为负荷侧减源侧，供冷相反。",
            "Load less source when heating, the other way when cooling.",
        ),
        "–",
    ),
    "starts": Formula(
        Title("启动次数", "starts"),
        "Δ of the counter of starts",
        Title("取控制器计数器之差。", "Difference of the controller's counter."),
        "–",
    ),
    "run_hours_h": Formula(
        Title("运行小时", "run hours"),
        "Δ of the counter of hours",
        Title("取控制器计数器之差。", "Difference of the controller's counter."),
        "–",
    ),
    "starts_per_run_hour": Formula(
        Title("每运行小时启动次数", "starts per hour of running"),
        "starts / run hours",
        Title("现场机组常见 0.03–0.33。", "0.03 to 0.33 in a monitored fleet."),
        "heatpumpmonitor.org",
    ),
    "mean_run_h": Formula(
        Title("平均连续运行时间", "mean run"),
        "run hours / starts",
        Title("过短说明频繁启停。", "Short ones tell of short cycling."),
        "–",
    ),
    "most_starts_in_an_hour": Formula(
        Title("一小时内最多启动次数", "most starts in an hour"),
        "max over 60 min of Δ of the counter of starts",
        Title("以一刻钟为步长，只计数据完整的小时。", "In steps of 15 min, in hours known whole."),
        "–",
    ),
    "standby_kw": Formula(
        Title("待机功率", "standby power"),
        "median of W/Δt while nothing is delivered",
        Title(
            "状态为停机或待机的时段的中位数。", "Median over the intervals that are off or standby."
        ),
        "–",
    ),
    "pump_share": Formula(
        Title("水泵用电占比", "share of the pumps"),
        "(W_source pumps + W_load pumps) / W_plant",
        Title(
            "两侧均有数据的时段之和的比值。",
            "Ratio of sums over intervals in which both are known.",
        ),
        "–",
    ),
    "part_load_hours": Formula(
        Title("部分负荷分布", "part-load distribution"),
        "hours by Q/(Q_rated·Δt)",
        Title("按额定热量的比例分档的小时数。", "Hours by share of the rated output."),
        "–",
    ),
    "state_hours": Formula(
        Title("运行状态小时", "hours by state"),
        "hours in each operating state",
        Title("由热（冷）量、流量和功率判定。", "By heat, flow and power."),
        "–",
    ),
    **ground_formulas.FORMULAS,
}
_PARTS: Mapping[str, Title] = {
    "heating": Title("供热", "heating"), "cooling": Title("供冷", "cooling"),
    "off": Title("停机", "off"), "standby": Title("待机", "standby"), "heat": Title("制热", "heat"),
    "cool": Title("制冷", "cool"), "dhw": Title("生活热水", "hot water"),
    "simultaneous": Title("同时冷热", "simultaneous"),
    "free_cooling": Title("自然冷却", "free cooling"),
    "defect": Title("故障", "defect"), **ground_formulas.PARTS,
}  # fmt: skip
_MEDIA: Mapping[str, Title] = {
    "electricity": Title("电", "electricity"),
    "heat": Title("热", "heat"),
    "cooling": Title("冷", "cooling"),
    "water": Title("水", "water"),
    "gas": Title("燃气", "gas"),
    "total": Title("合计", "total"),
}
_WHAT: Mapping[str, Title] = {
    "kwh": Title("消费量", "amount"), "m3": Title("消费量", "amount"), "cny": Title("费用", "cost"),
    "share": Title("未分项计量的比例", "share not sub-metered"),
    "tce": Title("折标准煤", "coal equivalent"), "tco2": Title("二氧化碳排放", "CO2"),
}  # fmt: skip
_ACCOUNTED: Mapping[str, tuple[str, Title, str]] = {
    "kwh": ("ΣΔE of the account's meters", _REGISTER, "sub-metering guideline, items A–D"),
    "m3": ("ΣΔV of the account's meters", _REGISTER, "sub-metering guideline"),
    "cny": (
        "Σ energy × price of the hour",
        Title(
            "按分时电价逐时计价；无法归入单一时段的电量列为未计价。",
            "Priced by the hour's tariff; what cannot be told apart by period stays unpriced.",
        ),
        "tariffs of the site file",
    ),
    "share": (
        "(main − Σ items) / main",
        Title("总表与分项之差。", "What the main meters count beyond the items."),
        "sub-metering guideline; 5 % is practice",
    ),
    "tce": (
        "energy × coal-equivalent factor",
        Title(
            "系数集由站点文件选定，并随结果列出。", "The factor set is the site's choice and told."
        ),
        "GB/T 2589 or the local set that is named",
    ),
    "tco2": (
        "energy × emission factor",
        Title(
            "系数集由站点文件选定，并随结果列出。", "The factor set is the site's choice and told."
        ),
        "MEE/NBS announcement of the year that is named",
    ),
}


def formula_of(name: str) -> Formula:
    """Definition of a figure, by its name; names with a suffix share that of their stem.

    >>> formula_of("spf_heating").title.en
    'heating seasonal performance, SPF'
    """
    kind, _, mode = name.partition("_")
    if kind in ("cop", "spf") and mode in _RATIO:
        title = _RATIO[mode]
        season = ("季节", "seasonal ") if kind == "spf" else ("", "")
        named = Title(
            f"{title.zh}{season[0]}性能系数（{kind.upper()}）",
            f"{title.en} {season[1]}performance, {kind.upper()}",
        )
        return Formula(named, f"{kind.upper()} = ΣQ / ΣW", _SUMS, _SEPEMO)
    stem, _, part = name.partition(".")
    if stem in _CATALOGUE:
        return _of_part(_CATALOGUE[stem], part)
    if name in {f"electricity_{mode}_kwh" for mode in _RATIO}:
        title = Title("边界内用电量", "electricity inside the boundary")
        return Formula(title, "W = ΣΔE of the boundary's meters", _SUMS, _SEPEMO)
    return _accounted(name)


def _of_part(formula: Formula, part: str) -> Formula:
    """A definition whose title says which part is meant: `heating`, `part_load_hours.20-30`."""
    if not part:
        return formula
    words = [_PARTS.get(word, Title(word, word.replace("_", " "))) for word in part.split(".")]
    zh, en = "，".join(word.zh for word in words), ", ".join(word.en for word in words)
    return replace(
        formula, title=Title(f"{formula.title.zh}（{zh}）", f"{formula.title.en} ({en})")
    )


def _accounted(name: str) -> Formula:
    """A figure of an account: `<medium>[_delivered]_<unit>[_per_m2][.<item>]`."""
    stem = name.partition(".")[0]
    per_area = stem.endswith("_per_m2")
    medium, _, rest = stem.removesuffix("_per_m2").partition("_")
    unit = "share" if rest.endswith("share") else rest.rpartition("_")[2].replace("kgco2", "tco2")
    title = _account_title(name, medium, rest, unit.replace("kgce", "tce"))
    text, note, source = _ACCOUNTED.get(unit.replace("kgce", "tce"), ("", Title("", ""), ""))
    return Formula(title, f"({text}) / floor area" if per_area else text, note, source)


def _account_title(name: str, medium: str, rest: str, unit: str) -> Title:
    """What is told of which medium, of which item, per what: `electricity: cost (item A)`."""
    if medium not in _MEDIA or unit not in _WHAT:
        return Title(name, name)
    its, what, item = _MEDIA[medium], _WHAT[unit], name.partition(".")[2]
    more = [Title("站内制取", "made on the site")] if rest.startswith("delivered") else []
    if item:
        rest_of_all = Title("未分项计量", "not sub-metered")
        more.append(rest_of_all if item == "rest" else Title(f"分项 {item}", f"item {item}"))
    if "_per_m2" in name:
        more.append(Title("单位面积", "per floor area"))
    zh, en = "，".join(one.zh for one in more), ", ".join(one.en for one in more)
    return Title(
        f"{its.zh}：{what.zh}" + (f"（{zh}）" if zh else ""),
        f"{its.en}: {what.en}" + (f" ({en})" if en else ""),
    )
