"""What a fitted baseline is: its form, its coefficients, how well it fits, and its prediction.

Conventions, the same for every model: the residual is observed − predicted; p is the number of
fitted parameters; CV(RMSE) and NMBE divide by n − p (ASHRAE Guideline 14-2014, 4.2.11 and 5.2.11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analytics.baseline.periods import Temperatures, degree_day_means, period_temperatures
from analytics.series import FloatArray
from analytics.weather import TemperatureUnit, cooling_degree_days, heating_degree_days
from collector.model import Finding

Interval = Literal["daily", "billing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well predictions meet observations.

    Parameters
    ----------
    r_squared : float
        1 − SSE/SST; NaN when the observations do not vary. [-]
    r_squared_adjusted : float
        1 − (SSE/(n−p)) / (SST/(n−1)). [-]
    cv_rmse : float
        √(SSE/(n−p)) / mean observation. [-]
    nmbe : float
        Σ(observed − predicted) / ((n−p) · mean observation): positive when the model predicts too
        little. Some editions print the opposite sign. [-]
    autocorrelation : float
        Pearson correlation of each residual with the one before, over neighbours that both exist;
        0 when there is no scatter. [-]
    n, p : int
        Observations and fitted parameters.
    standard_error : float
        √(SSE/(n−p)). [unit of energy per period]
    mean : float
        Mean of the observations' magnitude. [unit of energy per period]
    """

    r_squared: float
    r_squared_adjusted: float
    cv_rmse: float
    nmbe: float
    autocorrelation: float
    n: int
    p: int
    standard_error: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit(Quality):
    """A fitted baseline, whatever its form; `Quality` holds its statistics.

    Parameters
    ----------
    method : str
        caltrack_daily, caltrack_billing, change_point or towt_daily.
    model : str
        The form chosen, such as cdd_hdd, 3PC, towt.
    interval : "daily" or "billing"
        What one observation is.
    unit : "degC" or "degF"
        Of all temperatures.
    coefficients : dict of str to float
        [unit of energy per day, and per day and degree]
    balance_points : dict of str to float
        Balance points, change points or knots. [unit]
    temperature_range : tuple of float
        Lowest and highest temperature that the fit has seen. [unit]
    findings : tuple of Finding
        What is worth knowing about the data or the fit.
    """

    method: str
    model: str
    interval: Interval
    unit: TemperatureUnit
    coefficients: Mapping[str, float]
    balance_points: Mapping[str, float]
    temperature_range: tuple[float, float]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DegreeDayFit(Fit):
    """A baseline of base load and straight lines below and above balance points."""

    def predict(self, temperature: Temperatures, days: npt.ArrayLike | None = None) -> FloatArray:
        """Energy that the baseline would have used.

        Parameters
        ----------
        temperature : array of float64, shape (n,), or sequence of n arrays
            Daily means; with `days`, also the daily means of each period or one mean per period,
            as in `fit_caltrack_billing`. [unit]
        days : array of float64, shape (n,), optional
            Length of each period; required by a billing model. [d]

        Returns
        -------
        array of float64, shape (n,)
            NaN where the temperature is not known. [unit of energy per day or period]

        Raises
        ------
        ValueError
            `days` is missing, does not fit `temperature`, or is given to a change-point model.
        """
        if days is None:
            if self.method == "caltrack_billing":
                raise ValueError("days: a billing model predicts whole periods, give their lengths")
            return self._daily(np.asarray(temperature, dtype=np.float64))
        if self.method == "change_point":
            raise ValueError("days: a change-point model predicts periods like those it has seen")
        length = np.asarray(days, dtype=np.float64)
        periods = period_temperatures(temperature, length)
        part = self.coefficients
        per_day = np.full(length.size, part["intercept"])
        for kind, name in (("heating", "beta_hdd"), ("cooling", "beta_cdd")):
            if name in part:
                balance = np.array([self.balance_points[kind]])
                heating, cooling = degree_day_means(periods, balance)
                per_day = per_day + part[name] * (heating if kind == "heating" else cooling)[:, 0]
        total: FloatArray = np.where(periods.known_days > 0, per_day * length, np.nan)
        return total

    def _daily(self, temperature: FloatArray) -> FloatArray:
        part = self.coefficients
        energy = part["intercept"] + part.get("slope", 0.0) * temperature
        if "beta_hdd" in part:
            heating = heating_degree_days(temperature, self.balance_points["heating"])
            energy = energy + part["beta_hdd"] * heating
        if "beta_cdd" in part:
            cooling = cooling_degree_days(temperature, self.balance_points["cooling"])
            energy = energy + part["beta_cdd"] * cooling
        return energy


