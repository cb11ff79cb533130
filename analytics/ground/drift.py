"""Whether the loop becomes colder or warmer from year to year.

Like is compared with like: the same twelfth of the year, and either no load at all (shut-in) or the
same load. A ground that is colder after a colder winter has not drifted for good: two years are a
hint, several are a trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analytics.ground import verdicts
from analytics.ground.idle_periods import idle_since_ms
from analytics.ground.residuals import correlation_length
from analytics.series import DAY_MS, HOUR_MS, BoolArray, FloatArray, IntArray
from analytics.uncertainty import COVERAGE_FACTOR, Uncertain
from collector.model import Finding, Title

SHUT_IN_HOURS = 12.0
SENSOR_DRIFT_K_A = 0.03
"""Standard uncertainty of a resistance thermometer's own drift; engineering judgement. [K/a]"""
_YEAR_MS = 365.25 * DAY_MS
_SEASONS = 12
_LEVELS = 10
"""Loads within a tenth of the largest count as the same."""
_LEAST_SEASONS = 3
_NORMAL, _OF_MEDIAN = 1.4826, 1.2533

_SHUT_IN = Title("停机回路水温", "The shut-in loop temperature")
_MATCHED = Title("同负荷回路水温", "The loop temperature at the same load")


@dataclass(frozen=True, slots=True)
class Drift:
    """Change of the loop's temperature from year to year.

    Parameters
    ----------
    slope_k_a : Uncertain or None
        Robust slope; None: nothing to compare. [K/a]
    pairs : int
        Comparisons of one year with another.
    values : int
        Days or shut-in periods that entered.
    years : float
        Length of the record. [a]
    reason : Title or None
        Why there is no value.
    findings : tuple of Finding
        `ground.drift` (G5).
    """

    slope_k_a: Uncertain | None
    pairs: int
    values: int
    years: float
    reason: Title | None = None
    findings: tuple[Finding, ...] = ()


def shut_in(
    at: IntArray,
    temperature_c: FloatArray,
    pump_on: BoolArray,
    heat_pump_on: BoolArray,
    *,
    sensor_drift_k_a: float = SENSOR_DRIFT_K_A,
) -> Drift:
    """Drift of the loop temperature while the pump has run without a heat pump for 12 h.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Increasing. [ms since epoch, UTC]
    temperature_c : array of float64, shape (n,)
        Mean of the loop, or entering the heat pumps. [°C]
    pump_on, heat_pump_on : array of bool, shape (n,)
        Source pump; any heat pump, and free cooling too.
    sensor_drift_k_a : float
        Standard uncertainty of the sensor's own drift. [K/a]

    Returns
    -------
    Drift

    Raises
    ------
    ValueError
        Shapes that differ.

    Notes
    -----
    Slope: median of all differences between years of the same twelfth, per year (Sen's slope by
    seasons: Hirsch, Slack and Smith (1982), Water Resources Research 18(1)). Its uncertainty: the
    twelfths' scatter by median absolute deviation, 1.25 / √n of it, n without what neighbouring
    twelfths have in common, widened by Student's t for so few (JCGM 100, G.3); and the sensor's
    own drift.
    """
    _same_shape(at, temperature_c=temperature_c, pump_on=pump_on, heat_pump_on=heat_pump_on)
    since = idle_since_ms(at, pump_on, heat_pump_on)
    used = (since > SHUT_IN_HOURS * HOUR_MS) & ~np.isnan(temperature_c)
    if not used.any():
        return Drift(None, 0, 0, _years(at), _NEVER_SHUT_IN)
    # one value a day: a loop that rests for weeks is no witness a thousand times over
    when, value, _ = _daily(at[used], temperature_c[used], np.zeros(int(used.sum())))
    levels = np.zeros(when.size, dtype=np.int64)
    return _slope(at, when, value, levels, _SHUT_IN, sensor_drift_k_a)


