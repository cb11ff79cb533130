"""When the loop becomes too cold for its fluid or too warm for its machines."""

from __future__ import annotations

from collections.abc import Sequence

from collector.model import Finding, Title

FREEZE_MARGIN_K = 3.0
"""Distance that a loop keeps from its fluid's freezing point (rule G3). [K]"""

Extreme = tuple[int, float, float]
"""Year, forecast extreme, and how far it may go: [a], [°C], [°C]."""


def leaving_the_range(
    coldest: Sequence[Extreme], warmest: Sequence[Extreme], freezing_c: float, warmest_c: float
) -> tuple[Finding, ...]:
    """Tell the first year in which the forecast, or only its band, leaves the range.

    Parameters
    ----------
    coldest, warmest : sequence of (int, float, float)
        Years in order; forecast extreme and the band's far end. [a, °C, °C]
    freezing_c : float
        [°C]
    warmest_c : float
        [°C]
    """
    least_c = freezing_c + FREEZE_MARGIN_K
    cold = _first(coldest, least_c, -1.0, "ground.forecast-cold", Title("低于", "below"))
    warm = _first(warmest, warmest_c, 1.0, "ground.forecast-warm", Title("高于", "above"))
    return (*cold, *warm)


def _first(
    extremes: Sequence[Extreme], limit_c: float, sign: float, code: str, side: Title
) -> tuple[Finding, ...]:
    for severity, place in (("warning", 1), ("info", 2)):
        for extreme in extremes:
            if sign * (extreme[place] - limit_c) > 0:
                return (_finding(code, severity, extreme, limit_c, side),)
    return ()


def _finding(code: str, severity: str, extreme: Extreme, limit_c: float, side: Title) -> Finding:
    year, value, edge = extreme
    certain = severity == "warning"
    zh = f"预计第 {year} 年地源侧水温达 {value:.1f} °C（区间端 {edge:.1f} °C）"
    en = f"In year {year} the loop is expected at {value:.1f} °C (its band ends at {edge:.1f} °C)"
    return Finding(
        code,
        severity,
        Title(
            f"{zh}，{'将' if certain else '可能'}{side.zh}运行限值 {limit_c:.1f} °C",
            f"{en}: {'' if certain else 'possibly '}{side.en} the limit of {limit_c:.1f} °C",
        ),
        {"year": year, "temperature_c": value, "band_c": edge, "limit_c": limit_c},
    )
