"""Source temperature of the years to come, if the last year's loads repeat.

The calibrated field carries on from all loads so far. The band holds what the calibration leaves
open, how well the model met the record, and what a common wall temperature of the bores would
change; it does not hold other loads than those repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.ground import history
from analytics.ground.calibrate import Calibration
from analytics.ground.common_wall import common_wall_response
from analytics.ground.field_model import FieldModel, Parameters
from analytics.ground.operating_range import leaving_the_range
from analytics.ground.residuals import correlation_length
from analytics.series import FloatArray
from analytics.uncertainty import COVERAGE_FACTOR, rectangular
from collector.model import Finding

HORIZONS = (1, 5, 10, 25)
WARMEST_C = 35.0
_IDLE = 0.01
"""Loads below this share of the largest are no operation: their temperature serves nothing."""
_NAMES = ("lowest", "highest", "mean", "heating_mean", "cooling_mean", "coldest", "warmest")


@dataclass(frozen=True, slots=True)
class Band:
    """A value and where it lies with about 95 % confidence. [°C]"""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForecastYear:
    """The source temperature of one year to come.

    Parameters
    ----------
    year : int
        1 is the year that follows the record.
    lowest, highest : Band
        Of the temperature entering the heat pumps, in operation. [°C]
    mean : Band
        Weighted by the heat exchanged in either direction. [°C]
    heating_mean, cooling_mean : Band or None
        Weighted by the heat extracted, by the heat rejected; None without any. [°C]
    coldest, warmest : Band
        Of the loop on either side of the heat pumps; as `lowest` and `highest` where the
        difference between the two sides was not given. [°C]
    """

    year: int
    lowest: Band
    highest: Band
    mean: Band
    heating_mean: Band | None
    cooling_mean: Band | None
    coldest: Band
    warmest: Band


@dataclass(frozen=True, slots=True)
class Forecast:
    """The years asked for, and when the loop leaves its operating range.

    Parameters
    ----------
    years : tuple of ForecastYear
        In the order of time.
    findings : tuple of Finding
        `ground.forecast-cold`, `ground.forecast-warm`, and those of the calibration.
    """

    years: tuple[ForecastYear, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Repetition:
    """The loads from the first one to the last year asked for, and one year's other data."""

    rejected_kw: FloatArray
    year_kw: FloatArray
    entering_offset_k: FloatArray
    years: tuple[int, ...]
    recorded: int

    def outcomes(self, model: FieldModel, parameters: Parameters) -> FloatArray:
        """What is told of each year; shape (years, 7), NaN for what does not occur. [°C]"""
        mean_c = model.temperature_c(parameters, self.rejected_kw)
        size = self.year_kw.size
        begins = [self.recorded + (year - 1) * size for year in self.years]
        return np.array([self._of_year(mean_c[begin : begin + size]) for begin in begins])

    def _of_year(self, mean_c: FloatArray) -> FloatArray:
        load = self.year_kw
        entering, leaving = mean_c + self.entering_offset_k, mean_c - self.entering_offset_k
        used = np.abs(load) > _IDLE * np.abs(load).max()
        loop = np.concatenate([entering[used], leaving[used]])
        return np.array(
            [
                entering[used].min(),
                entering[used].max(),
                _weighted(entering, np.abs(load)),
                _weighted(entering, np.maximum(-load, 0.0)),
                _weighted(entering, np.maximum(load, 0.0)),
                loop.min(),
                loop.max(),
            ]
        )


def forecast(
    calibration: Calibration,
    *,
    years: Sequence[int] = HORIZONS,
    loads_kw: FloatArray | None = None,
    entering_offset_k: FloatArray | None = None,
    freezing_c: float = 0.0,
    warmest_c: float = WARMEST_C,
) -> Forecast:
    """Forecast the temperature entering the heat pumps.

    Parameters
    ----------
    calibration : Calibration
        Of `analytics.ground.calibrate`.
    years : sequence of int
        Years after the record that are asked for. [a]
    loads_kw : array of float64, shape (one year,), optional
        Heat into the ground, negative when extracted, to repeat instead of the record's last
        year; needed when the record is shorter than a year. [kW]
    entering_offset_k : array of float64, shape (one year,), optional
        Entering less mean loop temperature of the year that is repeated, where the calibration saw
        the mean; 0 when left out. [K]
    freezing_c : float
        Of the loop's fluid (`analytics.fluids`); 0 for water. [°C]
    warmest_c : float
        Above it the machines are outside their range. [°C]

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        Years that are none, less than a year of loads, an array that is no year.

    Notes
    -----
    Variance of each outcome: J Σ Jᵀ of the calibration's covariance (J by central differences of
    one standard deviation), the sensor's constant error, the residuals' variance as it weighs on
    extremes (whole) and on annual means (divided by the number of independent residuals in a
    year), and with two years or more what a hindcast of the last one missed. U = 2 u. The side
    towards the common wall temperature is widened by the difference d, taken as rectangular:
    2 d / √3 in quadrature.
    """
    repeated = _repetition(calibration, years, loads_kw, entering_offset_k)

    def outcomes(vector: FloatArray) -> FloatArray:
        return repeated.outcomes(calibration.model, Parameters.of_vector(vector))

    centre = calibration.parameters.as_vector()
    value = outcomes(centre)
    half = COVERAGE_FACTOR * np.sqrt(
        _variance_of_parameters(outcomes, centre, calibration.covariance)
        + _variance_of_model(calibration)
        + _variance_of_hindcast(calibration, repeated.years)[:, None]
    )
    common = replace(calibration.model, response=common_wall_response(calibration.field))
    towards = repeated.outcomes(common, calibration.parameters) - value
    low = value - np.hypot(half, COVERAGE_FACTOR * rectangular(1.0) * np.minimum(towards, 0.0))
    high = value + np.hypot(half, COVERAGE_FACTOR * rectangular(1.0) * np.maximum(towards, 0.0))
    told = tuple(
        _year(year, *rows) for year, *rows in zip(repeated.years, value, low, high, strict=True)
    )
    coldest = [(year.year, year.coldest.value, year.coldest.low) for year in told]
    warmest = [(year.year, year.warmest.value, year.warmest.high) for year in told]
    range_findings = leaving_the_range(coldest, warmest, freezing_c, warmest_c)
    return Forecast(told, (*range_findings, *calibration.findings))


