"""Daily time-of-week-and-temperature baseline (Mathieu et al. 2011, as LBNL's and nmecr's).

Weekdays on which a plain temperature model predicts too little are occupied; occupied and
unoccupied days get a regression each, on the weekday and on temperature in straight pieces.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from analytics.baseline.caltrack import row
from analytics.baseline.fit import Fit, quality
from analytics.baseline.sufficiency import ANY_LENGTH, check_baseline, check_year, refuse
from analytics.series import BoolArray, FloatArray, IntArray
from analytics.weather import TemperatureUnit, from_degc

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HEATING_BELOW_C, COOLING_ABOVE_C = 10.0, 55.0 / 3.0
"""Where the plain model for occupancy bends: 50 and 65 degF."""
OCCUPIED_SHARE = 0.65
"""A weekday is occupied when more than this share of its residuals is positive."""
SEGMENTS = 6
LEAST_OUTSIDE = 20
"""An outer knot stays when so many days lie beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TowtFit(Fit):
    """A baseline by weekday and temperature.

    Parameters
    ----------
    occupied : tuple of int
        Occupied weekdays, Monday 0.
    knots : tuple of float
        Where the temperature line bends. [unit]
    weekdays : array of float64, shape (7,)
        Level of each weekday; NaN for a weekday that the baseline has not seen. [unit of energy]
    slopes : array of float64, shape (2, k + 1)
        Slope of each temperature piece on unoccupied and occupied days. [unit of energy per degree]
    """

    occupied: tuple[int, ...]
    knots: tuple[float, ...]
    weekdays: tuple[float, ...]
    slopes: tuple[tuple[float, ...], tuple[float, ...]]

    def predict(self, temperature: npt.ArrayLike, day: npt.ArrayLike) -> FloatArray:
        """Energy that the baseline would have used.

        Parameters
        ----------
        temperature : array of float64, shape (n,)
            Daily mean. [unit]
        day : array of datetime64[D], shape (n,)
            As in `fit_towt_daily`.

        Returns
        -------
        array of float64, shape (n,)
            NaN where the temperature is not known, or for a weekday that the baseline has not
            seen. [unit of energy per day]
        """
        weekday = weekdays_of(day)
        pieces = temperature_pieces(row(temperature, "temperature"), np.array(self.knots))
        occupied = np.isin(weekday, self.occupied).astype(np.int64)
        slopes = np.array(self.slopes)[occupied]
        energy: FloatArray = np.array(self.weekdays)[weekday] + (pieces * slopes).sum(axis=1)
        return energy


def fit_towt_daily(
    day: npt.ArrayLike,
    temperature: npt.ArrayLike,
    energy: npt.ArrayLike,
    *,
    unit: TemperatureUnit = "degC",
    segments: int = SEGMENTS,
    occupied_share: float = OCCUPIED_SHARE,
) -> TowtFit:
    """Fit a daily time-of-week-and-temperature baseline.

    Parameters
    ----------
    day : array of datetime64[D] or dates, shape (n,)
        Local days. Whole numbers are taken as days since 1970-01-01, or, when all lie within 0
        and 6, as weekdays with Monday 0.
    temperature : array of float64, shape (n,)
        Daily mean outdoor temperature, NaN where unknown. [unit]
    energy : array of float64, shape (n,)
        NaN where unknown. [unit of energy per day]
    unit : "degC" or "degF"
        Of the temperature.
    segments : int
        Temperature segments with equally many days.
    occupied_share : float
        See `OCCUPIED_SHARE`.

    Returns
    -------
    TowtFit
        p counts every coefficient of both regressions.

    Raises
    ------
    InsufficientData
        The data cannot carry a baseline; a ValueError whose `findings` say why.
    ValueError
        The arrays differ in length, or hold an infinite value.
    """
    weather, used, weekday = (
        row(temperature, "temperature"),
        row(energy, "energy"),
        weekdays_of(day),
    )
    if not weather.size == used.size == weekday.size:
        raise ValueError(f"day, temperature, energy: {weekday.size}, {weather.size}, {used.size}")
    findings = refuse(check_baseline(weather, used, unit=unit, limits=ANY_LENGTH))
    known = ~np.isnan(weather + used)
    knots = temperature_knots(weather[known], segments)
    occupied = _occupied(weekday[known], weather[known], used[known], unit, occupied_share)
    pieces = temperature_pieces(weather, knots)
    levels, slopes, parameters = np.full(7, np.nan), np.zeros((2, knots.size + 1)), 0
    for side in (0, 1):
        member = known & (np.isin(weekday, occupied) == bool(side))
        if member.any():
            parameters += _regress(
                weekday[member], pieces[member], used[member], side, levels, slopes
            )
    is_occupied = np.isin(weekday, occupied).astype(np.int64)
    predicted = levels[weekday] + (pieces * slopes[is_occupied]).sum(axis=1)
    return TowtFit(
        method="towt_daily",
        model="towt",
        interval="daily",
        unit=unit,
        coefficients=_named(levels, slopes),
        balance_points={f"knot_{i + 1}": float(knot) for i, knot in enumerate(knots)},
        temperature_range=(float(weather[known].min()), float(weather[known].max())),
        findings=(*findings, *check_year(weather.size)),
        occupied=tuple(occupied.tolist()),
        knots=tuple(knots.tolist()),
        weekdays=tuple(levels.tolist()),
        slopes=(tuple(slopes[0].tolist()), tuple(slopes[1].tolist())),
        **asdict(quality(used, predicted, parameters)),
    )