def quality(observed: FloatArray, predicted: FloatArray, p: int) -> Quality:
    """Fit statistics over the observations that exist.

    Parameters
    ----------
    observed, predicted : array of float64, shape (n,)
        In order of time; NaN where there is none. [unit of energy]
    p : int
        Fitted parameters.

    Raises
    ------
    ValueError
        There are not more observations than parameters.
    """
    residual = observed - predicted
    known = ~np.isnan(residual)
    y, e = observed[known], residual[known]
    n = int(known.sum())
    if n <= p:
        raise ValueError(f"observed: {n} observations do not determine {p} parameters")
    explained = determination(observed, predicted)
    error = float(np.sqrt(e @ e / (n - p)))
    mean = float(np.abs(y).mean())
    return Quality(
        r_squared=explained,
        r_squared_adjusted=adjusted(explained, n, p),
        cv_rmse=error / mean if mean else float("nan"),
        nmbe=float(e.sum()) / ((n - p) * mean) if mean else float("nan"),
        autocorrelation=autocorrelation(residual),
        n=n,
        p=p,
        standard_error=error,
        mean=mean,
    )


def determination(
    observed: FloatArray, predicted: FloatArray, weights: FloatArray | None = None
) -> float:
    """Coefficient of determination 1 − SSE/SST, weighted like the fit.

    Parameters
    ----------
    observed, predicted : array of float64, shape (n,)
        NaN where there is none. [unit of energy]
    weights : array of float64, shape (n,), optional
        All 1 if not given.

    Returns
    -------
    float
        NaN when the observations do not vary. [-]
    """
    known = ~np.isnan(observed - predicted)
    weight = np.ones(int(known.sum())) if weights is None else weights[known]
    centred = observed[known] - np.average(observed[known], weights=weight)
    total = float(weight @ centred**2)
    unexplained = float(weight @ (observed[known] - predicted[known]) ** 2)
    return 1.0 - unexplained / total if total > 0.0 else float("nan")


def adjusted(r_squared: float, n: int, p: int) -> float:
    """Coefficient of determination that pays for its parameters. [-]"""
    return 1.0 - (1.0 - r_squared) * (n - 1) / (n - p)


def autocorrelation(residual: FloatArray) -> float:
    """Lag-1 autocorrelation of residuals in order of time.

    A gap ends the chain: the day before a gap says nothing about the day after it.

    Parameters
    ----------
    residual : array of float64, shape (n,)
        NaN where there is none.

    Returns
    -------
    float
        Pearson correlation; 0 when there is no scatter or fewer than three pairs. [-1..1]
    """
    before, after = residual[:-1], residual[1:]
    both = ~np.isnan(before + after)
    if int(both.sum()) < 3:
        return 0.0
    x, y = before[both] - before[both].mean(), after[both] - after[both].mean()
    scatter = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scatter if scatter > 0.0 else 0.0


def effective_observations(n: int, rho: float, *, capped: bool = True) -> float:
    """Independent observations that n autocorrelated ones are worth: n (1−ρ)/(1+ρ).

    Parameters
    ----------
    n : int
        Observations.
    rho : float
        Lag-1 autocorrelation of the residuals. [-]
    capped : bool
        Never claim more than n: a negative ρ of a year of days is chance more often than truth.
        CalTRACK's published numbers are not capped.
    """
    worth = n * (1.0 - rho) / (1.0 + rho) if rho > -1.0 else float("inf")
    return max(min(worth, float(n)) if capped else worth, 1.0)
