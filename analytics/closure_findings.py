"""What an energy balance that does not close means, in words."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.uncertainty import Uncertain
from collector.model import Finding, Title

_RARE = 0.01


def of_points(
    share_beyond: float | None, points: int, limit: float, share_limit: float
) -> tuple[Finding, ...]:
    """Judge how many points miss the balance of their machine (B1). [0..1]"""
    if share_beyond is None or share_beyond <= share_limit:
        return ()
    told, most = f"{100 * share_beyond:.0f} %", f"{100 * share_limit:.0f} %"
    by = f"{100 * limit:.0f} %"
    return (
        Finding(
            "closure.first-law",
            "warning",
            Title(
                f"能量平衡（冷凝热 = 蒸发热 + 压缩机电耗）：{told} 的测点偏差超过 {by}"
                f"（允许 {most}），请检查流量计与温度传感器",
                f"Energy balance (condenser = evaporator + compressor): {told} of the points miss "
                f"it by more than {by} ({most} may): check flow meters and sensors",
            ),
            {"share": share_beyond, "share_limit": share_limit, "limit": limit, "points": points},
        ),
    )


def of_sum(residual: Uncertain | None, heat: float | None) -> tuple[Finding, ...]:
    """Tell when the balance of the whole period is missed by more than its meters can err."""
    if residual is None or not heat or abs(residual.value) <= residual.expanded:
        return ()
    missed, allowed = 100 * residual.value / heat, 100 * residual.expanded / abs(heat)
    return (
        Finding(
            "closure.first-law-bias",
            "warning",
            Title(
                f"全时段能量平衡偏差 {missed:+.1f} %，超出仪表合成不确定度 ± {allowed:.1f} %",
                f"Over the whole period the energy balance is missed by {missed:+.1f} %, more "
                f"than the meters' combined ± {allowed:.1f} %",
            ),
            {
                "residual": residual.value,
                "uncertainty": residual.expanded,
                "heat": heat,
                "dominant": residual.dominant or "",
            },
        ),
    )


def of_votes(
    suspect: str | None,
    alternatives: tuple[str, ...],
    several: bool,
    measured: Mapping[str, Uncertain],
    estimates: Mapping[str, Uncertain],
    p: float,
) -> tuple[Finding, ...]:
    """Name the meter that is most likely wrong, or say between which it cannot be decided."""
    if suspect:
        return (_suspect(suspect, measured[suspect], estimates[suspect], p),)
    if several:
        return (_several(alternatives, p),)
    return (_undecided(alternatives, p),) if alternatives else ()


def _suspect(name: str, reading: Uncertain, estimate: Uncertain, p: float) -> Finding:
    told = f"{estimate.value:.0f} ± {estimate.expanded:.0f}"
    share = 100 * (reading.value / estimate.value - 1) if estimate.value else float("nan")
    return Finding(
        "closure.suspect-meter",
        "warning",
        Title(
            f"各平衡校核一致指向仪表 {name}：读数 {reading.value:.0f} kWh，"
            f"由其余仪表推算为 {told} kWh（偏差 {share:+.1f} %）",
            f"All balances point at {name}: it tells {reading.value:.0f} kWh, the other meters "
            f"make it {told} kWh ({share:+.1f} %)",
        ),
        {
            "meter": name,
            "reading_kwh": reading.value,
            "estimate_kwh": estimate.value,
            "uncertainty_kwh": estimate.expanded,
            "p": p,
        },
    )


def _undecided(names: tuple[str, ...], p: float) -> Finding:
    if len(names) == 1:
        sentence = Title(
            f"能量平衡不闭合，较可能是仪表 {names[0]}，但证据不足",
            f"The balances do not close; {names[0]} is the most doubtful, on weak evidence",
        )
    else:
        sentence = Title(
            f"能量平衡不闭合，但无法判定是哪块仪表：{'、'.join(names)}",
            f"The balances do not close; it cannot be decided between {_listed(names)}",
        )
    return Finding(
        "closure.undecided", _severity(p), sentence, {"meters": ", ".join(names), "p": p}
    )


def _severity(p: float) -> str:
    """One set of sound meters in twenty fails by chance: only what is rarer is a warning."""
    return "warning" if p < _RARE else "info"


def _several(names: tuple[str, ...], p: float) -> Finding:
    return Finding(
        "closure.several-wrong",
        _severity(p),
        Title(
            f"能量平衡不闭合，单块仪表出错不足以解释；最可疑：{'、'.join(names)}",
            "The balances do not close, and no single meter explains it; most doubtful: "
            + _listed(names),
        ),
        {"meters": ", ".join(names), "p": p},
    )


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
