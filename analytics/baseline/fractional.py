"""How uncertain savings from a regression are: the published closed forms.

All take a regression of n baseline observations with p parameters and predict m reporting ones;
t is Student's two-sided quantile. They cover the regression's scatter only: meters, non-routine
adjustments and a model of the wrong form are not in them.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from analytics.baseline.fit import Fit, Interval, effective_observations

CLASSIC_FACTOR = 1.26
"""Reddy & Claridge's constant for the error of prediction, ASHRAE Guideline 14-2002."""
SUN_BALTAZAR = {
    "daily": (-0.00024, 0.03535, 1.00286),
    "billing": (-0.00022, 0.03306, 0.94054),
}
"""Coefficients of M², M and 1 that replace 1.26 (Sun & Baltazar 2013, as CalTRACK 2.0 prints)."""
MONTH_DAYS = 365.25 / 12.0


def student(confidence: float, freedom: float) -> float:
    """Two-sided quantile of Student's distribution.

    Parameters
    ----------
    confidence : float
        Such as 0.9: the 0.95 quantile is returned. [0..1]
    freedom : float
        Degrees of freedom.

    Raises
    ------
    ValueError
        `confidence` does not lie between 0 and 1, or nothing is left of the degrees of freedom.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence: {confidence} does not lie between 0 and 1")
    if freedom <= 0.0:
        raise ValueError(f"freedom: {freedom} degrees of freedom")
    return float(stdtrit(freedom, 0.5 + confidence / 2.0))


def prediction_factor(interval: Interval, months: float) -> float:
    """Sun & Baltazar's factor a for a reporting period of so many months. [-]"""
    return float(np.polyval(SUN_BALTAZAR[interval], months))


def guideline14_b28(
    confidence: float, cv_rmse: float, fraction: float, p: int, n: int, m: int
) -> float:
    """Fractional savings uncertainty without autocorrelation, ASHRAE Guideline 14-2014, Eq. B-28.

    Parameters
    ----------
    confidence : float
        [0..1]
    cv_rmse : float
        Of the baseline, with n − p. [-]
    fraction : float
        Savings as a share of the adjusted baseline. [-]
    p : int
        Parameters of the baseline.
    n, m : int
        Observations of the baseline and reporting periods.

    Returns
    -------
    float
        Uncertainty as a share of the savings. [-]
    """
    spread = math.sqrt((1.0 + 2.0 / n) / m)
    return CLASSIC_FACTOR * student(confidence, n - p) * cv_rmse * spread / fraction


def guideline14_band(
    fit: Fit, adjusted_baseline: float, m: int, months: float, confidence: float
) -> float:
    """Uncertainty of savings by Guideline 14 with autocorrelation and Sun & Baltazar's factor.

    U = E_adj · t(n−p) · a · CV(RMSE) · √( (n/n′)(1 + 2/n′)/m ), with n′ never above n.

    Parameters
    ----------
    fit : Fit
        The baseline.
    adjusted_baseline : float
        Σ of the predictions. [unit of energy]
    m : int
        Reporting periods that count.
    months : float
        Their length. [month]
    confidence : float
        [0..1]

    Returns
    -------
    float
        [unit of energy]
    """
    worth = effective_observations(fit.n, fit.autocorrelation)
    factor = prediction_factor(fit.interval, months)
    spread = math.sqrt(fit.n / worth * (1.0 + 2.0 / worth) / m)
    quantile = student(confidence, fit.n - fit.p)
    return abs(adjusted_baseline) * quantile * factor * fit.cv_rmse * spread


def caltrack_band(fit: Fit, m: int, days: float, confidence: float) -> float:
    """Uncertainty of savings as eemeter 3.1.1 prints it for CalTRACK 2.0.

    It differs from `guideline14_band` in four ways: the base load is not counted among the
    parameters, n′ is not capped at n, a month has 30 days, and the mean of the baseline stands for
    the adjusted baseline. Upstream multiplies that mean by n; here by m, which is the same for a
    reporting period as long as the baseline, and does not grow when the period gets shorter.

    Parameters
    ----------
    fit : Fit
        A CalTRACK baseline.
    m, confidence
        As in `guideline14_band`.
    days : float
        Length of the reporting periods that count. [d]

    Returns
    -------
    float
        [unit of energy]
    """
    slopes = fit.p - 1
    error = fit.standard_error * math.sqrt((fit.n - fit.p) / (fit.n - slopes))
    worth = effective_observations(fit.n, fit.autocorrelation, capped=False)
    months = days / 30.0 if fit.interval == "daily" else float(round(days / 30.0))
    factor = prediction_factor(fit.interval, months)
    spread = math.sqrt(fit.n / worth * (1.0 + 2.0 / worth) / m)
    return m * student(confidence, fit.n - slopes) * factor * error * spread