def _repetition(
    calibration: Calibration,
    years: Sequence[int],
    loads_kw: FloatArray | None,
    entering_offset_k: FloatArray | None,
) -> _Repetition:
    size = calibration.model.intervals_per_year
    asked = tuple(sorted(set(years)))
    if not asked or asked[0] < 1:
        raise ValueError(f"years: {tuple(years)} are no years to come")
    if loads_kw is None:
        record = calibration.rejected_kw[-calibration.residual_k.size :]
        if record.size < history.LEAST_OF_A_YEAR * size:
            raise ValueError(f"loads_kw: {calibration.days:.0f} days are no year to repeat")
        loads_kw = history.last_year(record, size)
    offset = np.zeros(size) if entering_offset_k is None else entering_offset_k
    for name, array in (("loads_kw", loads_kw), ("entering_offset_k", offset)):
        if array.shape != (size,) or bool(np.isnan(array).any()):
            raise ValueError(f"{name}: a year has {size} known values, not {array.shape}")
    if not loads_kw.any():
        raise ValueError("loads_kw: a year without any load")
    past = calibration.rejected_kw
    return _Repetition(
        np.concatenate([past, np.tile(loads_kw, asked[-1])]), loads_kw, offset, asked, past.size
    )


def _weighted(temperature_c: FloatArray, weight: FloatArray) -> float:
    total = float(weight.sum())
    return float(temperature_c @ weight) / total if total > 0 else np.nan


def _variance_of_parameters(
    outcomes: Callable[[FloatArray], FloatArray], centre: FloatArray, covariance: FloatArray
) -> FloatArray:
    """Propagate the covariance along its principal directions; shape of the outcomes. [K²]"""
    variances, directions = np.linalg.eigh(covariance)
    total = np.zeros_like(outcomes(centre))
    for variance, direction in zip(variances, directions.T, strict=True):
        step = np.sqrt(max(variance, 0.0)) * direction
        total += (0.5 * (outcomes(centre + step) - outcomes(centre - step))) ** 2
    return total


def _variance_of_model(calibration: Calibration) -> FloatArray:
    """Variance by what the model missed in the record and the sensor always; shape (7,). [K²]"""
    whole = calibration.error_k**2
    per_year = calibration.model.intervals_per_year
    independent = max(1.0, per_year / correlation_length(calibration.residual_k))
    extreme = np.array([name not in ("mean", "heating_mean", "cooling_mean") for name in _NAMES])
    return np.where(extreme, whole, whole / independent) + calibration.sensor_k**2


def _variance_of_hindcast(calibration: Calibration, years: tuple[int, ...]) -> FloatArray:
    """Variance by what the years before the last did not foresee; shape (years,). [K²]

    It grows with time as the response of the ground does: by its logarithm, 1 for one year.
    """
    error_k = calibration.hindcast_k or 0.0
    return np.asarray((error_k * np.log1p(years) / np.log(2.0)) ** 2, dtype=np.float64)


def _year(year: int, value: FloatArray, low: FloatArray, high: FloatArray) -> ForecastYear:
    bands = {
        name: Band(float(v), float(a), float(b))
        for name, v, a, b in zip(_NAMES, value, low, high, strict=True)
    }
    return ForecastYear(
        year=year,
        lowest=bands["lowest"],
        highest=bands["highest"],
        mean=bands["mean"],
        heating_mean=None if np.isnan(bands["heating_mean"].value) else bands["heating_mean"],
        cooling_mean=None if np.isnan(bands["cooling_mean"].value) else bands["cooling_mean"],
        coldest=bands["coldest"],
        warmest=bands["warmest"],
    )
