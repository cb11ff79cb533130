"""What the figures of the ground and of the first law are, in words and as formulas."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.jobs.formula import Formula
from collector.model import Title

_TWO_WAYS = Title(
    "两种独立估算并列，从不合并：源侧回路热量表；热泵热平衡。任一量缺失的时段两侧均不计。",
    "Two independent estimates side by side, never merged: the loop's heat meter; the heat pumps' "
    "balance. An interval in which any quantity of a way is missing counts on neither side of it.",
)
_GROUND = "GB 50366; Energies 2019, 12(10), 2020"
_DRIVE = Title(
    "机组用电按 3 % ± 3 % 不进入制冷剂（变频器、控制器、电机散热，工程判断）；"
    "稳定运行的时段参与逐点判定。结果应在仪表误差之内。",
    "Of the electricity 3 % ± 3 % is taken not to reach the refrigerant (inverter, controls, "
    "motor; engineering judgement); points are judged while nothing switches. It should lie within "
    "what the meters may be wrong by.",
)
_VOTE = Title(
    "在只供热或只供冷的整日上，对全部冗余平衡同时作 χ² 检验；"
    "“both”为供热日减供冷日，温度对的零点误差在其中大半相消。各检验按 Bonferroni 修正。",
    "All redundant balances at once, over whole days that only heat or only cool; `both` is "
    "heating days less cooling days, where most of a sensor pair's offset cancels. The tests share "
    "5 % (Bonferroni).",
)
_CHECK = "VDI 2048-1; Mah and Tamhane 1982; Narasimhan and Mah 1987"

FORMULAS: Mapping[str, Formula] = {
    "ground_extracted_kwh": Formula(
        Title("取热量", "heat extracted from the ground"),
        "(a) loop meter; (b) E = Q_cond − W_comp", _TWO_WAYS, _GROUND,
    ),
    "ground_rejected_kwh": Formula(
        Title("排热量", "heat rejected to the ground"),
        "(a) loop meter; (b) E = Q_evap + W_comp, free cooling as it is", _TWO_WAYS, _GROUND,
    ),
    "ground_net_kwh": Formula(
        Title("净取热量", "net heat from the ground"),
        "E_ext − E_rej; positive: the ground cools", _TWO_WAYS, _GROUND,
    ),
    "ground_extracted_kwh_m": Formula(
        Title("单位孔深取热量", "heat extracted per metre of bore"),
        "E_ext / (bores · depth)", _TWO_WAYS, _GROUND,
    ),
    "ground_rejected_kwh_m": Formula(
        Title("单位孔深排热量", "heat rejected per metre of bore"),
        "E_rej / (bores · depth)", _TWO_WAYS, _GROUND,
    ),
    "ground_net_kwh_m": Formula(
        Title("单位孔深净取热量", "net heat per metre of bore"),
        "(E_ext − E_rej) / (bores · depth)", _TWO_WAYS, _GROUND,
    ),
    "ground_cumulative_net_kwh": Formula(
        Title("累计净取热量", "net heat from the ground since the first day"),
        "Σ(E_ext − E_rej) since the first stored day",
        Title(
            "自有数据的第一天起，按源侧回路热量表。",
            "From the first day with data, by the loop's meter.",
        ),
        _GROUND,
    ),
    "ground_difference_kwh": Formula(
        Title("两种估算之差", "difference of the two estimates"),
        "(a) − (b), over the intervals that both know",
        Title("应在两者的合成不确定度之内。", "It should lie within the uncertainty of both."),
        _GROUND,
    ),
    "ground_imbalance": Formula(
        Title("地下热平衡偏差", "ground imbalance"),
        "η = (E_ext − E_rej) / max(E_ext, E_rej)",
        Title(
            "以完整年为准；>10 % 关注，>20 % 处理。",
            "For whole years; watch above 10 %, act above 20 %.",
        ),
        "GB 50366 (form), limits are judgement",
    ),
    "ground_entering_c": Formula(
        Title("源侧进水温度", "temperature entering from the ground"),
        "min, max, Σ T·|E| / Σ|E| (all, extracted, rejected)",
        Title(
            "只计有热量交换的时段；传感器误差限取 sensor_k，未给出时为 0.3 K。",
            "While heat is exchanged; the sensor errs by `sensor_k` at most, else by 0.3 K.",
        ),
        "IEC 60751",
    ),
    "ground_drift_k_a": Formula(
        Title("源侧水温逐年漂移", "drift of the loop's temperature from year to year"),
        "median of all differences between years of the same twelfth",
        Title(
            "同负荷（matched_load）与停机（shut_in，泵开机停 12 小时以上）；需两年可比数据。",
            "At the same load (`matched_load`) and at rest (`shut_in`: pump on, heat pumps off for "
            "more than 12 h); needs two comparable years.",
        ),
        "Hirsch, Slack and Smith 1982; 0.5 K/a is judgement",
    ),
    "ground_forecast_c": Formula(
        Title("源侧进水温度预测", "forecast of the temperature entering from the ground"),
        "T = T0 + g-function * loads + R·q, calibrated on the site's own data",
        Title(
            "假定今后每年的负荷与最近一年相同；名称末尾为年数。"
            "± 取约 95 % 区间较宽的一侧，区间两端见常数。其他负荷与变化的地下水流不在区间内。",
            "If every year to come has the loads of the last one; the name ends with the years. "
            "± is the wider side of a band of about 95 %, whose ends stand with the constants; it "
            "does not hold other loads, nor ground water that changes.",
        ),
        "finite line source: Claesson and Javed 2011",
    ),
    "closure_residual_kwh": Formula(
        Title("能量平衡偏差", "first-law residual"),
        "Σ Q_cond − (Q_evap + 0.97 W)", _DRIVE, "first law of thermodynamics",
    ),
    "closure_share_beyond": Formula(
        Title("能量平衡超差测点占比", "share of points that miss the first law by more than 5 %"),
        "n(|Q_cond − (Q_evap + 0.97 W)| > 5 % Q_cond) / n", _DRIVE,
        "SS 591 / Green Mark: at most 20 % of the points",
    ),
    "closure_p": Formula(
        Title("冗余校核概率", "chance of so much disagreement among sound meters"),
        "p = P(χ² ≥ rᵀ (A V Aᵀ)⁻¹ r), r = A x", _VOTE, _CHECK,
    ),
    "closure_estimate_kwh": Formula(
        Title("由其余仪表推算", "what the other meters make of a meter"),
        "weighted least squares of the balances without the meter", _VOTE, _CHECK,
    ),
}  # fmt: skip

PARTS: Mapping[str, Title] = {
    "loop_meter": Title("按环路热量表", "by the loop meter"),
    "heat_pumps": Title("按热泵平衡", "by the heat pumps' balance"),
    "extracted": Title("取热", "extracted"),
    "rejected": Title("排热", "rejected"),
    "mean": Title("加权平均", "weighted mean"),
    "heating_mean": Title("取热加权平均", "weighted by the heat extracted"),
    "cooling_mean": Title("排热加权平均", "weighted by the heat rejected"),
    "lowest": Title("最低", "lowest"),
    "highest": Title("最高", "highest"),
    "matched_load": Title("同负荷", "at the same load"),
    "shut_in": Title("停机", "at rest"),
    "both": Title("供热日与供冷日", "heating and cooling days"),
    "electricity": Title("电量", "electricity"),
    "1": Title("1 年后", "after 1 year"),
    "5": Title("5 年后", "after 5 years"),
    "10": Title("10 年后", "after 10 years"),
    "25": Title("25 年后", "after 25 years"),
}
"""Words of the names' further parts."""
