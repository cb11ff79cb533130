"""Penalised least squares of the bore field's four parameters, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ground.field_model import FieldModel, Parameters
from analytics.series import BoolArray, FloatArray, IntArray

_STEP = 0.01
_STEPS, _SETTLED = 12, 1e-6
_FURTHEST = 2.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Observed temperatures, loads since the first one, and the prior of the four parameters.

    Whole days are compared, each by the intervals that were observed in it: what happens within
    hours (fluid and grout that warm up) is not in the model and would pull at its resistance.
    """

    model: FieldModel
    rejected_kw: FloatArray
    observed_c: FloatArray
    known: BoolArray
    prior: FloatArray
    prior_sd: FloatArray
    free: BoolArray

    def residual_k(self, vector: FloatArray) -> FloatArray:
        """Observed less modelled; NaN where nothing was observed. [K]"""
        modelled = self.model.temperature_c(Parameters.of_vector(vector), self.rejected_kw)
        return self.observed_c - modelled[-self.observed_c.size :]

    def of_days(self, values: FloatArray) -> FloatArray:
        """Mean of each day's observed intervals; NaN for a day without any."""
        days = self._days()
        total = np.bincount(days, np.where(self.known, values, 0.0))
        count = np.bincount(days, self.known)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def weight(self) -> FloatArray:
        """Observed share of each day. [0..1]"""
        days = self._days()
        return np.asarray(np.bincount(days, self.known) / np.bincount(days), dtype=np.float64)

    def jacobian(self, vector: FloatArray) -> FloatArray:
        """Change of the days' modelled temperature by parameter; shape (days, 4)."""
        columns = []
        for place in range(2):
            step = np.zeros(4)
            step[place] = _STEP
            change = self.residual_k(vector - step) - self.residual_k(vector + step)
            columns.append(self.of_days(change) / (2.0 * _STEP))
        per_metre = self.rejected_kw[-self.observed_c.size :] * (1_000.0 / self.model.length_m)
        columns += [self.of_days(per_metre), self.of_days(np.ones(self.known.size))]
        return np.stack(columns, axis=1)

    def _days(self) -> IntArray:
        hours = self.model.interval_hours
        return (np.arange(self.known.size) * hours / max(24.0, hours)).astype(np.int64)


def fitted(problem: Problem, start: FloatArray, spread: float) -> FloatArray:
    """Minimise squares and penalty from `start`; fixed parameters stay. [K²]"""
    vector = start
    free, prior_sd = problem.free, problem.prior_sd[problem.free]
    seen = problem.weight() > 0
    weight = problem.weight()[seen] / spread
    for _ in range(_STEPS):
        slope = problem.jacobian(vector)[seen][:, free]
        residual = problem.of_days(problem.residual_k(vector))[seen]
        pull = (problem.prior - vector)[free] / prior_sd**2
        step = np.linalg.solve(
            slope.T @ (slope * weight[:, None]) + np.diag(prior_sd**-2.0),
            slope.T @ (residual * weight) + pull,
        )
        # no further than two prior widths at once: beyond them the slope is another one
        widths = float(np.max(np.abs(step) / prior_sd))
        vector = vector.copy()
        vector[free] += step * min(1.0, _FURTHEST / max(widths, _SETTLED))
        if widths < _SETTLED:
            break
    return vector


def covariance_of(problem: Problem, vector: FloatArray, spread: float) -> FloatArray:
    """Return the covariance of all four; what was fixed keeps its own and passes it on."""
    free, seen = problem.free, problem.weight() > 0
    slope, weight = problem.jacobian(vector)[seen], problem.weight()[seen] / spread
    information = slope.T @ (slope * weight[:, None]) + np.diag(problem.prior_sd**-2.0)
    covariance = np.zeros((4, 4))
    of_free = np.linalg.inv(information[np.ix_(free, free)])
    fixed = np.diag(problem.prior_sd[~free] ** 2)
    passed = -of_free @ information[np.ix_(free, ~free)]
    covariance[np.ix_(free, free)] = of_free + passed @ fixed @ passed.T
    covariance[np.ix_(free, ~free)] = passed @ fixed
    covariance[np.ix_(~free, free)] = (passed @ fixed).T
    covariance[np.ix_(~free, ~free)] = fixed
    return covariance