def weekdays_of(day: npt.ArrayLike) -> IntArray:
    """Weekday of each day, Monday 0; see `fit_towt_daily` for what a day may be."""
    days = np.asarray(day)
    if np.issubdtype(days.dtype, np.integer):
        if days.size and days.min() >= 0 and days.max() <= 6:
            return days.astype(np.int64)
        days = days.astype(np.int64).astype("datetime64[D]")
    # 1970-01-01 was a Thursday.
    weekday: IntArray = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return weekday


def temperature_knots(temperature: FloatArray, segments: int) -> FloatArray:
    """Temperatures that divide the days into equal parts, with enough days beyond the outer ones.

    Parameters
    ----------
    temperature : array of float64, shape (n,)
        [degC or degF]
    segments : int
        At least 1.
    """
    ordered = np.sort(temperature)
    place = np.floor(ordered.size / segments * np.arange(1, segments + 1) + 0.001).astype(np.int64)
    knots = ordered[np.maximum(place, 1) - 1]
    while knots.size > 1 and int((ordered > knots[-1]).sum()) < LEAST_OUTSIDE:
        knots = knots[:-1]
    while knots.size > 1 and int((ordered < knots[0]).sum()) < LEAST_OUTSIDE:
        knots = knots[1:]
    return np.unique(knots)


def temperature_pieces(temperature: FloatArray, knots: FloatArray) -> FloatArray:
    """Part of each temperature that lies below the first knot, between knots and above the last.

    Returns
    -------
    array of float64, shape (n, k + 1)
        Their slopes are those of a continuous line in pieces. [degC or degF]
    """
    below = np.minimum(temperature, knots[0])[:, np.newaxis]
    bounds = np.append(knots, np.inf)
    between = np.clip(temperature[:, np.newaxis] - knots, 0.0, np.diff(bounds))
    return np.concatenate((below, between), axis=1)


def _occupied(
    weekday: IntArray, weather: FloatArray, used: FloatArray, unit: TemperatureUnit, share: float
) -> IntArray:
    low, high = from_degc(HEATING_BELOW_C, unit), from_degc(COOLING_ABOVE_C, unit)
    design = np.stack(
        (np.ones(weather.size), np.minimum(weather - low, 0.0), np.maximum(weather - high, 0.0)),
        axis=1,
    )
    above: BoolArray = used - design @ np.linalg.lstsq(design, used)[0] > 0.0
    positive, total = np.bincount(weekday[above], minlength=7), np.bincount(weekday, minlength=7)
    return np.flatnonzero(positive > share * total)


def _regress(
    weekday: IntArray,
    pieces: FloatArray,
    used: FloatArray,
    side: int,
    levels: FloatArray,
    slopes: FloatArray,
) -> int:
    """Fit one side into `levels` and `slopes`; return how many coefficients it took."""
    present = np.unique(weekday)
    design = np.concatenate((weekday[:, np.newaxis] == present, pieces), axis=1).astype(np.float64)
    solution, _, rank, _ = np.linalg.lstsq(design, used)
    levels[present], slopes[side] = solution[: present.size], solution[present.size :]
    return int(rank)


def _named(levels: FloatArray, slopes: FloatArray) -> dict[str, float]:
    named = {name: float(x) for name, x in zip(WEEKDAYS, levels, strict=True) if not np.isnan(x)}
    for side, row_of in zip(("unoccupied", "occupied"), slopes, strict=True):
        if row_of.any():
            named |= {f"{side}_slope_{i + 1}": float(slope) for i, slope in enumerate(row_of)}
    return named
