"""What a calibration without the last year would have said of it: how far the model itself is off.

Ground water, years that nobody recorded or a field that is not as drawn show here, and nowhere in
the residuals of a fit, which bends its parameters to hide them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.ground.fit import Problem, covariance_of, fitted
from analytics.series import FloatArray


def excess_k(problem: Problem, vector: FloatArray, spread: float) -> float:
    """Error of the last year's mean that the parameters' own uncertainty does not explain.

    Parameters
    ----------
    problem : Problem
        Of a record of two years or more.
    vector : array of float64, shape (4,)
        Fitted to all of it: where the search starts.
    spread : float
        Variance of the days, with their correlation. [K²]

    Returns
    -------
    float
        0 when the error is as expected. [K]

    Notes
    -----
    e² - J Σ Jᵀ with J the change of the year's mean by parameter; negative counts as 0.
    """
    size = problem.observed_c.size
    last = np.arange(size) >= size - problem.model.intervals_per_year
    if not (problem.known & last).any() or not (problem.known & ~last).any():
        return 0.0
    before = replace(problem, known=problem.known & ~last)
    year = replace(problem, known=problem.known & last)
    earlier = fitted(before, vector, spread)
    covariance = covariance_of(before, earlier, spread)
    error = float(np.mean(year.residual_k(earlier)[year.known]))
    slope = np.nanmean(year.jacobian(earlier), axis=0)
    unexplained = error**2 - float(slope @ covariance @ slope)
    return float(np.sqrt(max(unexplained, 0.0)))
