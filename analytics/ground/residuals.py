"""How large a model's errors are and for how long they keep their sign."""

from __future__ import annotations

import numpy as np

from analytics.series import FloatArray


def root_mean_square(residual: FloatArray) -> float:
    """Root mean square of what is known; NaN has no part in it."""
    return float(np.sqrt(np.nanmean(np.square(residual))))


def correlation_length(residual: FloatArray) -> float:
    """Number of consecutive residuals that tell no more than one independent.

    Parameters
    ----------
    residual : array of float64, shape (n,)
        Equal intervals, NaN where not known.

    Returns
    -------
    float
        At least 1; at most the number of known residuals. [intervals]

    Notes
    -----
    1 + 2 Σ ρ_k up to the first ρ_k that is not positive, after Geyer (1992), "Practical Markov
    chain Monte Carlo", Statistical Science 7(4); each ρ_k from the pairs that are known.
    """
    known = ~np.isnan(residual)
    count = int(known.sum())
    if count < 2:
        return 1.0
    centred = np.where(known, residual - np.nanmean(residual), 0.0)
    width = 1 << (2 * residual.size - 1).bit_length()
    pairs = _autocorrelation(known.astype(np.float64), width, residual.size)
    products = _autocorrelation(centred, width, residual.size)
    if products[0] <= 0.0:
        return 1.0
    enough = pairs > 0.5
    rho = np.where(enough, products / np.where(enough, pairs, 1.0), 0.0) * count / products[0]
    ends = np.flatnonzero(rho <= 0.0)
    last = int(ends[0]) if ends.size else rho.size
    return float(min(1.0 + 2.0 * rho[1:last].sum(), count))


def _autocorrelation(values: FloatArray, width: int, count: int) -> FloatArray:
    power = np.abs(np.fft.rfft(values, width)) ** 2
    return np.asarray(np.fft.irfft(power, width)[:count], dtype=np.float64)
