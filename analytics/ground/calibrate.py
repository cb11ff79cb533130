"""Fit the bore field's model to the site's own loads and temperatures.

Design values are a prior, not the truth: what the data tell replaces them, what they do not tell
stays as uncertain as it was. Undisturbed temperature and resistance enter linearly, conductivity
and capacity by their logarithms; Gauss-Newton steps solve the linear part exactly at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ground import history, identified
from analytics.ground.field_model import FieldModel, Parameters
from analytics.ground.fit import Problem, covariance_of, fitted
from analytics.ground.hindcast import excess_k
from analytics.ground.residuals import correlation_length, root_mean_square
from analytics.ground.response import response
from analytics.ground.verdicts import WHOLE_YEAR_DAYS
from analytics.series import FloatArray
from collector.model import Finding
from collector.topology import BoreField

PRIOR_CONDUCTIVITY, PRIOR_CAPACITY, PRIOR_RESISTANCE = 0.20, 0.20, 0.30
"""Relative standard uncertainty of design values. [-]"""
PRIOR_UNDISTURBED_K, PRIOR_NOTHING_K = 1.0, 10.0
_CLIMATE_C = 15.0
"""Where the search for an undisturbed temperature starts that nobody has measured. [°C]"""
_LEAST_COVERAGE = 0.9
_LEAST_DAYS = 28.0
_LEAST_ERROR_K = 0.05
"""Better than a matched pair of sensors no model is known to be. [K]"""
_ROUNDS = 4
SENSOR_K = 0.1
"""A resistance thermometer of class A errs by 0.15 K + 0.2 % at most (IEC 60751). [K]"""
_LEAST_LENGTH_HOURS = 168.0
"""Offices repeat their weeks: the days of one are not counted as independent. [h]"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A bore field's model as the site's data leave it.

    Parameters
    ----------
    parameters : Parameters
        Fitted values.
    covariance : array of float64, shape (4, 4)
        Of ln k, ln C, R and T0, with the errors' correlation in time accounted for.
    identified : mapping of str to float
        By parameter: how much of the design value's variance the data removed; below one half the
        value is still mostly the design's. [0..1]
    residual_k : array of float64, shape (n,)
        Observed less modelled; NaN where nothing was observed. [K]
    error_k : float
        Root mean square of the residuals. [K]
    sensor_k : float
        Standard uncertainty of the observed temperature's own constant error. [K]
    hindcast_k : float or None
        Error of the last year's mean, as forecast from the years before it, beyond what the
        parameters' uncertainty explains; None for a record of less than two years. [K]
    independent : float
        Number of independent days that all observed ones amount to. [-]
    days : float
        Length of the record. [d]
    coverage : float
        Share of its intervals with a known load. [0..1]
    model : FieldModel
        Of the field.
    rejected_kw : array of float64, shape (m + n,)
        Loads since the first one: years before the record, then the record, gaps filled. [kW]
    field : BoreField
        As designed.
    findings : tuple of Finding
        `ground.not-identified`, `ground.calibration-coverage`, `ground.hindcast`.
    """

    parameters: Parameters
    covariance: FloatArray
    identified: dict[str, float]
    residual_k: FloatArray
    error_k: float
    sensor_k: float
    hindcast_k: float | None
    independent: float
    days: float
    coverage: float
    model: FieldModel
    rejected_kw: FloatArray
    field: BoreField
    findings: tuple[Finding, ...]


def calibrate(
    field: BoreField,
    rejected_kw: FloatArray,
    temperature_c: FloatArray,
    *,
    interval_hours: float = 1.0,
    years_before: float = 0.0,
    flow_capacity_kw_k: float | None = None,
    sensor_k: float = SENSOR_K,
) -> Calibration:
    """Fit conductivity, capacity, resistance and undisturbed temperature of a field.

    Parameters
    ----------
    field : BoreField
        Layout and design values.
    rejected_kw : array of float64, shape (n,)
        Mean heat into the ground per interval, negative when extracted, NaN where not known. [kW]
    temperature_c : array of float64, shape (n,)
        Observed while the loop's pump runs, else NaN: mean of the loop's two temperatures, or the
        temperature entering the heat pumps (then give `flow_capacity_kw_k`). [°C]
    interval_hours : float
        An hour to a day are sensible; a month is taken as its mean load. [h]
    years_before : float
        For how long the plant ran before the record; those years repeat its first one. [a]
    flow_capacity_kw_k : float, optional
        ρ cp V of the loop, when `temperature_c` is the entering one: it lies q / (2 ρ cp V) below
        the mean, which shortens the resistance that is seen. [kW/K]
    sensor_k : float
        Standard uncertainty of the error that the observed temperature keeps for good. The fit
        cannot see it, the forecast inherits it. [K]

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        Arrays that differ, less than four weeks of temperatures, less than 90 % of the loads known,
        or no load at all.

    Notes
    -----
    Penalised least squares on daily means: Σ r² / (σ² τ) + Σ ((θ - θ_design) / u_design)². σ² is
    the residuals' variance, τ their correlation length (a week at least), both found in a few
    rounds: residuals are far from independent, and counting them as such would promise a
    certainty that is not there. With less than a year, conductivity and capacity stay at their
    design values and keep their uncertainty.
    """
    problem, coverage, days = _problem(
        field, rejected_kw, temperature_c, interval_hours, years_before, flow_capacity_kw_k
    )
    vector, spread = problem.prior, 0.5**2
    for _ in range(_ROUNDS):
        vector = fitted(problem, vector, spread)
        daily = problem.of_days(problem.residual_k(vector))
        length = max(correlation_length(daily), _LEAST_LENGTH_HOURS / max(24.0, interval_hours))
        spread = max(root_mean_square(daily), _LEAST_ERROR_K) ** 2 * length
    covariance = covariance_of(problem, vector, spread)
    longer = days >= 2 * WHOLE_YEAR_DAYS
    missed = excess_k(problem, vector, spread) if longer else None
    told = identified.shares(covariance, problem.prior_sd)
    residual = problem.residual_k(vector)
    return Calibration(
        parameters=Parameters.of_vector(vector),
        covariance=covariance,
        identified=told,
        residual_k=residual,
        error_k=root_mean_square(residual),
        sensor_k=sensor_k,
        hindcast_k=missed,
        independent=float(problem.weight().sum()) / length,
        days=days,
        coverage=coverage,
        model=problem.model,
        rejected_kw=problem.rejected_kw,
        field=field,
        findings=identified.findings(told, days, coverage, missed),
    )


def _problem(
    field: BoreField,
    rejected_kw: FloatArray,
    temperature_c: FloatArray,
    interval_hours: float,
    years_before: float,
    flow_capacity_kw_k: float | None,
) -> tuple[Problem, float, float]:
    if rejected_kw.shape != temperature_c.shape or rejected_kw.ndim != 1:
        raise ValueError(
            f"temperature_c: shape {temperature_c.shape}, the loads have {rejected_kw.shape}"
        )
    if interval_hours <= 0 or years_before < 0:
        raise ValueError(f"interval_hours: {interval_hours} h, years_before: {years_before} a")
    known, observed = ~np.isnan(rejected_kw), ~np.isnan(temperature_c)
    coverage, days = float(np.mean(known)), rejected_kw.size * interval_hours / 24.0
    if float(observed.sum()) * interval_hours / 24.0 < _LEAST_DAYS:
        raise ValueError(f"temperature_c: known for less than {_LEAST_DAYS:.0f} days in all")
    if coverage < _LEAST_COVERAGE:
        raise ValueError(f"rejected_kw: only {100 * coverage:.0f} % of the loads are known")
    if not np.any(rejected_kw[known]):
        raise ValueError("rejected_kw: without any load there is nothing to fit")
    length_m = field.bores * field.depth_m
    model = FieldModel(response(field), length_m, interval_hours)
    loads = history.since_the_first(
        history.filled(rejected_kw, interval_hours), model.intervals_per_year, years_before
    )
    prior, prior_sd = _prior(field, length_m, flow_capacity_kw_k)
    slow = days >= WHOLE_YEAR_DAYS
    free = np.array([slow, slow, True, True])
    return (
        Problem(model, loads, temperature_c, observed, prior, prior_sd, free),
        coverage,
        days,
    )


def _prior(
    field: BoreField, length_m: float, flow_capacity_kw_k: float | None
) -> tuple[FloatArray, FloatArray]:
    """Return design values as ln k, ln C, R, T0 and their standard uncertainties."""
    resistance = field.resistance_mk_w
    if flow_capacity_kw_k is not None:
        if flow_capacity_kw_k <= 0:
            raise ValueError(f"flow_capacity_kw_k: {flow_capacity_kw_k} kW/K is no flow")
        resistance -= length_m / (2_000.0 * flow_capacity_kw_k)
    given = field.undisturbed_c is not None
    undisturbed = field.undisturbed_c if field.undisturbed_c is not None else _CLIMATE_C
    design = Parameters(
        field.conductivity_w_mk, field.capacity_mj_m3k, resistance, undisturbed
    ).as_vector()
    doubt_k = PRIOR_UNDISTURBED_K if given else PRIOR_NOTHING_K
    doubt_r = PRIOR_RESISTANCE * field.resistance_mk_w
    return design, np.array([PRIOR_CONDUCTIVITY, PRIOR_CAPACITY, doubt_r, doubt_k])
