"""Measured values against the balances that they must satisfy: test, votes and estimates.

Linear data reconciliation with gross error detection. Balances are A x = 0; x is measured with
standard uncertainties by independent source, so meters that share a source are correlated and are
treated so. All of it is linear: each estimate is a weighted sum of the other meters and carries
their sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.series import FloatArray
from analytics.uncertainty import Uncertain, total

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Balances:
    """Balances among measured values, those that are not measured eliminated.

    Parameters
    ----------
    names : tuple of str
        Measured values.
    value : array of float64, shape (n,)
        [unit of the values]
    covariance : array of float64, shape (n, n)
        [unit²]
    matrix : array of float64, shape (m, n)
        Independent balances among the measured values. [-]
    solving : array of float64, shape (u, n)
        Values that are not measured as weighted sums of measured ones; NaN: not determined. [-]
    missing : tuple of str
        Their names.
    """

    names: tuple[str, ...]
    value: FloatArray
    covariance: FloatArray
    matrix: FloatArray
    solving: FloatArray
    missing: tuple[str, ...]

    @property
    def weight(self) -> FloatArray:
        """Inverse of the balances' covariance; shape (m, m). [1/unit²]"""
        return np.asarray(
            np.linalg.inv(self.matrix @ self.covariance @ self.matrix.T), dtype=np.float64
        )

    @property
    def residual(self) -> FloatArray:
        """What the balances lack; shape (m,). [unit]"""
        return np.asarray(self.matrix @ self.value, dtype=np.float64)

    @property
    def chi2(self) -> float:
        """Weighted squares of what they lack: chi-square of as many degrees as balances. [-]"""
        return float(self.residual @ self.weight @ self.residual)

    def votes(self) -> dict[str, float]:
        """By how much chi² falls when one value is left out; only values that are checked.

        Notes
        -----
        Generalised likelihood ratio of one gross error b in value j: residual = A e + b a_j, best
        b = a_j' W r / a_j' W a_j, gain (a_j' W r)² / a_j' W a_j: Narasimhan and Mah (1987), AIChE
        Journal 33(9), equal to the measurement test of Mah and Tamhane (1982), AIChE Journal 28(5).
        """
        pull = self.matrix.T @ self.weight @ self.residual
        checked = self._checked()
        return {
            name: float(pull[place] ** 2 / checked[place])
            for place, name in enumerate(self.names)
            if checked[place] > 0
        }

    def weights_without(self, name: str) -> FloatArray | None:
        """Estimate one value by the others: their weights, its own 0; None: it is not checked."""
        place = self.names.index(name)
        checked = self._checked()[place]
        if checked <= 0:
            return None
        error = self.matrix[:, place] @ self.weight @ self.matrix / checked
        own = np.zeros(len(self.names))
        own[place] = 1.0
        return np.asarray(own - error, dtype=np.float64)

    def weights_of_missing(self) -> dict[str, FloatArray]:
        """Estimate what is not measured by reconciled values, where the balances determine it."""
        reconciling = np.eye(len(self.names))
        if self.matrix.size:
            gain = self.covariance @ self.matrix.T @ self.weight
            reconciling -= gain @ self.matrix
        return {
            name: row @ reconciling
            for name, row in zip(self.missing, self.solving, strict=True)
            if not np.isnan(row).any()
        }

    def estimate(self, weights: FloatArray, measured: Mapping[str, Uncertain]) -> Uncertain:
        """Weighted sum of the measured values, with their sources of error."""
        return total(
            measured[name] * float(weight)
            for name, weight in zip(self.names, weights, strict=True)
            if abs(weight) > _TOLERANCE
        )

    def _checked(self) -> FloatArray:
        """a_j' W a_j of each value; 0 where no balance contains it. [1/unit²]"""
        strength = np.einsum("mj,mk,kj->j", self.matrix, self.weight, self.matrix)
        present = np.abs(self.matrix).max(axis=0, initial=0.0) > _TOLERANCE
        return np.where(present, strength, 0.0)


