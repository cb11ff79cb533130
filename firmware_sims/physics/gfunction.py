"""Temperature response of the ground to a constant load, and its short form.

Dimensionless response g: the mean borehole wall warms by q g(t) / (2 π k) under q watts per metre.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from firmware_sims.physics.noise import FloatArray

_YEAR_S = 31_556_952.0
_EULER = 0.5772156649015329
_QUADRATURE_POINTS = 400
_SERIES_BELOW = 1.0


@dataclass(frozen=True)
class BoreGeometry:
    """A rectangular field of equal vertical bores in homogeneous ground.

    Attributes
    ----------
    columns, rows, spacing_m : int, int, float
        Layout. [-, -, m]
    depth_m, cover_m, radius_m : float
        Active length, depth of its upper end, radius of the bore. [m]
    conductivity_w_mk, diffusivity_m2_s : float
        Of the ground. [W/(m K), m²/s]
    """

    columns: int = 22
    rows: int = 22
    spacing_m: float = 5.0
    depth_m: float = 120.0
    cover_m: float = 1.5
    radius_m: float = 0.075
    conductivity_w_mk: float = 2.1
    diffusivity_m2_s: float = 0.9e-6

    @property
    def total_length_m(self) -> float:
        """Length of all bores together [m]."""
        return self.columns * self.rows * self.depth_m


@dataclass(frozen=True)
class ExponentialResponse:
    """g(t) ≈ Σ weight · (1 - exp(-t / time)), every weight positive.

    Attributes
    ----------
    weights, times_s : tuple of float
        Share of each memory [-] and how long it lasts [s].
    """

    weights: tuple[float, ...]
    times_s: tuple[float, ...]

    def at(self, after_s: FloatArray) -> FloatArray:
        """Evaluate g at times after the load began [-]."""
        faded = np.exp(-after_s[..., None] / np.array(self.times_s))
        return np.asarray((1.0 - faded) @ np.array(self.weights), dtype=np.float64)


def exponential_integral(x: float) -> float:
    """Return E1(x) for x > 0 [-].

    Notes
    -----
    Power series up to 1, continued fraction by Lentz above (Abramowitz and Stegun 5.1.11, 5.1.22).
    """
    if x <= _SERIES_BELOW:
        total, term = -_EULER - math.log(x), -1.0
        for n in range(1, 40):
            term *= -x / n
            total += term / n
        return total
    tail = 0.0
    for n in range(120, 0, -1):
        tail = n / (1.0 + n / (x + tail))
    return math.exp(-x) / (x + tail)


def infinite_line_source(after_s: float, radius_m: float, diffusivity_m2_s: float) -> float:
    """Return g of one endless line source, E1(r² / 4αt) / 2 (Ingersoll 1954).

    Parameters
    ----------
    after_s : float
        Time after the load began. [s]
    radius_m : float
        Distance from the line. [m]
    diffusivity_m2_s : float
        Of the ground. [m²/s]

    Returns
    -------
    float
        Dimensionless response. [-]
    """
    return 0.5 * exponential_integral(radius_m**2 / (4.0 * diffusivity_m2_s * after_s))


def field_response(geometry: BoreGeometry, after_s: FloatArray) -> FloatArray:
    """Return g of the whole field with the same load on every bore.

    Parameters
    ----------
    geometry : BoreGeometry
        Of the field.
    after_s : array of float64
        Times after the load began. [s]

    Returns
    -------
    array of float64
        Dimensionless response of the mean bore wall. [-]

    Notes
    -----
    Finite line sources averaged over the depth, superposed in space: Claesson and Javed (2011),
    "An analytical method to calculate borehole fluid temperatures for time-scales from minutes to
    decades", ASHRAE Transactions 117(2). Their 4πk g is written here for 2πk, hence one half of it.
    """
    distance_m, share = _distances(geometry)
    return np.array([_response_at(geometry, float(t), distance_m, share) for t in after_s])


def _distances(geometry: BoreGeometry) -> tuple[FloatArray, FloatArray]:
    """Return the distinct distances between bores and how many partners a bore has at each."""
    across = np.abs(np.subtract.outer(np.arange(geometry.columns), np.arange(geometry.columns)))
    along = np.abs(np.subtract.outer(np.arange(geometry.rows), np.arange(geometry.rows)))
    squared = (across[:, None, :, None] ** 2 + along[None, :, None, :] ** 2).ravel()
    found, count = np.unique(squared, return_counts=True)
    distance_m = np.sqrt(found.astype(np.float64)) * geometry.spacing_m
    distance_m[0] = geometry.radius_m
    return distance_m, count / (geometry.columns * geometry.rows)


def _response_at(
    geometry: BoreGeometry, after_s: float, distance_m: FloatArray, share: FloatArray
) -> float:
    """Integrate the finite line source for one time, over u = ln s."""
    lowest = 1.0 / math.sqrt(4.0 * geometry.diffusivity_m2_s * after_s)
    highest = max(8.0 / geometry.radius_m, 4.0 * lowest)
    u = np.linspace(math.log(lowest), math.log(highest), _QUADRATURE_POINTS)
    s = np.exp(u)
    near = np.exp(-np.square(np.outer(s, distance_m))) @ share
    depth, cover = geometry.depth_m, geometry.cover_m
    ends = (
        2.0 * _ierf(depth * s)
        + 2.0 * _ierf((depth + 2.0 * cover) * s)
        - _ierf((2.0 * depth + 2.0 * cover) * s)
        - _ierf(2.0 * cover * s)
    )
    # ds / s² = du / s
    return float(0.5 * np.trapezoid(near * ends / (depth * s), u))


def _ierf(x: FloatArray) -> FloatArray:
    """Return the integral of the error function from 0 to x."""
    erf = np.array([math.erf(value) for value in x])
    return np.asarray(x * erf - (1.0 - np.exp(-x * x)) / math.sqrt(math.pi), dtype=np.float64)


@functools.cache
def short_form(geometry: BoreGeometry) -> ExponentialResponse:
    """Fit the field's response by a few fading memories.

    Parameters
    ----------
    geometry : BoreGeometry
        Of the field.

    Returns
    -------
    ExponentialResponse
        Fit over two minutes to fifty years.

    Notes
    -----
    With this form the ground forgets old loads by itself: advancing by any step width costs one
    multiplication per memory, and a year of loads is aggregated without a history. The idea is that
    of Lamarche and Beauchamp (2007), "A fast algorithm for the simulation of GCHP systems", ASHRAE
    Transactions 113(1). The weights come from non-negative least squares.
    """
    after_s = np.geomspace(120.0, 50.0 * _YEAR_S, 90)
    times_s = np.geomspace(300.0, 50.0 * _YEAR_S, 16)
    response = field_response(geometry, after_s)
    # Relative errors count; below g = 1 (some hours) a line is no bore any more, absolute ones do.
    importance = 1.0 / np.maximum(response, 1.0)
    basis = (1.0 - np.exp(-after_s[:, None] / times_s)) * importance[:, None]
    weights = _non_negative_least_squares(basis, response * importance)
    kept = [(w, t) for w, t in zip(weights.tolist(), times_s.tolist(), strict=True) if w > 0.0]
    return ExponentialResponse(tuple(w for w, _ in kept), tuple(t for _, t in kept))


def _non_negative_least_squares(matrix: FloatArray, target: FloatArray) -> FloatArray:
    """Minimise |matrix @ x - target| with x ≥ 0 (Lawson and Hanson 1974, chapter 23)."""
    solution = np.zeros(matrix.shape[1])
    active = np.zeros(matrix.shape[1], dtype=np.bool_)
    for _ in range(3 * matrix.shape[1]):
        gradient = matrix.T @ (target - matrix @ solution)
        candidates = np.where(active, -np.inf, gradient)
        if candidates.max() <= 1e-9:
            break
        active[int(candidates.argmax())] = True
        solution = _feasible_step(matrix, target, solution, active)
    return solution


def _feasible_step(
    matrix: FloatArray, target: FloatArray, solution: FloatArray, active: np.ndarray
) -> FloatArray:
    """Solve on the active columns; drop those that would turn negative. Changes `active`."""
    while True:
        trial = np.zeros_like(solution)
        trial[active] = np.linalg.lstsq(matrix[:, active], target, rcond=None)[0]
        falling = active & (trial <= 0.0)
        if not falling.any():
            return trial
        room = solution[falling] / (solution[falling] - trial[falling])
        solution = solution + float(room.min()) * (trial - solution)
        active &= solution > 1e-12
        solution[~active] = 0.0