def matched_load(
    at: IntArray,
    temperature_c: FloatArray,
    rejected_kw: FloatArray,
    *,
    sensor_drift_k_a: float = SENSOR_DRIFT_K_A,
) -> Drift:
    """Drift of the loop temperature on days of the same season and the same load.

    Parameters
    ----------
    at : array of int64, shape (n,)
        Increasing. [ms since epoch, UTC]
    temperature_c : array of float64, shape (n,)
        NaN where not known or not pumped. [°C]
    rejected_kw : array of float64, shape (n,)
        Heat into the ground, negative when extracted; NaN where not known. [kW]
    sensor_drift_k_a : float
        Standard uncertainty of the sensor's own drift. [K/a]

    Returns
    -------
    Drift

    Raises
    ------
    ValueError
        Shapes that differ.
    """
    _same_shape(at, temperature_c=temperature_c, rejected_kw=rejected_kw)
    known = ~(np.isnan(temperature_c) | np.isnan(rejected_kw))
    if not known.any():
        return Drift(None, 0, 0, _years(at), _NOTHING_KNOWN)
    when, value, load = _daily(at[known], temperature_c[known], rejected_kw[known])
    largest = float(np.abs(load).max()) or 1.0
    levels = np.rint(load / largest * _LEVELS).astype(np.int64)
    return _slope(at, when, value, levels, _MATCHED, sensor_drift_k_a)


_NEVER_SHUT_IN = Title(
    "没有源侧泵运行而热泵停机超过 12 小时的时段，无法得出停机水温漂移",
    "The source pump never ran for more than 12 hours without a heat pump: no shut-in temperature",
)
_NOTHING_KNOWN = Title(
    "没有水温与负荷同时已知的时段", "Temperature and load are never known together"
)
_ONE_YEAR = Title(
    "同季节、同负荷可比的数据不足两年，无法得出逐年漂移",
    "There are not two years with comparable seasons and loads: no drift from year to year",
)


def _same_shape(at: IntArray, **arrays: FloatArray | BoolArray) -> None:
    for name, array in arrays.items():
        if array.shape != at.shape:
            raise ValueError(f"{name}: shape {array.shape}, the times have {at.shape}")


def _years(at: IntArray) -> float:
    return float(at[-1] - at[0]) / _YEAR_MS if at.size else 0.0


def _daily(
    at: IntArray, temperature_c: FloatArray, load: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means of each day that has any: time [ms], temperature, load."""
    _, day, count = np.unique(at // DAY_MS, return_inverse=True, return_counts=True)
    means = (np.bincount(day, each) / count for each in (at, temperature_c, load))
    when, value, mean_load = means
    return when, value, mean_load


def _slope(
    at: IntArray,
    when: FloatArray,
    value: FloatArray,
    levels: IntArray,
    subject: Title,
    sensor_drift_k_a: float,
) -> Drift:
    """Compare years within each season and level, counted from the record's begin."""
    phase = (when - at[0]) / _YEAR_MS
    year = phase.astype(np.int64)
    season = ((phase - year) * _SEASONS).astype(np.int64)
    slopes = _slopes(season, levels, year, value)
    pairs = sum(each.size for each in slopes.values())
    if len(slopes) < _LEAST_SEASONS:
        return Drift(None, pairs, value.size, _years(at), _ONE_YEAR)
    middle = float(np.median(np.concatenate(list(slopes.values()))))
    of_seasons = np.full(_SEASONS, np.nan)
    for place, each in slopes.items():
        of_seasons[place] = np.median(each)
    scatter = _NORMAL * float(np.nanmedian(np.abs(of_seasons - middle)))
    independent = len(slopes) / correlation_length(of_seasons)
    drift = Uncertain(
        middle,
        {
            "loop:scatter": _OF_MEDIAN * scatter / np.sqrt(independent) * _few(independent),
            "loop:sensor-drift": sensor_drift_k_a,
        },
    )
    found = verdicts.of_drift(drift, subject)
    return Drift(drift, pairs, value.size, _years(at), None, found)


def _few(independent: float) -> float:
    """Widen what rests on few values, so that twice the standard uncertainty still holds 95 %."""
    return float(stdtrit(max(independent - 1.0, 1.0), 0.975)) / COVERAGE_FACTOR


def _slopes(
    season: IntArray, level: IntArray, year: IntArray, value: FloatArray
) -> dict[int, FloatArray]:
    """By season, all differences of cell medians between two years, per year. [K/a]"""
    cells = dict[tuple[int, int], dict[int, float]]()
    keys = np.stack([season, level, year], axis=1)
    found, place = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(place.ravel(), kind="stable")
    parts = np.split(value[order], np.cumsum(np.bincount(place.ravel()))[:-1])
    for (s, lv, y), part in zip(found.tolist(), parts, strict=True):
        cells.setdefault((s, lv), {})[y] = float(np.median(part))
    slopes = dict[int, list[float]]()
    for (s, _), by_year in cells.items():
        years = sorted(by_year)
        slopes.setdefault(s, []).extend(
            (by_year[b] - by_year[a]) / (b - a) for i, a in enumerate(years) for b in years[i + 1 :]
        )
    return {s: np.array(each) for s, each in sorted(slopes.items()) if each}