def balances(
    measured: Mapping[str, Uncertain], constraints: Sequence[Mapping[str, float]]
) -> Balances:
    """Build the balances among the measured values that the constraints contain.

    Parameters
    ----------
    measured : mapping of str to Uncertain
        Values that are not finite count as not measured.
    constraints : sequence of mapping of str to float
        Coefficients by name: Σ coefficient x value = 0.

    Returns
    -------
    Balances

    Raises
    ------
    ValueError
        A balance of exact values only is not met: nothing can be weighed against it.
    """
    used = list(dict.fromkeys(name for constraint in constraints for name in constraint))
    known = [n for n in used if n in measured and np.isfinite(measured[n].value)]
    missing = [n for n in used if n not in known]
    of_known = _coefficients(constraints, known)
    of_missing = _coefficients(constraints, missing)
    sources = list(dict.fromkeys(s for name in known for s in measured[name].terms))
    terms = np.array([[measured[n].terms.get(s, 0.0) for s in sources] for n in known])
    terms = terms.reshape(len(known), len(sources))
    matrix = _independent(_left_null(of_missing) @ of_known)
    values = np.array([measured[name].value for name in known])
    matrix = _weighable(matrix, terms, values, known)
    return Balances(
        tuple(known),
        values,
        terms @ terms.T,
        matrix,
        _solving(of_known, of_missing),
        tuple(missing),
    )


def _coefficients(constraints: Sequence[Mapping[str, float]], names: list[str]) -> FloatArray:
    rows = [[constraint.get(name, 0.0) for name in names] for constraint in constraints]
    return np.array(rows, dtype=np.float64).reshape(len(constraints), len(names))


def _left_null(matrix: FloatArray) -> FloatArray:
    """Return rows P with P @ matrix = 0: combinations of balances free of what is missing."""
    if matrix.shape[1] == 0:
        return np.eye(matrix.shape[0])
    left, strength, _ = np.linalg.svd(matrix)
    rank = int(np.count_nonzero(strength > _TOLERANCE * max(float(strength.max()), 1.0)))
    return np.asarray(left[:, rank:].T, dtype=np.float64)


def _independent(matrix: FloatArray) -> FloatArray:
    """Return an orthonormal basis of the rows: a balance told twice counts once."""
    if matrix.size == 0:
        return np.zeros((0, matrix.shape[1]))
    _, strength, right = np.linalg.svd(matrix, full_matrices=False)
    rows = right[strength > _TOLERANCE * max(float(strength.max()), 1.0)]
    return np.where(np.abs(rows) > _TOLERANCE, rows, 0.0)


def _weighable(
    matrix: FloatArray, terms: FloatArray, values: FloatArray, names: list[str]
) -> FloatArray:
    """Return the balances that some error enters.

    Values without any error, such as those of a heat pump that rested all the time, tell nothing
    of each other as long as they agree; where they do not, no weighing can help.
    """
    if not matrix.size:
        return matrix
    left, strength, _ = np.linalg.svd(matrix @ terms)
    rank = int(np.count_nonzero(strength > _TOLERANCE * float(strength.max(initial=0.0))))
    exact = left[:, rank:].T @ matrix
    if np.any(np.abs(exact @ values) > _TOLERANCE * max(float(np.abs(values).max()), 1.0)):
        without = [n for n, row in zip(names, terms, strict=True) if not row.any()]
        raise ValueError(f"measured: a balance holds exact values only: {without or names}")
    return np.asarray(left[:, :rank].T @ matrix, dtype=np.float64)


def _solving(of_known: FloatArray, of_missing: FloatArray) -> FloatArray:
    """Return missing values as weighted sums of known ones; NaN rows are not determined."""
    if of_missing.shape[1] == 0:
        return np.zeros((0, of_known.shape[1]))
    inverse = np.linalg.pinv(of_missing)
    determined = np.abs(inverse @ of_missing - np.eye(of_missing.shape[1])).max(axis=1) < 1e-7
    return np.where(determined[:, None], -inverse @ of_known, np.nan)
